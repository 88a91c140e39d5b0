"""What a token gives away: it is signed, not encrypted, and the server shows its metadata to the room."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...core.result import Finding
from . import rules
from .facts import Facts, finding
from .gojson import Object
from .words import safe

_EMAIL = r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,5}\.[A-Za-z]{2,24}"
_GUARDED = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b"
    r"|\bsk[-_](?:live|test|proj|ant)[-_A-Za-z0-9]{8,}|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bxox[abpr]-[A-Za-z0-9-]{10,}|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\."
    r"|[\"']?(?:password|passwd|secret|api_?key|private_?key|access_?token|refresh_?token)[\"']?\s*[:=]\s*[\"']?[^\s\"',}]{4,}"
)


def contents(facts: Facts) -> Iterator[Finding]:
    """What everybody in the room gets to read."""
    values = facts.decoded.values
    texts = [("metadata", values.get("metadata") or "")]
    texts += [(f"attributes.{name}", text) for name, text in (values.get("attributes") or {}).items()]
    texts += [("name", values.get("name") or ""), ("the identity", values.get("sub") or "")]
    own = [secret for secret in facts.own_secrets if len(secret) >= 6]
    if any(secret in _all_text(facts.payload) for secret in own):
        yield finding(
            "own-secret",
            "fail",
            "it carries the API secret itself: whoever holds the token can read it",
            fix="replace the pair, and mend what makes the tokens",
            command="lkm keys new --force",
        )
    for where, text in texts:
        if not (head := text[:20_000]):
            continue
        if re.search(_GUARDED, head, re.IGNORECASE):
            yield finding(
                "secret",
                "warn",
                f"{safe(where)} holds what looks like a secret",
                "a token is signed, not encrypted, and everybody in the room sees this",
                fix="send an opaque id, and keep what is secret on your servers",
            )
        elif re.search(_EMAIL, head):
            yield finding(
                "email",
                "warn",
                f"{safe(where)} holds an e-mail address",
                "everybody in the room sees it, and so do logs",
                fix="send an opaque id",
            )
    if isinstance(values.get("roomConfig"), Object):
        from .roomconfig import credentials

        if (path := credentials(values["roomConfig"])) is not None:
            yield finding(
                "room-config-credentials",
                "warn",
                f"{safe(path)} puts storage credentials into the participant's hands",
                "the server logs a warning, and will refuse such tokens one day",
                fix="keep credentials in egress's own configuration",
            )
    name = values.get("name") or ""
    if len(name.encode("utf-8", "replace")) > rules.LONGEST_IDENTITY:
        yield finding(
            "name-length",
            "warn",
            f"its name has {len(name.encode('utf-8', 'replace'))} bytes: joining does not measure it, "
            f"changing it later does ({rules.LONGEST_IDENTITY})",
        )


def _all_text(payload: Any) -> str:
    found: list[str] = []
    waiting = [payload]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Object):
            waiting.extend(inner for pair in item for inner in pair)
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str):
            found.append(item)
    return "\n".join(found)
