"""Lockfiles made anew by the project's own package manager, in a copy, before anything is written."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..app.managers import LOCKFILES, manager_of
from ..app.manifests import folder_of, join
from ..app.tsconfig import normal
from ..core.errors import NotReadyError
from ..core.process import TIMED_OUT, Completed, run
from .work import Decision, Work

SECONDS = 300.0
"""How long a manager may take."""

_BESIDE = (
    ".npmrc", ".yarnrc.yml", ".yarnrc", "pnpm-workspace.yaml", ".pnpmfile.cjs", ".pnpmfile.mjs", "lerna.json",
    "bunfig.toml", ".node-version", ".nvmrc", ".tool-versions",
)  # fmt: skip
_FOLDERS = ("patches", ".yarn/releases", ".yarn/plugins", ".yarn/patches")


@dataclass(frozen=True, slots=True)
class Lock:
    """A lockfile and whose it is. ``folder`` is relative to the app's root."""

    path: str
    manager: str
    version: str

    @property
    def folder(self) -> str:
        return folder_of(self.path)


def command(lock: Lock) -> list[str]:
    """What makes the lockfile anew without installing anything. A pure function.

    npm 7+, pnpm 8+, Yarn 2+, Bun 1.2+: each reads the manifests and writes the lockfile alone.
    """
    return {
        "npm": [
            "npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund",
            "--prefer-offline",
        ],
        "pnpm": [
            "pnpm", "install", "--lockfile-only", "--ignore-scripts", "--no-frozen-lockfile",
            "--prefer-offline",
        ],
        "yarn": ["yarn", "install", "--mode=update-lockfile"],
        "bun": ["bun", "install", "--lockfile-only", "--ignore-scripts"],
    }[lock.manager]  # fmt: skip


def stale(work: Work) -> list[Lock]:
    """The lockfiles whose manifests the plan changes."""
    changed = {
        path
        for path in work.after
        if path.rpartition("/")[2] in ("package.json", "pnpm-workspace.yaml") and _needs_changed(work, path)
    }
    found: list[Lock] = []
    for path in work.app.lockfiles:
        folder = folder_of(path)
        if not any(_governs(work, folder, manifest) for manifest in changed):
            continue
        package = work.app.packages.get(folder)
        manager = manager_of(folder, work.app.files, package.manifest if package else {})
        name = LOCKFILES[path.rpartition("/")[2]]
        found.append(Lock(path, name, manager.version if manager.name == name else ""))
    return found


def _needs_changed(work: Work, path: str) -> bool:
    """Whether more than scripts changed."""
    if not path.endswith("package.json"):
        return True
    try:
        before, after = (json.loads(data or b"{}") for data in (work.before(path), work.now(path)))
    except ValueError:
        return True
    return any(before.get(key) != after.get(key) for key in {*before, *after} - {"scripts"})


def _governs(work: Work, folder: str, manifest: str) -> bool:
    """Whether the lockfile in a folder is that of a manifest: the nearest one above it."""
    here = folder_of(manifest)
    while True:
        locks = [path for path in work.app.lockfiles if folder_of(path) == here]
        if locks:
            return here == folder
        if not here:
            return False
        here = folder_of(here)


def plan_locks(work: Work) -> None:
    """Plan the new lockfiles; one that cannot be made stays, and is said."""
    if not work.chosen.wants("locks.update"):
        return
    for lock in stale(work):
        if lock.manager == "yarn" and _is_yarn_1(work, lock):
            _stays(
                work,
                lock,
                "Yarn 1 has no way to make a lockfile without installing",
                f"run it yourself: {_in(lock)}yarn install --ignore-scripts",
            )
            continue
        with_what = command(lock)
        if shutil.which(with_what[0]) is None:
            _stays(
                work,
                lock,
                f"{lock.manager} is not on PATH",
                f"run it yourself: {_in(lock)}{_words(with_what)}",
            )
            continue
        _renew(work, lock, with_what)


def _in(lock: Lock) -> str:
    return f"cd {lock.folder} && " if lock.folder else ""


def _words(argv: list[str]) -> str:
    return " ".join(argv)


def _is_yarn_1(work: Work, lock: Lock) -> bool:
    head = (work.before(lock.path) or b"")[:400]
    return b"yarn lockfile v1" in head


