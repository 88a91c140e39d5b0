"""examples/call-app-migrated is what init makes of examples/call-app; a lock is its package manager's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.scaffold.apps import init, planned

BEFORE, AFTER = ROOT / "examples" / "call-app", ROOT / "examples" / "call-app-migrated"
OPTIONS = {
    "seams": ("apps/web/src/call/useCall.ts#useCall",),
    "authorize": "apps/server/src/access.ts#roomAccess(services, env.SESSION_SECRET)",
}
LOCK = "package-lock.json"
_MADE = {"node_modules", ".next", "dist", ".lkm", ".env", ".env.local", "next-env.d.ts"}

if not BEFORE.is_dir():
    pytest.skip("the examples are no part of an sdist", allow_module_level=True)


def texts(folder: Path) -> dict[str, bytes]:
    """What is of the repository; no packages, builds or settings of whoever ran it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not _MADE & set(path.relative_to(folder).parts)
        and path.suffix != ".tsbuildinfo"
    }


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "call-app"
    for name, raw in texts(BEFORE).items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(raw)
    return target


def test_the_migrated_example_is_what_init_makes(copy: Path, request: pytest.FixtureRequest) -> None:
    found = init(copy, **OPTIONS)
    assert found.complete, found.findings
    made = {name: raw for name, raw in texts(copy).items() if name != LOCK}
    if request.config.getoption("--update-golden"):
        for name in set(texts(AFTER)) - set(made) - {LOCK}:
            (AFTER / name).unlink()
        for name, raw in made.items():
            (AFTER / name).parent.mkdir(parents=True, exist_ok=True)
            (AFTER / name).write_bytes(raw)
    there = {name: raw for name, raw in texts(AFTER).items() if name != LOCK}
    assert sorted(made) == sorted(there)
    assert [name for name in made if made[name] != there[name]] == []


def test_init_has_nothing_to_do_in_the_migrated_example(tmp_path: Path) -> None:
    shutil.copytree(AFTER, tmp_path / "app", ignore=shutil.ignore_patterns(*_MADE))
    found = planned(tmp_path / "app")
    assert found.changes.files == ()
    assert found.complete


def test_its_lock_has_what_init_added() -> None:
    """After a change of the example: npm install --package-lock-only --omit-lockfile-registry-resolved."""
    locked = json.loads((AFTER / LOCK).read_text(encoding="utf-8"))["packages"]
    for package in ("apps/server", "apps/web"):
        manifest = json.loads((AFTER / package / "package.json").read_text(encoding="utf-8"))
        assert locked[package]["dependencies"] == manifest["dependencies"]
        assert all(f"node_modules/{name}" in locked for name in manifest["dependencies"])
