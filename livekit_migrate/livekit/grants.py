"""What a token can allow: every grant and the presets, as data; options and help are made from it.

Source: `VideoGrants`, `SIPGrants`, `InferenceGrants`, `ObservabilityGrants` of livekit-api 1.2.2; what a
grant does was read in, and tried on, livekit-server 1.13.5. The Cloud-only grants (`agent.admin`,
`agentEndpoint`, `agentThread`) are left out: a self-hosted server has nothing that asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple


class Grant(NamedTuple):
    """One grant.

    Args:
        name: ours, and livekit-api's field: ``can_publish``; outside ``video`` with its section before it.
        section: the claim it lies in: ``video``, ``sip``, ``inference``, ``observability``.
        claim: its name in the token.
        kind: a yes or no, a text, or a list of track sources.
        option: as typed, without dashes.
        alone: makes a token useful that names no room.
    """

    name: str
    section: str
    claim: str
    kind: Literal["flag", "text", "sources"]
    option: str
    help: str
    alone: bool = False


# In livekit-api's order: a token has the same bytes then.
GRANTS: tuple[Grant, ...] = (
    Grant("room_create", "video", "roomCreate", "flag", "room-create", "Create and delete rooms, any.", True),
    Grant("room_list", "video", "roomList", "flag", "room-list", "List the rooms, all.", True),
    Grant("room_record", "video", "roomRecord", "flag", "room-record", "Start and stop egress.", True),
    Grant("room_admin", "video", "roomAdmin", "flag", "room-admin", "Moderate the room: list, mute, remove."),
    Grant("room_join", "video", "roomJoin", "flag", "room-join", "Join the room (default with --room)."),
    Grant(
        "destination_room",
        "video",
        "destinationRoom",
        "text",
        "destination-room",
        "With --room-admin: the room to which participants may be moved or forwarded.",
    ),
    Grant("can_publish", "video", "canPublish", "flag", "can-publish", "Publish tracks (default)."),
    Grant(
        "can_subscribe", "video", "canSubscribe", "flag", "can-subscribe", "Subscribe to tracks (default)."
    ),
    Grant("can_publish_data", "video", "canPublishData", "flag", "can-publish-data", "Send data (default)."),
    Grant(
        "can_publish_sources",
        "video",
        "canPublishSources",
        "sources",
        "can-publish-sources",
        "Publish these sources only: camera, microphone, screen_share, screen_share_audio (with commas).",
    ),
    Grant(
        "can_update_own_metadata",
        "video",
        "canUpdateOwnMetadata",
        "flag",
        "can-update-own-metadata",
        "Change one's own name, metadata and attributes.",
    ),
    Grant("ingress_admin", "video", "ingressAdmin", "flag", "ingress-admin", "Manage ingress, any.", True),
    Grant("hidden", "video", "hidden", "flag", "hidden", "Be invisible to the other participants."),
    Grant("recorder", "video", "recorder", "flag", "recorder-grant", "Count as a recorder (deprecated)."),
    Grant("agent", "video", "agent", "flag", "agent-grant", "Register as an agent worker.", True),
    Grant(
        "can_manage_agent_session",
        "video",
        "canManageAgentSession",
        "flag",
        "can-manage-agent-session",
        "Manage an agent's session.",
    ),
    Grant(
        "can_subscribe_metrics",
        "video",
        "canSubscribeMetrics",
        "flag",
        "can-subscribe-metrics",
        "Subscribe to the participants' metrics.",
    ),
    Grant("sip_admin", "sip", "admin", "flag", "sip-admin", "Manage SIP trunks and dispatch rules.", True),
    Grant("sip_call", "sip", "call", "flag", "sip-call", "Make outbound SIP calls.", True),
    Grant("inference_perform", "inference", "perform", "flag", "inference", "Perform inference.", True),
    Grant(
        "observability_write",
        "observability",
        "write",
        "flag",
        "observability",
        "Write observability data.",
        True,
    ),
)
BY_NAME: Mapping[str, Grant] = {grant.name: grant for grant in GRANTS}

SOURCES = ("camera", "microphone", "screen_share", "screen_share_audio")
KINDS = ("standard", "egress", "ingress", "sip", "agent")

# What livekit-api always writes in a section, asked for or not. A canPublish that is missing means yes.
SECTION_DEFAULTS: Mapping[str, Mapping[str, bool]] = {
    "video": {"canPublish": True, "canSubscribe": True, "canPublishData": True},
    "sip": {"admin": False, "call": False},
    "inference": {"perform": False},
    "observability": {"write": False},
}


class Preset(NamedTuple):
    """Grants under one name. ``kind`` is the participant's kind, ``needs_room`` False lets it go without."""

    name: str
    help: str
    grants: Mapping[str, bool]
    kind: str = ""
    needs_room: bool = True


PRESETS: tuple[Preset, ...] = (
    Preset(
        "publisher",
        "Join, publish, subscribe, send data: what --room alone gives.",
        {"room_join": True, "can_publish": True, "can_subscribe": True, "can_publish_data": True},
    ),
    Preset(
        "subscriber",
        "Join and subscribe; no tracks, no data.",
        {"room_join": True, "can_publish": False, "can_subscribe": True, "can_publish_data": False},
    ),
    Preset(
        "admin",
        "As --publisher, and moderate this one room; for all rooms add --room-create --room-list.",
        {
            "room_admin": True,
            "room_join": True,
            "can_publish": True,
            "can_subscribe": True,
            "can_publish_data": True,
        },
    ),
    Preset(
        # As livekit/protocol builds the tokens of egress (egress/token.go).
        "recorder",
        "Join hidden, subscribe only, as egress does.",
        {
            "room_join": True,
            "can_publish": False,
            "can_subscribe": True,
            "can_publish_data": False,
            "hidden": True,
            "recorder": True,
        },
        kind="egress",
    ),
    Preset(
        "agent",
        "An agent: without --room register as a worker; with --room also join it as one.",
        {
            "room_join": True,
            "can_publish": True,
            "can_subscribe": True,
            "can_publish_data": True,
            "can_update_own_metadata": True,
            "agent": True,
        },
        kind="agent",
        needs_room=False,
    ),
)
