"""Tokens against livekit-api: the same bytes for the same input, and its verifier takes them."""

from __future__ import annotations

import base64
import datetime as dt
import json
import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from livekit import api
from livekit.api.access_token import (
    Claims,
    InferenceGrants,
    ObservabilityGrants,
    SIPGrants,
    VideoGrants,
)

from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit import tokens
from livekit_migrate.livekit.grants import GRANTS, KINDS, PRESETS, SECTION_DEFAULTS, SOURCES
from livekit_migrate.livekit.keys import KeyPair

KEY, SECRET = "APIcontract", "contract-secret-0123456789abcdefghijkl"
PAIR = KeyPair(KEY, Secret(SECRET))
CLASSES = {
    "video": VideoGrants,
    "sip": SIPGrants,
    "inference": InferenceGrants,
    "observability": ObservabilityGrants,
}
# Cloud-only, left out on purpose.
LEFT_OUT = {"agent", "agent_endpoint", "agent_thread"}

TEXT = st.text(max_size=20)
GRANT_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "flag": st.booleans(),
    "text": TEXT,
    "sources": st.lists(st.sampled_from(SOURCES), max_size=4),
}
SOME_GRANTS = st.fixed_dictionaries(
    {}, optional={grant.name: GRANT_VALUES[grant.kind] for grant in GRANTS if grant.name != "room_join"}
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "metadata": TEXT,
        "attributes": st.dictionaries(TEXT, TEXT, max_size=3),
        "kind": st.sampled_from(KINDS),
        "sha256": TEXT,
        "room_preset": TEXT,
    },
)


def parts(token: str) -> tuple[dict[str, Any], str]:
    head, body, _ = token.split(".")
    pad = "=" * (-len(body) % 4)
    return json.loads(base64.urlsafe_b64decode(head + "==")), base64.urlsafe_b64decode(body + pad).decode()


def theirs(room: str, identity: str, grants: dict[str, Any], ttl: int, options: dict[str, Any]) -> str:
    token = api.AccessToken(KEY, SECRET).with_identity(identity).with_ttl(dt.timedelta(seconds=ttl))
    given: dict[str, dict[str, Any]] = {section: {} for section in CLASSES}
    for grant in GRANTS:
        if grant.name in grants:
            field = grant.name.removeprefix(f"{grant.section}_") if grant.section != "video" else grant.name
            given[grant.section][field] = grants[grant.name]
    if given["video"] or room:
        token.with_grants(VideoGrants(**given["video"], room=room))
    if given["sip"]:
        token.with_sip_grants(SIPGrants(**given["sip"]))
    if given["inference"]:
        token.with_inference_grants(InferenceGrants(**given["inference"]))
    if given["observability"]:
        token.with_observability_grants(ObservabilityGrants(**given["observability"]))
    for option, value in options.items():
        getattr(token, f"with_{option}")(value)
    return token.to_jwt()


@settings(max_examples=300, deadline=None)
@given(
    st.text(min_size=1, max_size=20),
    st.text(min_size=1, max_size=20),
    st.sampled_from([True, False, None]),
    SOME_GRANTS,
    st.integers(1, 10**9),
    OPTIONS,
)
def test_same_input_same_bytes(  # noqa: PLR0917 - hypothesis draws them in this order
    room: str, identity: str, join: bool | None, grants: dict[str, Any], ttl: int, options: dict[str, Any]
) -> None:
    grants = grants if join is None else {**grants, "room_join": join}
    # Both take the time by themselves: ask again where a second ended between the two.
    for _ in range(100):
        now = int(time.time())
        ours = tokens.mint(PAIR, room=room, identity=identity, grants=grants, ttl=ttl, **options)
        other = theirs(room, identity, grants, ttl, options)
        if int(time.time()) == now:
            break
    assert parts(ours) == parts(other)
    assert ours == other


def test_their_verifier_reads_what_we_meant() -> None:
    for preset in PRESETS:
        token = tokens.mint(PAIR, room="a/b 😀", identity="i", grants=preset.grants, kind=preset.kind)
        claims: Claims = api.TokenVerifier(KEY, SECRET).verify(token)
        assert claims.identity == "i"
        assert claims.kind == preset.kind
        assert claims.video is not None
        assert claims.video.room == "a/b 😀"
        assert {name: getattr(claims.video, name) for name in preset.grants} == preset.grants


def test_a_room_configuration_is_theirs() -> None:
    config = api.RoomConfiguration(empty_timeout=60, agents=[api.RoomAgentDispatch(agent_name="bot")])
    config_json = {"emptyTimeout": 60, "agents": [{"agentName": "bot"}]}
    ours = tokens.mint(PAIR, room="r", identity="i", room_config=config_json)
    other = (
        api.AccessToken(KEY, SECRET)
        .with_identity("i")
        .with_grants(VideoGrants(room_join=True, room="r"))
        .with_room_config(config)
        .to_jwt()
    )
    assert json.loads(parts(ours)[1])["roomConfig"] == json.loads(parts(other)[1])["roomConfig"]
    verified = api.TokenVerifier(KEY, SECRET).verify(ours).room_config
    assert verified == config


def test_the_table_has_every_grant_of_the_library() -> None:
    ours = {(grant.section, grant.name) for grant in GRANTS}
    library = {
        (section, field if section == "video" else f"{section}_{field}")
        for section, kind in CLASSES.items()
        for field in kind.__dataclass_fields__
    }
    assert ours == library - {("video", "room")}
    others = {"identity", "name", "kind", "metadata", "attributes", "sha256", "room_preset", "room_config"}
    assert set(Claims.__dataclass_fields__) == others | set(CLASSES) | LEFT_OUT


def test_the_defaults_are_the_librarys() -> None:
    def camel(name: str) -> str:
        first, *rest = name.split("_")
        return first + "".join(word.capitalize() for word in rest)

    for section, kind in CLASSES.items():
        always = {camel(name): value for name, value in vars(kind()).items() if isinstance(value, bool)}
        assert always == SECTION_DEFAULTS[section]
