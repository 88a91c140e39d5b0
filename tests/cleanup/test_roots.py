"""Server code: what only starts, feeds and stops the old stack goes, one other use and all of it stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.cleanup.plan import Plan, make_plan
from livekit_migrate.cleanup.recipe import load
from livekit_migrate.cleanup.roots import uprooted
from livekit_migrate.cleanup.uproot import uproot
from livekit_migrate.cleanup.whole import whole_files
from livekit_migrate.cleanup.work import Chosen
from livekit_migrate.core.report import Reporter

from .apps import write
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


def test_a_try_of_which_nothing_is_left_goes_with_its_catch() -> None:
    tries = (
        "try {\n  await sfu.end();\n} catch (error) {\n  log(error);\n}\n",
        "try {\n  sfu.on();\n} finally {\n  app.end();\n}\n",
        "try {\n  sfu.on();\n  app.run();\n} catch {}\n",
    )
    after, blocked = cut(f"{HEAD}const sfu = new Sfu();\n{''.join(tries)}")
    assert not blocked
    assert after == (
        'import { app } from "./app";\n\n'
        "try {\n} finally {\n  app.end();\n}\ntry {\n  app.run();\n} catch {}\n"
    )


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
    assert whole_files(work_of(tmp_path, files)).files == {"src/sfu.ts"}


def test_a_file_that_would_take_another_along_stays(tmp_path: Path) -> None:
    files = {
        "package.json": "{}",
        "src/sfu.ts": SFU + 'import "./history";\n',
        "src/history.ts": 'import { pool } from "prisma";\nexport default pool;\n',
    }
    assert whole_files(work_of(tmp_path, files)).files == set()


def test_version_2_and_libraries_are_refused(tmp_path: Path) -> None:
    old = {"package.json": '{"dependencies": {"mediasoup": "^2.6.0"}}', "src/sfu.ts": SFU}
    assert whole_files(work_of(tmp_path / "old", old)).files == set()
    library = {"package.json": '{"name": "mediasoup-kit", "main": "src/sfu.ts"}', "src/sfu.ts": SFU}
    assert whole_files(work_of(tmp_path / "library", library)).files == set()


def test_the_place_that_keeps_a_file_is_named(tmp_path: Path) -> None:
    files = {
        "package.json": "{}",
        "src/sfu.ts": SFU,
        "src/index.ts": 'import { Sfu } from "./sfu";\n\nconsole.log(new Sfu());\n',
    }
    work = work_of(tmp_path, files)
    assert uprooted(work).files == ()
    said = reason(work, "code.needed")
    assert (said.file, said.line, said.title) == ("src/index.ts", 3, "keeps src/sfu.ts")


def plan(folder: Path, files: dict[str, str], *, unsafe: bool = False) -> Plan:
    chosen = Chosen(unsafe=unsafe)
    return make_plan(write(folder, files), load("mediasoup"), chosen, Reporter(), title="x")


# A program of its own: an entry point that only starts it, a helper that only it uses, a queue.
PROGRAM = {
    "package.json": '{"private": true, "scripts": {"start": "node dist/index.js", "lint": "eslint ."}}',
    "src/index.ts": '"use strict";\n// The media server.\nimport { main } from "./main";\n\nmain();\n',
    "src/main.ts": 'import { createWorker } from "mediasoup";\nimport { close } from "./close";\n'
    'import type { Rooms } from "./rooms";\n\nconst rooms: Rooms = {};\n\n'
    "export async function main() {\n  await createWorker();\n  close(rooms);\n}\n",
    "src/rooms.ts": 'import type { Router } from "mediasoup/types";\n\n'
    "export type Rooms = Record<string, Router>;\n",
    "src/close.ts": 'import type { Rooms } from "./rooms";\n\nexport function close(rooms: Rooms) {\n'
    "  for (const id in rooms) delete rooms[id];\n}\n",
    "src/other.ts": "console.log(1);\n",
}


def test_a_program_of_which_nothing_is_left_goes_with_the_script_that_starts_it(tmp_path: Path) -> None:
    made = plan(tmp_path, PROGRAM)
    assert made.work.removed == ["src/close.ts", "src/index.ts", "src/main.ts", "src/rooms.ts"]
    assert made.work.after["package.json"] == b'{"private": true, "scripts": {"lint": "eslint ."}}'


def test_an_entry_point_that_does_more_stays_without_it(tmp_path: Path) -> None:
    index = 'import { main } from "./main";\n\nmain();\nconsole.log("up");\n'
    made = plan(tmp_path, {**PROGRAM, "src/index.ts": index})
    assert made.work.removed == ["src/close.ts", "src/main.ts", "src/rooms.ts"]
    assert made.work.after["src/index.ts"] == b'console.log("up");\n'
    assert "package.json" not in made.work.after


def test_a_helper_that_something_else_uses_keeps_what_it_uses(tmp_path: Path) -> None:
    made = plan(tmp_path, {**PROGRAM, "src/other.ts": 'import { close } from "./close";\n\nclose({});\n'})
    assert made.work.removed == ["src/index.ts", "src/main.ts"]


QUEUE = (
    'import amqp from "amqplib";\nimport type { RtpCapabilities } from "mediasoup/types";\n'
    'import type { Rooms } from "./rooms";\n\n'
    "export async function listen(rooms: Rooms, caps: RtpCapabilities) {\n"
    '  await amqp.connect("amqp://localhost");\n}\n'
)


def test_a_program_that_leads_to_a_file_which_does_more_goes_on_request_and_that_file_stays(
    tmp_path: Path,
) -> None:
    files = {**PROGRAM, "src/queue.ts": QUEUE}
    files["src/main.ts"] = files["src/main.ts"].replace(
        "close(rooms);", "close(rooms);\n  await listen(rooms, {});"
    )
    files["src/main.ts"] = 'import { listen } from "./queue";\n' + files["src/main.ts"]
    assert plan(tmp_path / "safe", files).work.removed == []
    made = plan(tmp_path / "unsafe", files, unsafe=True)
    assert made.work.removed == ["src/close.ts", "src/index.ts", "src/main.ts"]
    assert "src/queue.ts" not in made.work.after
    said = {(d.rule, d.file): d.grade for d in made.decisions}
    # All of it goes because the one does.
    assert {said["code.file", path] for path in made.work.removed} == {"unsafe"}
    assert said["code.unstarted", "src/queue.ts"] == "refuse"


def test_what_starts_a_file_that_has_to_stay_stays_too(tmp_path: Path) -> None:
    files = {
        "package.json": "{}",
        "src/sfu.ts": SFU,
        "src/index.ts": 'import { fork } from "node:child_process";\nimport { Sfu } from "./sfu";\n\n'
        'new Sfu();\nfork("./sfu.ts");\n',
    }
    made = plan(tmp_path, files)
    assert made.work.removed == []
    assert "src/index.ts" not in made.work.after
    assert ("code.mentioned", "src/sfu.ts") in {(d.rule, d.file) for d in made.decisions}


LOGGED = {
    "package.json": "{}",
    ".env.example": "PORT=80\nSFU_PORT=4001\n",
    "compose.yaml": 'services:\n  api:\n    image: api\n    ports:\n      - "80:80"\n      - "4001:4001"\n',
    "src/sfu.ts": SFU.replace("createWorker()", "createWorker({ port: process.env.SFU_PORT })"),
    "src/index.ts": 'import { log, listen } from "./app";\nimport { Sfu } from "./sfu";\n\n'
    "const sfu = new Sfu();\nawait sfu.ready();\n"
    'log.info("media listens", { port: process.env.SFU_PORT });\n\nlisten();\n',
    "src/app.ts": "export const log = console;\nexport const listen = () => undefined;\n",
}


def test_a_log_line_of_what_goes_is_said_with_what_it_keeps(tmp_path: Path) -> None:
    made = plan(tmp_path, LOGGED)
    assert b"media listens" in (made.work.after["src/index.ts"] or b"")
    assert "--unsafe takes it out" in reason(made.work, "code.beside").reason
    assert "only a log line reads it" in reason(made.work, "variables.used").reason
    assert "compose.yaml" not in made.work.after


def test_a_log_line_of_what_goes_goes_on_request_with_variable_and_port(tmp_path: Path) -> None:
    made = plan(tmp_path, LOGGED, unsafe=True)
    left = made.work.after["src/index.ts"]
    assert left == b'import { listen } from "./app";\n\nlisten();\n'
    assert reason(made.work, "code.beside").grade == "unsafe"
    assert made.work.after[".env.example"] == b"PORT=80\n"
    assert b"4001" not in (made.work.after["compose.yaml"] or b"4001")


def test_a_log_line_in_which_something_happens_stays(tmp_path: Path) -> None:
    text = 'import { Sfu } from "./sfu";\n\nnew Sfu();\nconsole.log(start());\n'
    found = uproot("index.ts", text.encode(), lambda specifier: "sfu" in specifier, logs=True)
    assert found.after == b"console.log(start());\n"


def test_a_variable_that_only_a_test_reads_stays_and_its_port_closes(tmp_path: Path) -> None:
    files = {
        **LOGGED,
        "src/index.ts": 'import { Sfu } from "./sfu";\n\nnew Sfu();\nvoid 0;\n',
        "src/env.test.ts": 'import { env } from "./env";\n\nconsole.assert(env.SFU_PORT === 4001);\n',
        "src/env.ts": 'import { z } from "zod";\n\nconst schema = z.object({ SFU_PORT: z.number() });\n'
        "export const env = schema.parse(process.env);\n",
    }
    made = plan(tmp_path, files)
    assert "src/env.ts" not in made.work.after
    assert "only tests read it" in reason(made.work, "variables.used").reason
    assert b"4001" not in (made.work.after["compose.yaml"] or b"4001")


def test_a_pattern_in_the_configuration_of_a_tool_keeps_no_file(tmp_path: Path) -> None:
    files = {
        **PROGRAM,
        "tailwind.config.js": 'module.exports = { content: ["./src/**/*.{ts,tsx}", "./src/*.ts"] };\n',
    }
    assert "src/main.ts" in plan(tmp_path, files).work.removed
