"""HTTP: is it LiveKit that answers, and what else is in the way: a login page, another program, a proxy "
"alone?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ...core.dial import banner
from ...core.result import Finding, Fix
from ...core.stream import NetError
from ...core.wire import Response
from ...livekit.remote.ask import is_livekit, network
from ..context import Context
from ..model import URL, Check, Fault
from ._remote import (
    BOUND,
    PROXY_FILE,
    as_mine,
    climb,
    endpoint,
    front,
    in_file,
    route,
    until,
    validated,
)


def _run(context: Context) -> Iterator[Finding]:
    from ...stack.health.rungs import http

    answer = front(context)
    if not isinstance(answer, NetError) and (300 <= answer.status < 400 or answer.status in (401, 403)):
        yield _other_page(context, answer)
        return
    if isinstance(answer, NetError) and answer.kind in ("garbage", "closed"):
        kind, words = banner(endpoint(context), route(context), until(context, 1.0))
        if kind and kind != "plain HTTP":
            yield CHECK.found(
                "fail",
                f"{endpoint(context).netloc} is {kind}, not LiveKit: it says {words}",
                fix=Fix("correct the port in the URL"),
                reason="other-protocol",
                said=words,
            )
            return
    way = climb(context, 2.0)
    way.rung, way.label = http.NAME, http.TITLE
    found = as_mine(CHECK, http.judged(way, answer))
    cdn = None if isinstance(answer, NetError) else network(answer)
    if cdn:
        found = replace(found, evidence={**found.evidence, "cdn": cdn.name, "cdn_header": cdn.by})
    if found.status == "ok":
        found = replace(
            found, title=f"LiveKit answers GET / with 200{f', through {cdn.name}' if cdn else ''}"
        )
    yield found


def _other_page(context: Context, answer: Response) -> Finding:
    """A redirect or a login at / is the app's own where LiveKit is below /rtc; else it is in the way."""
    below = validated(context)
    if isinstance(below, Response) and is_livekit(below):
        return CHECK.found(
            "info",
            f"GET / {answer.status} is another program's, and LiveKit is below /rtc",
            "health checks of load balancers on / see that program",
            status=answer.status,
            location=answer.headers.get("location", ""),
        )
    if answer.status in (401, 403):
        return _login(answer)
    return _redirected(context, answer.status, answer.headers.get("location", ""))


def _login(answer: Response) -> Finding:
    wants = answer.headers.get("www-authenticate", "")
    detail = "LiveKit asks nobody for a login there: it has tokens of its own"
    return CHECK.found(
        "fail",
        f"something before LiveKit wants a login: GET / is answered with {answer.status}",
        f"{detail}\nit wants: {wants}" if wants else detail,
        fix=in_file("let /, /rtc and /twirp pass to LiveKit without a login", PROXY_FILE),
        status=answer.status,
        server=answer.headers.get("server", ""),
    )


def _redirected(context: Context, status: int, to: str) -> Finding:
    it = endpoint(context)
    there = urlsplit(to)
    seen: dict[str, Any] = {"status": status, "location": to}
    if there.hostname == it.host and there.scheme == "https" and not it.secure:
        return CHECK.found(
            "fail",
            f"{it.netloc} answers {status}: it wants TLS",
            f"it redirects to {to}; LiveKit's clients do not follow a redirect of the WebSocket",
            fix=Fix("use wss://", f"lkm doctor --url wss://{there.netloc}"),
            **seen,
        )
    other = there.hostname and there.hostname != it.host
    return CHECK.found(
        "fail",
        f"a redirect ({status}) to {to or 'nowhere'} answers instead of LiveKit",
        (
            "another host: most likely the login page of this network (a captive portal) or of a proxy on "
            "the way"
            if other
            else "most likely the sign-in page of a proxy in front of LiveKit"
        )
        + "; LiveKit's clients do not follow a redirect of the WebSocket",
        fix=Fix(
            "open that address in a browser on this network and log in, then look again"
            if other
            else "let the proxy pass /rtc and /twirp to LiveKit without signing in"
        ),
        **seen,
    )


CHECK = Check(
    id="remote.http",
    title="LiveKit answers over HTTP",
    category="remote",
    order=50,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.tls",),
    why="What answers may be a login page, another site of the proxy, or a proxy whose LiveKit is gone.",
    source="livekit-server pkg/service/server.go: GET / is 200 `OK`, or 406 when node statistics are older "
    "than 4 s",
    evidence="`curl -si https://NAME/`: 200 and `OK`.",
    remedy="Route the whole name to LiveKit's port 7880, and start LiveKit.",
    faults=(
        Fault(
            "a captive portal",
            "a redirect (302) to … answers instead of LiveKit",
            "`curl -si` shows `302` and a `Location` that is not yours; the browser: `Unexpected response "
            "code: 302`",
        ),
        Fault(
            "the proxy runs, LiveKit does not",
            "GET / 502: a proxy answers, the LiveKit behind it does not",
            "`curl -si` shows `502 Bad Gateway`; the browser: `Unexpected response code: 502`; `docker "
            "logs` of LiveKit end, or say why it stopped",
        ),
        Fault(
            "a server that never answers",
            "it accepts the connection and then says nothing for … s",
            "`curl` hangs until `(28) Operation timed out`",
        ),
        Fault(
            "another program on that port",
            "… is not LiveKit: GET / … with …",
            "`curl` shows its page",
        ),
    ),
)
