"""The media round trip, in a process of its own, which ``media.MediaProbe`` starts.

The native WebRTC library needs more than a minute to give up when media is blocked, writes to stderr as it
likes, and cannot be interrupted. So it lives in a child that can be killed. One JSON document per line on
stdin asks (tokens travel here, never on the command line), one per line on stdout answers; at the end of
stdin the child ends, so that it never outlives whoever started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import sys
import threading
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from ..core.endpoint import parse_url, route_to
from .media_stats import packets, summary
from .tunnel import Tunnel

if TYPE_CHECKING:
    from livekit import rtc

_WIDTH, _HEIGHT, _FPS = 320, 180, 30
_RATE = 48_000
_FRAMES = 10
"""Video frames that must arrive."""
_PACKETS = 5
"""Audio packets that must arrive."""
_LOOK_SECONDS = 0.25


class _Watch:
    """How far the round trip has come: what is told when the time is up."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self.stage = "connect"
        self.frames = 0
        self.first_frame_ms: float | None = None
        self.size = ""
        self.enough = asyncio.Event()

    def elapsed_ms(self) -> float:
        return round((time.monotonic() - self.start) * 1000, 1)

    def frame(self, width: int, height: int) -> None:
        self.frames += 1
        if self.first_frame_ms is None:
            self.first_frame_ms = self.elapsed_ms()
            self.size = f"{width}x{height}"
        if self.frames >= _FRAMES:
            self.enough.set()


async def probe(ask: dict[str, Any]) -> dict[str, Any]:
    """One round trip.

    Args:
        ask: ``url``, ``local``, ``publisher`` and ``subscriber`` (tokens), ``mode`` (``all``, ``tcp``,
            ``relay``), ``timeout`` (seconds).

    Returns:
        ``ok``, ``stage``, ``error`` and what was counted.
    """
    endpoint = parse_url(ask["url"])
    route = route_to(endpoint, local=ask["local"], env=_ENV)
    mode = ask["mode"]
    watch = _Watch()
    through = contextlib.ExitStack()
    if endpoint.secure or route.proxy or mode == "tcp":
        tunnel = through.enter_context(
            Tunnel(endpoint, route, timeout=ask["timeout"], tcp_only=mode == "tcp")
        )
        url = tunnel.url
    else:
        tunnel, url = None, endpoint.ws
    with through:
        try:
            trip = _round_trip(url, ask, mode, watch, offline=endpoint.loopback)
            found = await within(ask["timeout"], trip)
        except TimeoutError:
            found = {"ok": False, "error": f"nothing more within {ask['timeout']:g} s"}
        except Exception as error:  # the library raises plain ones
            found = {
                "ok": False,
                "error": getattr(error, "message", "") or str(error) or type(error).__name__,
            }
        if tunnel and tunnel.error and not found["ok"]:
            found["error"] = f"{found['error']}; on the way to the server: {tunnel.error}"
    return found | {
        "stage": watch.stage,
        "frames": watch.frames,
        "first_frame_ms": watch.first_frame_ms,
        "size": watch.size,
        "elapsed_ms": watch.elapsed_ms(),
        "path": str(route),
    }


async def within(seconds: float, work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """What the work comes to, or TimeoutError: as ``asyncio.timeout``, but by looks and not by the clock.

    While this machine stands still (a laptop that sleeps, a virtual machine that gets no processor), no media
    can flow either; that would be called the server's fault.
    """
    task, left = asyncio.ensure_future(work), seconds
    try:
        while left > 0:
            begun = time.monotonic()
            await asyncio.wait({task}, timeout=min(left, _LOOK_SECONDS))
            if task.done():
                return task.result()
            left -= min(time.monotonic() - begun, 2 * _LOOK_SECONDS)
        raise TimeoutError
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


async def _round_trip(
    url: str, ask: dict[str, Any], mode: str, watch: _Watch, *, offline: bool
) -> dict[str, Any]:
    from livekit import rtc

    publisher, subscriber = rtc.Room(), rtc.Room()
    tasks: list[asyncio.Task[None]] = []

    def subscribed(track: Any, *_: Any) -> None:
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            tasks.append(asyncio.ensure_future(_count(rtc.VideoStream(track), watch)))

    subscriber.on("track_subscribed", subscribed)
    options = _options(mode, ask["timeout"], offline=offline)
    try:
        await asyncio.gather(
            publisher.connect(url, ask["publisher"], options),
            subscriber.connect(url, ask["subscriber"], options),
        )
        connected_ms = watch.elapsed_ms()
        watch.stage = "publish"
        video, audio = rtc.VideoSource(_WIDTH, _HEIGHT), rtc.AudioSource(_RATE, 1)
        tasks += [asyncio.ensure_future(_film(video)), asyncio.ensure_future(_hum(audio))]
        await asyncio.gather(
            publisher.local_participant.publish_track(
                rtc.LocalVideoTrack.create_video_track("lkm-video", video),
                rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False),
            ),
            publisher.local_participant.publish_track(
                rtc.LocalAudioTrack.create_audio_track("lkm-audio", audio),
                rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE),
            ),
        )
        watch.stage = "video"
        await watch.enough.wait()
        watch.stage = "audio"
        inbound, outbound = await _stats(subscriber, publisher)
        while packets(inbound, "audio")[0] < _PACKETS:
            await asyncio.sleep(0.05)
            inbound, outbound = await _stats(subscriber, publisher)
        watch.stage = "done"
        return {"ok": True, "connect_ms": connected_ms, **summary(inbound, outbound)}
    finally:
        for task in tasks:
            task.cancel()
        # Bounded: a room that never connected hangs here, too.
        with contextlib.suppress(Exception):
            await asyncio.wait_for(asyncio.gather(publisher.disconnect(), subscriber.disconnect()), 1)


