"""`--cut`: the old stack's files go although code uses them, and every place that does is named."""

from __future__ import annotations

from pathlib import Path

from livekit_migrate.cleanup.plan import Plan, make_plan
from livekit_migrate.cleanup.recipe import load
from livekit_migrate.cleanup.work import Chosen
from livekit_migrate.core.report import Reporter

from ..conftest import Lkm
from .apps import write
from .works import text

MANIFEST = '{"name": "app", "dependencies": {"mediasoup": "^3.14.0", "ws": "^8.0.0"}}\n'
ROOM = """import { types } from "mediasoup";
import { codecs } from "./codecs";

/** How many may join. */
export const LIMIT = 12;

export interface Seat {
  row: number;
}

export class Room {
  constructor(readonly router: types.Router) {}
}

export async function open(worker: types.Worker): Promise<Room> {
  return new Room(await worker.createRouter({ mediaCodecs: codecs }));
}
"""
CODECS = """import type { RtpCodecCapability } from "mediasoup/types";

export const codecs: RtpCodecCapability[] = [];
"""
INDEX = """import { WebSocketServer } from "ws";
import { LIMIT, open, type Seat } from "./room";
import { startWorker } from "./worker";

const seats: Seat[] = [];
const server = new WebSocketServer({ port: 4001 });

server.on("connection", async (socket) => {
  if (seats.length >= LIMIT) return socket.close();
  const room = await open(await startWorker());
  socket.send(JSON.stringify({ chat: room.router.id }));
});
"""
WORKER = """import { createWorker } from "mediasoup";

export const startWorker = () => createWorker({});
"""


def plan(folder: Path, files: dict[str, str], *, cut: bool = True) -> Plan:
    root = write(folder, {"package.json": MANIFEST, **files})
    return make_plan(
        root, load("mediasoup"), Chosen(cut=cut), Reporter(), title="lkm cleanup mediasoup --cut"
    )


FILES = {"src/index.ts": INDEX, "src/room.ts": ROOM, "src/codecs.ts": CODECS, "src/worker.ts": WORKER}


def places(made: Plan) -> list[tuple[str, int | None, str, str]]:
    return [(d.file, d.line, d.title, d.reason) for d in made.decisions if d.rule == "code.dangling"]


def test_it_goes_and_what_used_it_is_named(tmp_path: Path) -> None:
    made = plan(tmp_path, FILES)
    assert made.work.removed == ["src/codecs.ts", "src/worker.ts"]
    assert text(made.work, "src/index.ts") == INDEX
    assert places(made) == [
        ("src/index.ts", 2, "it takes from src/room.ts what goes", "open"),
        ("src/index.ts", 3, "it takes in src/worker.ts, which goes", "startWorker; used in line 10"),
    ]
    # Nothing says that a file stays which goes.
    assert not [d for d in made.decisions if d.rule == "code.needed"]
    assert not made.work.still


def test_what_else_a_file_has_stays_where_it_is_used(tmp_path: Path) -> None:
    made = plan(tmp_path, FILES)
    assert text(made.work, "src/room.ts") == (
        "/** How many may join. */\nexport const LIMIT = 12;\n\nexport interface Seat {\n  row: number;\n}\n"
    )


def test_without_it_nothing_of_that_goes(tmp_path: Path) -> None:
    made = plan(tmp_path, FILES, cut=False)
    assert made.empty
    assert made.work.still


def test_what_only_starts_it_goes_with_it(tmp_path: Path) -> None:
    index = (
        'import express from "express";\nimport { startWorker } from "./worker";\n\n'
        "await startWorker();\nexpress().listen(1);\n"
    )
    made = plan(tmp_path, {"src/index.ts": index, "src/worker.ts": WORKER})
    assert text(made.work, "src/index.ts") == 'import express from "express";\n\nexpress().listen(1);\n'
    assert places(made) == []


