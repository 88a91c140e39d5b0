"""The lock: one at a time, the holder named, a dead holder no holder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from livekit_migrate.core import lock
from livekit_migrate.core.errors import ConfigError, LkmError
from tests.conftest import ROOT
from tests.unprivileged import give, unprivileged_python

HOLD = """
import sys, time
from pathlib import Path
from livekit_migrate.core.lock import held
with held(Path(sys.argv[1]), "lkm up"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_holder_is_named_and_a_killed_one_is_gone_at_once(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "a.lock"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LkmError) as error, lock.held(path, "lkm down"):
            pass
        assert error.value.code == "lock.held"
        assert f"`lkm up` (PID {other.pid}, for " in error.value.message
        assert str(path) in error.value.detail
        assert error.value.hint
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        with lock.held(path, "lkm down"):
            holder = lock.holder(path)
            assert holder is not None
            assert (holder.pid, holder.why) == (os.getpid(), "lkm down")
    finally:
        other.kill()
        other.wait()
        assert other.stdout is not None
        other.stdout.close()
    assert lock.holder(path) is None, "nobody is named when nobody holds it"


def test_the_block_lets_go_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), lock.held(tmp_path / "l", "first"):
        raise ZeroDivisionError
    with lock.held(tmp_path / "l", "second"):
        pass


@pytest.mark.parametrize(
    ("age", "said"), [(0, "0 s"), (119, "119 s"), (600, "10 min"), (7300, "2 h"), (-50, "0 s")]
)
def test_the_age_is_readable(age: float, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(lock.time, "time", lambda: now)
    assert str(lock.Holder(7, "lkm up", now - age)).endswith(f"(PID 7, for {said})")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}'])
def test_an_unreadable_note_names_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "l").write_text(text)
    assert lock.holder(tmp_path / "l") is None


def test_a_lock_that_cannot_be_made_is_an_error_of_the_user(
    user_project: Path, user_env: dict[str, str]
) -> None:
    (user_project / "closed").mkdir()
    give(user_project)
    (user_project / "closed").chmod(0o500)
    ran = unprivileged_python(
        """
import sys
from pathlib import Path
from livekit_migrate.core.errors import LkmError
from livekit_migrate.core.lock import held
for path in ("closed/a.lock", "closed/x/a.lock"):
    try:
        with held(Path(path), "t"):
            print("went through")
    except LkmError as error:
        print(error.code)
""",
        cwd=user_project,
        env=user_env,
    )
    assert ran.out == "file.permission\nfile.permission\n", ran.err


def test_a_directory_in_the_place_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / "l").mkdir()
    with pytest.raises(ConfigError), lock.held(tmp_path / "l", "t"):
        pass
