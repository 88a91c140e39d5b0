"""One media round trip as a finding: what was counted, and over which pair of addresses it went."""

from __future__ import annotations

from typing import Any

from ...core.result import Finding, Fix
from ...livekit import media
from .ladder import Climb

_LOSS_PERCENT = 5.0
_RTT_MS = 400.0
_STAGES = {
    "connect": "two participants do not get connected",
    "publish": "the publisher is connected, but publishing gets no answer",
    "video": "both are connected and published, but too little video arrives",
    "audio": "video arrives, audio does not",
}


def round_trip(climb: Climb, mode: media.Mode) -> Finding:
    """Publish video and audio, subscribe with a second participant, count what arrives."""
    if not media.installed():
        return climb.finding(
            "skip",
            "not tried: the WebRTC library is not installed",
            "media was not proven; all below was",
            fix=Fix(media.INSTALL_TEXT, media.INSTALL),
        )
    if climb.probe is None:
        climb.probe = media.MediaProbe()
    ask = media.Ask(
        climb.endpoint,
        climb.target.local,
        publisher=climb.token("lkm-health-publisher", room_join=True, can_publish=True, can_subscribe=False),
        subscriber=climb.token("lkm-health-subscriber", room_join=True, hidden=True, can_publish=False),
        mode=mode,
        timeout=climb.media_timeout,
    )
    try:
        found = climb.probe.ask(ask)
    except media.ProbeError as error:
        climb.probe.close()
        climb.probe = None
        return climb.finding(
            "fail",
            str(error).splitlines()[0],
            str(error),
            fix=Fix("try it again, with more time", climb.again("--timeout", "60s")),
        )
    return _judge(climb, mode, found)


def _judge(climb: Climb, mode: media.Mode, found: dict[str, Any]) -> Finding:
    facts = {key: value for key, value in found.items() if key not in ("ok", "path", "error")}
    if not found["ok"]:
        counted = f"{found['frames']} video frames had arrived; " if found["stage"] == "video" else ""
        return climb.finding(
            "fail",
            _STAGES.get(found["stage"], "the round trip fails"),
            counted + found["error"],
            fix=climb.own_fix("look at what the server says of these participants", "lkm logs"),
            **facts,
        )
    subscriber, publisher = found["subscriber"], found["publisher"]
    rtt = max(subscriber.get("rtt_ms", 0.0), publisher.get("rtt_ms", 0.0))
    over = _over(subscriber)
    facts |= {"rtt_ms": rtt, "over": over}
    wrong = [p for p in (publisher, subscriber) if not _as_asked(mode, p)]
    if wrong:
        return climb.finding(
            "fail",
            f"media flows, but over {_over(wrong[0])} and not as asked",
            fix=Fix("this is a bug in lkm: please report it"),
            **facts,
        )
    text = (
        f"{found['frames']} frames (first {found['first_frame_ms'] / 1000:.1f} s), "
        f"{found['video_packets'] + found['audio_packets']} packets, "
        f"RTT {f'{rtt:.0f}' if rtt >= 1 else '<1'} ms, loss {found['loss_percent']:g} %"
        # UDP is what everybody expects; on the forced rungs the title says it.
        + (f", over {over}" if mode == "all" and over != "UDP" else "")
    )
    if found["loss_percent"] > _LOSS_PERCENT or rtt > _RTT_MS:
        return climb.finding(
            "warn",
            text,
            "a call over this way is hard to follow",
            fix=Fix("look at the network between here and the server", climb.again("-v")),
            **facts,
        )
    return climb.finding("ok", text, **facts)


def _as_asked(mode: media.Mode, pair: dict[str, Any]) -> bool:
    local = pair.get("local", {})
    if mode == "tcp":
        return bool(local.get("protocol") == "tcp" and local.get("type") != "relay")
    return mode != "relay" or local.get("type") == "relay"


def _over(pair: dict[str, Any]) -> str:
    local = pair.get("local", {})
    if local.get("type") == "relay":
        return "TURN"
    return str(local.get("protocol", "an unknown path")).upper()
