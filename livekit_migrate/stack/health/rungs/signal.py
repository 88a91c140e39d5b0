"""Signalling: does the WebSocket open, and does the server let us join?"""

from __future__ import annotations

from ....core.result import Finding, Fix
from ....core.stream import NetError
from ....core.wire import UpgradeRefusedError
from ....livekit.signal import Signal, SignalError
from ..credentials import refused
from ..ladder import Climb

NAME = "signal"
TITLE = "signalling"
ORDER = 60


def wanted(_: Climb) -> bool:
    return True


def look(climb: Climb) -> Finding:
    token = climb.token("lkm-health", room_join=True, hidden=True, can_publish=False)
    climb.room_made = True
    try:
        climb.signal = Signal.open(climb.endpoint, climb.route, token, climb.deadline())
    except UpgradeRefusedError as error:
        return _not_upgraded(climb, error)
    except (NetError, SignalError) as error:
        return climb.finding(
            "fail",
            f"the WebSocket breaks: {error}",
            fix=climb.own_fix("look at what the server and any reverse proxy say", "lkm logs"),
            reason=error.kind if isinstance(error, NetError) else "protocol",
        )
    climb.join = join = climb.signal.join
    return climb.finding(
        "ok",
        f"joined, livekit-server {join.server_version}",
        server_version=join.server_version,
        region=join.region,
        node_id=join.node_id,
        ice_servers=[url for server in join.ice_servers for url in server.urls],
    )


def _not_upgraded(climb: Climb, error: UpgradeRefusedError) -> Finding:
    answer = error.response
    if answer.status == 401:
        return refused(climb, answer)
    if answer.status in (200, 400, 404, 426):
        return climb.finding(
            "fail",
            f"/rtc answers {answer.status} instead of 101: the WebSocket upgrade does not get through",
            answer.text[:200],
            fix=Fix("let the reverse proxy pass the Upgrade and Connection headers of /rtc to LiveKit"),
            status=answer.status,
        )
    return climb.finding(
        "fail",
        f"/rtc answers {answer.status} instead of 101",
        answer.text[:200],
        fix=climb.own_fix("look at what the server and any reverse proxy say", "lkm logs"),
        status=answer.status,
    )
