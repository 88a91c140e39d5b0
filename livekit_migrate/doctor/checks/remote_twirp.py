"""The route of the server API: back ends make rooms and remove participants over it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.result import Finding
from ...core.stream import NetError
from ...livekit.remote.ask import ROOMS, is_twirp, twirp
from ..context import Context
from ..model import URL, Check, Fault
from ._remote import BOUND, PROXY_FILE, attempt, endpoint, in_file, route, until


def _run(context: Context) -> Iterator[Finding]:
    it = endpoint(context)
    answer = attempt(context, "twirp", lambda: twirp(it, route(context), until(context, 2.5)))
    if isinstance(answer, NetError):
        yield CHECK.found(
            "fail",
            f"POST {it.path}/twirp breaks: {answer.text}",
            fix=in_file("pass POST requests for /twirp to LiveKit", PROXY_FILE),
            reason=answer.kind,
        )
        return
    seen: dict[str, Any] = {
        "status": answer.status,
        "body": answer.text[:200],
        "server": answer.headers.get("server", ""),
    }
    if is_twirp(answer):
        yield CHECK.ok(f"{it.path}/twirp gets through to LiveKit", **seen)
        return
    yield CHECK.found(
        "fail",
        f"{it.path}/twirp is not routed to LiveKit: POST {ROOMS} answers {answer.status}",
        "calls may work, but a back end cannot make rooms, remove participants or start egress over this URL",
        fix=in_file("route /twirp as well as /rtc to LiveKit's port 7880 (or the whole name)", PROXY_FILE),
        **seen,
    )


CHECK = Check(
    id="remote.twirp",
    title="The server API gets through to LiveKit",
    category="remote",
    order=70,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.http",),
    why="The server SDKs call /twirp on the same URL; a proxy that routes /rtc alone leaves them with 404.",
    source="element-hq/element-call #3710; Twirp's JSON errors",
    evidence="`curl -si -X POST -H 'Content-Type: application/json' -d '{}' "
    'https://NAME/twirp/livekit.RoomService/ListRooms`: 401 with `"code":"unauthenticated"` is LiveKit.',
    remedy="Route /twirp to LiveKit as well.",
    faults=(
        Fault(
            "the proxy does not route /twirp",
            "/twirp is not routed to LiveKit: POST … answers 404",
            "calls work; the back end's SDK throws with 404; `curl -X POST` shows the proxy's own 404",
        ),
    ),
)
