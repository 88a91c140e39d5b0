"""ICE candidates: what kind of address a server advertises, and who can reach it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

AddressClass = Literal[
    "loopback", "docker", "link-local", "private", "carrier", "public", "name", "unspecified"
]

# Docker hands out 172.17.0.0/16 … 172.30.0.0/16 first; 172.31.0.0/16 is left to AWS, whose default VPC it is.
_DOCKER = [ipaddress.ip_network(f"172.{second}.0.0/16") for second in range(17, 31)]
_CARRIER = ipaddress.ip_network("100.64.0.0/10")
_BRIDGES = ("docker", "br-", "podman", "cni", "lxcbr", "virbr")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One address that a server tells its clients to send media to."""

    protocol: Literal["udp", "tcp"]
    address: str
    port: int
    type: str = "host"

    @property
    def ipv6(self) -> bool:
        return ":" in self.address

    def __str__(self) -> str:
        host = f"[{self.address}]" if self.ipv6 else self.address
        return f"{self.protocol} {host}:{self.port}"


def parse(line: str) -> Candidate | None:
    """Read ``candidate:…`` as SDP and trickle have it (RFC 8839); None for what nobody can connect to."""
    words = line.removeprefix("a=").removeprefix("candidate:").split()
    if len(words) < 8 or words[6] != "typ" or not re.fullmatch(r"[0-9]{1,5}", words[5]):
        return None
    protocol, address, port = words[2].lower(), words[4], int(words[5])
    extension = dict(zip(words[8::2], words[9::2], strict=False))
    if protocol == "tcp" and extension.get("tcptype", "passive") == "active":
        return None  # it connects by itself; there is nothing to connect to
    if protocol not in ("udp", "tcp") or not 0 < port < 65536:
        return None
    return Candidate("udp" if protocol == "udp" else "tcp", address, port, words[7])


def classify(address: str, bridges: Iterable[str] = ()) -> AddressClass:
    """What kind of address it is.

    Args:
        bridges: networks of this machine's own container bridges, as ``172.19.0.0/16``.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "name"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return "loopback"
    if ip.is_unspecified:
        return "unspecified"
    if ip.is_link_local:
        return "link-local"
    networks = [*_DOCKER, *(ipaddress.ip_network(text, strict=False) for text in bridges)]
    if any(ip.version == network.version and ip in network for network in networks):
        return "docker"
    if ip.version == 4 and ip in _CARRIER:
        return "carrier"
    return "private" if ip.is_private else "public"


def bridge_networks() -> tuple[str, ...]:
    """The networks of this machine's container bridges."""
    import socket

    import psutil

    found = []
    for name, addresses in psutil.net_if_addrs().items():
        if name.startswith(_BRIDGES):
            found += [
                f"{a.address}/{a.netmask}" for a in addresses if a.family == socket.AF_INET and a.netmask
            ]
    return tuple(found)


# What to change on the server, by the class of address it advertises.
NODE_IP = "on the server set rtc.node_ip to the address that clients reach (or rtc.use_external_ip: true)"


def explain(kind: AddressClass, server: AddressClass | None, *, same_machine: bool) -> str:
    """Why an advertised address of this kind can or cannot be reached by clients of that server.

    Args:
        server: the class of the address that the server's URL leads to; None when that is not known.
        same_machine: the URL leads to this very machine.
    """
    elsewhere = not same_machine
    match kind:
        case "loopback":
            return (
                "a loopback address: every client looks for the server on its own machine"
                if elsewhere
                else "loopback: for clients on this machine only"
            )
        case "docker":
            return (
                "inside a Docker network: nobody outside the server's machine reaches it"
                if elsewhere
                else "inside a Docker network: for this machine only"
            )
        case "link-local":
            return "link-local: valid on one network cable only"
        case "private":
            return (
                "a private address behind a public URL: reachable from the server's own network only"
                if server == "public"
                else "private: for clients on the same network"
            )
        case "carrier":
            return "100.64.0.0/10: inside a provider's network or a VPN such as Tailscale"
        case "name":
            return "a name instead of an address"
        case "unspecified":
            return "no address at all (0.0.0.0 or ::)"
        case "public":
            return "public"
