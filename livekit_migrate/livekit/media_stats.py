"""What WebRTC's own statistics say of a round trip: packets, loss, and the pair of addresses it took."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def packets(stats: Iterable[Any], kind: str) -> tuple[int, int]:
    """Received and lost packets of a kind."""
    streams = [
        s.inbound_rtp for s in stats if s.HasField("inbound_rtp") and s.inbound_rtp.stream.kind == kind
    ]
    return (
        sum(stream.received.packets_received for stream in streams),
        max(sum(stream.received.packets_lost for stream in streams), 0),
    )


def summary(inbound: list[Any], outbound: list[Any]) -> dict[str, Any]:
    video, video_lost = packets(inbound, "video")
    audio, audio_lost = packets(inbound, "audio")
    lost, total = video_lost + audio_lost, video + audio + video_lost + audio_lost
    return {
        "video_packets": video,
        "audio_packets": audio,
        "lost_packets": lost,
        "loss_percent": round(100 * lost / total, 2) if total else 0.0,
        "publisher": _pair(outbound),
        "subscriber": _pair(inbound, media=True),
    }


def _pair(stats: list[Any], *, media: bool = False) -> dict[str, Any]:
    """The candidate pair that carries media, and its round-trip time.

    Args:
        media: of several connections the one with an incoming stream.
    """
    from livekit import rtc  # noqa: F401 - loads the enum tables below
    from livekit.rtc._proto import stats_pb2

    streams = (
        [s.inbound_rtp for s in stats if s.HasField("inbound_rtp")]
        if media
        else [s.outbound_rtp for s in stats if s.HasField("outbound_rtp")]
    )
    wanted = {stream.stream.transport_id for stream in streams}
    chosen = {
        s.transport.transport.selected_candidate_pair_id
        for s in stats
        if s.HasField("transport") and (not wanted or s.transport.rtc.id in wanted)
    }
    pairs = [
        s.candidate_pair for s in stats if s.HasField("candidate_pair") and s.candidate_pair.rtc.id in chosen
    ]
    if not pairs:
        return {}
    pair = max(pairs, key=lambda one: one.candidate_pair.packets_received + one.candidate_pair.packets_sent)
    local = {
        s.local_candidate.rtc.id: s.local_candidate.candidate for s in stats if s.HasField("local_candidate")
    }
    remote = {
        s.remote_candidate.rtc.id: s.remote_candidate.candidate
        for s in stats
        if s.HasField("remote_candidate")
    }

    def shown(candidate: Any) -> dict[str, Any]:
        if candidate is None:
            return {}
        kind = stats_pb2.IceCandidateType.Name(candidate.candidate_type).lower()
        return {
            "type": kind,
            "protocol": candidate.protocol,
            "address": candidate.address,
            "port": candidate.port,
        }

    return {
        "local": shown(local.get(pair.candidate_pair.local_candidate_id)),
        "remote": shown(remote.get(pair.candidate_pair.remote_candidate_id)),
        "rtt_ms": round(pair.candidate_pair.current_round_trip_time * 1000, 2),
    }
