"""Where the browser is, seen from here: SSH, an editor in the cloud, WSL, Colima."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._machine import machine


def _run(context: Context) -> Iterator[Finding]:
    from ...stack.compose.reach import surroundings, told
    from ._docker import installed, where

    it = machine(context)
    kernel = it.release if it.wsl else ""
    try:
        engine = where(context) if installed() else None
    except Exception:  # docker.engine says what is wrong with the context
        engine = None
    place = surroundings(context.env, engine, {}, kernel) if engine else it.cloud and "cloud"
    settings = context.settings
    tcp = [settings.number("ports.signal"), settings.number("ports.rtc_tcp")]
    lines = list(told(place, tcp, context.env, "USER@HOST"))
    if not lines:
        yield CHECK.ok("a browser on this machine reaches it directly", place=place or "here")
        return
    command = next((line.strip() for line in lines if line.startswith("  ")), None)
    yield CHECK.found(
        "info",
        lines[0],
        "calls work, over TCP, once these ports are forwarded" if command else "calls work, over TCP",
        fix=Fix("forward the ports from your own machine", command) if command else None,
        place=place,
    )


CHECK = Check(
    id="machine.place",
    title="A browser on this machine reaches it directly",
    category="machine",
    order=10,
    run=_run,
    seconds=5.0,
    why="Media is UDP, and neither SSH nor an editor in the cloud nor Colima forwards UDP: it has to "
    "take TCP then.",
    source="docs/platforms.md",
    evidence="`echo $SSH_CONNECTION $CODESPACES $GITPOD_WORKSPACE_ID`; `docker context ls`.",
    remedy="Forward the signalling port and the TCP media port (7880 and 7881).",
    faults=(
        Fault(
            "lkm runs in Codespaces, Gitpod or an SSH session",
            "this is an editor in the cloud, which forwards no UDP: media will use TCP 7881",
            "browser: the call connects after some 10 s over TCP, or not at all",
            recorded=True,
        ),
    ),
)
