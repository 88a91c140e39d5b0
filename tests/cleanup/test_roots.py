"""Server code: what only starts, feeds and stops the old stack goes, one other use and all of it stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.cleanup.roots import uprooted
from livekit_migrate.cleanup.uproot import uproot
from livekit_migrate.cleanup.whole import whole_files

from .works import reason, work_of


def cut(text: str) -> tuple[str, list[str]]:
    found = uproot("index.ts", text.encode(), lambda specifier: "sfu" in specifier)
    return found.after.decode(), [each.text for each in found.blocked]


HEAD = 'import { Sfu, router } from "./sfu";\nimport { app, log } from "./app";\n\n'
REST = 'import { app, log } from "./app";\n\n'


@pytest.mark.parametrize(
    "line",
    [
        "const sfu = new Sfu(app);",
        "const sfu = await Sfu.start({ port: 1 });\nawait sfu.ready();\nsfu.on('x', () => app.log('y'));",
        "void Sfu.start().catch((error) => app.log(error));",
        'app.use("/media", router);',
        "const { a, b } = new Sfu();\na.b();\nb();",
        "Sfu.limit = 3;",
        "const sfu: Sfu = new Sfu();",
    ],
)
def test_what_only_feeds_it_goes(line: str) -> None:
    assert cut(f"{HEAD}{line}\napp.listen(1);\n") == (f"{REST}app.listen(1);\n", [])


@pytest.mark.parametrize(
    "line",
    [
        "log(new Sfu());",
        "const sfu = new Sfu(app.listen(1));",  # something alive happens in it
        "const sfu = new Sfu();\nif (sfu.ready) log(1);",
        "export const sfu = new Sfu();",
        "const rooms = () => new Sfu();",
        "app.stop = () => Sfu.stop();",
        "function f(sfu: Sfu) {}",
        'export { Sfu } from "./sfu";',
        "app.use(router, log);",
    ],
)
def test_one_other_use_keeps_all_of_it(line: str) -> None:
    text = f"{HEAD}const first = new Sfu();\n{line}\napp.listen(1);\n"
    after, blocked = cut(text)
    assert after == text
    assert blocked


def test_elements_of_joined_promises_and_statements_in_functions_go() -> None:
    after, blocked = cut(
        f"{HEAD}const sfu = new Sfu();\n\nprocess.on('SIGTERM', async () => {{\n"
        "  await Promise.all([app.close(), sfu.close()]);\n  await sfu.end();\n  process.exit();\n});\n"
    )
    assert not blocked
    assert after == (
        f"{REST}process.on('SIGTERM', async () => {{\n"
        "  await Promise.all([app.close()]);\n  process.exit();\n});\n"
    )


def test_helpers_that_only_it_used_go_too_and_comments_with_them() -> None:
    after, blocked = cut(
        'import { Sfu } from "./sfu";\nimport { size, app } from "./app";\n\n'
        "// how many there are\nconst options = { workers: size };\n\n"
        "/** Starts the media. */\nconst sfu = new Sfu(options);\n\napp.listen(1);\n"
    )
    assert not blocked
    assert after == 'import { app } from "./app";\n\napp.listen(1);\n'


def test_commonjs_and_windows_lines() -> None:
    text = 'const { Sfu } = require("./sfu");\r\nconst app = require("./app");\r\n\r\n'
    text += "new Sfu(app);\r\napp.run();\r\n"
    assert cut(text) == ('const app = require("./app");\r\n\r\napp.run();\r\n', [])


SFU = """\
import { createWorker } from "mediasoup";
export class Sfu {
  ready() {
    return createWorker();
  }
}
"""
CHAT = """\
import { createWorker } from "mediasoup";
import express from "express";
export const chat = express();
void createWorker();
"""


def test_a_file_that_does_something_else_too_is_never_whole(tmp_path: Path) -> None:
    files = {"package.json": "{}", "src/sfu.ts": SFU, "src/chat.ts": CHAT, "src/sfu.test.ts": SFU}
    assert whole_files(work_of(tmp_path, files)) == ["src/sfu.ts"]


def test_a_file_that_would_take_another_along_stays(tmp_path: Path) -> None:
    files = {
        "package.json": "{}",
        "src/sfu.ts": SFU + 'import "./history";\n',
        "src/history.ts": 'import { pool } from "prisma";\nexport default pool;\n',
    }
    assert whole_files(work_of(tmp_path, files)) == []


def test_version_2_and_libraries_are_refused(tmp_path: Path) -> None:
    old = {"package.json": '{"dependencies": {"mediasoup": "^2.6.0"}}', "src/sfu.ts": SFU}
    assert whole_files(work_of(tmp_path / "old", old)) == []
    library = {"package.json": '{"name": "mediasoup-kit", "main": "src/sfu.ts"}', "src/sfu.ts": SFU}
    assert whole_files(work_of(tmp_path / "library", library)) == []


def test_the_place_that_keeps_a_file_is_named(tmp_path: Path) -> None:
    files = {
        "package.json": "{}",
        "src/sfu.ts": SFU,
        "src/index.ts": 'import { Sfu } from "./sfu";\n\nconsole.log(new Sfu());\n',
    }
    work = work_of(tmp_path, files)
    assert uprooted(work) == ((), {})
    said = reason(work, "code.needed")
    assert (said.file, said.line, said.title) == ("src/index.ts", 3, "keeps src/sfu.ts")
