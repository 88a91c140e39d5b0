"""The commands of `make demo-full`: each a step with a spinner, told by a few lines of what it says."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from livekit_migrate.core.report import Reporter

_SECONDS = 1200.0  # for one command; images are built from nothing
_LOOK = 0.3  # s between two looks at a command that runs
_ASKED = ((signal.SIGINT, 20.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 30.0))
"""How a command is told to end, as by Ctrl-C in a terminal at first, and the seconds that it has for it."""
_DYING = 5.0  # s; where nobody buries them they are there for ever
_LAST = 40  # lines of a command that failed


class Failed(Exception):
    """A step that did not come true; its text says all."""


class Stopped(BaseException):
    """The user, or the system, wants it to end.

    Args:
        number: the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__("Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name)
        self.number = number


@contextlib.contextmanager
def signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP (the terminal is closed) end the demo as ``Stopped``, once."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(number: int, _frame: object) -> None:
        # What is to be removed is removed, however impatient somebody is.
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    # nohup ignores SIGHUP, and so it shall be.
    before = {
        each: signal.signal(each, stop) for each in numbers if signal.getsignal(each) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Shell:
    """Runs commands in a folder, and tells of them.

    Args:
        env: for all of them.
    """

    def __init__(self, folder: Path, env: Mapping[str, str], reporter: Reporter) -> None:
        self.folder, self.env, self.reporter = folder, env, reporter
        self.heard: list[str] = []
        """What each said, also one that was ended."""

    def run(
        self,
        *argv: str,
        shown: str = "",
        told: str = "",
        env: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> str:
        """Run one to its end; what it said.

        Args:
            shown: as a user types it, when that is something else.
            told: a pattern: the lines of the output that people are shown.
            env: more of it.

        Raises:
            Failed: its exit code was not 0, or it took far too long.
        """
        shown = shown or shlex.join(argv)
        with self.reporter.step(shown) as step, tempfile.TemporaryFile() as sink:
            began = time.monotonic()
            process = subprocess.Popen(
                argv,
                cwd=folder or self.folder,
                env={**self.env, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the demo, which then asks the command to end.
                start_new_session=True,
            )
            try:
                while process.poll() is None:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(_LOOK)
                    seconds = time.monotonic() - began
                    if seconds > _SECONDS:
                        raise Failed(f"{shown} has run for {seconds:.0f} s and does not end")
                    step.update(_short(f"{seconds:.0f} s  {_last(sink.fileno())}", len(shown)))
            finally:
                _end(process)
                sink.seek(0)
                self.heard.append(said := _plain(sink.read().decode(errors="replace")))
            if process.returncode:
                step.finish(status="fail")
        lines = [line.rstrip() for line in said.splitlines() if line.strip()]
        code = process.returncode
        for line in lines[-_LAST:] if code else [each for each in lines if told and re.search(told, each)]:
            self.reporter.note("  " + re.sub(r" {3,}", "  ", line.strip()))
        if code:
            raise Failed(f"{shown} ended with {code}")
        return said


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it stays: it is asked first, since some have things of their own to clear away."""
    if process.poll() is not None:
        return
    # All of them: a child may stay when the one that was started has ended.
    for number, seconds in _ASKED:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    # The last ones are still dying, and may write into a folder that is about to be removed.
    deadline = time.monotonic() + _DYING
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.02)  # between two looks, bounded by the deadline


def _last(descriptor: int) -> str:
    """The last line of a file that a program still writes."""
    size = os.fstat(descriptor).st_size
    lines = _plain(os.pread(descriptor, 1000, max(0, size - 1000)).decode(errors="replace")).split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _plain(text: str) -> str:
    """Without colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def _short(text: str, taken: int) -> str:
    """Cut to what is left of the terminal's line."""
    room = max(20, shutil.get_terminal_size().columns - taken % shutil.get_terminal_size().columns - 8)
    return text if len(text) <= room else f"{text[: room - 1]}…"
