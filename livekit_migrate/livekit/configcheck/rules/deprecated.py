"""Keys on their way out."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule

INSTEAD = {
    "prometheus_port": "prometheus.port",
    "log_level": "logging.level",
    "rtc.packet_buffer_size": "rtc.packet_buffer_size_video and rtc.packet_buffer_size_audio",
    "rtc.strict_acks": "",
    "rtc.data_channel_max_buffered_amount": "",
    "redis.use_tls": "redis.tls",
    "room.max_metadata_size": "limit.max_metadata_size",
    "room.max_room_name_length": "limit.max_room_name_length",
    "room.max_participant_identity_length": "limit.max_participant_identity_length",
}


def _check(config: Config) -> Iterator[Finding]:
    for key, instead in INSTEAD.items():
        if config.sets(key) and config.get(key):
            beats = instead and config.sets(instead) and key != "redis.use_tls"
            detail = f"and it beats {instead}, which is set too" if beats else ""
            fix = Fix(f"{instead} in its place" if instead else "drop it: it does nothing")
            yield config.found(
                RULE, key, detail, title=f"{key} is deprecated", fix=fix, status="warn" if beats else "info"
            )
    if config.get("node_selector.kind") == "random":
        yield config.found(
            RULE,
            "node_selector.kind",
            "",
            title="node_selector.kind random is deprecated",
            fix=Fix("kind: any"),
            status="info",
        )


RULE = Rule(
    "config.deprecated",
    "warn",
    "A deprecated key",
    "keys that newer ones have replaced",
    "livekit-server pkg/config: Config",
    _check,
)
