"""The process: does the project's own server run? Only asked when the project's own stack is meant."""

from __future__ import annotations

import time

from ....core.errors import LkmError
from ....core.net import connect
from ....core.result import Finding, Fix, Status
from ....core.settings import Settings
from ....core.stream import NetError
from ...runtime import Outcome
from ..ladder import Climb

NAME = "process"
TITLE = "process"
ORDER = 10


def wanted(climb: Climb) -> bool:
    return climb.target.settings is not None


def look(climb: Climb) -> Finding:
    assert climb.target.settings is not None  # noqa: S101 - wanted() says so
    try:
        outcome = _status(climb.target.settings)
    except LkmError as error:
        return climb.finding("skip", "not known", error.message)
    service = next((one for one in outcome.services if "livekit" in (one.name, one.role)), None)
    if service is None or not service.running:
        state = service.state if service else "stopped"
        if _listens(climb):
            return climb.finding(
                "info", f"port {climb.endpoint.port} belongs to a server that lkm did not start", state=state
            )
        message = service.message if service else ""
        return climb.finding(
            "fail",
            f"the project's server has {state}"
            if state == "crashed"
            else "the project's server is not running",
            message,
            fix=Fix("read what it said", "lkm logs") if state == "crashed" else Fix("start it", "lkm up"),
            state=state,
        )
    pid = f", PID {service.pid}" if service.pid else ""
    if service.container:
        pid = f", container {service.container}"
    status: Status = "warn" if service.state in ("draining", "unresponsive") or outcome.drift else "ok"
    return climb.finding(
        status,
        f"livekit-server {service.version or ''}".rstrip() + f" {service.state}{pid}",
        "\n".join(filter(None, [service.message, *outcome.drift])) if status == "warn" else "",
        fix=Fix("start it anew with what is set now", "lkm restart") if outcome.drift else None,
        pid=service.pid,
        state=service.state,
        version=service.version,
        runtime=outcome.runtime,
    )


def _status(settings: Settings) -> Outcome:
    """Without rooms, participants and load: asking for them takes longer than the whole ladder up to ICE."""
    from ...runtime import pick

    if pick(settings).NAME == "compose":
        from ...compose.look import by_label, look

        return look(by_label(settings), quick=True)
    from ...native.look import look as look_at

    return look_at(settings, quick=True)


def _listens(climb: Climb) -> bool:
    try:
        connect(climb.endpoint, climb.route, time.monotonic() + 1, tls=False).close()
    except NetError:
        return False
    return True
