"""Ports before a start: can they be had, and if not, who has them and which command frees them."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import shlex
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ..core.errors import NotReadyError
from ..core.secret import MASK, redact

Protocol = Literal["tcp", "udp"]
Reason = Literal["busy", "answers", "denied", "no-address"]
_LINUX = sys.platform.startswith("linux")
_DIAL_SECONDS = 0.3
_DOCKER_SECONDS = 3
_LONGEST_COMMAND = 160


@dataclass(frozen=True, slots=True)
class Port:
    """A port that a server will open.

    Args:
        host: the address that it binds, or empty for every address of this machine.
        setting: the key of lkm.toml that moves it, or empty.
    """

    number: int
    protocol: Protocol
    purpose: str
    host: str = ""
    setting: str = ""

    def __str__(self) -> str:
        return f"{self.protocol.upper()} {self.number}"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a port. What cannot be seen is None or empty.

    Args:
        outgoing: a connection to elsewhere happens to have this port at its own end.
    """

    pid: int | None = None
    name: str = ""
    command: str = ""
    user: str = ""
    container: str = ""
    frees: str = ""
    outgoing: bool = False

    def __str__(self) -> str:
        if self.outgoing:
            return f"an outgoing connection of {replace(self, outgoing=False)}"
        if self.container:
            return f"container {self.container}"
        if self.pid is None:
            return "a process of another user, or of another container"
        return f"{self.name} (PID {self.pid}, user {self.user or '?'})" + (
            f": {self.command}" if self.command else ""
        )


@dataclass(frozen=True, slots=True)
class Trouble:
    """A port that cannot be had. ``answers``: it could be bound, and yet somebody answers there."""

    port: Port
    reason: Reason
    holders: tuple[Holder, ...] = field(default=())


def preflight(ports: Sequence[Port]) -> None:
    """See that every port can be had.

    Raises:
        NotReadyError: one cannot; with process, PID and command of who has it, and what frees it.
    """
    troubles = [trouble for port in ports if (trouble := examine(port))]
    if troubles:
        raise refusal(troubles)


def examine(port: Port) -> Trouble | None:
    """Try to bind a port as livekit-server does, then to reach whoever may be there all the same."""
    reason: Reason | None = _bind(port)
    if reason is None and port.protocol == "tcp" and _answers(port):
        # A bind beside a wildcard listener succeeds on macOS; Docker may forward without a listener.
        reason = "answers"
    if reason is None:
        return None
    return Trouble(port, reason, tuple(_holders(port)) if reason in ("busy", "answers") else ())


def _bind(port: Port) -> Reason | None:
    tcp = port.protocol == "tcp"
    family = socket.AF_INET6 if ":" in port.host or (not port.host and _has_ipv6()) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as probe:
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(bool(port.host)))
        if tcp and os.name == "posix":
            # As Go does: connections that linger after a stop are no reason to refuse.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.host, port.number))
            if tcp:
                probe.listen(1)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                return "denied"
            return "no-address" if error.errno == errno.EADDRNOTAVAIL else "busy"
    return None


def held(port: Port) -> bool:
    """Whether somebody has it open; False also where this user may not try."""
    return _bind(port) == "busy"


def listens(pid: int, number: int) -> bool | None:
    """Whether a process, or one that it started, accepts TCP connections there; None: nobody can tell."""
    import psutil

    try:
        process = psutil.Process(pid)
        return any(
            connection.laddr and connection.laddr.port == number and connection.status == psutil.CONN_LISTEN
            for one in (process, *process.children(recursive=True))
            for connection in one.net_connections(kind="tcp")
        )
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return None


def _has_ipv6() -> bool:
    if not socket.has_ipv6:
        return False
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return False
    return True


def _answers(port: Port) -> bool:
    host = port.host or "127.0.0.1"
    # `localhost` is ::1 first for browsers: who listens there gets what is meant for 127.0.0.1.
    return answers(port.number, host) or (host == "127.0.0.1" and answers(port.number, "::1"))


def answers(number: int, host: str = "127.0.0.1", seconds: float = _DIAL_SECONDS) -> bool:
    """Whether somebody accepts TCP connections there."""
    try:
        with socket.create_connection((host, number), timeout=seconds) as dialled:
            # Without a listener a socket of this machine may meet itself: same port at both ends.
            return bool(dialled.getsockname() != dialled.getpeername())
    except OSError:
        return False


def _holders(port: Port) -> Iterator[Holder]:
    # Twice: the system gives its list in pieces, and a socket slips through while others come and go.
    pids = sorted(_pids(port) or _pids(port))
    found = [_process(pid) for pid in pids]
    if not found or any(_forwards(holder) for holder in found):
        containers = list(_containers(port))
        if containers:
            yield from containers
            return
    if not found and port.protocol == "tcp":
        found = [_connection(pid) for pid in sorted(_pids(port, listening=False))]
    yield from found or [Holder()]


def _connection(pid: int) -> Holder:
    """The system gives connections to elsewhere a port of their own, on Linux from 32768 to 60999."""
    return replace(_process(pid), outgoing=True, frees=f"wait until it ends, or stop PID {pid}")


def _pids(port: Port, *, listening: bool = True) -> set[int]:
    """Processes with this port, as far as this user may see them."""
    import psutil

    def matches(connection: object) -> bool:
        local = getattr(connection, "laddr", None)
        if not local or local.port != port.number:
            return False
        if port.protocol == "udp":
            return True
        return bool((getattr(connection, "status", "") == psutil.CONN_LISTEN) is listening)

    try:
        return {c.pid for c in psutil.net_connections(kind=port.protocol) if c.pid is not None and matches(c)}
    except psutil.AccessDenied:  # macOS: system-wide only for root
        pids: set[int] = set()
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if any(matches(c) for c in process.net_connections(kind=port.protocol)):
                    pids.add(process.pid)
        return pids


