"""How soon after the server's first 200 `lkm up` knows that it is ready; seen by an independent poller."""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from livekit_migrate.core.report import Reporter, Silent
from livekit_migrate.core.result import Step

from .health_media import free_ports, server
from .measure import Row, Skipped, ms

_WHAT = "`lkm up`: ready is seen after the first 200"


def run(runs: int) -> list[Row | Skipped]:
    if server() is None:
        return [Skipped(_WHAT, "no LiveKit server here: lkm server install")]
    with _surroundings():
        late = [_once() for _ in range(runs)]
    worst = max(late)
    return [Row(_WHAT, max(0.0, statistics.median(late)), 0.3, "s", basis=f"worst {ms(worst)}")]


class _Listener(Silent):
    """When `up` said that livekit is ready."""

    def __init__(self) -> None:
        self.ready = 0.0

    def ended(self, step: Step) -> None:
        if step.name == "livekit" and step.status == "ok":
            self.ready = time.monotonic()


def _once() -> float:
    from livekit_migrate.core.settings import load
    from livekit_migrate.stack import native
    from livekit_migrate.stack.runtime import DownOptions, UpOptions

    folder = Path(tempfile.mkdtemp(prefix="lkm-bench-"))
    signal_port, tcp, udp = free_ports()
    (folder / "lkm.toml").write_text(
        f"[ports]\nsignal = {signal_port}\nrtc_tcp = {tcp}\nrtc_udp = {udp}\n", encoding="utf-8"
    )
    settings = load(folder)
    listener, stop = _Listener(), threading.Event()
    first: list[float] = []
    poller = threading.Thread(target=_poll, args=(signal_port, first, stop), daemon=True)
    poller.start()
    try:
        native.up(settings, Reporter(listener), UpOptions(media=False))
        poller.join(5)
    finally:
        stop.set()
        poller.join()
        native.down(settings, Reporter(), DownOptions())
        shutil.rmtree(folder, ignore_errors=True)
    return listener.ready - first[0]


def _poll(port: int, first: list[float], stop: threading.Event) -> None:
    """The moment of the first 200, to 2 ms."""
    while not stop.is_set():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as peer:
                peer.sendall(b"GET / HTTP/1.0\r\n\r\n")
                if b" 200 " in peer.recv(64):
                    first.append(time.monotonic())
                    return
        except OSError:
            pass
        time.sleep(0.002)


@contextmanager
def _surroundings() -> Iterator[None]:
    """Keys and undo copies of the bench's projects stay in a folder of its own."""
    saved = dict(os.environ)
    state = tempfile.mkdtemp(prefix="lkm-bench-")
    for name in saved:
        if name.startswith(("LIVEKIT_", "LKM_PORTS_")):
            del os.environ[name]
    os.environ["LKM_STATE_DIR"] = state
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)
        shutil.rmtree(state, ignore_errors=True)
