"""Two real network namespaces joined by a veth pair: a server's machine and a client's, nothing else."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from types import TracebackType
from typing import Self

from ..conftest import need


def sh(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr.strip()}"
    return done.stdout


class TwoMachines:
    """``with TwoMachines() as net``: client 10.99.7.1, server 10.99.7.2; both are gone afterwards."""

    CLIENT, SERVER = "10.99.7.1", "10.99.7.2"

    def __init__(self) -> None:
        tag = secrets.token_hex(3)
        self.client_ns, self.server_ns = f"lkm-{tag}-c", f"lkm-{tag}-s"
        self._ends = (f"lk{tag}c", f"lk{tag}s")

    @property
    def client(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.client_ns)

    @property
    def server(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.server_ns)

    def __enter__(self) -> Self:
        for tool in ("ip", "iptables"):
            if not shutil.which(tool):
                need("netns", f"no {tool} on PATH")
        if os.geteuid() != 0:
            need("netns", "network namespaces need root")
        try:
            for name in (self.client_ns, self.server_ns):
                done = subprocess.run(
                    ["ip", "netns", "add", name], capture_output=True, text=True, check=False
                )
                if done.returncode:
                    need("netns", f"ip netns add: {done.stderr.strip()}")
                sh("ip", "-n", name, "link", "set", "lo", "up")
            # Made inside a namespace: the names never show up in the machine's own.
            sh(
                *("ip", "-n", self.client_ns, "link", "add", self._ends[0], "type", "veth"),
                *("peer", "name", self._ends[1], "netns", self.server_ns),
            )
            for name, end, address in (
                (self.client_ns, self._ends[0], self.CLIENT),
                (self.server_ns, self._ends[1], self.SERVER),
            ):
                sh("ip", "-n", name, "addr", "add", f"{address}/24", "dev", end)
                sh("ip", "-n", name, "link", "set", end, "up")
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def _remove(self) -> None:
        for name in (self.client_ns, self.server_ns):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def drop(self, protocol: str, port: int) -> None:
        """Drop what reaches a port of the server's machine from outside; its own TURN relay comes over lo."""
        sh(
            *self.server,
            "iptables",
            "-A",
            "INPUT",
            "!",
            "-i",
            "lo",
            "-p",
            protocol,
            "--dport",
            str(port),
            "-j",
            "DROP",
        )
