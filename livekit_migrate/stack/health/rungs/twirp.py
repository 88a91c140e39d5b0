"""Twirp: does the room service take the key?"""

from __future__ import annotations

import json

from ....core.result import Finding, Fix
from ....core.stream import NetError
from ..credentials import clock_fix, refused
from ..ladder import Climb

NAME = "twirp"
TITLE = "API key"
ORDER = 40


def wanted(_: Climb) -> bool:
    return True


def look(climb: Climb) -> Finding:
    try:
        # Only our own room is asked for: a busy server would otherwise list all of its own.
        answer = climb.twirp(
            "ListRooms",
            json.dumps({"names": [climb.room]}),
            climb.token("", room_list=True),
            climb.deadline(),
        )
    except NetError as error:
        return climb.finding(
            "fail",
            f"the room service does not answer: {error.text}",
            fix=climb.own_fix("look at what the server says", "lkm logs"),
            reason=error.kind,
        )
    if answer.status == 401:
        return refused(climb, answer)
    if answer.status == 200 and answer.headers.get("content-type", "").startswith("application/json"):
        if climb.skew is not None and abs(climb.skew) > 60:
            return climb.finding(
                "warn",
                f"accepted, but the clocks differ by {abs(climb.skew):.0f} s",
                "a token is refused when its begin lies more than 60 s ahead of the server's clock",
                fix=clock_fix(),
                status=answer.status,
                clock_skew_s=climb.skew,
            )
        return climb.finding("ok", f"{climb.target.pair.key} accepted (ListRooms)", status=answer.status)
    if answer.status in (404, 405, 200):
        return climb.finding(
            "fail",
            f"/twirp answers {answer.status}: the room service is not routed to LiveKit",
            fix=Fix("let the reverse proxy pass /twirp as well as /rtc to LiveKit"),
            status=answer.status,
        )
    return climb.finding(
        "fail",
        f"the room service answers {answer.status}",
        answer.text[:200],
        fix=climb.own_fix("look at what the server says", "lkm logs"),
        status=answer.status,
    )
