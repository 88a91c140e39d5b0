"""Lockfiles: made anew by the project's own manager in a copy, or left alone and said."""

from __future__ import annotations

import json
import os
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


def test_npm_makes_its_lockfile_anew_and_takes_it(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = shutil.which("npm")
    if npm is None:
        need("node", "no npm on PATH")
    assert npm is not None
    # Not whatever the user of this machine has set and cached; and nobody answers there.
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
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


@pytest.mark.parametrize("omit", ["true", "false"])
@pytest.mark.parametrize("addresses", [True, False])
def test_npm_keeps_the_addresses_as_the_lockfile_has_them(
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    addresses: bool,
    omit: str,
) -> None:
    """Whatever the configuration of its user: the difference would be every package of the lockfile."""
    if shutil.which("npm") is None:
        need("node", "no npm on PATH")
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_omit_lockfile_registry_resolved", omit)
    manifest = {"name": "app", "version": "1.0.0", "dependencies": {"mediasoup": "^3.0.0", "ms": "^2.0.0"}}
    packages: dict[str, object] = {"": manifest}
    for name, version in (("mediasoup", "3.0.0"), ("ms", "2.1.3")):
        packages[f"node_modules/{name}"] = {
            "version": version,
            **({"resolved": f"http://127.0.0.1:9/{name}/-/{name}-{version}.tgz"} if addresses else {}),
            "integrity": "sha512-" + "A" * 86 + "==",
        }
    lock = {"name": "app", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    files = {
        "package.json": json.dumps(manifest, indent=2) + "\n",
        "package-lock.json": json.dumps(lock, indent=2) + "\n",
        "index.js": 'require("mediasoup");\n',
        "stays.js": 'require("ms");\n',
    }
    work = work_of(tmp_path, files, gone=("index.js",))
    plan_dependencies(work)
    plan_locks(work)
    del packages["node_modules/mediasoup"]
    del manifest["dependencies"]["mediasoup"]  # type: ignore[attr-defined]
    assert text(work, "package-lock.json") == json.dumps(lock, indent=2) + "\n"


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


MANAGERS = Path(__file__).parents[2] / "tools" / "managers" / "node_modules"
PROGRAMS = {
    "pnpm": "pnpm/bin/pnpm.cjs",
    "yarn": "@yarnpkg/cli-dist/bin/yarn.js",
    "bun": "@oven/bun-linux-x64/bin/bun",
}
MADE = {  # what makes the first lockfile, and what refuses one that does not fit
    "pnpm": ("install --lockfile-only --ignore-scripts --offline", "install --frozen-lockfile --offline"),
    "yarn": ("install --mode=update-lockfile", "install --immutable"),
    "bun": ("install --lockfile-only --ignore-scripts", "install --frozen-lockfile --ignore-scripts"),
}
LOCKS = {"pnpm": "pnpm-lock.yaml", "yarn": "yarn.lock", "bun": "bun.lock"}
ONE_APP = {
    ".gitignore": "vendor\n",
    "package.json": """{
  "name": "app",
  "version": "1.0.0",
  "private": true,
  "scripts": {"preinstall": "touch RAN", "postinstall": "touch RAN"},
  "dependencies": {
    "left": "file:./vendor/left",
    "mediasoup": "file:./vendor/mediasoup"
  }
}
""",
    "index.js": 'require("mediasoup");\n',
    "stays.js": 'require("left");\n',
    "vendor/left/package.json": '{"name": "left", "version": "1.0.0"}\n',
    "vendor/mediasoup/package.json": '{"name": "mediasoup", "version": "3.0.0"}\n',
}


@pytest.fixture
def managers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The managers' programs at the front of PATH, and a home of their own: no cache, no network needed."""
    programs = tmp_path / "programs"
    programs.mkdir()
    node = shutil.which("node")
    for name, place in PROGRAMS.items():
        if node is None or not (MANAGERS / place).is_file():
            need("node", f"no {name} in tools/managers (npm ci)")
        starts = "" if name == "bun" else f"{node} "
        (programs / name).write_text(f'#!/bin/sh\nexec {starts}{MANAGERS / place} "$@"\n')
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("YARN_ENABLE_TELEMETRY", "0")
    monkeypatch.setenv("npm_config_manage_package_manager_versions", "false")
    # Nobody answers there.
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("YARN_NPM_REGISTRY_SERVER", "http://127.0.0.1:9/")
    return programs


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_the_manager_makes_its_lockfile_anew_and_takes_it(tmp_path: Path, managers: Path, name: str) -> None:
    app, lock = tmp_path / "app", LOCKS[name]
    work_of(app, ONE_APP)
    if name == "yarn":
        (app / "yarn.lock").touch()
    make, check = MADE[name]
    subprocess.run([managers / name, *make.split()], cwd=app, check=True, capture_output=True)
    shutil.rmtree(app / ".yarn", ignore_errors=True)
    (app / ".pnp.cjs").write_text("// of the lockfile as it is\n")
    work = work_of(app, ONE_APP, gone=("index.js",))
    before = files_of(app)
    assert b"mediasoup" in before[lock]
    plan_dependencies(work)
    plan_locks(work)
    assert reason(work, "locks.update").file == lock
    assert files_of(app) == before, "planning writes nothing: no lock, no .pnp.cjs, no node_modules"
    assert "mediasoup" not in text(work, lock)
    assert "left" in text(work, lock)
    beside = [each.file for each in work.decisions if each.rule == "locks.installed"]
    assert beside == ([".pnp.cjs"] if name == "yarn" else [])
    for path in ("package.json", lock):
        (app / path).write_bytes(text(work, path).encode())
    done = subprocess.run(
        [managers / name, *check.split()], cwd=app, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", list(PROGRAMS))
@pytest.mark.usefixtures("managers")
def test_a_manager_that_fails_leaves_the_lockfile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    app, lock = tmp_path / "app", LOCKS[name]
    heads = {
        "pnpm": "lockfileVersion: '9.0'\n",
        "yarn": "__metadata:\n  version: 10\n",
        "bun": '{"lockfileVersion": 2, "workspaces": {"": {"name": "app"}}, "packages": {}}\n',
    }
    manifest = ONE_APP["package.json"].replace("file:./vendor/left", "1.0.0")
    files = {**ONE_APP, "package.json": manifest, lock: heads[name]}
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("YARN_HTTP_RETRY", "0")
    work = work_of(app, files, gone=("index.js",))
    plan_dependencies(work)
    plan_locks(work)
    assert lock not in work.after
    said = reason(work, "locks.stale")
    assert said.reason.startswith(f"{name} failed: ")
    assert said.after.startswith(f"run it yourself: {name} install")
