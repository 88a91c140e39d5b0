"""The port: every address of the name tried on its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from ...core.dial import dial_each
from ...core.result import Finding, Fix
from ...core.stream import NetError
from ..context import Context
from ..model import URL, Check, Fault
from ._remote import BOUND, as_mine, climb, endpoint, route, until, waited
from .remote_dns import found_addresses


def _run(context: Context) -> Iterator[Finding]:
    it = endpoint(context)
    if route(context).proxy:
        yield from _by_ladder(context)
        return
    found = found_addresses(context)
    if isinstance(found, NetError):  # said by remote.dns
        return
    start = time.monotonic()
    dials = dial_each(found, it.port, until(context, 3.5))
    if all(dial.kind in ("timeout", "dns") for dial in dials):
        waited(context, start)
    seen: dict[str, Any] = {
        "port": it.port,
        "addresses": [
            {
                "address": d.address,
                "answers": d.ok,
                "reason": d.text,
                "connect_ms": round(d.seconds * 1000, 1),
            }
            for d in dials
        ],
    }
    good, bad = [d for d in dials if d.ok], [d for d in dials if not d.ok]
    if not good:
        four = next((d for d in bad if not d.ipv6), bad[0])
        yield _failed(it.port, four.address, four.kind, four.text, seen)
        return
    dead = [d for d in bad if not (d.ipv6 and d.kind == "unreachable")]  # no IPv6 here says nothing of it
    if dead:
        which = ", ".join(f"{d.address} ({_how(d.kind)})" for d in dead)
        yield CHECK.found(
            "warn",
            f"TCP {it.port} answers on {good[0].address}, but not on {which}",
            "clients that try that address first wait for it, or fail",
            id="remote.tcp.address",
            fix=Fix(f"open TCP {it.port} on that address, too, or take its record out of the DNS"),
            **seen,
        )
        return
    fastest = min(good, key=lambda d: d.seconds)
    yield CHECK.ok(f"TCP {it.port} on {fastest.address} answers in {fastest.seconds * 1000:.1f} ms", **seen)


def _by_ladder(context: Context) -> Iterator[Finding]:
    """Through the proxy: the port alone, as the health ladder tries it."""
    from ...stack.health.rungs import port

    way = climb(context, 3.5)
    way.rung, way.label = port.NAME, port.TITLE
    yield as_mine(CHECK, port.look(way))


def _how(kind: str) -> str:
    return {"refused": "nothing listens there", "timeout": "no answer"}.get(kind, kind)


def _failed(port: int, address: str, kind: str, text: str, seen: dict[str, Any]) -> Finding:
    where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    match kind:
        case "refused":
            return CHECK.found(
                "fail",
                f"nothing listens on TCP {where}",
                "the host answers: it refuses the connection",
                fix=Fix(
                    "start LiveKit or its proxy there, look whether it listens on all addresses and not on "
                    "127.0.0.1 alone (bind_addresses), or correct the port in the URL",
                    f"sudo ss -ltnp 'sport = :{port}'",
                ),
                reason=kind,
                **seen,
            )
        case "timeout":
            return CHECK.found(
                "fail",
                f"TCP {where} does not answer: dropped on the way, or the host is down",
                "no refusal came back, so a firewall drops it, or nobody has that address",
                fix=Fix(
                    f"open TCP {port} in the firewalls of the server and its cloud; on the server:",
                    f"sudo ufw allow {port}/tcp",
                ),
                reason=kind,
                **seen,
            )
        case _:
            return CHECK.found(
                "fail",
                f"TCP {where}: {text}",
                fix=Fix("look at this machine's network (VPN, IPv6), or correct the address in the URL"),
                reason=kind,
                **seen,
            )


CHECK = Check(
    id="remote.tcp",
    title="The port answers on every address",
    category="remote",
    order=30,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.dns",),
    why="Signalling begins with a TCP connection. A refusal and silence have different causes: a program "
    "that is "
    "not there, and a firewall.",
    source="RFC 9293; RFC 8305 for several addresses",
    evidence="`nc -vz NAME PORT`: `refused` or a time-out.",
    remedy="Refused: start the program, or let it listen on all addresses. Silent: open the port in the "
    "firewalls "
    "of the server and of its cloud.",
    faults=(
        Fault(
            "a firewall drops the port, or the host is down",
            "TCP … does not answer: dropped on the way, or the host is down",
            "`curl` hangs until `(28) Connection timed out`; the browser: `ERR_CONNECTION_TIMED_OUT`",
        ),
        Fault(
            "nothing listens",
            "nothing listens on TCP …",
            "`curl: (7) Failed to connect … Couldn't connect to server`; the browser: "
            "`ERR_CONNECTION_REFUSED`",
        ),
    ),
)