def _renew(work: Work, lock: Lock, argv: list[str]) -> None:
    before = work.before(lock.path)
    if before is None:
        _stays(work, lock, "it cannot be read", "")
        return
    folder = Path(tempfile.mkdtemp(prefix="lkm-lock-"))
    try:
        _lay_out(work, lock, folder, before)
        done = _run(argv, folder, before)
        new = folder / lock.path.rpartition("/")[2]
        after = new.read_bytes() if done.ok and new.is_file() else None
    except (OSError, NotReadyError) as error:
        _stays(work, lock, str(error), f"run it yourself: {_in(lock)}{_words(argv)}")
        return
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if after is None:
        why = "it took too long" if done.code == TIMED_OUT else _last(done)
        _stays(work, lock, f"{lock.manager} failed: {why}", f"run it yourself: {_in(lock)}{_words(argv)}")
        return
    if (was := _format(before)) != (now := _format(after)):
        _stays(
            work,
            lock,
            f"the {lock.manager} of this machine would rewrite it from lockfile version {was} to {now}",
            "run the version that made it",
        )
        return
    if after == before:
        return
    said = f"made anew by {_words(argv)}"
    work.say(Decision("locks.update", "safe", lock.path, said, "its manifests changed"))
    work.put(lock.path, after)
    _say_installed(work, lock)


def _say_installed(work: Work, lock: Lock) -> None:
    """What Yarn has put into the repository beside its lockfile: only an install makes it fit again."""
    inside = f"{lock.folder}/" if lock.folder else ""
    for name in (".pnp.cjs", ".yarn/cache/") if lock.manager == "yarn" else ():
        if any(path.startswith(inside + name) for path in work.app.tree.files):
            said = "is that of the lockfile as it was"
            why = f"run {_in(lock)}yarn install afterwards"
            work.say(Decision("locks.installed", "refuse", inside + name, said, why, done=False))


def _run(argv: list[str], folder: Path, before: bytes) -> Completed:
    addresses = b'"resolved": "http' in before
    env = {
        **os.environ,
        # npm writes or omits each package's address by its user's configuration: here as the lockfile has it.
        "npm_config_omit_lockfile_registry_resolved": "false" if addresses else "true",
        "YARN_ENABLE_IMMUTABLE_INSTALLS": "false",
        "YARN_ENABLE_SCRIPTS": "false",
        "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0",
        # pnpm would fetch the version that the manifest pins; the format of the lockfile is compared instead.
        "npm_config_manage_package_manager_versions": "false",
        "npm_config_package_manager_strict": "false",
        "CI": "",
    }
    return run(argv, cwd=folder, timeout=SECONDS, env=env)


def _last(done: Completed) -> str:
    lines = [line.strip() for line in done.tail.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"ERR|rror|404|network", line)]
    # What is tried again is a warning first: the reason is what it ended with.
    certain = [line for line in errors if not line.startswith("WARN")]
    return (certain or errors or lines or [f"exit code {done.code}"])[0][:200]


def _lay_out(work: Work, lock: Lock, folder: Path, before: bytes) -> None:
    """Every manifest as the plan leaves it, and what the manager reads beside them."""
    (folder / lock.path.rpartition("/")[2]).write_bytes(before)
    for path in _inputs(work, lock):
        data = work.now(path)
        if data is None:
            continue
        target = folder / (path.removeprefix(f"{lock.folder}/") if lock.folder else path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        if path.endswith("package.json"):
            _lay_out_files(work, lock, folder, path)
    for name in _BESIDE:  # git may ignore them: they are this machine's
        source = work.app.root / lock.folder / name
        if source.is_file() and not (folder / name).exists():
            shutil.copyfile(source, folder / name)
    for name in _FOLDERS:
        source = work.app.root / lock.folder / name
        if source.is_dir() and not (folder / name).exists():
            shutil.copytree(source, folder / name)


def _lay_out_files(work: Work, lock: Lock, folder: Path, manifest: str) -> None:
    """What a manifest asks for by ``file:``: an archive, or a folder of which the manifest is enough."""
    package = work.app.packages.get(folder_of(manifest))
    for version in package.needs.values() if package else ():
        kind, colon, place = version.partition(":")
        if not colon or kind not in ("file", "link", "portal"):
            continue
        path = normal(join(folder_of(manifest), place))
        source = work.app.root / path
        source = source / "package.json" if source.is_dir() else source
        inside = not path.startswith("..") and path.startswith(f"{lock.folder}/" if lock.folder else "")
        if inside and source.is_file():
            target = folder / os.path.relpath(source, work.app.root / lock.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _inputs(work: Work, lock: Lock) -> Iterator[str]:
    inside = f"{lock.folder}/" if lock.folder else ""
    for path in work.app.tree.files:
        name = path.rpartition("/")[2]
        if path.startswith(inside) and (
            name in ("package.json", *_BESIDE) or path.startswith(join(lock.folder, "patches/"))
        ):
            yield path


def _format(data: bytes) -> str:
    """The version of the lockfile's format."""
    found = re.search(rb"""lockfileVersion["']?\s*:\s*["']?([\d.]+)""", data[:2000])
    found = found or re.search(rb"__metadata:\s*\n\s*version:\s*(\d+)", data[:2000])
    return found[1].decode() if found else ""


def _stays(work: Work, lock: Lock, why: str, hint: str) -> None:
    work.say(
        Decision(
            "locks.stale",
            "refuse",
            lock.path,
            "stays as it is, and is stale then",
            why,
            after=hint,
            done=False,
        )
    )
