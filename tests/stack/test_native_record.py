"""Which processes of a project live: also at the moment at which one hands over to another."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from livekit_migrate.stack import supervise
from livekit_migrate.stack.native import record
from livekit_migrate.stack.native.stop import end


def test_a_supervisor_that_hands_over_while_all_processes_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real one: what lkm starts ends at once, and its child, which nobody has listed yet, stays."""
    spec = {"cwd": str(tmp_path), "argv": ["/bin/sleep", "600"], "env": {}, "facts": {}}
    started = subprocess.Popen(
        [sys.executable, "-I", "-S", supervise.__file__, str(tmp_path), "run"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    lists = psutil.process_iter

    def then_handed_over() -> Iterator[psutil.Process]:
        listed = list(lists())
        if started.returncode is None:
            assert started.pid in [process.pid for process in listed]
            started.communicate(json.dumps(spec).encode(), timeout=60)
        yield from listed

    monkeypatch.setattr(psutil, "process_iter", then_handed_over)
    try:
        # Until it runs another program, the server is one more that looks like the supervisor.
        seen = [process.pid for process in record.living(tmp_path, None).supervisors]
        assert seen
        assert started.pid not in seen
    finally:
        monkeypatch.undo()
        started.kill()
        started.communicate()
        end(tmp_path)
    assert not record.living(tmp_path, record.read(tmp_path)).any
