"""Cuts lkm off at its N-th change of the file system, for N = 1, 2, … until it gets through.

``python kill_driver.py HOW ACTION FOLDER`` prints one JSON line per N. Each run is a forked child, in
which every call that changes files is a point: creating, half of a write, fsync, rename, unlink, mkdir,
rmdir, symlink, link, chmod. What comes after it, in children again: ``lkm undo --list --json``, then the
same action once more.

HOW: kill (SIGKILL), interrupt (SIGINT), error (the call fails with ENOSPC).
ACTION: apply, undo, recover (a second kill while the first one is being repaired).
"""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import stat
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from livekit_migrate.cli import main as cli
from livekit_migrate.core import journal
from livekit_migrate.core.changes import ChangeSet, change


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


EVENTS = {
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.chmod",
    "os.link",
    "os.symlink",
    "os.truncate",
}
TITLE = "lkm test all"
THROUGH = "got through\n"


def build(root: Path) -> None:
    """The tree before: each kind of file that can be changed."""
    (root / "shared").mkdir(parents=True)
    (root / "lkm.toml").write_text("")
    (root / "windows.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo")
    (root / "windows.txt").chmod(0o640)
    (root / "shared/real.env").write_bytes(b"LIVEKIT_API_SECRET=before-before-before-before-before\n")
    (root / "shared/real.env").chmod(0o600)
    (root / ".env").symlink_to("shared/real.env")
    (root / "binary").write_bytes(b"\0\xff\0old")
    (root / "gone.txt").write_bytes(b"to be deleted\n")
    (root / "link").symlink_to("nowhere")
    (root / "mode.sh").write_bytes(b"#!/bin/sh\n")
    (root / "mode.sh").chmod(0o644)


def plan(root: Path) -> ChangeSet:
    return ChangeSet(
        TITLE,
        root,
        (
            change(root / "windows.txt", b"\xef\xbb\xbfONE\r\ntwo\r\n"),
            change(root / ".env", b"LIVEKIT_API_SECRET=after-after-after-after-after\n", secret=True),
            change(root / "binary", b"\0\xff\0new"),
            change(root / "gone.txt", None),
            change(root / "link", None),
            change(root / "new/deep/file.txt", b"made\n"),
            change(
                root / "new/keys.env",
                b"LIVEKIT_API_SECRET=third-third-third-third\n",
                mode=0o600,
                secret=True,
            ),
            change(root / "mode.sh", b"#!/bin/sh\n", mode=0o755),
        ),
    )


def snapshot(root: Path) -> dict[str, str]:
    """Every path outside .lkm, with its type, mode and content."""
    found: dict[str, str] = {}
    for folder, folders, files in os.walk(root):
        if ".lkm" in folders:
            folders.remove(".lkm")
        for name in (*folders, *files):
            path = Path(folder, name)
            info = path.lstat()
            said = stat.filemode(info.st_mode)
            if path.is_symlink():
                said += f" -> {path.readlink()}"
            elif path.is_file():
                said += f" {path.read_bytes()!r}"
            found[str(path.relative_to(root))] = said
    return found


