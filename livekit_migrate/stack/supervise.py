"""The supervisor of a native server: its parent, its log, the record of its PIDs and of its end.

Run as a file by an isolated Python (``python -I -S supervise.py FOLDER RUN``) with a JSON document on
standard input; it needs nothing but the standard library, since it stays in memory as long as the server.
`lkm up` reads one line from its standard output: ``started``, or why not.

What it leaves in FOLDER: ``livekit.log`` (rotated), ``state.json`` (replaced in one step) and
``run.lock``, which the kernel holds for as long as a supervisor lives.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time
from typing import Any, BinaryIO

LOG = "livekit.log"
STATE = "state.json"
LOCK = "run.lock"
STOPPING = "stopping"  # `lkm down` makes it before it signals: the end that follows is no crash
LOG_BYTES = 5_000_000
LOG_FILES = 5

_LINUX = sys.platform.startswith("linux")
_MASK = "••••••".encode()
_PR_SET_PDEATHSIG = 1
_LONGEST_LINE = 64 * 1024
_OWN = getattr(os, "O_NOFOLLOW", 0)  # a link where one of our files belongs is not ours


def start_token(pid: int) -> str:
    """What tells a process from a later one with the same PID; empty when there is none (or a zombie)."""
    if _LINUX:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123
                fields = file.read().rpartition(")")[2].split()
            with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123
                boot = file.read().strip()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else f"{boot}:{fields[19]}"
    import subprocess

    done = subprocess.run(
        ["/bin/ps", "-o", "state=,lstart=", "-p", str(pid)],
        env={"LC_ALL": "C", "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, started = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else " ".join(started.split())


def write_json(path: str, value: object) -> None:
    """Replace a file in one step, readable by its owner only."""
    temp = f"{path}.{os.getpid()}.tmp"
    try:
        descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _OWN, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123
            json.dump(value, file)
        os.replace(temp, path)  # noqa: PTH105
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temp)  # noqa: PTH108
        raise


class RotatingLog:
    """Whole lines into a file that is put aside when it is full. A full disk loses lines, not the server."""

    def __init__(self, path: str, *, limit: int, files: int, masked: tuple[bytes, ...] = ()) -> None:
        self._path, self._limit, self._files, self._masked = path, limit, files, masked
        self._file: BinaryIO | None = None
        self._size = 0
        self._rest = b""
        self._open()

    def write(self, data: bytes) -> None:
        """Take what the server said; a line without an end waits for it."""
        whole, newline, self._rest = (self._rest + data).rpartition(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            whole, newline, self._rest = whole + newline + self._rest, b"\n", b""
        if newline:
            for line in whole.split(b"\n"):
                self._line(line + b"\n")
            self._flush()

    def mark(self, message: str, **fields: object) -> None:
        """A line of the supervisor's own, in the form of the server's."""
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
        self.close_line()
        self._line(f"{stamp}\tINFO\tlkm\tsupervise\t{message}\t{json.dumps(fields)}\n".encode())
        self._flush()

    def close_line(self) -> None:
        """Write what the server left without a line's end."""
        if self._rest:
            self._line(self._rest + b"\n")
            self._rest = b""
            self._flush()

    def close(self) -> None:
        """Write what is left and let go of the file."""
        self.close_line()
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None

    def _line(self, line: bytes) -> None:
        for secret in self._masked:
            line = line.replace(secret, _MASK)
        if self._size and self._size + len(line) > self._limit:
            self._rotate()
        if self._file is None:
            self._open()
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.write(line)
                self._size += len(line)

    def _rotate(self) -> None:
        self._flush()
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None
        for number in range(self._files - 2, -1, -1):
            with contextlib.suppress(OSError):
                older = f"{self._path}.{number}" if number else self._path
                os.replace(older, f"{self._path}.{number + 1}")  # noqa: PTH105
        self._open()

    def _open(self) -> None:
        with contextlib.suppress(OSError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _OWN
            self._file = open(os.open(self._path, flags, 0o600), "ab")  # noqa: PTH123, SIM115
            self._size = self._file.tell()

    def _flush(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.flush()


def main(folder: str, run: str) -> int:
    """Start the server that standard input describes, and stay until it has ended."""
    import fcntl

    spec: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    os.chdir(spec["cwd"])
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    if os.fork():  # the caller's child ends here, so the rest belongs to init and not to lkm
        os._exit(0)
    lock = os.open(os.path.join(folder, LOCK), os.O_RDWR | os.O_CREAT | _OWN, 0o600)  # noqa: PTH118
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        _answer("another supervisor is running here")
        return 1
    _watch_signals()
    log = RotatingLog(
        os.path.join(folder, LOG),  # noqa: PTH118
        limit=spec.get("log_bytes", LOG_BYTES),
        files=spec.get("log_files", LOG_FILES),
        masked=tuple(secret.encode() for secret in spec.get("mask", ())),
    )
    wake, waker = os.pipe()
    for end in (wake, waker):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    child, output = _spawn(spec["argv"], spec["env"])
    log.mark("server started", pid=child, run=run)
    state: dict[str, Any] = {
        **spec["facts"],
        "run": run,
        "phase": "running",
        "started_at": time.time(),
        "supervisor": {"pid": os.getpid(), "start": start_token(os.getpid())},
        "server": {"pid": child, "start": start_token(child)},
    }
    path = os.path.join(folder, STATE)  # noqa: PTH118
    try:
        write_json(path, state)
    except OSError as error:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        _answer(f"{path}: {error.strerror}")
        return 1
    _answer("started")
    status = _pump(child, output, wake, log)
    code = os.waitstatus_to_exitcode(status)
    state |= {
        "phase": "ended",
        "ended_at": time.time(),
        "exit_code": code if code >= 0 else None,
        "signal": signal.Signals(-code).name if code < 0 else None,
        "requested": os.path.exists(os.path.join(folder, STOPPING)),  # noqa: PTH110, PTH118
    }
    log.mark("server ended", pid=child, run=run, exit_code=state["exit_code"], signal=state["signal"])
    with contextlib.suppress(OSError):
        write_json(path, state)
    return 0


def _answer(text: str) -> None:
    """Tell `lkm up`, which may be gone, and let go of its pipe."""
    with contextlib.suppress(OSError):
        os.write(1, text.encode() + b"\n")
    os.dup2(0, 1)


_child = 0


def _watch_signals() -> None:
    def forward(number: int, _frame: object) -> None:
        if _child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(_child, number)

    # The terminal's end is none of the server's business; the child inherits that it is ignored.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, forward)


def _spawn(argv: list[str], env: dict[str, str]) -> tuple[int, int]:
    """The server's PID, and the descriptor that its output comes from."""
    global _child  # noqa: PLW0603 - the signal handlers have nowhere else to look
    read, write = os.pipe()
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl if _LINUX else None
    child = os.fork()
    if child == 0:
        try:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            os.dup2(write, 1)
            os.dup2(write, 2)
            if prctl is not None:
                # Nobody would log or record an orphan: it must not outlive a killed supervisor.
                prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
                if os.getppid() != parent:
                    os._exit(1)
            os.execve(argv[0], argv, env)  # noqa: S606
        except OSError as error:
            os.write(2, f"{argv[0]}: cannot be run: {error.strerror}\n".encode())
        finally:
            os._exit(127)
    _child = child
    os.close(write)
    return child, read


def _pump(child: int, output: int, wake: int, log: RotatingLog) -> int:
    """Carry the server's output into the log until it has ended; its wait status."""
    status: int | None = None
    is_open = True
    while is_open or status is None:
        # A grandchild may keep the pipe open: after the server's end only what is there is read.
        ready, _, _ = select.select(
            [output, wake] if is_open else [wake], [], [], 0.1 if status is not None else None
        )
        if output in ready:
            data = os.read(output, 65536)
            is_open = bool(data)
            log.write(data)
        elif status is not None:
            break
        if wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 4096)
        if status is None:
            pid, found = os.waitpid(child, os.WNOHANG)
            status = found if pid else None
    log.close_line()
    assert status is not None  # noqa: S101 - the loop ends with one
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
