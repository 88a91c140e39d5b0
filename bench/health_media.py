"""`lkm health` with media on a warm local server, against a bare script that does the same joins."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .measure import KEY, SECRET, Row, Skipped, environment, interleaved, lkm, ms, program

_WHAT = "`lkm health` with media against a bare script that does the same joins"

# Two participants, one video and one audio track, ten frames and five audio packets counted, as `lkm health`
# does it: written straight on the library, by somebody who wants that and nothing else.
_SCRIPT = """
import asyncio, json, math, os, sys
from livekit import rtc

async def main():
    ask = json.loads(sys.stdin.read())
    publisher, subscriber = rtc.Room(), rtc.Room()
    frames, enough, tasks = [0], asyncio.Event(), []

    async def count(track):
        async for _ in rtc.VideoStream(track):
            frames[0] += 1
            if frames[0] >= 10:
                enough.set()

    @subscriber.on("track_subscribed")
    def subscribed(track, *_):
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            tasks.append(asyncio.ensure_future(count(track)))

    config = rtc.RtcConfiguration()
    config.ice_servers = [rtc.IceServer(urls=["stun:127.0.0.1:9"])]
    options = rtc.RoomOptions(rtc_config=config)
    await asyncio.gather(
        publisher.connect(ask["url"], ask["publisher"], options),
        subscriber.connect(ask["url"], ask["subscriber"], options),
    )
    video, audio = rtc.VideoSource(320, 180), rtc.AudioSource(48000, 1)

    async def film():
        shade = 0
        while True:
            shade = (shade + 8) % 224
            data = bytearray(bytes([16 + shade]) * (320 * 180) + bytes([128]) * (320 * 180 // 2))
            video.capture_frame(rtc.VideoFrame(320, 180, rtc.VideoBufferType.I420, data))
            await asyncio.sleep(1 / 30)

    async def hum():
        wave = b"".join(
            int(8000 * math.sin(i / 17)).to_bytes(2, "little", signed=True) for i in range(480)
        )
        while True:
            await audio.capture_frame(rtc.AudioFrame(wave, 48000, 1, 480))

    tasks += [asyncio.ensure_future(film()), asyncio.ensure_future(hum())]
    await asyncio.gather(
        publisher.local_participant.publish_track(
            rtc.LocalVideoTrack.create_video_track("video", video),
            rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False),
        ),
        publisher.local_participant.publish_track(
            rtc.LocalAudioTrack.create_audio_track("audio", audio),
            rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE),
        ),
    )
    await enough.wait()
    packets = 0
    while packets < 5:
        stats = await subscriber.get_rtc_stats()
        packets = sum(
            s.inbound_rtp.received.packets_received
            for s in (*stats.publisher_stats, *stats.subscriber_stats)
            if s.HasField("inbound_rtp") and s.inbound_rtp.stream.kind == "audio"
        )
        if packets < 5:
            await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(publisher.disconnect(), subscriber.disconnect())
    os._exit(0)

asyncio.run(main())
"""


def run(runs: int) -> list[Row | Skipped]:
    from livekit_migrate.livekit import media

    binary = server()
    if binary is None:
        return [Skipped(_WHAT, "no LiveKit server here: lkm server install")]
    if not media.installed():
        return [Skipped(_WHAT, "the extra media is not installed")]
    with running(binary) as port:
        url = f"ws://127.0.0.1:{port}"
        ask = json.dumps({"url": url, "publisher": _token("publisher"), "subscriber": _token("subscriber")})
        env = environment()
        found = interleaved(
            {
                "script": program((sys.executable, "-c", _SCRIPT), env, stdin=ask),
                "health": program(lkm("health", "--url", url), env),
            },
            runs,
        )
    ratio = found["health"] / found["script"]
    return [Row(_WHAT, ratio, 3.0, basis=f"{ms(found['health'])} and {ms(found['script'])}")]


def server() -> Path | None:
    """The LiveKit server that lkm would start."""
    from livekit_migrate.stack.server import locate

    found = locate("1.13.5")
    return found.path if found else None


def free_ports() -> tuple[int, int, int]:
    """Two TCP ports and a UDP port of 127.0.0.1 that nobody holds at this moment."""
    with (
        socket.socket() as first,
        socket.socket() as second,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as third,
    ):
        for each in (first, second, third):
            each.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1], third.getsockname()[1]


@contextmanager
def running(binary: Path) -> Iterator[int]:
    """A LiveKit server of the bench's own; its port."""
    port, tcp, udp = free_ports()
    folder = Path(tempfile.mkdtemp(prefix="lkm-bench-"))
    config = folder / "livekit.yaml"
    config.write_text(
        f"port: {port}\nbind_addresses: [127.0.0.1]\n"
        f"rtc: {{tcp_port: {tcp}, udp_port: {udp}, node_ip: 127.0.0.1, use_external_ip: false, "
        "enable_loopback_candidate: true}\n",
        encoding="utf-8",
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(binary), "--config", str(config)],
            env={**os.environ, "LIVEKIT_KEYS": f"{KEY}: {SECRET}"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + 20
        while True:
            try:
                opener.open(f"http://127.0.0.1:{port}/", timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((folder / "log").read_text(errors="replace")[-2000:]) from None
                time.sleep(0.02)
        yield port
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _token(identity: str) -> str:
    from livekit_migrate.core.secret import Secret
    from livekit_migrate.livekit.keys import KeyPair
    from livekit_migrate.livekit.tokens import mint

    return mint(KeyPair(KEY, Secret(SECRET)), room="bench", identity=identity, ttl=3600)