def _process(pid: int) -> Holder:
    import psutil

    name = user = command = ""
    container = _container_of(pid)
    argv: list[str] = []
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        name = process.name()
        user = process.username()
        argv = process.cmdline()
        command = shown_command(argv)
    if container:
        return Holder(pid, name, command, user, container, f"docker stop {container}")
    return Holder(pid, name, command, user, "", _frees(pid, user, argv))


def _frees(pid: int, user: str, argv: list[str]) -> str:
    for before, value in itertools.pairwise(argv):
        # A server that lkm started for another project.
        match = re.fullmatch(r"(.+)/\.lkm/native/livekit\.yaml", value)
        if before == "--config" and match:
            return f"lkm down -C {shlex.quote(match[1])}"
    import psutil

    own = ""
    with contextlib.suppress(psutil.Error):
        own = psutil.Process().username()
    return f"kill {pid}" if not user or user == own else f"sudo kill {pid}"


def shown_command(argv: Sequence[str]) -> str:
    """A command line on one line, cut, with what looks like a secret masked."""
    shown: list[str] = []
    hide = False
    for word in argv:
        shown.append(MASK if hide else word)
        hide = bool(re.fullmatch(r"--?[a-z-]*(keys?|secret|password|passwd|token)", word, re.IGNORECASE))
    text = redact(" ".join(shlex.join(shown).replace(f"'{MASK}'", MASK).split()))
    return text if len(text) <= _LONGEST_COMMAND else text[: _LONGEST_COMMAND - 1] + "…"


_FORWARDERS = (
    "docker-proxy", "com.docker", "vpnkit", "rootless", "slirp4netns", "lima", "colima", "orbstack", "ssh",
    "wslrelay",
)  # fmt: skip


def _forwards(holder: Holder) -> bool:
    """Whether this program holds ports in the name of a container."""
    return holder.name.lower().startswith(_FORWARDERS)


def _container_of(pid: int) -> str:
    """The container that a process lives in (host network), seen from its control group."""
    if not _LINUX:
        return ""
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    except OSError:
        return ""
    match = re.search(r"docker[-/]([0-9a-f]{64})", groups)
    own = Path("/proc/self/cgroup").read_text(encoding="utf-8")
    if not match or match[1] in own:  # lkm itself runs in that container
        return ""
    for container_id, name, _ in _docker({}):
        if container_id == match[1]:
            return name
    return match[1][:12]


def _containers(port: Port) -> Iterator[Holder]:
    for _, name, image in _docker({"publish": f"{port.number}/{port.protocol}"}):
        yield Holder(container=f"{name} ({image})" if image else name, frees=f"docker stop {name}")


def _docker(filters: dict[str, str]) -> list[tuple[str, str, str]]:
    """Running containers as (id, name, image); none when there is no Docker to ask, or it does not answer."""
    if not _docker_is_there():
        return []
    try:
        import docker

        client = docker.from_env(timeout=_DOCKER_SECONDS)
        try:
            # The low-level list: one request; the other one asks again for every container.
            rows = client.api.containers(filters=filters)
        finally:
            client.close()
        return [(row["Id"], row["Names"][0].lstrip("/"), row.get("Image", "")) for row in rows]
    except Exception:  # any failure of the daemon: the port is busy all the same, only the name is unknown
        return []


def _docker_is_there() -> bool:
    if host := os.environ.get("DOCKER_HOST"):
        # Path's raises where a folder may not be looked into
        return not host.startswith("unix://") or os.path.exists(host.removeprefix("unix://"))  # noqa: PTH110
    places = [Path("/var/run/docker.sock")]
    with contextlib.suppress(RuntimeError):  # a container's made-up user, without HOME
        places.append(Path.home() / ".docker" / "contexts")
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        places.append(Path(runtime) / "docker.sock")
    return any(place.exists() for place in places)


def refusal(troubles: Sequence[Trouble]) -> NotReadyError:
    """The error for ports that cannot be had."""
    first = troubles[0]
    lines: list[str] = []
    hints: list[str] = []
    for trouble in troubles:
        port = trouble.port
        match trouble.reason:
            case "denied":
                lines.append(
                    f"{port} ({port.purpose}): this user may not open it: ports below 1024 are root's"
                )
            case "no-address":
                lines.append(f"{port} ({port.purpose}): this machine has no address {port.host}")
            case "busy" | "answers":
                for holder in trouble.holders:
                    lines.append(f"{port} ({port.purpose}) is held by {holder}")
                    hints.append(holder.frees or _who(port))
        if port.setting:
            hints.append(f"or choose another one: {port.setting} in lkm.toml")
    what = "is taken" if first.reason in ("busy", "answers") else "cannot be opened"
    more = f" (and {len(troubles) - 1} more)" if len(troubles) > 1 else ""
    unique = list(dict.fromkeys(hints))
    return NotReadyError(
        f"{first.port} {what}{more}", code="ports.busy" if what == "is taken" else "ports.denied",
        detail="\n".join(dict.fromkeys(lines)), hint="\n".join(unique),
    )  # fmt: skip


def _who(port: Port) -> str:
    """The command that names a holder whom this user cannot see."""
    if _LINUX:
        flags = "-lntp" if port.protocol == "tcp" else "-lnup"
        return f"sudo ss {flags} 'sport = :{port.number}'  names the process"
    kind = f"TCP:{port.number} -sTCP:LISTEN" if port.protocol == "tcp" else f"UDP:{port.number}"
    return f"sudo lsof -nP -i{kind}  names the process"
