"""The data that is made from the server's source is whole, and nothing in it is new to the decoder."""

from __future__ import annotations

import pytest

from livekit_migrate.core.errors import UsageError
from livekit_migrate.livekit.configcheck import schema as schemas

READ_THEMSELVES = {
    "rtcconfig.PortRange",
    "rtcconfig.NodeIP",
    "livekit.RoomConfiguration",
    "livekit.RoomEgress",
}
KINDS = {
    "bool",
    "string",
    "int",
    "uint",
    "float",
    "duration",
    "pointer",
    "slice",
    "map",
    "struct",
    "interface",
}
MESSAGE_KINDS = {
    "bool",
    "string",
    "int32",
    "int64",
    "uint32",
    "uint64",
    "float",
    "double",
    "bytes",
    "enum",
    "message",
}


@pytest.mark.parametrize("version", schemas.versions())
def test_all_that_is_named_is_there(version: str) -> None:
    schema = schemas.load(version)
    assert schema.version == version
    for kind in schema.types.values():
        assert kind.kind in KINDS or (kind.kind == "message" and kind.of in schema.messages), kind
        assert not kind.unmarshal or kind.name in READ_THEMSELVES, kind
        for name in (kind.of, kind.key, *(kind.fields or {}).values()):
            assert not name or name in schema.types or kind.kind == "message", (kind, name)
    for fields in schema.messages.values():
        for field in fields.values():
            assert field["kind"] in MESSAGE_KINDS, field
            assert field["kind"] != "message" or field["of"] in schema.messages
            assert field["kind"] != "enum" or field["of"] in schema.enums


@pytest.mark.parametrize("version", schemas.versions())
def test_every_leaf_has_a_default_and_most_have_a_flag(version: str) -> None:
    schema = schemas.load(version)
    leaves = {path for path, _ in schema.leaves()}
    # What a pointer to a struct holds has no default: redis.tls is none at all.
    assert {path for path in leaves if not path.startswith("redis.tls.")} <= set(schema.defaults)
    set_by_flags = {path for flag in schema.flags for path in flag.sets}
    assert {
        "port",
        "rtc.udp_port",
        "rtc.node_ip",
        "keys",
        "key_file",
        "redis.address",
        "development",
    } <= set_by_flags
    assert {"rtc.tcp_port", "turn.enabled", "logging.level"} <= set_by_flags
    variables = {name for flag in schema.flags for name in flag.env}
    assert {
        "LIVEKIT_CONFIG",
        "LIVEKIT_KEYS",
        "NODE_IP",
        "UDP_PORT",
        "REDIS_HOST",
        "LIVEKIT_RTC_TCP_PORT",
    } <= variables


def test_versions_are_in_order_and_the_nearest_lower_one_speaks() -> None:
    known = schemas.versions()
    assert list(known) == sorted(known, key=schemas.release_of)
    assert schemas.nearest(known[-1]) == known[-1]
    assert schemas.nearest("99.0.0") == known[-1]
    assert schemas.nearest("0.1.0") == known[0]
    assert schemas.nearest("v1.13.5-rc1") == "1.13.5"
    with pytest.raises(UsageError, match="not a version"):
        schemas.nearest("latest")


def test_a_few_types_are_what_the_source_says() -> None:
    schema = schemas.load("1.13.5")
    kinds = {path: (kind.kind, kind.bits) for path, kind in schema.leaves()}
    assert kinds["port"] == ("uint", 32)
    assert kinds["turn.relay_range_start"] == ("uint", 16)
    assert kinds["limit.num_tracks"] == ("int", 32)
    assert kinds["room.create_room_timeout"] == ("duration", 64)
    assert schema.defaults["room.create_room_timeout"] == "10s"
    assert schema.defaults["node_selector.cpu_load_limit"] == 0.9
