"""``GET /``: 200 OK is a healthy LiveKit, 406 one that lost its Redis; anything else is no LiveKit."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ....core.net import clock_skew, speaks_tls
from ....core.result import Finding, Fix
from ....core.stream import NetError
from ....core.wire import Response
from ..ladder import Climb

_AGAIN_SECONDS = 1.0
"""After which a server that is not ready is asked once more: for a moment none is that just stood still."""

NAME = "http"
TITLE = "HTTP"
ORDER = 30


def wanted(_: Climb) -> bool:
    return True


def look(climb: Climb) -> Finding:
    deadline = climb.deadline()
    try:
        answer = settled(lambda: climb.get("/", deadline=deadline), deadline)
    except NetError as error:
        return judged(climb, error)
    return judged(climb, answer)


def settled(ask: Callable[[], Response], deadline: float) -> Response:
    """The answer to ``GET /``, asked for once more where the server is not ready and there is time for it.

    Args:
        deadline: ``time.monotonic()`` by which it must be over.

    Raises:
        NetError: as ``ask`` does.
    """
    answer = ask()
    if answer.status == 406 and deadline - time.monotonic() > _AGAIN_SECONDS:
        time.sleep(_AGAIN_SECONDS)
        answer = ask()
    return answer


def judged(climb: Climb, answer: Response | NetError) -> Finding:
    """What the answer to ``GET /`` means, or that there is none."""
    if isinstance(answer, NetError):
        return _broken(climb, answer)
    skew = clock_skew(answer.headers.get("date"), time.time())
    climb.skew = None if skew is None else round(skew, 1)
    facts: dict[str, Any] = {
        "status": answer.status,
        "clock_skew_s": climb.skew,
        "answer_ms": round(answer.seconds * 1000, 1),
    }
    if answer.status == 200 and answer.text == "OK":
        return climb.finding("ok", "GET / 200", **facts)
    if answer.status == 406:
        return climb.finding(
            "fail",
            "GET / 406: LiveKit runs, but is not ready",
            "its own statistics are older than 4 s: it has lost Redis, or the machine is overloaded; "
            "it stays so for a while after Redis is back",
            fix=climb.own_fix("look at Redis and at what the server says", "lkm logs"),
            body=answer.text[:200],
            **facts,
        )
    if 300 <= answer.status < 400:
        to = answer.headers.get("location", "nowhere")
        return climb.finding(
            "fail",
            f"GET / {answer.status}: it redirects to {to}",
            "LiveKit's clients do not follow a redirect of the WebSocket",
            fix=Fix(
                "use the address it redirects to",
                f"lkm health --url {shlex.quote(_as_ws(to))}" if "://" in to else None,
            ),
            location=to,
            **facts,
        )
    if not climb.endpoint.secure and answer.status == 400 and "https" in answer.text.lower():
        return _other_scheme(climb, "wss", **facts)
    if answer.status in (502, 503, 504):
        return climb.finding(
            "fail",
            f"GET / {answer.status}: a proxy answers, the LiveKit behind it does not",
            fix=Fix("start LiveKit, or correct the proxy's upstream"),
            **facts,
        )
    return _something_else(climb, answer, facts)


def _something_else(climb: Climb, answer: Response, facts: dict[str, Any]) -> Finding:
    """Another page at / may still have LiveKit below /rtc and /twirp: LiveKit says so itself."""
    kind = answer.headers.get("content-type", "no content type").split(";")[0]
    seen = f"GET / {answer.status} with {kind}"
    try:
        validate = climb.get("/rtc/validate")
    except NetError:
        validate = Response(0, "")
    if validate.status == 401 and "permissions" in validate.text:
        return climb.finding(
            "warn",
            f"{seen}: not LiveKit's page, but LiveKit is behind it",
            "health checks of load balancers on / see another program",
            fix=Fix("route / to LiveKit as well as /rtc and /twirp"),
            **facts,
        )
    title = re.search(r"<title[^>]*>([^<]{1,60})", answer.text, re.IGNORECASE)
    return climb.finding(
        "fail",
        f"{climb.endpoint.netloc} is not LiveKit: {seen}",
        f"its page says: {title[1].strip()}" if title else "",
        fix=Fix("correct host, port and path in the URL", "lkm health --url ws://HOST:7880"),
        server=answer.headers.get("server", ""),
        **facts,
    )


def _broken(climb: Climb, error: NetError) -> Finding:
    endpoint = climb.endpoint
    if error.kind == "tls-plain":
        return _other_scheme(climb, "ws", message=error.text)
    if error.kind == "tls-cert":
        return climb.finding(
            "fail",
            error.text,
            "browsers refuse it, too; a private authority must be named",
            fix=Fix("trust the authority that signed it", "export SSL_CERT_FILE=/path/to/ca.pem"),
            reason=error.kind,
        )
    if (
        not endpoint.secure
        and error.kind in ("garbage", "closed", "reset")
        and speaks_tls(endpoint, climb.route, climb.deadline())
    ):
        return _other_scheme(climb, "wss", message=error.text)
    texts = {
        "timeout": f"it accepts the connection and then says nothing for {climb.timeout:g} s",
        "garbage": f"{endpoint.netloc} is not LiveKit: {error.text}",
        "closed": f"{endpoint.netloc} is not LiveKit: {error.text}",
    }
    fixes = {
        "timeout": climb.own_fix(
            "the server hangs, or another program listens there; look at it", "lkm status"
        ),
        "reset": Fix("a firewall or another program is in the way; correct host and port in the URL"),
    }
    return climb.finding(
        "fail",
        texts.get(error.kind, error.text),
        fix=fixes.get(error.kind, Fix("correct host and port in the URL", "lkm health --url ws://HOST:7880")),
        reason=error.kind,
        message=error.text,
    )


def _other_scheme(climb: Climb, scheme: str, **facts: Any) -> Finding:
    there = replace(climb.endpoint, secure=scheme == "wss")
    url = there.ws
    text = (
        "it speaks TLS, the URL says plain"
        if scheme == "wss"
        else "it does not speak TLS, the URL says it does"
    )
    return climb.finding(
        "fail",
        text,
        fix=Fix(f"use {scheme}://", f"lkm health --url {shlex.quote(url)}"),
        reason=f"use-{scheme}",
        **facts,
    )


def _as_ws(url: str) -> str:
    return re.sub(r"^http", "ws", url).rstrip("/")