def test_the_lines_are_those_on_disk(tmp_path: Path) -> None:
    """The flag's folding took lines away above."""
    index = (
        'if (process.env.USE_LIVEKIT !== "true") {\n  throw new Error("old");\n}\n'
        'import { startWorker } from "./worker";\nexport const worker = startWorker();\n'
    )
    made = plan(tmp_path, {"src/index.ts": index, "src/worker.ts": WORKER})
    assert "USE_LIVEKIT" not in text(made.work, "src/index.ts")
    assert places(made)[0][1] == 4
    assert places(made)[0][3] == "startWorker; used in line 5"


def test_what_a_file_passes_on_goes_too(tmp_path: Path) -> None:
    media = 'export * from "./worker";\nexport const LIMIT = 3;\nimport { types } from "mediasoup";\n'
    media += "export type Room = types.Router;\n"
    index = 'import { LIMIT } from "./media";\nconsole.log("chat", LIMIT);\n'
    made = plan(tmp_path, {"src/index.ts": index, "src/media.ts": media, "src/worker.ts": WORKER})
    assert text(made.work, "src/media.ts") == "export const LIMIT = 3;\n"
    assert places(made) == []


def test_a_file_that_does_something_else_stays_as_it_is(tmp_path: Path) -> None:
    chat = 'import { types } from "mediasoup";\nexport const sendMessage = (r: types.Router) => r.id;\n'
    made = plan(
        tmp_path, {"src/index.ts": 'import "./chat";\n', "src/chat.ts": chat, "src/worker.ts": WORKER}
    )
    assert made.work.removed == ["src/worker.ts"]
    assert text(made.work, "src/chat.ts") == chat


def test_tests_stay(tmp_path: Path) -> None:
    test = 'import { startWorker } from "./worker";\ntest("it", () => startWorker());\n'
    made = plan(tmp_path, {"src/worker.test.ts": test, "src/worker.ts": WORKER})
    assert made.work.removed == ["src/worker.ts"]
    assert [d.file for d in made.decisions if d.rule == "code.test"] == ["src/worker.test.ts"]


def test_the_entry_of_a_package_that_others_need_stays(tmp_path: Path) -> None:
    types = 'import type { types } from "mediasoup";\nexport type Ask = { caps: types.RtpCapabilities };\n'
    made = plan(
        tmp_path,
        {
            "package.json": '{"name": "all", "private": true, "workspaces": ["packages/*"]}\n',
            "packages/types/package.json": (
                '{"name": "types", "main": "index.ts", "dependencies": {"mediasoup": "3"}}\n'
            ),
            "packages/types/index.ts": types,
            "packages/server/package.json": '{"name": "server", "dependencies": {"types": "*"}}\n',
            "packages/server/index.ts": 'import type { Ask } from "types";\nexport let a: Ask;\n',
        },
    )
    assert made.empty


def test_vue_files_that_take_it_in_are_named(tmp_path: Path) -> None:
    view = '<script setup>\nimport { startWorker } from "./worker";\nstartWorker();\n</script>\n'
    made = plan(tmp_path, {"src/View.vue": view, "src/worker.ts": WORKER})
    assert [place[:2] for place in places(made)] == [("src/View.vue", 2)]


def test_it_is_said_ends_in_1_and_can_be_undone(lkm: Lkm, tmp_path: Path) -> None:
    root = write(tmp_path / "app", {"package.json": MANIFEST, **FILES})
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    ran = lkm("cleanup-mediasoup", "--cut", "--apply", "--force", "--json", cwd=root)
    assert ran.code == 1
    failed = [f["id"] for f in ran.json["findings"] if f["status"] == "fail"]
    assert set(failed) == {"cleanup.code.dangling"}
    assert not (root / "src/worker.ts").exists()
    again = lkm("cleanup-mediasoup", "--cut", "--json", cwd=root)
    assert again.json["data"]["files"] == []
    assert lkm("undo", cwd=root).code == 0
    assert {path: path.read_bytes() for path in before} == before