class Points:
    """Counts the calls that change files, and cuts off at the N-th."""

    def __init__(self, how: str, last: int) -> None:
        self.how, self.last, self.count = how, last, 0

    def hit(self, half: Callable[[], object] = lambda: None) -> None:
        self.count += 1
        if self.count != self.last:
            return
        if self.how == "error":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        half()
        os.kill(os.getpid(), signal.SIGKILL if self.how == "kill" else signal.SIGINT)

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            # With a number it is a file that is open already.
            if not isinstance(args[0], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self.hit()
        elif event in EVENTS and not (event == "os.rmdir" and self.how == "error"):
            self.hit()  # an empty folder that cannot be removed stays: no reason to fail

    def install(self) -> None:
        points, real_fsync, real_fdopen = self, os.fsync, os.fdopen

        class Half(io.FileIO):
            def write(self, data: Any) -> int:
                points.hit(lambda: os.write(self.fileno(), bytes(data)[: len(data) // 2]))
                return super().write(data)

        def fsync(descriptor: int) -> None:
            points.hit()
            real_fsync(descriptor)

        def fdopen(descriptor: int, mode: str = "r", *args: Any, **named: Any) -> Any:
            if mode == "wb":
                return io.BufferedWriter(Half(descriptor, "wb"))
            return real_fdopen(descriptor, mode, *args, **named)

        os.fsync, os.fdopen = fsync, fdopen  # type: ignore[assignment]
        sys.addaudithook(self.audit)


def child(action: Callable[[], object], points: Points | None = None) -> tuple[int, str]:
    """Run something in a fork: its wait status (signals negative) and what it printed on stdout."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            os.close(read)
            os.dup2(write, 1)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if points:
                points.install()
            result = action()
            code = result if isinstance(result, int) else 0
        except KeyboardInterrupt:
            code = 130
        except BaseException as error:
            code = getattr(error, "exit_code", 98)
            say(json.dumps({"raised": str(error), "code": getattr(error, "code", "")}))
            if code == 98:
                traceback.print_exc()
        finally:
            sys.stdout.flush()
            if points and points.count < points.last:
                os.write(1, THROUGH.encode())
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said


def main(how: str, action: str, base: Path) -> None:
    root, state = base / "project", base / "state"
    os.environ["LKM_STATE_DIR"] = str(state)
    os.chdir(base)
    copies = base / "copies"
    build(root)

    def reset(name: str) -> None:
        for path in (root, state):
            shutil.rmtree(path, ignore_errors=True)
            source = copies / name / path.name
            if source.exists():
                shutil.copytree(source, path, symlinks=True)

    def save(name: str) -> None:
        for path in (root, state):
            if path.exists():
                shutil.copytree(path, copies / name / path.name, symlinks=True)

    actions: dict[str, Callable[[], object]] = {
        "apply": lambda: journal.apply(plan(root)),
        "undo": lambda: journal.undo(root),
        "recover": lambda: cli.run(["undo", "--list", "--json", "-C", str(root)]),
    }
    save("old")
    old = snapshot(root)
    assert child(actions["apply"])[0] == 0
    save("new")
    new = snapshot(root)
    starts = {"apply": ["old"], "undo": ["new"]}.get(action) or mixtures(
        root, reset, save, actions["apply"], (old, new)
    )
    say(json.dumps({"old": old, "new": new, "starts": starts}))
    for start in starts:
        last, through = 0, False
        while not through:
            last += 1
            reset(start)
            code, said = child(actions[action], Points(how, last))
            cut = snapshot(root)
            lkm = root / ".lkm"
            was_open = (lkm / "journal/open").exists()
            cut_temps = [str(path.relative_to(root)) for path in lkm.rglob("*.tmp")]
            listed_code, listed = child(actions["recover"])
            after = snapshot(root)
            entries = len(json.loads(listed)["data"].get("entries", ()))
            again_code, again = 0, ""
            if action != "undo" and after == old:
                again_code, again = child(actions["apply"])
            elif action == "undo" and after == new:
                again_code, again = child(actions["undo"])
            report = {
                "start": start, "n": last, "code": code, "said": said, "cut": cut, "open": was_open,
                "cut_temps": cut_temps,
                "listed_code": listed_code, "listed": json.loads(listed), "entries": entries, "after": after,
                "again_code": again_code, "again": again, "final": snapshot(root),
                "leftovers": sorted(
                    str(path.relative_to(base))
                    for path in (*lkm.rglob("*.tmp"), *lkm.rglob("open*"), *state.rglob("*.tmp"),
                                 *state.glob("undo/.key.*"))
                ),
                "folders": len([path for path in (lkm / "journal").glob("*") if path.is_dir()]),
                "vaults": len([path for path in (state / "undo").glob("*/*") if path.is_dir()]),
            }  # fmt: skip
            say(json.dumps(report))
            through = said.endswith(THROUGH)
            if last > 1000:
                raise AssertionError("no end")


def mixtures(
    root: Path,
    reset: Callable[[str], None],
    save: Callable[[str], None],
    act: Callable[[], object],
    whole: tuple[dict[str, str], dict[str, str]],
) -> list[str]:
    """Three trees that a killed apply left between old and new: early, midway, late."""
    mixed = []
    for last in range(1, 1000):
        reset("old")
        if child(act, Points("kill", last))[0] == 0:
            break
        tree = snapshot(root)
        if tree not in whole and (root / ".lkm/journal/open").exists():
            mixed.append(last)
    chosen = [mixed[0], mixed[len(mixed) // 2], mixed[-1]]
    for last in chosen:
        reset("old")
        child(act, Points("kill", last))
        save(f"killed-{last}")
    return [f"killed-{last}" for last in chosen]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
