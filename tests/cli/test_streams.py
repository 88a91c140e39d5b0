"""What becomes of a command whose output nobody can take: it is done all the same, and its code says how."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import free_port

LKM = f"{sys.executable} -m livekit_migrate"


def shell(script: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script], cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [("help environment", 0), ("help nothing 2>&1", 2), ("health --url ws://127.0.0.1:{port}", 1)],
)
def test_a_reader_that_leaves_changes_no_exit_code(
    command: str, code: int, project: Path, clean_env: dict[str, str]
) -> None:
    env = clean_env | {"LIVEKIT_API_KEY": "APIabc", "LIVEKIT_API_SECRET": "x" * 40}
    ran = shell(f"{LKM} {command.format(port=free_port())} | true; exit ${{PIPESTATUS[0]}}", project, env)
    assert ran.returncode == code, ran.stderr
    assert "Traceback" not in ran.stderr


def test_nobody_reads_stderr_and_the_work_is_done(project: Path, clean_env: dict[str, str]) -> None:
    ran = shell(f"{LKM} keys new 2> >(true); exit $?", project, clean_env)
    assert ran.returncode == 0
    assert "LIVEKIT_API_SECRET=" in (project / ".env").read_text()


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-"])
def test_closed_streams(closed: str, project: Path, clean_env: dict[str, str]) -> None:
    ran = shell(f"{LKM} keys new {closed}", project, clean_env)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    assert (project / ".env").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a Linux device")
@pytest.mark.parametrize("command", ["help environment", "help environment --json", "status --json"])
def test_a_full_disk_behind_stdout_is_no_bug(command: str, project: Path, clean_env: dict[str, str]) -> None:
    ran = shell(f"{LKM} {command} > /dev/full", project, clean_env)
    assert ran.returncode == 3
    assert "the output cannot be written: no space left on device" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr


def test_a_relative_folder_beside_this_one(project: Path, clean_env: dict[str, str]) -> None:
    """`-C ../other` means the other project, whatever marks this one."""
    other = project.parent / "other"
    other.mkdir()
    ran = shell(f"{LKM} keys new -C ../other && {LKM} undo --list --json -C ../other", project, clean_env)
    assert ran.returncode == 0, ran.stderr
    assert (other / ".env").exists()
    assert not (project / ".env").exists()
    assert not (project / ".lkm").exists()
    assert '"lkm keys new"' in ran.stdout


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lkm.toml", f"[ports]\nsignal = {'9' * 5000}\n"),
        ("lkm.toml", "x = " + "[" * 5000),
    ],
)
def test_absurd_settings_are_the_users_mistake(
    name: str, text: str, project: Path, clean_env: dict[str, str]
) -> None:
    (project / name).write_text(text)
    ran = shell(f"{LKM} status", project, clean_env)
    assert ran.returncode == 4
    assert ran.stderr.startswith("✗ fail lkm.toml")


def test_an_absurd_package_json_is_no_workspace(project: Path, clean_env: dict[str, str]) -> None:
    (project / "lkm.toml").unlink()
    (project / "package.json").write_text("[" * 100_000)
    assert shell(f"{LKM} status", project, clean_env).returncode == 0


SLOW = """
import signal, sys, time
from livekit_migrate.cli import main
def dispatch(*_, **__):
    try:
        print("ready", flush=True)  # in here: Ctrl-C may come before this line has ended
        signal.pause()
    finally:
        print("cleaning", flush=True)
        while True:
            signal.pause()
main._dispatch = dispatch
sys.argv = ["lkm", "help"]
from livekit_migrate.__main__ import main
main()
"""


def test_a_second_ctrl_c_skips_the_clean_up(clean_env: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW], env=clean_env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "cleaning\n"
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert err.count("stopping (Ctrl-C again: at once)") == 1


LOST = """
import os, signal, sys, threading, time, weakref
import livekit_migrate.cli.main as main
class Thing: pass
SECONDS = float(sys.argv[1])  # for which the machine stands still once the hook has set the timer
start = threading.Timer.start
def start_and_wait(timer):
    start(timer)
    if not told:
        told.append("dropped")
        print("dropped", flush=True)
        time.sleep(SECONDS)
told = []
threading.Timer.start = start_and_wait
def dispatch(argv, name):
    thing = Thing()
    # As the import system has one for every module: Python drops what is raised in it.
    reference = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGINT))
    del thing
    signal.pause()
    return 0
main._dispatch = dispatch
sys.argv = ["lkm", "help"]
from livekit_migrate.__main__ import main
main()
"""


@pytest.mark.parametrize("seconds", ["0", "0.5"])
def test_ctrl_c_that_python_drops_is_raised_again(seconds: str, clean_env: dict[str, str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOST, seconds],
        env=clean_env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 130, ran.stderr
    assert ran.stdout == "dropped\n", "it was not dropped: this proves nothing"
    assert "Exception ignored" not in ran.stderr
    assert ran.stderr.count("stopping (Ctrl-C again: at once)") == 1


def test_ctrl_c_during_the_imports_is_no_traceback(tmp_path: Path, clean_env: dict[str, str]) -> None:
    """A module that lkm imports waits, so that the signal comes just then."""
    (tmp_path / "typer.py").write_text(
        "import signal, sys\nsys.stdout.write('importing\\n')\nsys.stdout.flush()\nsignal.pause()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "livekit_migrate", "status"],
        env=clean_env | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{clean_env.get('PYTHONPATH', '')}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "importing\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "stopping" in err
