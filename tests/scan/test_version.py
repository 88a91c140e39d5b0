"""Which Mediasoup it is: asked for, locked, used; version 2, libraries, other languages, left-overs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.core.report import Reporter
from livekit_migrate.scan.inventory import Scan, scan
from livekit_migrate.scan.version import major_of
from livekit_migrate.scan.words import flavour
from tests.scan.apps import write

USE = 'import * as mediasoup from "mediasoup";\nexport const start = () => mediasoup.createWorker();\n'


def look(root: Path, files: Mapping[str, Any]) -> Scan:
    texts = {k: v if isinstance(v, str) else json.dumps(v, indent=2) for k, v in files.items()}
    return scan(write(root, texts), Reporter(), cache=False)


@pytest.mark.parametrize(
    ("version", "major"),
    [
        ("^3.14.0", 3), ("3", 3), ("~2.6", 2), (">=3.0.0 <4", 3), ("3.x", 3), ("v3.1.0", 3), ("latest", None),
        ("*", None), ("github:versatica/mediasoup#v3", 3),
        ("github:versatica/mediasoup#main", None), ("git+https://x.example/a1.git#semver:^2.6.0", 2),
        ("npm:mediasoup@3.1.0", 3), ("", None),
        ("workspace:^3.1", 3), ("10.2.3", 10),
    ],
)  # fmt: skip
def test_majors(version: str, major: int | None) -> None:
    assert major_of(version) == major


@pytest.mark.parametrize(
    ("lock", "text"),
    [
        ("package-lock.json", '{"packages": {\n"node_modules/mediasoup": {\n      "version": "3.14.7",\n}}}'),
        ("yarn.lock", '"mediasoup@3.x", mediasoup@latest:\n  version "3.14.7"\n'),
        ("pnpm-lock.yaml", "packages:\n\n  mediasoup@3.14.7:\n    resolution: {}\n"),
        ("bun.lock", '{"packages": {"mediasoup": ["mediasoup@3.14.7", "", {}]}}'),
    ],
)
def test_the_lockfile_knows_what_latest_means(tmp_path: Path, lock: str, text: str) -> None:
    found = look(
        tmp_path,
        {"package.json": {"dependencies": {"x": "1", "mediasoup": "latest"}}, lock: text, "a.ts": USE},
    ).version
    assert (found.flavour, found.major, found.packages[0].locked) == ("v3", 3, "3.14.7")
    assert (found.packages[0].file, found.packages[0].line, found.packages[0].used) == (
        "package.json",
        4,
        True,
    )


def test_version_2_is_named_with_the_line_that_shows_it(tmp_path: Path) -> None:
    found = look(tmp_path, {"package.json": {"dependencies": {"mediasoup": "^2.6.0"}}, "a.js": USE})
    assert (found.version.flavour, found.version.major) == ("v2", 2)
    assert found.version.why == "package.json:3 asks for mediasoup ^2.6.0"


def test_a_library_is_named_as_such(tmp_path: Path) -> None:
    manifest = {
        "name": "mediasoup-client-extra",
        "main": "lib/index.js",
        "types": "lib/index.d.ts",
        "files": ["lib"],
        "peerDependencies": {"mediasoup-client": "^3.6.0"},
    }
    source = 'import { types } from "mediasoup-client";\nexport type Handler = types.HandlerInterface;\n'
    found = look(tmp_path, {"package.json": manifest, "src/index.ts": source})
    assert found.version.flavour == "library"
    assert found.effort.phases == (), "nothing is migrated in the library itself"
    assert "mediasoup-client-extra" in found.version.why
    (tmp_path / "package.json").write_text(json.dumps(manifest | {"private": True}))
    assert scan(tmp_path, Reporter(), cache=False).version.flavour == "v3"


def test_other_languages_are_named_and_not_read(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        {
            "Cargo.toml": '[dependencies]\nmediasoup = "0.18"\n',
            "src/main.rs": "use mediasoup::worker::Worker;\n",
        },
    )
    assert found.version.flavour == "native"
    assert found.version.native == ("Cargo.toml", "src/main.rs")
    assert found.sites == ()


def test_a_dependency_that_nothing_imports_is_left_over(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        {"web/package.json": {"dependencies": {"mediasoup-client": "^3.11.0"}}, "web/a.ts": "export {};\n"},
    )
    assert found.version.flavour == "leftover"
    assert found.version.why == "web/package.json:3 still asks for mediasoup-client; no file imports it"
    assert [each.name for each in found.version.unused] == ["mediasoup-client"]


def test_documents_alone_are_left_over_and_nothing_is_none(tmp_path: Path) -> None:
    found = look(tmp_path / "a", {"README.md": "Once\nthere was mediasoup.\n"})
    assert (found.version.flavour, found.version.major) == ("leftover", None)
    assert found.version.why.startswith("README.md:2 ")
    assert look(tmp_path / "b", {"README.md": "Hello.\n"}).version.flavour == "none"


def test_one_old_package_makes_no_old_app(tmp_path: Path) -> None:
    files = {
        "package.json": {"private": True, "workspaces": ["apps/*"]},
        "apps/sfu/package.json": {"name": "sfu", "dependencies": {"mediasoup": "^3.14.0"}},
        "apps/sfu/a.ts": USE,
        "apps/sfu/b.ts": USE,
        "apps/old/package.json": {"name": "old", "dependencies": {"mediasoup": "^2.6.0"}},
        "apps/old/a.js": 'const mediasoup = require("mediasoup");\nmediasoup.Server();\n',
    }
    found = look(tmp_path, files)
    assert (found.version.flavour, found.version.major) == ("v3", 3)
    assert flavour(found).startswith("Mediasoup 3; one package is older (apps/old/package.json:4 asks for")
    for name in ("a.ts", "b.ts"):
        (tmp_path / "apps" / "sfu" / name).unlink()
    only = look(tmp_path, {})
    assert (only.version.flavour, only.version.major) == ("v2", 2)


def test_signalling_is_what_a_file_imports(tmp_path: Path) -> None:
    manifest = {"dependencies": {"mediasoup": "^3.14.0", "peerjs": "1", "ws": "8"}}
    server = 'import { WebSocketServer } from "ws";\nnew WebSocketServer({ port: 1 });\n'
    found = look(tmp_path, {"package.json": manifest, "a.ts": USE, "b.ts": server})
    assert found.version.signalling == ("ws",)
