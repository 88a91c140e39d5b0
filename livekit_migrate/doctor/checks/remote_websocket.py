"""The signalling routes: does a WebSocket get through to LiveKit, also past whatever proxy is there?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.result import Finding
from ...core.stream import NetError
from ...core.wire import Response
from ...livekit.remote.ask import is_livekit, upgrade
from ..context import Context
from ..model import URL, Check, Fault
from ._remote import BOUND, PROXY_FILE, attempt, endpoint, in_file, route, until, validated


def _run(context: Context) -> Iterator[Finding]:
    it, way = endpoint(context), route(context)
    answer = attempt(context, "rtc", lambda: upgrade(it, way, until(context, 2.5)))
    if isinstance(answer, NetError):
        yield CHECK.found(
            "fail",
            f"a WebSocket to {it.path}/rtc breaks: {answer.text}",
            "plain HTTP works there, so something on the way does not let a WebSocket pass",
            fix=in_file("let /rtc pass with its Upgrade and Connection headers", PROXY_FILE),
            reason=answer.kind,
        )
        return
    if not is_livekit(answer):
        plain = validated(context)
        routed = isinstance(plain, Response) and is_livekit(plain)
        # A 401 whose words do not come in time is LiveKit's all the same where nobody asks for a login.
        if not (routed and answer.status == 401 and "www-authenticate" not in answer.headers):
            yield _refused(it.path, answer, routed=routed)
            return
    newer = attempt(context, "rtc-v1", lambda: upgrade(it, way, until(context, 2.5), "/rtc/v1"))
    seen: dict[str, Any] = {"rtc": answer.status, "rtc_v1": getattr(newer, "status", 0)}
    if isinstance(newer, Response) and newer.status == 404:
        yield CHECK.found(
            "warn",
            f"{it.path}/rtc gets through, {it.path}/rtc/v1 does not: 404",
            "the server is older than 1.9.10, or a proxy passes the path /rtc alone; livekit-client 2.18.1 "
            "and "
            "later asks for /rtc/v1 first, and cannot publish to a server that does not have it",
            id="remote.websocket.v1",
            fix=in_file(
                "pass all that begins with /rtc (in nginx `location /rtc`, in Caddy `/rtc*`)", PROXY_FILE
            ),
            cause="remote.version",
            **seen,
        )
        return
    yield CHECK.ok(f"a WebSocket to {it.path}/rtc gets through to LiveKit", **seen)


def _refused(path: str, answer: Response, *, routed: bool) -> Finding:
    """Why a WebSocket request does not get to LiveKit; ``routed``: a plain request does."""
    by = answer.headers.get("server", "")
    seen: dict[str, Any] = {"status": answer.status, "body": answer.text[:200], "server": by}
    if routed:
        return CHECK.found(
            "fail",
            f"the proxy passes no WebSocket upgrade: {path}/rtc answers {answer.status} instead of 101",
            f"a plain request for {path}/rtc/validate reaches LiveKit, but the "
            f"proxy{f' ({by})' if by else ''} takes "
            "the Upgrade header away; LiveKit's 404 then does not mean that the route is missing",
            fix=in_file(
                "pass Upgrade and Connection for /rtc (nginx: proxy_http_version 1.1; proxy_set_header "
                "Upgrade "
                '$http_upgrade; proxy_set_header Connection "upgrade";)',
                PROXY_FILE,
            ),
            **seen,
        )
    if answer.status == 401:
        return CHECK.found(
            "fail",
            f"something before LiveKit wants a login for {path}/rtc: 401",
            answer.headers.get("www-authenticate", "") or answer.text[:200],
            fix=in_file(
                "let /rtc and /twirp pass without a login: LiveKit has tokens of its own", PROXY_FILE
            ),
            **seen,
        )
    if answer.status == 101:
        return CHECK.found(
            "fail",
            f"a WebSocket to {path}/rtc opens without a token: it is not LiveKit that takes it",
            fix=in_file("route /rtc to LiveKit's port 7880", PROXY_FILE),
            **seen,
        )
    return CHECK.found(
        "fail",
        f"{path}/rtc is not routed to LiveKit: a WebSocket request is answered with {answer.status}",
        answer.text[:200],
        fix=in_file("route /rtc (and all below it) to LiveKit's port 7880", PROXY_FILE),
        **seen,
    )


CHECK = Check(
    id="remote.websocket",
    title="A WebSocket gets through to LiveKit",
    category="remote",
    order=60,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.http",),
    why="Signalling is a WebSocket. A proxy that passes HTTP does not pass its upgrade unless told to.",
    source="element-hq/element-call #3710; livekit-server answers 404 without, 401 with an upgrade and no "
    "token (run)",
    evidence="`curl -i -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' "
    "-H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' https://NAME/rtc`: 401 `no permissions to access the "
    "room` "
    "is LiveKit.",
    remedy="Let the proxy pass the Upgrade and Connection headers of /rtc and all below it.",
    faults=(
        Fault(
            "the proxy passes no WebSocket upgrade",
            "the proxy passes no WebSocket upgrade: /rtc answers 404 instead of 101",
            "`curl -si https://NAME/` shows 200 `OK`; with the upgrade headers `/rtc` gives an empty 404; "
            "the browser: `WebSocket connection … failed: Error during WebSocket handshake: Unexpected "
            "response code: 404`",
        ),
        Fault(
            "the proxy passes the path /rtc alone",
            "/rtc gets through, /rtc/v1 does not: 404",
            "livekit-client logs `v1 RTC path not found`",
        ),
    ),
)
