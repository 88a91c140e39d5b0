"""Two participants in a call, each sending and receiving picture and sound: counted, and told as JSON lines.

``python call.py URL``: two tokens on standard input, a line each; then commands, a line each: ``count`` gives
what has arrived so far, ``mark`` starts the longest gap anew, ``leave`` lets both leave.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import sys
import time
from typing import Any

from livekit import rtc

WIDTH, HEIGHT, FPS = 320, 180, 15


def say(event: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, "at": time.time(), **fields}) + "\n")
    sys.stdout.flush()


def issuer(token: str) -> str:
    body = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(body + "=="))["iss"])


class Participant:
    def __init__(self, name: str) -> None:
        self.name = name
        self.room = rtc.Room()
        self.frames = {"video": 0, "audio": 0}
        self.last = time.monotonic()
        self.gap = 0.0
        self.tasks: list[asyncio.Task[None]] = []
        self.room.on("track_subscribed", self.subscribed)
        self.room.on("token_refreshed", lambda: say("token", who=name, key=issuer(self.room._token or "")))
        for event in ("reconnecting", "reconnected"):
            self.room.on(event, lambda event=event: say(event, who=name))
        self.room.on("disconnected", lambda reason: say("disconnected", who=name, reason=str(reason)))

    def subscribed(self, track: Any, *_: Any) -> None:
        video = track.kind == rtc.TrackKind.KIND_VIDEO
        stream = rtc.VideoStream(track) if video else rtc.AudioStream(track)
        self.tasks.append(asyncio.ensure_future(self.count(stream, "video" if video else "audio")))

    async def count(self, stream: Any, kind: str) -> None:
        async for _ in stream:
            self.frames[kind] += 1
            if kind == "video":
                now = time.monotonic()
                self.gap = max(self.gap, now - self.last)
                self.last = now

    async def join(self, url: str, token: str) -> None:
        await self.room.connect(url, token)
        video, audio = rtc.VideoSource(WIDTH, HEIGHT), rtc.AudioSource(48000, 1)
        self.tasks += [asyncio.ensure_future(film(video)), asyncio.ensure_future(hum(audio))]
        mine = self.room.local_participant
        await mine.publish_track(
            rtc.LocalVideoTrack.create_video_track("picture", video),
            rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False),
        )
        await mine.publish_track(
            rtc.LocalAudioTrack.create_audio_track("sound", audio),
            rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE),
        )

    def seen(self) -> dict[str, float]:
        return {**self.frames, "gap": round(max(self.gap, time.monotonic() - self.last), 3)}


async def film(source: Any) -> None:
    picture = bytearray(WIDTH * HEIGHT * 3 // 2)
    number, due = 0, time.monotonic()
    while True:
        number += 1
        picture[:5000] = bytes([number % 256]) * 5000
        source.capture_frame(rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.I420, bytes(picture)))
        due += 1 / FPS
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def hum(source: Any) -> None:
    while True:
        await source.capture_frame(rtc.AudioFrame(b"\x10\x10" * 480, 48000, 1, 480))


async def main() -> None:
    loop = asyncio.get_running_loop()

    async def line() -> str:
        read: str = await loop.run_in_executor(None, sys.stdin.readline)
        return read.strip()

    people = {name: Participant(name) for name in ("alice", "bob")}
    tokens = [await line() for _ in people]
    for person, token in zip(people.values(), tokens, strict=True):
        await person.join(sys.argv[1], token)
    say("joined")
    while (command := await line()) in ("count", "mark"):
        if command == "mark":
            for person in people.values():
                person.gap = 0.0
        say(command, **{name: person.seen() for name, person in people.items()})
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(one.room.disconnect() for one in people.values())), 60)
    os._exit(0)  # the library's own end may take seconds more


asyncio.run(main())
