"""Running things as a user without privileges, for tests about permissions: root would not notice them.

Python, the virtual environment or the checkout may lie where that user cannot go (``/root`` is 0700).
Then the program runs in a mount namespace of its own, in which the closed folder holds nothing but an open
way to what is needed; the real one is not touched.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import pytest

from livekit_migrate.core.files import remove_tree
from tests.conftest import ROOT, Ran, need

UID = 61234  # nobody's: no process of any other user can be meant
TIMEOUT = 120


def unprivileged(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: str | None = None,
    timeout: float = TIMEOUT,
) -> Ran:
    """Run a program as a user without privileges; as oneself, when one is not root anyway.

    Skips (or fails) where neither is possible.
    """
    done = subprocess.run(
        [*_prefix(), *argv],
        cwd=cwd,
        env=dict(env),
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def unprivileged_python(code: str, *args: str, cwd: Path, env: Mapping[str, str]) -> Ran:
    """Run Python source as that user, with the package importable."""
    return unprivileged([sys.executable, "-c", code, *args], cwd=cwd, env={**env, "PYTHONPATH": str(ROOT)})


def give(*paths: Path) -> None:
    """Make that user the owner of these paths and of all that is in them."""
    if os.getuid() != 0:
        return
    for path in paths:
        for folder, _, files in os.walk(path) if path.is_dir() else [(str(path.parent), [], [path.name])]:
            for each in (*([Path(folder)] if path.is_dir() else []), *(Path(folder, name) for name in files)):
                os.chown(each, UID, UID, follow_symlinks=False)


@lru_cache(maxsize=1)
def _prefix() -> tuple[str, ...]:
    if os.getuid() != 0:
        return ()
    drop = ("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--")
    if not shutil.which("setpriv"):
        need("unprivileged", "running as root, and there is no setpriv (util-linux) to become somebody else")
    closed = _closed()
    if not closed:
        return drop
    prefix = ("unshare", "--mount", "sh", "-ec", _script(closed) + 'exec "$@"', "sh", *drop)
    if not shutil.which("unshare"):
        need("unprivileged", f"{', '.join(map(str, closed))} is closed, and there is no unshare")
    probe = [*prefix, sys.executable, "-c", "import livekit_migrate.core.files"]
    tried = subprocess.run(
        probe, cwd="/", env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    if tried.returncode != 0:
        need("unprivileged", f"no mount namespace here: {tried.stderr.strip()[-300:]}")
    return prefix


def _needed() -> set[Path]:
    """What Python and lkm are loaded from, every link on the way included."""
    found = {ROOT, Path(sys.prefix), Path(sys.base_prefix), Path(sys.base_prefix).resolve()}
    found |= {Path(entry) for entry in sys.path if entry and Path(entry).is_dir()}
    program = Path(sys.executable)
    while True:
        found.add(program.parent)
        if not program.is_symlink():
            break
        program = program.parent / program.readlink()
    return {Path(os.path.normpath(path)) for path in found}


def _closed() -> dict[Path, list[Path]]:
    """Outermost folders that others may not pass through → what is needed behind each."""
    closed: dict[Path, list[Path]] = {}
    for path in sorted(_needed()):
        for folder in reversed((path, *path.parents)):
            if not folder.stat().st_mode & stat.S_IXOTH:
                closed.setdefault(folder, []).append(path)
                break
    return closed


def _script(closed: Mapping[Path, Sequence[Path]]) -> str:
    """Shell lines that open the way, in this mount namespace only: the needed folders are bound to a
    scratch tree, and that tree is bound over the closed folder."""
    lines = ["scratch=$(mktemp -d)", "mount -t tmpfs -o mode=755 lkm-test $scratch"]
    for index, (folder, needed) in enumerate(closed.items()):
        tree = f"$scratch/{index}"
        lines += [f"mkdir {tree}"]
        outermost = [path for path in needed if not any(o in path.parents for o in needed)]
        for path in outermost:
            # A closed folder that is itself needed is shown with its own mode opened.
            inside = shlex.quote(str(path.relative_to(folder)))
            lines += [f"mkdir -p {tree}/{inside}", f"mount --bind {shlex.quote(str(path))} {tree}/{inside}"]
        lines += [f"chmod 755 {tree}"] if folder not in outermost else []
        lines += [f"mount --rbind {tree} {shlex.quote(str(folder))}"]
    # The mount stays where it was bound to; only its own entry in /tmp goes.
    lines += ["umount -l $scratch", "rmdir $scratch"]
    return "\n".join(lines) + "\n"


@pytest.fixture
def user_project() -> Iterator[Path]:
    """An empty project that belongs to the user of ``unprivileged``, where that user can reach it.

    pytest's own tmp_path lies behind a folder of 0700.
    """
    _prefix()
    base = Path(tempfile.mkdtemp(prefix="lkm-user-"))
    try:
        base.chmod(0o755)
        folder = base / "project"
        folder.mkdir()
        (base / "home").mkdir()
        (folder / "lkm.toml").write_text("")
        give(base)
        yield folder
    finally:
        remove_tree(base)


@pytest.fixture
def user_env(user_project: Path, clean_env: dict[str, str]) -> dict[str, str]:
    """An environment for that user: home and state of its own."""
    home = user_project.parent / "home"
    return clean_env | {
        "HOME": str(home),
        "LKM_STATE_DIR": str(home / "state"),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture
def user_lkm(user_project: Path, user_env: dict[str, str]) -> Callable[..., Ran]:
    """Run lkm as that user, in its project."""

    def run(*argv: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Ran:
        return unprivileged(
            [sys.executable, "-m", "livekit_migrate", *argv],
            cwd=cwd or user_project,
            env={**user_env, **(env or {})},
        )

    return run
