"""`lkm token verify`: what a LiveKit server makes of a token."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..core.durations import parse
from ..core.result import Finding, Result
from . import token_input
from .base import Run, command
from .server_version import ServerVersion
from .token_input import Token

if TYPE_CHECKING:
    from ..livekit.keys import FoundPair
    from ..livekit.tokencheck.online import Answer
    from ..livekit.tokencheck.rules import Rules
    from ..livekit.tokencheck.verdict import Verdict


@command("token verify")
def verify(
    run: Run,
    token: Token = None,
    *,
    room: Annotated[
        str | None, typer.Option("--room", "-r", help="It must be for this room.", show_default=False)
    ] = None,
    server_version: ServerVersion = None,
    online: Annotated[bool, typer.Option("--online", help="Also ask the running server.")] = False,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", metavar="URL", help="Which server to ask; default: LIVEKIT_URL.", show_default=False
        ),
    ] = None,
    timeout: Annotated[
        str, typer.Option(metavar="TIME", help="How long the running server may take.")
    ] = "5s",
) -> Result:
    """Say whether a LiveKit server lets this token join its room: the server's own verdict and reason.

    Signature, algorithm, times (60 s of leeway), key, identity, grants, types and sizes, as the release
    judges them; and a warning where it is laxer than is wise. The key is the one that lkm token signs with.
    Exit code 0 or 1; 4 when there is no key here.
    """
    from ..livekit.tokencheck import report
    from ..livekit.tokencheck.rules import rules_for
    from ..livekit.tokencheck.verdict import judge

    by = rules_for(server_version or run.settings.text("server.version"))
    patience = parse(timeout, "--timeout")
    online = online or url is not None
    pair, findings = _pair(run, online=online)
    pasted = token_input.read(token, "token verify")
    secret = pair.pair.secret.reveal() if pair else None
    now = time.time()
    verdict = judge(pasted.token, {pair.pair.key: secret} if pair and secret else None, by, now=now)
    parts = report.read(pasted.token, by)
    own = (secret,) if secret else ()
    findings = [*report.stripped(pasted), *findings]
    findings += report.of_verdict(
        verdict, pasted.token, parts, now, room=room, own=own, signed=pair is not None
    )
    if pair and verdict.accepted is False and pair.shadowed:
        findings += _shadowed(run, pair, pasted.token, by, now)
    answer = None
    if online:
        from ..livekit.keys import find_url
        from ..livekit.tokencheck.online import ask

        answer = ask(url or find_url(run.settings)[0], pasted.token, timeout=patience)
        findings += report.of_answer(answer, verdict if pair else None)
    data = _data(verdict, parts, pair, answer)
    return Result(run.command, findings=findings, data=data, show_all=True)


def _pair(run: Run, *, online: bool) -> tuple[FoundPair | None, list[Finding]]:
    """The pair; without one only a running server can judge the signature."""
    from ..core.errors import ConfigError
    from ..livekit.keys import find_pair
    from ..livekit.tokencheck.facts import finding

    try:
        found = find_pair(run.settings)
    except ConfigError as error:
        if not online:
            raise
        text = "no key here: key and signature are left to the running server"
        return None, [finding("no-key", "skip", text, error.message)]
    return found, [finding("key", "warn", note) for note in found.notes]


def _shadowed(run: Run, pair: FoundPair, token: str, by: Rules, now: float) -> list[Finding]:
    """The .env's own pair where the shell's won over it, and it is the one that fits."""
    from ..core.errors import ConfigError
    from ..livekit.keys import find_pair
    from ..livekit.tokencheck.facts import finding
    from ..livekit.tokencheck.verdict import judge

    try:
        own = find_pair(run.settings, {}).pair
    except ConfigError:
        return []
    if own == pair.pair or not judge(token, {own.key: own.secret.reveal()}, by, now=now).accepted:
        return []
    title, fix = f"the pair in {run.settings.relative(run.settings.env_file)} fits", "unset the shell's"
    names = [name for name in ("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET") if name in os.environ]
    return [finding("shadowed", "warn", title, "\n".join(pair.shadowed), fix, f"unset {' '.join(names)}")]


def _data(verdict: Verdict, parts: Any, pair: FoundPair | None, answer: Answer | None) -> dict[str, Any]:
    from ..livekit.tokencheck import report

    first = verdict.problems[0] if verdict.problems else None
    data: dict[str, Any] = {
        "server_version": verdict.rules.version,
        "accepted": verdict.accepted if pair else None,
        "status": first.status if first else None if verdict.unsure else 200,
        "reason": first.id if first else None,
        "said": first.said if first else None,
        "identity": verdict.identity or None,
        "room": verdict.room or None,
        "key": pair.pair.key if pair else None,
        "key_origin": pair.key_origin if pair else None,
        "header": None if isinstance(parts, str) else report.plain(parts.header),
        "claims": None if isinstance(parts, str) else report.plain(parts.payload),
        "online": None,
    }
    if answer is not None:
        data["online"] = {
            "url": answer.url,
            "status": answer.status or None,
            "said": answer.said,
            "error": answer.error or None,
            "clock_skew_s": None if answer.skew is None else round(answer.skew, 1),
        }
    return report.printable(data)  # type: ignore[no-any-return]
