"""Lockfiles: made anew by the project's own manager in a copy, or left alone and said."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from livekit_migrate.cleanup.locks import Lock, command, plan_locks, stale
from livekit_migrate.cleanup.manifests import plan_dependencies
from tests.conftest import need

from .works import reason, text, work_of

FILES = {
    ".gitignore": "vendor\n",
    "package.json": '{"name": "app", "version": "1.0.0", "private": true, "workspaces": ["apps/*"]}\n',
    "apps/server/package.json": '{"name": "server", "version": "1.0.0", "private": true, "dependencies": '
    '{"left": "file:../../vendor/left", "mediasoup": "file:../../vendor/mediasoup"}}\n',
    "apps/server/index.js": 'require("mediasoup");\n',
    "apps/server/stays.js": 'require("left");\n',
    "vendor/left/package.json": '{"name": "left", "version": "1.0.0"}\n',
    "vendor/mediasoup/package.json": '{"name": "mediasoup", "version": "3.0.0"}\n',
}


def test_npm_makes_its_lockfile_anew_and_takes_it(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        need("node", "no npm on PATH")
    assert npm is not None
    work_of(tmp_path, FILES)
    only_lock = [npm, "install", "--package-lock-only", "--offline", "--no-audit", "--no-fund"]
    subprocess.run(only_lock, cwd=tmp_path, check=True, capture_output=True)
    work = work_of(tmp_path, FILES, gone=("apps/server/index.js",))
    plan_dependencies(work)
    assert work.packages == ["mediasoup"]
    before = (tmp_path / "package-lock.json").read_bytes()
    plan_locks(work)
    assert reason(work, "locks.update").file == "package-lock.json"
    assert (tmp_path / "package-lock.json").read_bytes() == before, "nothing is written while planning"
    lock = json.loads(text(work, "package-lock.json"))
    assert lock["packages"]["apps/server"]["dependencies"] == {"left": "file:../../vendor/left"}
    assert "node_modules/mediasoup" not in lock["packages"]
    assert "node_modules/left" in lock["packages"]
    for path, data in work.after.items():
        target = tmp_path / path
        if data is None:
            target.unlink()
        else:
            target.write_bytes(data)
    accepted = [npm, "ci", "--dry-run", "--ignore-scripts", "--offline", "--no-audit", "--no-fund"]
    done = subprocess.run(accepted, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("lock", "content", "why"),
    [
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n", "pnpm is not on PATH"),
        ("bun.lock", "{}\n", "bun is not on PATH"),
        ("yarn.lock", "# yarn lockfile v1\n", "Yarn 1 has no way to make a lockfile without installing"),
    ],
)
def test_a_lockfile_that_cannot_be_made_stays_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lock: str, content: str, why: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    work = work_of(tmp_path, {**FILES, lock: content}, gone=("apps/server/index.js",))
    plan_dependencies(work)
    plan_locks(work)
    assert lock not in work.after
    said = reason(work, "locks.stale")
    assert said.reason == why
    assert "run it yourself: " in said.after


def test_only_a_lockfile_whose_manifests_lost_something_is_stale(tmp_path: Path) -> None:
    files = {
        **FILES,
        "yarn.lock": "",
        "other/package.json": '{"name": "other", "scripts": {"sfu": "node sfu.js"}}',
        "other/pnpm-lock.yaml": "",
        "other/sfu.js": "",
    }
    work = work_of(tmp_path, files, gone=("apps/server/index.js", "other/sfu.js"))
    plan_dependencies(work)
    assert "other/package.json" in work.after, "its script is gone"
    assert stale(work) == [Lock("yarn.lock", "yarn", "")]


def test_no_manager_runs_scripts_or_installs() -> None:
    words = {name: " ".join(command(Lock("x", name, ""))) for name in ("npm", "pnpm", "yarn", "bun")}
    assert words == {
        "npm": "npm install --package-lock-only --ignore-scripts --no-audit --no-fund --prefer-offline",
        "pnpm": "pnpm install --lockfile-only --ignore-scripts --no-frozen-lockfile --prefer-offline",
        "yarn": "yarn install --mode=update-lockfile",
        "bun": "bun install --lockfile-only --ignore-scripts",
    }
