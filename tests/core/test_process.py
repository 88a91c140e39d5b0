"""The runner: ends with all it started, takes secrets by stdin, says what was missing."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from livekit_migrate.core.errors import NotReadyError
from livekit_migrate.core.process import TIMED_OUT, Completed, run
from livekit_migrate.core.secret import Secret

FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""
DAEMON = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""
INTERRUPTED = """
import os, pathlib, signal, sys, threading, time
from livekit_migrate.core.process import run

def interrupt():
    while not note.exists():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)

note = pathlib.Path(sys.argv[1])
threading.Thread(target=interrupt, daemon=True).start()
try:
    run(["sh", "-c", "echo $$ > part && mv part note; sleep 600"], cwd=note.parent)
except KeyboardInterrupt:
    print("stopped")
"""


def gone(pid: int) -> bool:
    """Whether a process has ended; a zombie that nobody collects has."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return state.exists() and state.read_text().rpartition(")")[2].split()[0] in "ZX"
    except (ProcessLookupError, FileNotFoundError):
        return True


def wait_gone(pid: int) -> None:
    deadline = time.monotonic() + 60
    while not gone(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            raise AssertionError(f"{pid} lived")
        time.sleep(0.02)


def timed_out(code: str, on_line: Callable[[str], None] | None) -> Completed:
    """What was stopped for its time, and had begun by then: a machine that stands still needs more of it."""
    done = run([sys.executable, "-c", code], timeout=2, on_line=on_line)
    for seconds in (20, 60):
        if done.stdout:
            break
        done = run([sys.executable, "-c", code], timeout=seconds, on_line=on_line)
    return done


@pytest.mark.parametrize("streaming", [False, True])
def test_a_timeout_ends_the_grandchild_too(streaming: bool) -> None:
    lines: list[str] = []
    done = timed_out(FAMILY, lines.append if streaming else None)
    assert done.code == TIMED_OUT
    assert not done.ok
    grandchild = int(done.stdout)
    wait_gone(grandchild)
    assert lines == ([str(grandchild)] if streaming else [])


@pytest.mark.parametrize("streaming", [False, True])
def test_a_daemon_that_keeps_the_output_open_does_not_hold_us(streaming: bool) -> None:
    done = timed_out(DAEMON, (lambda _: None) if streaming else None)
    daemon = int(done.stdout)
    try:
        assert done.code == TIMED_OUT
        assert not gone(daemon)
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_ctrl_c_ends_what_runs(tmp_path: Path) -> None:
    # It has a process group of its own and does not get the terminal's signal.
    note = tmp_path / "note"
    assert run([sys.executable, "-c", INTERRUPTED, str(note)], timeout=60).stdout == "stopped\n"
    wait_gone(int(note.read_text()))


STARTING = """
import os, signal, subprocess, sys
from livekit_migrate.core.process import run

real = subprocess.Popen

def interrupted(*given, **named):
    process = real(*given, **named)
    print(process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGINT)
    return process

subprocess.Popen = interrupted
try:
    run(["sleep", "600"], on_line=print if sys.argv[1:] else None)
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("more", [(), ("streaming",)])
def test_ctrl_c_in_the_midst_of_the_start_ends_it_too(more: tuple[str, ...]) -> None:
    pid, said = run([sys.executable, "-c", STARTING, *more], timeout=60).stdout.split()
    assert said == "stopped"
    wait_gone(int(pid))


def test_an_ignored_ctrl_c_is_ignored_by_what_is_started() -> None:
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from livekit_migrate.core.process import run\n"
        "print(run(['sh', '-c', 'kill -INT $$; echo goes on']).stdout)"
    )
    assert run([sys.executable, "-c", code], timeout=60).stdout == "goes on\n\n"


def test_output_is_not_lost_to_a_machine_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock goes on by an hour with each look, and the reading is a few looks late."""
    real, now = os.read, time.monotonic
    looks: list[None] = []
    few = threading.Event()

    def late(descriptor: int, size: int) -> bytes:
        data = real(descriptor, size)
        assert not data or few.wait(60)
        return data

    def tick() -> None:
        looks.append(None)
        if len(looks) == 5:
            few.set()

    monkeypatch.setattr(os, "read", late)
    monkeypatch.setattr(time, "monotonic", lambda: now() + 3600 * len(looks))
    assert run(["echo", "last"], on_line=lambda _: None, on_tick=tick).stdout == "last\n"


def test_an_exception_of_the_reader_ends_what_runs() -> None:
    seen: list[int] = []

    def stop(line: str) -> None:
        seen.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([sys.executable, "-c", FAMILY], on_line=stop)
    wait_gone(seen[0])


def test_lines_come_while_it_runs() -> None:
    code = (
        "import sys\nfor line in sys.stdin: print('got', line, end='', flush=True)\nprint('no end', end='')"
    )
    lines: list[str] = []
    done = run([sys.executable, "-c", code], stdin="a\nü\r\n\n", on_line=lines.append)
    assert lines == ["got a", "got ü", "got ", "no end"]
    assert done.ok
    assert done.stdout.endswith("no end")


def test_a_line_comes_before_the_end(tmp_path: Path) -> None:
    # The program waits for an answer to its first line: whoever buffers till the end never sees it.
    answer = tmp_path / "answer"
    code = (
        "import sys, time, pathlib\nprint('first', flush=True)\n"
        "while not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.01)\nprint('second')"
    )
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        answer.write_text("")

    assert run([sys.executable, "-c", code, str(answer)], on_line=on_line, timeout=120).ok
    assert lines == ["first", "second"]


def test_secrets_go_in_by_stdin_and_come_out_masked() -> None:
    canary = Secret("canary-Pq5-secret-value-0123456789")
    code = "import sys; s = sys.stdin.read(); print('\\n' * 20 + 'bad: ' + s, file=sys.stderr); sys.exit(3)"
    done = run([sys.executable, "-c", code], stdin=canary.reveal())
    assert (done.code, done.ok) == (3, False)
    assert canary.reveal() in done.stderr
    assert done.tail == "bad: ••••••"
    assert canary.reveal() not in str(done)


def test_the_tail_is_the_last_lines() -> None:
    done = run([sys.executable, "-c", "for n in range(50): print(n)"])
    assert done.tail.splitlines() == [str(n) for n in range(38, 50)]


def test_what_cannot_be_run_is_said(tmp_path: Path) -> None:
    for program in ("lkm-no-such-program", str(tmp_path), str(tmp_path / "text")):
        (tmp_path / "text").write_text("no program")
        (tmp_path / "text").chmod(0o755)
        with pytest.raises(NotReadyError, match="cannot be run") as error:
            run([program])
        assert error.value.code == "process.not-found"
        assert error.value.message.startswith(program)
    with pytest.raises(NotReadyError, match="nowhere: cannot run true there") as error:
        run(["true"], cwd=tmp_path / "nowhere")


def test_bytes_that_are_no_text_do_not_break_it() -> None:
    code = "import sys; sys.stdout.buffer.write(b'\\xff\\xfe ok\\n')"
    assert run([sys.executable, "-c", code]).stdout == "�� ok\n"
    lines: list[str] = []
    run([sys.executable, "-c", code], on_line=lines.append)
    assert lines == ["�� ok"]


def test_a_reader_that_stops_early_is_no_error() -> None:
    assert run(["true"], stdin="x" * 10_000_000).ok
    assert run(["true"], stdin="x" * 1000, on_line=lambda _: None).ok
