"""How each version of livekit-server reads a token: library, claims and limits, as data.

Source: the go.mod, `pkg/service`, `pkg/config` of livekit-server at every tag from 1.8.0 to 1.13.5, and
`auth/` of the livekit/protocol commit that each names. Of 1.13.6 the go.mod and that commit (17c16cf) were
read; it was not run. What was run is in tests/contract/test_verify_server.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from ...core.errors import UsageError
from ..tokens import LARGEST_ATTRIBUTES, LARGEST_METADATA, LONGEST_NAME

Release = tuple[int, int, int]
Kind = Literal["text", "flag", "maybe", "texts", "map", "date", "audience", "room", "struct"]
"""``maybe`` is a flag that tells "not said" from "no"."""

OLDEST: Release = (1, 8, 0)
NEWEST: Release = (1, 13, 6)
"""The last release whose rules were read; a later one is taken to have the same."""
LEEWAY = 60
"""Seconds of difference between clocks that every version allows."""
LARGEST_TOKEN = 1 << 20
"""Bytes: Go's limit for a request's header, in which the token stands; above it the answer is 431."""


class Claim(NamedTuple):
    """One claim: what the server decodes it into, and in which releases it knows it at all."""

    kind: Kind
    since: Release = OLDEST
    before: Release = (999, 0, 0)
    section: str = ""


REGISTERED: Mapping[str, Claim] = {
    "iss": Claim("text"),
    "sub": Claim("text"),
    "aud": Claim("audience"),
    "exp": Claim("date"),
    "nbf": Claim("date"),
    "iat": Claim("date"),
    "jti": Claim("text"),
}
GRANTS: Mapping[str, Claim] = {
    "identity": Claim("text", since=(1, 9, 1)),
    "name": Claim("text"),
    "kind": Claim("text"),
    "kindDetails": Claim("texts", since=(1, 9, 4)),
    "video": Claim("struct", section="video"),
    "sip": Claim("struct", section="sip"),
    "agent": Claim("struct", since=(1, 9, 0), section="agent"),
    "inference": Claim("struct", since=(1, 9, 1), section="inference"),
    "observability": Claim("struct", since=(1, 9, 2), section="observability"),
    "roomConfig": Claim("room", since=(1, 8, 2)),
    "roomPreset": Claim("text", since=(1, 8, 2)),
    "sha256": Claim("text"),
    "metadata": Claim("text"),
    "attributes": Claim("map"),
}
SECTIONS: Mapping[str, Mapping[str, Claim]] = {
    "video": {
        "roomCreate": Claim("flag"),
        "roomList": Claim("flag"),
        "roomRecord": Claim("flag"),
        "roomAdmin": Claim("flag"),
        "roomJoin": Claim("flag"),
        "room": Claim("text"),
        "canPublish": Claim("maybe"),
        "canSubscribe": Claim("maybe"),
        "canPublishData": Claim("maybe"),
        "canPublishSources": Claim("texts"),
        "canUpdateOwnMetadata": Claim("maybe"),
        "ingressAdmin": Claim("flag"),
        "hidden": Claim("flag"),
        "recorder": Claim("flag"),
        "agent": Claim("flag"),
        "canSubscribeMetrics": Claim("maybe"),
        "canManageAgentSession": Claim("maybe", since=(1, 12, 0)),
        "destinationRoom": Claim("text", since=(1, 9, 0)),
        "roomConfiguration": Claim("text", before=(1, 8, 2)),
    },
    "sip": {"admin": Claim("flag"), "call": Claim("flag")},
    "agent": {
        "admin": Claim("flag"),
        "createSimulation": Claim("flag", since=(1, 9, 12), before=(1, 11, 0)),
        "simulationAdmin": Claim("flag", since=(1, 11, 0)),
        "databaseAdmin": Claim("flag", since=(1, 13, 6)),
    },
    "inference": {"perform": Claim("flag")},
    "observability": {"write": Claim("flag")},
}
ROOM_FIELDS_SINCE: Mapping[str, Release] = {
    # Fields of a room configuration that are younger than 1.8.2. Servers before 1.12.0 refuse a token with
    # a field that they do not know.
    "livekit.RoomConfiguration.metadata": (1, 9, 1),
    "livekit.RoomConfiguration.tags": (1, 10, 1),
    "livekit.RoomCompositeEgressRequest.audio_mixing": (1, 8, 4),
    "livekit.RoomCompositeEgressRequest.webhooks": (1, 9, 0),
    "livekit.S3Upload.assume_role_arn": (1, 9, 1),
    "livekit.S3Upload.assume_role_external_id": (1, 9, 1),
    "livekit.WebhookConfig.filter_params": (1, 9, 2),
    "livekit.RoomAgentDispatch.restart_policy": (1, 10, 1),
    "livekit.RoomAgentDispatch.deployment": (1, 12, 0),
    "livekit.RoomAgentDispatch.attributes": (1, 13, 2),
    "livekit.StreamOutput.destinations": (1, 14, 0),
}


class Rules(NamedTuple):
    """What one release of the server does.

    Args:
        library: ``golang-jwt`` since 1.13.0; before it ``go-jose``, which knows two more algorithms, wants
            names in their exact case and no name twice, and looks at ``iat``.
        needs_exp: a token without ``exp`` is refused.
        needs_room: a token without a room is refused; older servers took it from the URL.
        join_sizes: metadata and attributes are measured, when joining only (not by /rtc/validate).
        lenient_room: unknown fields of ``roomConfig`` are passed over.
    """

    release: Release
    library: Literal["golang-jwt", "go-jose"]
    needs_exp: bool
    needs_room: bool
    join_sizes: bool
    lenient_room: bool

    @property
    def version(self) -> str:
        return ".".join(map(str, self.release))

    @property
    def algorithms(self) -> tuple[str, ...]:
        return ("HS256",) if self.library == "golang-jwt" else ("HS256", "HS384", "HS512")

    def known(self, claims: Mapping[str, Claim]) -> dict[str, Claim]:
        """The claims that this release decodes; all others it passes over unseen."""
        return {name: claim for name, claim in claims.items() if claim.since <= self.release < claim.before}


LONGEST_IDENTITY = LONGEST_ROOM = LONGEST_NAME
METADATA, ATTRIBUTES = LARGEST_METADATA, LARGEST_ATTRIBUTES


def rules_for(version: str) -> Rules:
    """The rules of a release such as ``1.13.5``.

    Raises:
        UsageError: it is no version, or older than 1.8.0.
    """
    match = re.fullmatch(r"v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})", version, re.ASCII)
    if match is None:
        raise UsageError(
            f"--server-version {version}: not a version", code="token.version", hint="such as 1.13.5"
        )
    release = (int(match[1]), int(match[2]), int(match[3]))
    if release < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise UsageError(
            f"--server-version {version}: nothing is known about servers before {oldest}",
            code="token.version",
            hint="--online asks the server itself",
        )
    return Rules(
        release,
        "golang-jwt" if release >= (1, 13, 0) else "go-jose",
        needs_exp=release >= (1, 13, 6),
        needs_room=release >= (1, 9, 1),
        join_sizes=release >= (1, 13, 2),
        lenient_room=release >= (1, 12, 0),
    )
