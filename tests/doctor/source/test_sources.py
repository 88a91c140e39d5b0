"""Folders that nobody would write by hand, and apps that are too large for the time there is."""

from __future__ import annotations

import pkgutil
import time
from importlib import import_module
from pathlib import Path

import pytest

from livekit_migrate.app.look import look
from livekit_migrate.core.errors import LkmError
from livekit_migrate.doctor import checks
from livekit_migrate.doctor.source.sources import FEW, Sources, aside
from tests.doctor.source.small import Look, sources

CHECKS = [import_module(f"{checks.__name__}.{each.name}") for each in pkgutil.iter_modules(checks.__path__)]
LOOKS: dict[str, Look] = {each.CHECK.id: each.problems for each in CHECKS if hasattr(each, "problems")}
SDK = 'import { AccessToken } from "livekit-server-sdk";\nimport { Room, RoomEvent } from "livekit-client";\n'


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that are no programs, named as if they were, and with the words that checks look for."""
    root = tmp_path_factory.mktemp("hostile")
    words = SDK + "process.env.LIVEKIT_URL; at.toJwt(); room.setE2EEEnabled(true); Content-Security-Policy\n"
    files: dict[str, bytes] = {
        "broken.ts": (words + "const = = {{{ ( new AccessToken(").encode(),
        "half.tsx": (words + "export const A = () => <div><LiveKitRoom connect={").encode(),
        "empty.js": b"",
        "nul.js": words.encode() + b"\0\0",
        "latin.js": words.encode() + b"// \xe9\xff\n",
        "bom.ts": b"\xef\xbb\xbf" + words.encode(),
        "utf16.js": words.encode("utf-16"),
        "min.min.js": words.encode() + b"a=1;" * 5000,
        "long.js": words.replace("\n", ";").encode() + b"x(1);" * 4000,
        "deep.js": words.encode() + b"a(" * 3000 + b")" * 3000,
        "chain.js": words.encode() + b"const u = " + b"a + " * 20000 + b"a;",
        "circle-a.ts": (
            b'export * from "./circle-b";\nimport { x } from "./circle-b";\nexport const AccessToken = x;'
        ),
        "circle-b.ts": b'export * from "./circle-a";\nimport { AccessToken } from "./circle-a";\n'
        b"export const x = AccessToken;"
        b"\nres.json(new AccessToken().toJwt());",
        "self.jsx": b'import { useRoomContext } from "@livekit/components-react";\n'
        b"export default function A() { useRoomContext(); return <A><A /></A>; }",
        "package.json": b'{"dependencies": {"livekit-client": 5, "@livekit/components-react": "\\u0000"',
        "docker-compose.yml": b"services:\n  web: [1\n",
        "compose.yaml": (
            b"services:\n  web: &a\n    build: {context: *a}\n    environment: [1, {}, a=b]\n    ports: {}\n"
        ),
        "Dockerfile": b"\xff\xfe\nRUN \\\n",
        ".env": b"\xff\nA='\n",
        ".env.example": b"LIVEKIT_URL\n=\n",
        "nginx.conf": b'add_header Content-Security-Policy "connect-src\n',
        "index.html": (
            b"<meta http-equiv=Content-Security-Policy content='connect-src'><script type=module "
            b"src=///></script>"
        ),
        "page.vue": (
            b"<script setup lang=ts>\nimport { Room } from 'livekit-client'\nconst a = {{{\n</script>"
        ),
    }
    for name, data in files.items():
        (root / name).write_bytes(data)
    (root / "huge.js").write_bytes(words.encode() + b"\n" * 3_000_000)
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "gone.ts").symlink_to(root / "nowhere.ts")
    return root


@pytest.mark.parametrize("name", LOOKS)
def test_no_check_trips_over_what_is_no_program(name: str, hostile: Path) -> None:
    for each in LOOKS[name](Sources(look(hostile))):
        assert each.file
        assert each.title


def test_a_file_that_goes_away_and_one_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    mine = sources(tmp_path, {"a.ts": SDK, "b.ts": SDK, "c.ts": SDK})
    (tmp_path / "a.ts").unlink()
    (tmp_path / "b.ts").unlink()
    (tmp_path / "b.ts").mkdir()
    assert [module.path for module in mine.holding(b"AccessToken")] == ["c.ts"]


def test_a_large_app_ends_at_its_bound_and_says_how_to_wait(tmp_path: Path) -> None:
    mine = sources(tmp_path, {f"m{n}.ts": SDK for n in range(FEW + 1)})
    mine.deadline = time.monotonic() - 1
    with pytest.raises(LkmError) as caught:
        list(mine.holding(b"AccessToken"))
    assert f"{FEW + 1} source files" in caught.value.message
    assert "--all" in caught.value.detail
    mine.deadline = float("inf")
    assert len(list(mine.holding(b"AccessToken"))) == FEW + 1


def test_a_small_app_is_looked_at_whatever_the_bound(tmp_path: Path) -> None:
    mine = sources(tmp_path, {f"m{n}.ts": SDK for n in range(FEW)})
    mine.deadline = time.monotonic() - 1
    assert len(list(mine.holding(b"AccessToken"))) == FEW


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/call.ts", False),
        ("src/call.test.ts", True),
        ("src/__tests__/call.ts", True),
        ("e2e/join.spec.js", True),
        ("Call.stories.tsx", True),
        ("src/testing-room/page.tsx", False),
        ("src/latest.ts", False),
    ],
)
def test_what_is_for_tests_only(path: str, expected: bool) -> None:
    assert aside(path) is expected
