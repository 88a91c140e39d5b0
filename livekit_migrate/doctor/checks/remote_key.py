"""The key: does the server take a token that is signed with it?"""

from __future__ import annotations

import time
from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import URL, Check, Fault
from ._remote import BOUND, as_mine, climb, no_key, pair, waited


def _run(context: Context) -> Iterator[Finding]:
    from ...stack.health.credentials import CREDENTIALS
    from ...stack.health.rungs import token

    key = pair(context)
    if key is None:
        yield CHECK.found("info", "no key was given, so what needs one was not tried", fix=no_key(context))
        return
    way = climb(context, 2.5)
    way.rung, way.label = token.NAME, token.TITLE
    start = time.monotonic()
    found = token.look(way)
    reason = found.evidence.get("reason")
    if reason == "timeout":
        waited(context, start)
    if found.status == "ok":
        yield CHECK.ok(f"the server takes tokens of {key.key}", **found.evidence)
    elif reason == "clock":
        yield as_mine(CHECK, found, cause="remote.clock")
    elif reason in CREDENTIALS:
        yield _mismatch(found, key.key)
    else:
        yield as_mine(CHECK, found)


def _mismatch(found: Finding, key: str) -> Finding:
    other = found.evidence["reason"] == "secret-differs"
    said = found.evidence.get("message", "")
    return CHECK.found(
        "fail",
        f"401: the key is not this server's: it {'has another secret for' if other else 'does not know'} "
        f"{key}",
        f"it says: {said}",
        fix=Fix(
            "put the pair of keys: in the server's livekit.yaml (or its LIVEKIT_KEYS) into LIVEKIT_API_KEY "
            "and "
            "LIVEKIT_API_SECRET of the app; the server reads its keys at start only"
        ),
        **{name: value for name, value in found.evidence.items() if name not in ("path", "path_reason")},
    )


CHECK = Check(
    id="remote.key",
    title="The server takes tokens of this key",
    category="remote",
    order=90,
    run=_run,
    modes=URL,
    network=True,
    seconds=BOUND,
    needs=("remote.http",),
    after=("remote.websocket", "remote.twirp"),
    causes=("remote.websocket",),
    why="An app that signs with another key than the server's gets 401 for every call.",
    source="livekit/agents #1325; the words of livekit-server 1.13.5",
    evidence="`curl -s 'https://NAME/rtc/validate?access_token=TOKEN'`: `success`, or the server's reason.",
    remedy="Use the same pair in the server's keys and in the app's LIVEKIT_API_KEY and LIVEKIT_API_SECRET.",
    faults=(
        Fault(
            "a key from elsewhere",
            "401: the key is not this server's: it does not know …",
            "the browser: `WebSocket connection … failed: HTTP Authentication failed; no valid credentials "
            "available`; the server's log: `invalid API key: …`",
        ),
        Fault(
            "the right key with another secret",
            "401: the key is not this server's: it has another secret for …",
            "the same in the browser; the server's log: `token signature is invalid: signature is invalid`",
        ),
    ),
)
