"""The token: does the server let it join a room (``/rtc/validate``)?"""

from __future__ import annotations

import json
from urllib.parse import quote

from ....core.result import Finding, Fix
from ....core.stream import NetError
from ....core.wire import Response
from ..credentials import refused
from ..ladder import Climb

NAME = "token"
TITLE = "token"
ORDER = 50


def wanted(_: Climb) -> bool:
    return True


def look(climb: Climb) -> Finding:
    try:
        answer = _validate(climb)
        if answer.status == 404 and _create(climb):
            answer = _validate(climb)
            if answer.status == 200:
                return climb.finding(
                    "ok", "accepted (the room was created first: room.auto_create is off)", status=200
                )
    except NetError as error:
        return climb.finding(
            "fail",
            f"/rtc/validate does not answer: {error.text}",
            fix=Fix("let the reverse proxy pass /rtc to LiveKit"),
            reason=error.kind,
        )
    if answer.status == 200:
        return climb.finding("ok", "accepted for a room of its own", status=200)
    if answer.status == 401:
        return refused(climb, answer)
    text, fix = {
        404: (
            "/rtc/validate answers 404: /rtc is not routed to LiveKit",
            "let the reverse proxy pass /rtc to LiveKit",
        ),
        503: (
            "503: the server takes nobody more",
            "raise limit.* in the server's configuration, or add a node",
        ),
    }.get(answer.status, (f"/rtc/validate answers {answer.status}", "look at what the server says"))
    return climb.finding("fail", text, answer.text[:200], fix=Fix(text=fix), status=answer.status)


def _validate(climb: Climb) -> Response:
    # In the query, as browsers send it: what stands in between sees what it will see of them.
    token = climb.token("lkm-health", room_join=True, hidden=True)
    return climb.get(f"/rtc/validate?access_token={quote(token)}")


def _create(climb: Climb) -> bool:
    token = climb.token("lkm-health", room_create=True)
    body = json.dumps({"name": climb.room, "empty_timeout": 30})
    created = climb.twirp("CreateRoom", body, token, climb.deadline())
    climb.room_made = climb.room_made or created.status == 200
    return created.status == 200
