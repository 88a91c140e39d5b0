"""What the checks of a server elsewhere share: where it is, the key, and answers that are asked for once."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ...core.endpoint import Endpoint, Route, parse_url, route_to
from ...core.errors import LkmError
from ...core.result import Finding, Fix
from ...core.stream import NetError
from ..context import Asked, Context
from ..model import OUT_OF_TIME, Check

if TYPE_CHECKING:
    from ...core.wire import Response
    from ...livekit.keys import KeyPair
    from ...stack.health.ladder import Climb

T = TypeVar("T")

BOUND = 600.0
"""Seconds for each check: what bounds them is --timeout, for all of them together."""
_USUAL = 5.0
"""Seconds of --timeout unless it is given."""
_SILENCE = 1.0
"""Seconds after which silence says something of the server, and not only of the time that there was."""
_MARGIN = 0.15
"""Seconds before a check's bound by which it stops waiting, so that it can still say what it saw."""


def prepare(asked: Asked) -> None:
    """Refuse what cannot be looked at, before anything is sent.

    Raises:
        UsageError: ``--url`` is no URL.
        ConfigError: ``--key-from-env``, and there is no key.
    """
    parse_url(asked.url or "")
    pair(Context(asked))


def endpoint(context: Context) -> Endpoint:
    """What the URL says.

    Raises:
        UsageError: it is none.
    """
    return context.once("remote.endpoint", lambda: parse_url(context.asked.url or ""))


def route(context: Context) -> Route:
    """Whether a proxy is used, decided once.

    Raises:
        ConfigError: the proxy's variable cannot be used.
    """
    return context.once("remote.route", lambda: route_to(endpoint(context), env=context.env))


def pair(context: Context) -> KeyPair | None:
    """The key to sign with; None without ``--key-from-env``: nobody's key is tried on strangers unasked.

    Raises:
        ConfigError: there is none, or half of one.
    """
    if not context.asked.key_from_env:
        return None
    return context.once("remote.pair", lambda: _pair(context))


def _pair(context: Context) -> KeyPair:
    from ...core.settings import load
    from ...livekit.keys import find_pair

    return find_pair(context.asked.settings or load(), context.env).pair


def no_key(context: Context) -> Fix:
    """How to look further."""
    return Fix(
        "set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to the server's",
        f"lkm doctor --url {shlex.quote(endpoint(context).ws)} --key-from-env",
    )


def until(context: Context, seconds: float) -> float:
    """By when a question must be over, as ``time.monotonic()``; ``--timeout`` above 5 s gives more time."""
    more = max(context.asked.timeout / _USUAL, 1.0)
    return min(time.monotonic() + seconds * more, context.deadline - _MARGIN)


def attempt(context: Context, key: str, ask: Callable[[], T]) -> T | NetError:
    """The answer to a question that is asked once, or how it failed.

    Raises:
        LkmError: there was no time to wait for it.
    """

    def find() -> T | NetError:
        start = time.monotonic()
        try:
            return ask()
        except NetError as error:
            if error.kind == "timeout" or "in time" in error.text:
                waited(context, start)
            return error

    return context.once(f"remote.{key}", find)


def waited(context: Context, start: float) -> None:
    """Take silence for an answer only after a while, and only where there was that while to answer in.

    How late this process came back to look says nothing of who was asked.

    Args:
        start: when the question was asked, as ``time.monotonic()``.

    Raises:
        LkmError: it was too short; the check is then skipped.
    """
    if min(time.monotonic(), context.deadline - _MARGIN) - start < _SILENCE:
        seconds = f"{context.asked.timeout:g} s"
        raise LkmError(
            f"no time is left of {seconds} for all checks of the network; --timeout gives more",
            code=OUT_OF_TIME,
        )


def front(context: Context, seconds: float = 2.5) -> Response | NetError:
    """The answer to ``GET /``."""
    from ...core.wire import exchange
    from ...stack.health.rungs.http import settled

    def ask() -> Response:
        deadline = until(context, seconds)
        return settled(lambda: exchange(endpoint(context), route(context), "/", deadline), deadline)

    return attempt(context, "front", ask)


def validated(context: Context) -> Response | NetError:
    """The answer to a plain request for ``/rtc/validate``."""
    from ...livekit.remote.ask import validate

    return attempt(
        context,
        "rtc-validate",
        lambda: validate(endpoint(context), route(context), until(context, 2.5)),
    )


def peer(context: Context) -> str:
    """The address that answers for signalling; empty where a proxy hides it."""
    answer = front(context)
    if isinstance(answer, NetError) or route(context).proxy:
        return ""
    return answer.peer.rpartition(":")[0].strip("[]")


def climb(context: Context, seconds: float) -> Climb:
    """The health ladder's way of asking this server.

    Args:
        seconds: for each question.
    """
    from ...core.net import clock_skew
    from ...core.secret import Secret
    from ...livekit.keys import KeyPair
    from ...stack.health.ladder import Climb, Options, Target

    where = endpoint(context)
    key = pair(context) or KeyPair("", Secret(""))
    answer = front(context)
    date = None if isinstance(answer, NetError) else answer.headers.get("date")
    skew = clock_skew(date, time.time())
    room = context.once("remote.room", _room)
    return Climb(
        Target(where.ws, key, origin="--url", key_origin="--key-from-env"),
        Options(timeout=max(until(context, seconds) - time.monotonic(), 0.1)),
        where,
        route(context),
        room,
        peer=peer(context),
        skew=None if skew is None else round(skew, 1),
    )


def _room() -> str:
    import secrets

    return f"lkm-doctor-{secrets.token_hex(4)}"


def as_mine(check: Check, finding: Finding, *, cause: str = "", **more: Any) -> Finding:
    """A finding of a rung of the health ladder as one of a check."""
    fix = finding.fix
    if fix and fix.command:
        fix = replace(fix, command=fix.command.replace("lkm health", "lkm doctor"))
    evidence = {**finding.evidence, **more, **({"cause": cause} if cause else {})}
    title = finding.title.partition(": ")[2] or finding.title
    return replace(finding, id=check.id, title=title, category=check.category, evidence=evidence, fix=fix)


def in_file(text: str, file: str, command: str | None = None) -> Fix:
    """A change of a file on the server: lkm has not seen that file, so it names it as people call it."""
    return Fix(f"in {file}: {text}", command)


SERVER_FILE = "the server's livekit.yaml"
PROXY_FILE = "the reverse proxy's configuration"
