"""The app's own tools, before and after: only what is new counts, wherever its line went."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from livekit_migrate.cleanup.overlay import overlay
from livekit_migrate.cleanup.verify import verify
from livekit_migrate.core.report import Reporter

from ..conftest import ROOT, need
from .works import work_of

# Stands for tsc: it needs no installation, and says what the real one would, in its words.
TSC = """#!/usr/bin/env python3
import pathlib, sys
for path in sorted(pathlib.Path(".").rglob("*.ts")):
    if "node_modules" in path.parts:
        continue
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if "BAD" in line:
            print(f"{path}({number},1): error TS2304: Cannot find name '{line.strip()}'.")
            sys.exitcode = 2
        if "TYPE" in line:
            print(f"{path}({number},1): error TS2322: Type '{line.strip()}' is not assignable.")
            sys.exitcode = 2
"""
FILES = {
    "package.json": '{"name": "app", "private": true}\n',
    "tsconfig.json": "{}\n",
    "src/a.ts": "one;\nBAD_OLD;\n",
    "node_modules/.bin/tsc": TSC,
}


def write(tmp_path: Path) -> None:
    work_of(tmp_path, FILES)
    (tmp_path / "node_modules/.bin/tsc").chmod(0o755)


def test_a_problem_that_only_moved_is_not_new(tmp_path: Path) -> None:
    write(tmp_path)
    work = work_of(tmp_path, {})
    work.put("src/a.ts", b"BAD_OLD;\n")
    found = {each.id: each for each in verify(work, "tsc", Reporter())}
    assert found["verify.parse"].status == "ok"
    assert found["verify.tsc"].status == "ok"
    assert found["verify.tsc"].title == "tsc: no new problem (1 before, 1 after)"
    assert (tmp_path / "src/a.ts").read_text() == FILES["src/a.ts"], "the app itself is not touched"


def test_a_new_problem_fails_with_its_file(tmp_path: Path) -> None:
    write(tmp_path)
    work = work_of(tmp_path, {})
    work.put("src/a.ts", b"one;\nBAD_OLD;\nBAD_NEW;\n")
    (found,) = [each for each in verify(work, "tsc", Reporter()) if each.id == "verify.tsc"]
    assert found.status == "fail"
    assert "BAD_NEW" in found.title
    assert str(found.location) == "src/a.ts"


def test_a_problem_that_spells_a_type_out_anew_is_the_old_one(tmp_path: Path) -> None:
    write(tmp_path)
    old, new = (f"{{ TYPE: {{ a: 1; }}; ... {count} more ...; z: null; }}" for count in (23, 22))
    work_of(tmp_path, {**FILES, "src/a.ts": f"{old}\n{old}\n"})
    (tmp_path / "node_modules/.bin/tsc").chmod(0o755)
    work = work_of(tmp_path, {})
    work.put("src/a.ts", f"{new}\n{new}\n".encode())
    (found,) = [each for each in verify(work, "tsc", Reporter()) if each.id == "verify.tsc"]
    assert found.status == "ok", found.title
    work.put("src/a.ts", f"{new}\n{new}\n{new}\n".encode())
    (found,) = [each for each in verify(work, "tsc", Reporter()) if each.id == "verify.tsc"]
    assert found.status == "fail"
    assert "(2 times)" not in found.title


@pytest.fixture
def compiler() -> Path:
    """node_modules with the real tsc."""
    if shutil.which("node") is None:
        need("node", "there is no Node.js")
    kit = ROOT / "tools" / "typescript" / "node_modules"
    if not (kit / ".bin" / "tsc").is_file():
        need("node", "tools/typescript is not installed (npm ci)")
    return kit


REFERS = '{"files": [], "references": [{"path": "./tsconfig.app.json"}, {"path": "./server"}]}\n'
STRICT = '{"compilerOptions": {"strict": true, "noEmit": true, "types": []%s}, "include": ["%s"]}\n'


@pytest.mark.parametrize("composite", [False, True])
def test_the_real_compiler_sees_what_configurations_refer_to(
    tmp_path: Path, compiler: Path, *, composite: bool
) -> None:
    """As in Vite's templates: tsconfig.json alone checks nothing."""
    more = ', "composite": true' if composite else ""
    work = work_of(
        tmp_path,
        {
            "package.json": '{"name": "app", "private": true}\n',
            "tsconfig.json": REFERS,
            "tsconfig.app.json": STRICT % (more, "src"),
            "server/tsconfig.json": STRICT % (more, "*.ts"),
            "src/a.ts": "export const a: number = 'old';\n",
            "server/b.ts": "export const b = 1;\n",
        },
    )
    (tmp_path / "node_modules").symlink_to(compiler)
    work.put("src/a.ts", b"\nexport const a: number = 'old';\n")
    work.put("server/b.ts", b"import { gone } from './gone';\nexport const b = gone;\n")
    (found,) = [each for each in verify(work, "tsc", Reporter()) if each.id == "verify.tsc"]
    assert found.status == "fail"
    assert "TS2307" in found.title
    assert str(found.location) == "server/b.ts"


