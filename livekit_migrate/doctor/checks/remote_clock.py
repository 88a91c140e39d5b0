"""The clocks: the Date header, and where there is a key, tokens whose times are shifted."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

from ...core.net import clock_skew
from ...core.result import Finding
from ...core.stream import NetError
from ...livekit.remote.clock import LEEWAY, Skew, measure
from ..context import Context
from ..model import URL, Check, Fault
from ._remote import BOUND, attempt, endpoint, front, pair, route, until


def _run(context: Context) -> Iterator[Finding]:
    from ...stack.health.credentials import clock_fix

    answer = front(context)
    if isinstance(answer, NetError):  # said by remote.http
        return
    header = answer.headers.get("date")
    date = clock_skew(header, time.time() - answer.seconds / 2)
    key = pair(context)
    skew: Skew | NetError | None = None
    if key:
        skew = attempt(
            context, "clock", lambda: measure(endpoint(context), route(context), key, until(context, 2.0))
        )
    real = skew if isinstance(skew, Skew) else None
    seen: dict[str, Any] = {"date": header, "clock_skew_s": None if date is None else round(date, 1)}
    if real:
        seen["by_tokens_s"] = [None if math.isinf(end) else end for end in (real.least, real.most)]
    if real and not real.fine:
        yield CHECK.found(
            "fail",
            f"the server's clock is {real}: it refuses tokens",
            f"it takes tokens with shifted times that say so; the Date header says {_said(date)}\n"
            f"a token is refused when its times lie more than {LEEWAY} s off the server's clock",
            fix=clock_fix(),
            **seen,
        )
    elif date is not None and abs(date) > LEEWAY:
        yield _date_only(date, real, seen)
    elif real:
        yield CHECK.ok(f"the server's clock is {real}, by tokens with shifted times", **seen)
    elif date is None:
        yield CHECK.found("info", "the server sends no Date header; a key would measure its clock", **seen)
    else:
        yield CHECK.ok(f"the clocks differ by {abs(date):.0f} s, by the Date header", **seen)


def _date_only(date: float, real: Skew | None, seen: dict[str, Any]) -> Finding:
    from ...stack.health.credentials import clock_fix

    if real:
        return CHECK.found(
            "info",
            f"the Date header is {_said(date)}, but LiveKit's own clock is {real}",
            "a proxy in front writes that header, and its clock is off; tokens are not refused for it",
            id="remote.clock.header",
            **seen,
        )
    return CHECK.found(
        "warn",
        f"the server's clock is {_said(date)}, by the Date header",
        f"a token is refused when its times lie more than {LEEWAY} s off; a proxy may have written that "
        "header: "
        "with a key, tokens tell LiveKit's own clock",
        fix=clock_fix(),
        **seen,
    )


def _said(date: float | None) -> str:
    if date is None:
        return "nothing"
    if abs(date) <= 2:
        return "the same as this machine's"
    return f"{abs(date):.0f} s {'ahead of' if date > 0 else 'behind'} this machine's"


CHECK = Check(
    id="remote.clock",
    title="The clocks agree",
    category="remote",
    order=80,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.http",),
    after=("remote.websocket", "remote.twirp"),
    why="A token says from when to when it holds. More than 60 s of difference, and a fresh one is not "
    "valid yet.",
    source="livekit/livekit #2394; 60 s of leeway, run with livekit-server 1.13.5",
    evidence="`curl -sI https://NAME/ | grep -i ^date; date -u`. The server says `token is not valid yet`.",
    remedy="Set both clocks by NTP: that of the server, and that of the machine whose back end signs tokens.",
    faults=(
        Fault(
            "the server's clock is off",
            "the server's clock is … behind this machine's: it refuses tokens",
            "the browser as for a wrong key; the server's log: `token has invalid claims: token is not "
            "valid yet`; `date -u` of both differ",
        ),
        Fault(
            "only a proxy's clock is off",
            "the Date header is … ahead of this machine's, but LiveKit's own clock is within 30 s",
            "`curl -sI` shows a wrong `Date`; calls work",
        ),
    ),
)
