"""The kernel's limit for UDP buffers, of which the server asks 5 MB."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._server import configs

WANTED = 5_000_000
"""Bytes below which livekit-server warns and takes what it gets."""
_ASKED = 16_777_216
"""Bytes that it asks of the system for each socket."""
FILE = Path("/proc/sys/net/core/rmem_max")


def _run(context: Context) -> Iterator[Finding]:
    try:
        limit = int(FILE.read_text(encoding="ascii"))
    except (OSError, ValueError):
        yield CHECK.skip("this system has no net.core.rmem_max")
        return
    from ...livekit.configcheck.addresses import node_addresses

    nodes = [address for _, config in configs(context) for address in node_addresses(config)]
    # On one machine, or between a few in an office, nothing is lost for it: a word there, else a warning.
    yield judge(granted(), limit, local=all(not address.is_global for address in nodes))


def granted() -> int:
    """Bytes that a socket gets, as the server finds it out: Linux counts each byte of the limit twice."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ASKED)
        return probe.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


def judge(got: int, limit: int, *, local: bool) -> Finding:
    """What a limit means.

    Args:
        got: bytes that a socket gets.
        limit: ``net.core.rmem_max``, bytes.
        local: clients are on this machine or in its own network.
    """
    if got >= WANTED:
        return CHECK.ok(f"UDP buffers get {got} bytes", granted=got, rmem_max=limit)
    return CHECK.found(
        "info" if local else "warn",
        f"UDP buffers get {got} bytes of the {WANTED} that the server wants: net.core.rmem_max is {limit}",
        "with many participants packets are lost in bursts; it is the host's, no container can set it",
        fix=Fix(
            "raise it; for good in /etc/sysctl.d/99-livekit.conf",
            f"sudo sysctl -w net.core.rmem_max={WANTED} net.core.wmem_max={WANTED}",
        ),
        granted=got,
        rmem_max=limit,
    )


CHECK = Check(
    id="machine.udp-buffer",
    title="UDP buffers may be as large as the server asks for",
    category="machine",
    order=40,
    run=_run,
    seconds=4.0,
    why="The server wants buffers of 5,000,000 bytes. Smaller ones lose packets under load.",
    source="livekit/livekit #3203; asked as the server asks: SO_RCVBUF set to 16 MiB, and read",
    evidence="`sysctl net.core.rmem_max`; the server's log: UDP receive buffer is too small for a "
    "production set-up.",
    remedy="`sudo sysctl -w net.core.rmem_max=5000000`, and a file in /etc/sysctl.d for the next start.",
    faults=(
        Fault(
            "the kernel's default limit on a server",
            "UDP buffers get 425984 bytes of the 5000000 that the server wants: …",
            "docker logs: UDP receive buffer is too small for a production set-up",
        ),
    ),
)