def test_a_project_that_takes_the_declarations_of_another_is_built(tmp_path: Path, compiler: Path) -> None:
    work = work_of(
        tmp_path,
        {
            "package.json": '{"name": "app", "private": true}\n',
            "tsconfig.json": '{"files": [], "references": [{"path": "./web"}]}\n',
            "web/tsconfig.json": (
                '{"compilerOptions": {"composite": true, "outDir": "../out/web", "types": []},\n'
                ' "include": ["*.ts"], "references": [{"path": "../shared"}]}\n'
            ),
            "shared/tsconfig.json": (
                '{"compilerOptions": {"composite": true, "outDir": "../out/shared", "types": []},\n'
                ' "include": ["*.ts"]}\n'
            ),
            "shared/s.ts": "export const s = 1;\n",
            "web/w.ts": "import { s } from '../shared/s';\nexport const w: number = s;\n",
        },
    )
    (tmp_path / "node_modules").symlink_to(compiler)
    work.put("shared/s.ts", b"export const s = 'text';\n")
    (found,) = [each for each in verify(work, "tsc", Reporter()) if each.id == "verify.tsc"]
    assert found.status == "fail"
    assert "TS2322" in found.title
    assert str(found.location) == "web/w.ts"


def test_a_tool_that_is_not_installed_is_skipped_with_the_reason(tmp_path: Path) -> None:
    work = work_of(tmp_path, {"package.json": "{}", "a.ts": "1;\n"})
    work.put("a.ts", b"2;\n")
    found = {each.id: each.status for each in verify(work, "all", Reporter())}
    assert found == {
        "verify.parse": "ok",
        "verify.tsc": "skip",
        "verify.eslint": "skip",
        "verify.knip": "skip",
    }


def test_a_file_that_does_not_parse_any_more_fails_and_one_that_never_did_does_not(tmp_path: Path) -> None:
    files = {
        "package.json": "{}",
        "a.ts": "one;\n",
        "b.ts": "const = {{\n",
        "c.json": "{}",
        "d.yaml": "a: 1\n",
    }
    work = work_of(tmp_path, files)
    for path, data in {
        "a.ts": b"const = {",
        "b.ts": b"const = {",
        "c.json": b"{",
        "d.yaml": b"a: [\n",
    }.items():
        work.put(path, data)
    failed = [each.location.file for each in verify(work, "parse", Reporter()) if each.location]
    assert failed == ["a.ts", "c.json", "d.yaml"]


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_packages_of_the_workspace_are_their_copies(tmp_path: Path) -> None:
    files = {
        "package.json": '{"private": true, "workspaces": ["packages/*"]}',
        "packages/a/package.json": '{"name": "a"}',
        "packages/a/index.ts": "1;\n",
        "node_modules/other/index.js": "2;\n",
    }
    work = work_of(tmp_path, files)
    (tmp_path / "node_modules/a").symlink_to("../packages/a")
    with overlay(work.app) as copy:
        assert (copy / "node_modules/a").resolve() == (copy / "packages/a").resolve()
        assert (copy / "node_modules/other/index.js").read_text() == "2;\n"
        (copy / "packages/a/index.ts").write_text("changed")
    assert (tmp_path / "packages/a/index.ts").read_text() == "1;\n"
    assert not copy.exists()
