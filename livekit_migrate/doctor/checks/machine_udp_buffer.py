"""The kernel's limit for UDP buffers, of which the server asks 5 MB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._server import configs

WANTED = 5_000_000
"""Bytes that livekit-server asks for; below it, it warns and takes what it gets."""
FILE = Path("/proc/sys/net/core/rmem_max")


def _run(context: Context) -> Iterator[Finding]:
    try:
        most = int(FILE.read_text(encoding="ascii"))
    except (OSError, ValueError):
        yield CHECK.skip("this system has no net.core.rmem_max")
        return
    from ...livekit.configcheck.addresses import node_addresses

    nodes = [address for _, config in configs(context) for address in node_addresses(config)]
    # On one machine, or between a few in an office, nothing is lost for it: a word there, else a warning.
    yield judge(most, local=all(not address.is_global for address in nodes))


def judge(most: int, *, local: bool) -> Finding:
    """What a limit means.

    Args:
        most: bytes.
        local: clients are on this machine or in its own network.
    """
    if most >= WANTED:
        return CHECK.ok(f"net.core.rmem_max is {most}", rmem_max=most)
    return CHECK.found(
        "info" if local else "warn",
        f"net.core.rmem_max is {most}: the server asks for {WANTED}",
        "with many participants packets are lost in bursts; it is the host's, no container can set it",
        fix=Fix(
            "raise it; for good in /etc/sysctl.d/99-livekit.conf",
            f"sudo sysctl -w net.core.rmem_max={WANTED} net.core.wmem_max={WANTED}",
        ),
        rmem_max=most,
    )


CHECK = Check(
    id="machine.udp-buffer",
    title="UDP buffers may be as large as the server asks for",
    category="machine",
    order=40,
    run=_run,
    seconds=4.0,
    why="The server asks for buffers of 5,000,000 bytes. A smaller limit loses packets under load.",
    source="livekit/livekit #3203",
    evidence="`sysctl net.core.rmem_max`; the server's log: UDP receive buffer is too small for a "
    "production set-up.",
    remedy="`sudo sysctl -w net.core.rmem_max=5000000`, and a file in /etc/sysctl.d for the next start.",
    faults=(
        Fault(
            "the kernel's default limit on a server",
            "net.core.rmem_max is 212992: the server asks for 5000000",
            "docker logs: UDP receive buffer is too small for a production set-up",
        ),
    ),
)