def _options(mode: str, timeout: float, *, offline: bool) -> rtc.RoomOptions:
    from livekit import rtc

    config = rtc.RtcConfiguration()
    if mode == "relay":
        config.ice_transport_type = rtc.IceTransportType.TRANSPORT_RELAY
    elif offline:
        # Without TURN the server names public STUN servers; a server on this machine needs none of them.
        config.ice_servers = [rtc.IceServer(urls=["stun:127.0.0.1:9"])]
    return rtc.RoomOptions(
        rtc_config=config,
        connect_timeout=timeout,
        # /rtc/v1 packs the first offer into the URL, where the tunnel could not edit it.
        single_peer_connection=False if mode == "tcp" else None,
    )


async def _count(stream: Any, watch: _Watch) -> None:
    async for event in stream:
        watch.frame(event.frame.width, event.frame.height)


async def _film(source: rtc.VideoSource) -> None:
    """Frames that change, so that the encoder has something to send."""
    from livekit import rtc

    luma, chroma = _WIDTH * _HEIGHT, _WIDTH * _HEIGHT // 2
    shade = 0
    while True:
        shade = (shade + 8) % 224
        data = bytes([16 + shade]) * luma + bytes([128]) * chroma
        source.capture_frame(rtc.VideoFrame(_WIDTH, _HEIGHT, rtc.VideoBufferType.I420, bytearray(data)))
        await asyncio.sleep(1 / _FPS)


async def _hum(source: rtc.AudioSource) -> None:
    """A tone of 440 Hz: Opus sends next to nothing for silence."""
    import array

    from livekit import rtc

    samples = _RATE // 100
    at = 0
    while True:
        wave = array.array(
            "h", (int(8000 * math.sin(2 * math.pi * 440 * (at + i) / _RATE)) for i in range(samples))
        )
        at += samples
        await source.capture_frame(rtc.AudioFrame(wave.tobytes(), _RATE, 1, samples))


async def _stats(subscriber: rtc.Room, publisher: rtc.Room) -> tuple[list[Any], list[Any]]:
    inbound, outbound = await asyncio.gather(subscriber.get_rtc_stats(), publisher.get_rtc_stats())
    return (
        [*inbound.publisher_stats, *inbound.subscriber_stats],
        [*outbound.publisher_stats, *outbound.subscriber_stats],
    )


# What this process was started with. The library reads the proxy variables itself, and by other rules:
# they are taken from it, and the way is decided here.
_ENV = dict(os.environ)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def main() -> None:
    """Answer requests until stdin ends."""
    for name in list(os.environ):
        if name.lower() in _PROXIES:
            del os.environ[name]
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever native code prints is not an answer
    try:
        from livekit import rtc  # noqa: F401
    except ImportError as error:
        out.write(json.dumps({"ready": False, "error": str(error)}) + "\n")
        out.flush()
        return
    loop = asyncio.new_event_loop()
    asks: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(asks.put_nowait, json.loads(line))
        os._exit(0)  # the library's threads would not let go

    async def serve() -> None:
        while True:
            answer = await probe(await asks.get())
            out.write(json.dumps(answer) + "\n")
            out.flush()

    out.write(json.dumps({"ready": True}) + "\n")
    out.flush()
    asyncio.set_event_loop(loop)
    threading.Thread(target=read, daemon=True).start()
    loop.run_until_complete(serve())
