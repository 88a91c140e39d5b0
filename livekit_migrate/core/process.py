"""The one place that runs other programs.

A program that puts a child into a session of its own (a daemon) keeps that child: only its process group
is ended here. Such a child may hold the output open; ``_GRACE_SECONDS`` after the end nobody waits for it.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from .errors import NotReadyError
from .secret import redact

TIMED_OUT = -1000
_GRACE_SECONDS = 1.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended. ``code`` is negative for a signal, ``TIMED_OUT`` when it was stopped here."""

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        return self.code == 0

    @property
    def tail(self) -> str:
        """The last lines it said, secrets masked, for an error's detail."""
        lines = (self.stderr.strip() or self.stdout.strip()).splitlines()
        return redact("\n".join(lines[-12:]))

    def __str__(self) -> str:
        return redact(shlex.join(self.argv))


def run(
    argv: Sequence[str],
    *,
    timeout: float | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    on_line: Callable[[str], None] | None = None,
    on_tick: Callable[[], None] | None = None,
) -> Completed:
    """Run a program to its end.

    Args:
        timeout: seconds; its whole process group is killed after that.
        env: the complete environment; default: this process's.
        stdin: text for its standard input (with ``on_line`` at most 64 kB); secrets travel here or in
            ``env``, never in argv.
        on_line: called with each line of its output (stdout and stderr merged) while it runs.
        on_tick: with ``on_line``, called at least every 0.05 s; what it raises ends the program.

    Raises:
        NotReadyError: the program is not there, or is none for this machine.
    """
    piped = stdin is not None
    with _running(argv, cwd, env, piped=piped, merged=on_line is not None) as process:
        try:
            if on_line is not None:
                return _stream(process, argv, on_line, timeout=timeout, stdin=stdin, on_tick=on_tick)
            out, err = process.communicate(stdin, timeout=timeout)
            return Completed(tuple(argv), process.returncode, out, err)
        except subprocess.TimeoutExpired:
            kill_group(process)
            return Completed(tuple(argv), TIMED_OUT, *_rest(process))


@contextlib.contextmanager
def _running(
    argv: Sequence[str], cwd: Path | None, env: Mapping[str, str] | None, *, piped: bool, merged: bool
) -> Iterator[subprocess.Popen[str]]:
    """A program that does not outlive the block.

    It has its own process group: when Ctrl-C ends the block, nobody else would end it.

    Args:
        piped: something will be written to its standard input.
        merged: stderr goes where stdout goes.
    """
    process: subprocess.Popen[str] | None = None
    try:
        with _interrupts_wait():
            process = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env=dict(env) if env is not None else None,
                stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if merged else subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=os.name == "posix",
            )
        yield process
    except OSError as error:
        if process is not None:
            raise
        raise _not_run(argv[0], cwd, error) from error
    finally:
        if process is not None:
            if process.returncode is None:
                kill_group(process)
            with process:
                pass  # its pipes are closed, its end is waited for


@contextlib.contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Let Ctrl-C take effect at the end of the block: in the midst of a start there is nothing to end yet."""
    came: list[tuple[int, FrameType | None]] = []
    before = signal.getsignal(signal.SIGINT)
    held = callable(before)  # ignored it stays so, for the program that is started, too
    if held:
        try:
            signal.signal(signal.SIGINT, lambda *event: came.append(event))
        except ValueError:  # Ctrl-C comes to the main thread only
            held = False
    try:
        yield
    finally:
        if held and callable(before):
            signal.signal(signal.SIGINT, before)
            if came:
                before(*came[-1])


def _not_run(program: str, cwd: Path | None, error: OSError) -> NotReadyError:
    reason = (error.strerror or str(error)).lower()
    if cwd is not None and str(error.filename) == str(cwd):
        return NotReadyError(f"{cwd}: cannot run {program} there: {reason}", code="process.no-folder")
    return NotReadyError(
        f"{program}: cannot be run: {reason}",
        code="process.not-found",
        hint=f"install {Path(program).name} or put it on PATH",
    )


def _rest(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What a killed program said until then."""
    try:
        out, err = process.communicate(timeout=_GRACE_SECONDS)
    except subprocess.TimeoutExpired as error:
        return _text(error.stdout), _text(error.stderr)
    return out or "", err or ""


def _text(said: str | bytes | None) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said or ""


def _stream(
    process: subprocess.Popen[str],
    argv: Sequence[str],
    on_line: Callable[[str], None],
    *,
    timeout: float | None,
    stdin: str | None,
    on_tick: Callable[[], None] | None,
) -> Completed:
    if stdin is not None and process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(stdin)
            process.stdin.close()
    deadline = None if timeout is None else time.monotonic() + timeout
    timed_out = False
    lines: list[str] = []
    said = _Lines(process)
    try:
        for line in said:
            if on_tick is not None:
                on_tick()
            if line is not None:
                lines.append(line)
                on_line(line.rstrip("\r\n"))
            elif deadline is not None and time.monotonic() >= deadline and not timed_out:
                timed_out = True
                kill_group(process)
    finally:
        said.stop.set()
    return Completed(tuple(argv), TIMED_OUT if timed_out else process.wait(), "".join(lines), "")


class _Lines:
    """The lines of a program's output as they come; None whenever there was none for a moment.

    A thread reads, since a pipe cannot be polled everywhere. It ends at the end of the output, or the
    grace time after the program's end.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        import queue
        import threading

        self._process = process
        self._queue: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._empty = queue.Empty
        self.stop = threading.Event()
        assert process.stdout is not None  # noqa: S101 - Popen was told to pipe it
        threading.Thread(target=self._read, args=(process.stdout.fileno(),), daemon=True).start()

    def _read(self, descriptor: int) -> None:
        data = b"?"
        while data and not self.stop.is_set():
            try:
                data = os.read(descriptor, 65536)
            except OSError:
                data = b""
            self._queue.put(data)

    def __iter__(self) -> Iterator[str | None]:
        import codecs

        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        pending = ""
        waited = 0.0
        while True:
            try:
                data = self._queue.get(timeout=_LOOK_SECONDS)
            except self._empty:
                yield None
                if self._process.poll() is None:
                    continue
                # Looks, not the clock: while this machine stood still, nobody could read either.
                waited += _LOOK_SECONDS
                if waited < _GRACE_SECONDS:
                    continue
                data = b""
            pending += decoder.decode(data, final=not data)
            *whole, pending = pending.split("\n")
            yield from (line + "\n" for line in whole)
            if not data:
                break
            yield None
        if pending:
            yield pending


def kill_group(process: subprocess.Popen[str]) -> None:
    """End a program that ``run`` started, with its children."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
