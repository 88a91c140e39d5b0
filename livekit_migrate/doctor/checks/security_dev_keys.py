"""Keys that everybody knows."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.errors import LkmError
from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault
from .config_public_address import public_urls


def _run(context: Context) -> Iterator[Finding]:
    from ...core.secret import PLACEHOLDERS
    from ...livekit.keys import SHORTEST_SECRET, find_pair

    try:
        found = find_pair(context.settings, context.env)
    except LkmError as error:
        yield CHECK.skip(error.message)
        return
    secret = found.pair.secret.reveal()
    file, _, line = found.secret_origin.rpartition(":")
    place = Location(file, int(line)) if line.isdigit() else None
    fix = Fix("make a pair of its own; then restart the server", "lkm keys new --force")
    if secret.lower() in PLACEHOLDERS:
        yield CHECK.found(
            "fail" if public_urls(context) else "warn",
            f"the API secret is one that everybody knows ({found.pair.key} of the examples)",
            "whoever reaches the server can sign tokens for it",
            at=place,
            fix=fix,
            key=found.pair.key,
        )
    elif len(secret) < SHORTEST_SECRET:
        yield CHECK.found(
            "warn",
            f"the API secret has {len(secret)} characters: it can be guessed, and the server logs an error",
            f"the server asks for {SHORTEST_SECRET}",
            id="security.short-secret",
            at=place,
            fix=fix,
            characters=len(secret),
        )
    else:
        yield CHECK.ok(f"the API secret has {len(secret)} characters", key=found.pair.key)


CHECK = Check(
    id="security.dev-keys",
    title="The API secret cannot be guessed",
    category="security",
    order=20,
    needs=("env.file",),
    run=_run,
    why="Tokens are signed with it (HS256): a short or well-known secret is found by trying, offline.",
    source="livekit-server v1.13.5: secret is too short, should be at least 32 characters",
    evidence="docker logs: secret is too short; `devkey: secret` in the configuration.",
    remedy="`lkm keys new --force` makes one of 256 bits; restart the server.",
    faults=(
        Fault(
            "devkey and secret",
            "the API secret is one that everybody knows (…)",
            "`livekit-server --dev` prints it",
        ),
        Fault("a short secret", "the API secret has … characters", "docker logs: secret is too short"),
    ),
)
