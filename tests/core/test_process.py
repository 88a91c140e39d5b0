"""The runner: ends with all it started, takes secrets by stdin, says what was missing."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from livekit_migrate.core.errors import NotReadyError
from livekit_migrate.core.process import TIMED_OUT, run
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
        assert time.monotonic() < deadline, f"{pid} lives"
        time.sleep(0.02)


@pytest.mark.parametrize("streaming", [False, True])
def test_a_timeout_ends_the_grandchild_too(streaming: bool) -> None:
    lines: list[str] = []
    done = run([sys.executable, "-c", FAMILY], timeout=2, on_line=lines.append if streaming else None)
    assert done.code == TIMED_OUT
    assert not done.ok
    grandchild = int(done.stdout)
    wait_gone(grandchild)
    assert lines == ([str(grandchild)] if streaming else [])


@pytest.mark.parametrize("streaming", [False, True])
def test_a_daemon_that_keeps_the_output_open_does_not_hold_us(streaming: bool) -> None:
    done = run([sys.executable, "-c", DAEMON], timeout=2, on_line=(lambda _: None) if streaming else None)
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
