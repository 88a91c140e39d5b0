"""The host's network where the host is a virtual machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault
from ._compose import on_host_network, place
from ._docker import composed, engine
from ._machine import Machine, machine


def _run(context: Context) -> Iterator[Finding]:
    it = composed(context)
    names = [name for name in it.stack.services if on_host_network(it.raw(name))]
    places = [place(context, name, "network_mode") for name in names]
    desktop = engine(context).desktop if names else False
    yield from judge(machine(context), names, places, desktop=desktop)


def judge(
    here: Machine, names: Sequence[str], places: Sequence[Location | None], *, desktop: bool
) -> Iterator[Finding]:
    """What the host's network means on a machine.

    Args:
        names: the services that have it.
        desktop: the engine is Docker Desktop's.
    """
    virtual = here.system in ("Darwin", "Windows") or desktop
    if not names:
        yield CHECK.ok("no service has the host's network")
    for name, at in zip(names, places, strict=True):
        if not virtual:
            yield CHECK.ok(f"{name} has the host's network, and this is Linux")
            continue
        yield CHECK.found(
            "fail",
            f"{name} has network_mode: host, which is the network of Docker's virtual machine here",
            "its ports are not ports of this machine (Docker Desktop 4.34 and newer can be told to, in "
            "Settings, "
            "Resources, Network: Enable host networking)",
            at=at,
            fix=Fix(
                "publish ports instead: take network_mode away, and name 7880, 7881 and 7882/udp under ports"
            ),
            service=name,
            system=here.system,
            desktop=desktop,
        )


CHECK = Check(
    id="stack.host-network",
    title="The host's network is used on Linux only",
    category="stack",
    order=30,
    needs=("project.compose", "docker.engine"),
    run=_run,
    why="On macOS and Windows Docker runs in a virtual machine, and the host's network is that machine's.",
    source="livekit/deploy; docs.docker.com/engine/network/drivers/host",
    evidence="`network_mode: host` in the Compose file; curl http://127.0.0.1:7880 is refused while the "
    "container runs.",
    remedy="Publish the ports; on Docker Desktop 4.34 and newer host networking can be enabled.",
    faults=(
        Fault(
            "network_mode: host on macOS or Windows",
            "… has network_mode: host, which is the network of Docker's virtual machine here",
            "curl: (7) Failed to connect to 127.0.0.1 port 7880, though `docker ps` shows it running",
            recorded=True,
        ),
    ),
)
