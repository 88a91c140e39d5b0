"""The findings of `lkm token inspect` and `lkm token verify`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.result import Finding, Fix
from . import gojson
from .claims import Decoded, decode
from .facts import Facts, finding
from .gojson import Number, Object
from .parsing import read_token
from .pasted import Pasted
from .remarks import remarks
from .rules import NEWEST, Rules
from .verdict import Verdict
from .words import safe, span

if TYPE_CHECKING:
    from .online import Answer


class Read(NamedTuple):
    """A token that can be read, whoever would accept it."""

    header: Any
    payload: Any
    signature: bytes
    decoded: Decoded


def read(token: str, by: Rules) -> Read | str:
    """The parts of a JWT; a text says why it is none."""
    parts = read_token(token)
    return parts if isinstance(parts, str) else Read(*parts, decode(parts[1], by))


def stripped(pasted: Pasted) -> list[Finding]:
    if not pasted.stripped:
        return []
    return [finding("stripped", "info", f"taken off before looking: {', '.join(pasted.stripped)}")]


def of_reading(token: str, parts: Read, by: Rules, now: float, own: tuple[str, ...]) -> list[Finding]:
    """What looks wrong about a token, for somebody who only reads it."""
    facts = Facts(token, parts.header, parts.payload, parts.decoded, by, now, own)
    algorithm = parts.header.last("alg") if isinstance(parts.header, Object) else None
    found: list[Finding] = []
    if algorithm not in by.algorithms:
        text = (
            safe(str(algorithm), 20)
            if isinstance(algorithm, str) and not isinstance(algorithm, Number)
            else "none"
        )
        found.append(
            finding("algorithm", "warn", f"alg is {text}; LiveKit takes {', '.join(by.algorithms)} only")
        )
    elif not parts.signature:
        found.append(finding("unsigned", "warn", "it is not signed: no server accepts it"))
    values = parts.decoded.values
    found += [
        finding("claim-type", "warn", f"a server refuses it: {safe(refusal.why)}")
        for refusal in parts.decoded.refusals
    ]
    video = parts.decoded.section("video")
    end, start = values.get("exp"), values.get("nbf")
    if end is not None and now >= end + 60:
        found.append(
            finding(
                "expired",
                "warn",
                f"it expired {span(now - end)} ago",
                fix="make a new one: lkm token --room NAME",
            )
        )
    if start is not None and now < start - 60:
        found.append(finding("not-yet", "warn", f"it is not valid before {span(start - now)} from now"))
    if not values.get("iss"):
        found.append(finding("key-unknown", "warn", "it names no API key (iss)"))
    found += _join(video, values)
    return [*found, *remarks(facts)]


def _join(video: dict[str, Any] | None, values: dict[str, Any]) -> list[Finding]:
    found: list[Finding] = []
    if video is None and not any(values.get(name) for name in ("sip", "agent", "inference", "observability")):
        return [finding("no-grants", "warn", "it grants nothing: it has no video section")]
    if video is None:
        return []
    if video.get("roomJoin"):
        if not (values.get("sub") or values.get("jti")):
            found.append(
                finding("no-identity", "warn", "roomJoin without an identity (sub): the server refuses it")
            )
        if not video.get("room"):
            found.append(finding("no-room", "warn", "roomJoin without a room: the server refuses it"))
    elif not any(
        value
        for name, value in video.items()
        if name.startswith(("room", "ingress", "agent")) and name != "room"
    ):
        found.append(
            finding("no-join", "warn", "it does not grant roomJoin, nor anything else that works without")
        )
    return found


def of_verdict(
    verdict: Verdict,
    token: str,
    parts: Read | str,
    now: float,
    *,
    room: str | None,
    own: tuple[str, ...],
    signed: bool = True,
) -> list[Finding]:
    """The server's verdict, what else is wrong, and what is laxer than wise."""
    by = verdict.rules
    server = f"livekit-server {by.version}"
    found: list[Finding] = []
    if verdict.unsure:
        found.append(
            finding(
                "unsure",
                "fail",
                f"no verdict: {verdict.unsure}",
                fix="ask the server itself",
                command="lkm token verify --online",
            )
        )
    elif verdict.accepted and not signed:
        found.append(finding("verdict", "info", f"but for key and signature {server} has nothing against it"))
    elif verdict.accepted:
        where = f"join room {safe(verdict.room)}" if verdict.room else "join any room"
        found.append(finding("verdict", "ok", f"{server} lets it {where} as {safe(verdict.identity)}"))
    for number, problem in enumerate(verdict.problems):
        said = f"{server} answers {problem.status}: {safe(problem.said, 300)}"
        if number:
            said = f"{server} does not get to this: the first reason ends it"
        if problem.joining and not number:
            said = (
                f"{server} answers {problem.status} to joining, though 200 to /rtc/validate: {problem.said}"
            )
        found.append(
            Finding(
                problem.id,
                "fail",
                problem.title,
                said,
                category="token",
                evidence={"status": problem.status, "said": safe(problem.said, 300)} if not number else {},
                fix=Fix(problem.fix),
            )
        )
    if room is not None and not verdict.unsure and verdict.room != room and (verdict.room or by.needs_room):
        named = f"is for the room {safe(verdict.room)}" if verdict.room else "names no room"
        found.append(
            finding(
                "other-room",
                "fail",
                f"it {named}, not for {safe(room)}",
                "who joins with it comes into that room, whatever room was asked for",
            )
        )
    if not isinstance(parts, str):
        facts = Facts(token, parts.header, parts.payload, verdict.decoded, by, now, own)
        told = {item.id for item in found}
        found += [remark for remark in remarks(facts) if remark.id not in told]
    if by.release > NEWEST:
        newest = ".".join(map(str, NEWEST))
        found.append(
            finding(
                "newer-server", "info", f"{by.version} is newer than what lkm knows: judged as {newest} does"
            )
        )
    return found


