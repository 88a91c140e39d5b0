"""The port: does the name resolve and a TCP connection open, directly or through the proxy?"""

from __future__ import annotations

from ....core.net import connect
from ....core.result import Finding, Fix
from ....core.stream import NetError
from ..ladder import Climb

NAME = "port"
TITLE = "port"
ORDER = 20


def wanted(_: Climb) -> bool:
    return True


def look(climb: Climb) -> Finding:
    endpoint = climb.endpoint
    where = (
        f"[{endpoint.host}]:{endpoint.port}" if ":" in endpoint.host else f"{endpoint.host}:{endpoint.port}"
    )
    try:
        stream = connect(endpoint, climb.route, climb.deadline(), tls=False)
    except NetError as error:
        return _failed(climb, where, error)
    peer = stream.peer
    stream.close()
    if not climb.route.proxy:
        climb.peer = peer.rpartition(":")[0].strip("[]")
    via = f"through the {climb.route}" if climb.route.proxy else "direct"
    return climb.finding("ok", f"{where} {via}", host=endpoint.host, port=endpoint.port, peer=peer)


def _failed(climb: Climb, where: str, error: NetError) -> Finding:
    endpoint = climb.endpoint
    match error.kind:
        case "dns":
            text, fix = (
                f"{endpoint.host}: {error.text}",
                Fix("look at the name in the URL", f"lkm health --url ws://NAME:{endpoint.port}"),
            )
        case "refused":
            text = f"nothing listens on {where}"
            fix = (
                Fix("start the server", "lkm up")
                if climb.target.own or climb.target.served
                else Fix("start LiveKit there, or correct the port in the URL")
            )
        case "timeout":
            text = f"{where} does not answer: dropped on the way, or the host is down"
            fix = Fix(f"open TCP {endpoint.port} in the server's firewall, or correct the address in the URL")
        case "proxy":
            text = error.text
            fix = Fix(
                f"correct the proxy variable, or name {endpoint.host} in NO_PROXY",
                f"export NO_PROXY={endpoint.host}",
            )
        case _:
            text, fix = f"{where}: {error.text}", Fix("correct the address in the URL")
    return climb.finding(
        "fail", text, fix=fix, host=endpoint.host, port=endpoint.port, reason=error.kind, message=error.text
    )
