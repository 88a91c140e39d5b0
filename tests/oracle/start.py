"""The real livekit-server with a command line and an environment: does it start, and with what?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STARTED = "starting LiveKit server"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Started:
    """``facts`` is what the server logs of itself when it starts: portHttp, nodeIP, rtc.portTCP, …"""

    refused: bool
    said: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def start(binary: Path, words: Sequence[str], env: Mapping[str, str], folder: Path) -> Started:
    """Start it in a network namespace of its own that has only ``lo``, until it has started or ended.

    Args:
        folder: its working folder and its home.
    """
    argv = ["unshare", "-n", "sh", "-c", 'ip link set lo up; exec "$@"', "sh", str(binary), *words]
    server = subprocess.Popen(
        argv,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        errors="replace",
    )
    assert server.stdout is not None
    bound = threading.Timer(SECONDS, os.killpg, (server.pid, signal.SIGKILL))
    bound.start()
    said = []
    try:
        for line in server.stdout:
            said.append(line)
            if STARTED in line:
                return Started(False, line, json.loads(line[line.index("{") :]))
        return Started(True, next((line for line in reversed(said) if line.strip()), ""))
    finally:
        bound.cancel()
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        server.stdout.close()