def of_answer(answer: Answer, verdict: Verdict | None) -> list[Finding]:
    """The running server's own verdict, and whether it is ours."""
    evidence: dict[str, Any] = {"url": answer.url, "status": answer.status, "said": safe(answer.said, 300)}
    if answer.skew is not None:
        evidence["clock_skew_s"] = round(answer.skew, 1)
    if answer.error:
        first = finding(
            "online",
            "fail",
            f"{answer.url} gives no verdict: {answer.error}",
            fix="is it up?",
            command="lkm health",
        )
        return [first]
    accepted = answer.status == 200 and answer.said == "success"
    livekit = accepted or answer.status in (400, 401, 503) or "room does not exist" in answer.said
    words = safe(answer.said, 300) or "nothing"
    if not livekit:
        title = f"{answer.url} gives no verdict: /rtc/validate answers {answer.status}"
        return [
            replace(
                finding(
                    "online",
                    "fail",
                    title,
                    f"it says: {words}",
                    fix="let the reverse proxy pass /rtc to LiveKit",
                ),
                evidence=evidence,
            )
        ]
    if accepted:
        found = [replace(finding("online", "ok", f"{answer.url} accepts it"), evidence=evidence)]
    else:
        found = [
            replace(
                finding("online", "fail", f"{answer.url} answers {answer.status}: {words}"), evidence=evidence
            )
        ]
    if verdict is None or verdict.unsure or verdict.validated == accepted:
        return found
    why = _why(answer, verdict)
    ours = "accepts" if verdict.validated else "refuses"
    title = f"the two verdicts differ: the rules of {verdict.rules.version} say that it {ours} it"
    return [*found, replace(finding("disagreement", "fail", title, why), evidence=evidence)]


def _why(answer: Answer, verdict: Verdict) -> str:
    if answer.skew is not None and abs(answer.skew) > 30:
        side = "ahead of" if answer.skew > 0 else "behind"
        return f"its clock is {span(abs(answer.skew))} {side} this machine's"
    if answer.said.startswith("invalid API key"):
        return "that server was started with other keys than this project has"
    if "signature" in answer.said or "cryptographic" in answer.said:
        return "that server has another secret for this key"
    if answer.status == 404:
        return "that server makes no rooms by itself (room.auto_create is off), and this one does not exist"
    if answer.status == 503:
        return "that server has reached one of its limits"
    if not verdict.validated and verdict.problems[0].id in ("token.key-unknown", "token.signature"):
        return "that server was started with other keys than this project has"
    return "is it another release (--server-version), or are its limits other than the defaults?"


def plain(value: Any) -> Any:
    """A part of the token for `data`."""
    shown = gojson.plain(value)
    return printable(shown)


def rows(value: Any) -> list[tuple[str, str]]:
    """Names and values of an object, for people: names padded, values as JSON, cut where they are long."""
    import json

    if not isinstance(value, Object):
        return []
    width = min(max((len(safe(name, 40)) for name, _ in value), default=0), 24)
    found: list[tuple[str, str]] = []
    for name, inner in value:
        shown = printable(gojson.plain(inner))
        text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
        found.append((f"{safe(name, 40):<{width}}", safe(text, 300)))
    return found


def printable(value: Any) -> Any:
    """The value without half surrogate pairs, which no output could encode."""
    if isinstance(value, str):
        return re.sub(r"[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, dict):
        return {printable(key): printable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [printable(item) for item in value]
    return value
