"""Two real network namespaces joined by a veth pair: a server's machine and a client's, nothing else."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from ..conftest import KEY, SECRET, need, server_binary


def sh(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr.strip()}"
    return done.stdout


class TwoMachines:
    """``with TwoMachines() as net``: client 10.99.7.1, server 10.99.7.2; both are gone afterwards."""

    CLIENT, SERVER = "10.99.7.1", "10.99.7.2"
    CLIENT6, SERVER6 = "fd99:7::1", "fd99:7::2"

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

    def add_ipv6(self) -> None:
        """Give both machines an IPv6 address, too, where the kernel has IPv6."""
        for name, end, address in (
            (self.client_ns, self._ends[0], self.CLIENT6),
            (self.server_ns, self._ends[1], self.SERVER6),
        ):
            # Without `nodad` an address may be used a second later only.
            add = ["ip", "-n", name, "addr", "add", f"{address}/64", "dev", end, "nodad"]
            done = subprocess.run(add, capture_output=True, text=True, check=False)
            if done.returncode:
                need("netns", f"no IPv6: {done.stderr.strip()}")

    def _remove(self) -> None:
        for name in (self.client_ns, self.server_ns):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        shutil.rmtree(Path("/etc/netns") / self.client_ns, ignore_errors=True)

    @contextmanager
    def livekit(self, folder: Path, config: str, *, version: str | None = None) -> Iterator[None]:
        """A real server on the server's machine, until it answers on 127.0.0.1:7880 there."""
        file, log = folder / "server.yaml", folder / "server.log"
        file.write_text(config)
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [*self.server, str(server_binary(version)), "--config", str(file)],
                env={**os.environ, "LIVEKIT_KEYS": f"{KEY}: {SECRET}"},
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            deadline = time.monotonic() + 60
            look = "import socket; socket.create_connection(('127.0.0.1', 7880), 5)"
            while subprocess.run(
                [*self.server, sys.executable, "-S", "-c", look], capture_output=True, check=False
            ).returncode:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def name(self, host: str, address: str = SERVER) -> None:
        """Let a name mean the server's machine, on the client's machine."""
        folder = Path("/etc/netns") / self.client_ns
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "hosts").open("a") as file:
            file.write(f"{address} {host}\n")

    def redirect(self, port: int, to: int) -> None:
        """Pass a TCP port of the server's machine to another one of it, as a proxy at layer 4 does."""
        rule = ("--wait", "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "--dport", str(port))
        sh(*self.server, "iptables", *rule, "-j", "REDIRECT", "--to-ports", str(to))

    def drop(self, protocol: str, port: int) -> None:
        """Drop what reaches a port of the server's machine from outside; its own TURN relay comes over lo."""
        sh(
            *self.server,
            "iptables",
            "--wait",
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

    def heal(self) -> None:
        """Drop nothing any more."""
        sh(*self.server, "iptables", "--wait", "-F", "INPUT")
