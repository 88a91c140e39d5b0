"""The paragraph at the end of `lkm doctor --url`: what works, what does not, why most likely, what to "
"change."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.endpoint import parse_url
from ..core.result import Finding
from .context import Context
from .diagnosis import Cause, Diagnosis

# What holds when a check is fine, as a person says it.
_WORKS = {
    "remote.dns": "the name",
    "remote.tcp": "the port",
    "remote.tls": "the certificate",
    "remote.http": "HTTP",
    "remote.websocket": "the WebSocket",
    "remote.twirp": "the server API",
    "remote.key": "the key",
    "remote.clock": "the clock",
    "remote.join": "joining",
    "remote.udp": "media over UDP",
    "remote.media-tcp": "media over TCP",
    "remote.turn": "TURN",
}

_MEDIA = {"remote.udp", "remote.media-tcp", "remote.turn"}


def paragraph(context: Context, diagnosis: Diagnosis) -> str:
    """One paragraph that a person can act on."""
    where = parse_url(context.asked.url or "")
    works = _works(diagnosis, secure=where.secure)
    parts = [f"{where.ws}: {works}." if works else f"{where.ws}:"]
    problems = [cause for cause in diagnosis.problems if cause.finding.category == "remote"]
    failed = any(finding.status == "fail" for finding in diagnosis.findings)
    late = [finding.id for finding in diagnosis.findings if finding.evidence.get("late")]
    if late and not failed:
        parts.append("Whether calls connect is not known.")
    if problems:
        parts.extend(_wrong(problems, _what_follows(problems[0], diagnosis)))
    elif context.asked.offline:
        parts.append("Nothing was asked of it (--offline).")
    elif late:
        parts.append("Nothing is wrong as far as there was time to look.")
    elif not context.asked.key_from_env:
        parts.append("Nothing is wrong as far as one can see without a key.")
    elif _fine(diagnosis) & _MEDIA:
        parts.append("A call from this machine's network connects.")
    if late:
        parts.append(f"There was no time for {', '.join(late)}: --timeout gives more.")
    elif not failed and (missing := _unseen(context, diagnosis)):
        parts.append(missing)
    return " ".join(parts)


def _works(diagnosis: Diagnosis, *, secure: bool) -> str:
    fine = _fine(diagnosis)
    named = [word for name, word in _WORKS.items() if name in fine and (secure or name != "remote.tls")]
    if not named:
        return ""
    listed = f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
    return f"{listed} {'are' if len(named) > 1 else 'is'} fine"


def _fine(diagnosis: Diagnosis) -> set[str]:
    """Ids of the checks that are all right."""
    fine = {f.id for f in diagnosis.findings if f.status == "ok"}
    return fine - {f.id for f in diagnosis.findings if f.status in ("fail", "warn")}


def _what_follows(cause: Cause, diagnosis: Diagnosis) -> str:
    fine, failed = _fine(diagnosis), cause.status == "fail"
    if fine & _MEDIA:
        return "Calls connect from here, but not " + ("all is well" if failed else "for everybody")
    if any(finding.evidence.get("by_server") for finding in diagnosis.findings):
        return "Calls connect where the server reaches the client by itself, and nowhere else"
    if "remote.websocket" in fine:
        works = cause.finding.id == "remote.twirp" or not failed
        return "Signalling gets through, but" + (" not all is well" if works else " calls do not work")
    return "Calls do not work" if failed else "There is something to mend"


def _wrong(problems: list[Cause], head: str) -> Iterator[str]:
    first = problems[0]
    it = first.finding
    yield f"{head}: {_sentence(it.title)}"
    if symptoms := [s.title for s in first.symptoms if s.status in ("fail", "warn")]:
        yield f"Of that come: {_sentence('; '.join(symptoms))}"
    if it.fix:
        yield f"What to change: {_sentence(_change(it))}"
    if len(problems) > 1:
        others = "; ".join(cause.finding.title for cause in problems[1:])
        yield f"Apart from that: {_sentence(others)}"


def _change(it: Finding) -> str:
    assert it.fix  # noqa: S101 - asked for just above
    text = it.fix.text
    if text.endswith(":"):  # "…; on the server:", with the command below it
        text = text.rpartition(";")[0]
    return f"{text} ({it.fix.command})" if it.fix.command else text


def _unseen(context: Context, diagnosis: Diagnosis) -> str:
    if context.asked.offline or context.asked.key_from_env:
        return ""
    if not any(finding.status == "skip" and finding.id == "remote.join" for finding in diagnosis.findings):
        return ""
    return (
        "A key (LIVEKIT_API_KEY, LIVEKIT_API_SECRET and --key-from-env) would add: whether the server takes "
        "it, its clock and version, the media addresses it advertises, and UDP, TCP and TURN each tried."
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
