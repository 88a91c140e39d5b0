"""The real livekit-server as a judge: does it start with this configuration, and what does it say?"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

STARTED = b"starting LiveKit server"
SECONDS = 180  # for one verdict; it takes a tenth of a second, more on a loaded machine


# An interface that is not lo, as every machine has: the server opens its media sockets on such ones.
SCRIPT = """
ip link set lo up
ip link add v0 type veth peer name v1
ip addr add 10.99.7.2/24 dev v0
ip link set v0 up
ip link set v1 up
exec "$0" --config "$1"
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the server did: ``refused`` when it ended before it started, with its last words."""

    refused: bool
    said: str


def missing() -> str:
    """What this machine lacks for it, or nothing."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    lacking = [tool for tool in ("unshare", "ip") if not shutil.which(tool)]
    if lacking:
        return f"no {lacking[0]} on PATH"
    tried = subprocess.run(["unshare", "-n", "true"], capture_output=True, text=True, check=False)
    return tried.stderr.strip() if tried.returncode else ""


def judge(binary: Path, text: bytes, folder: Path) -> Verdict:
    """Start the server on a configuration, in a network namespace of its own: ``lo`` and 10.99.7.2.

    Args:
        folder: its working folder, empty: the files that a configuration names are looked for there.
    """
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(text)
        file.flush()
        argv = ["unshare", "-n", "sh", "-c", SCRIPT, str(binary), file.name]
        env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        server = subprocess.Popen(
            argv,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return _verdict(server, text)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            if server.stdout is not None:
                server.stdout.close()


def _verdict(server: subprocess.Popen[bytes], text: bytes) -> Verdict:
    assert server.stdout is not None
    said = b""
    deadline = time.monotonic() + SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(server.stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            if not selector.select(deadline - time.monotonic()):
                break
            chunk = os.read(server.stdout.fileno(), 65536)
            said += chunk
            if not chunk:
                return Verdict(True, _last(said))
            if STARTED in said:
                return Verdict(False, "")
    raise AssertionError(f"no verdict within {SECONDS} s: {text!r}: {said[-500:]!r}")


def _last(said: bytes) -> str:
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    panics = [line for line in lines if line.startswith("panic:")]
    return (panics or lines or [""])[-1 if not panics else 0][:400]


def judge_all(binary: Path, texts: Iterable[bytes], *, at_once: int = 12) -> Iterator[Verdict]:
    """Verdicts in the order of the texts. More at once than processors: 1.8.4 measures for a second first."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(lambda text: judge(binary, text, Path(folder)), texts)
