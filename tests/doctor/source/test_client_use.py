"""How livekit-client is used: handlers, encryption, adaptiveStream, effects."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.doctor.checks import (
    app_adaptive_stream,
    app_effect_connects,
    app_track_arguments,
    security_e2ee_late,
)
from tests.doctor.source.small import said

LK = 'import { Room, RoomEvent } from "livekit-client";\nimport { useEffect } from "react";\n'


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("(track, publication, participant) => { track.attach(); show(participant.identity); }", []),
        (
            "(participant, track) => { show(track); }",
            ["fail a.ts:3 TrackSubscribed gives the track here, and it is used as the participant"],
        ),
        (
            "(p, t) => { video(p.identity, t.attach()); }",
            ["fail a.ts:3 TrackSubscribed gives the track here, and it is used as the participant"],
        ),
        (
            "function (track, participant) { list(participant.identity); }",
            ["fail a.ts:3 TrackSubscribed gives the publication here, and it is used as the participant"],
        ),
        ("(_t, pub, who) => { who.getTrackPublication(pub.trackSid); }", []),
        ("(track) => { track.attach(el); }", []),
        ("({ kind }, _, participant) => { show(kind, participant.identity); }", []),
        ("(a, b) => { log(a, b); }", []),
    ],
)
def test_arguments(tmp_path: Path, handler: str, expected: list[str]) -> None:
    code = LK + f"room.on(RoomEvent.TrackSubscribed, {handler});\n"
    assert said(app_track_arguments.problems, tmp_path, {"a.ts": code}) == expected


def test_a_handler_in_another_file_by_the_event_s_text(tmp_path: Path) -> None:
    files = {
        "on.js": "export const onTrack = (participant, publication, track) => track.attach();\n",
        "a.js": (
            'import * as LK from "livekit-client";\nimport { onTrack } from "./on";\n'
            'room.on("trackSubscribed", onTrack);\n'
        ),
        "b.js": (
            'import * as LK from "livekit-client";\n'
            "room.on(LK.RoomEvent.TrackUnsubscribed, (p) => gone(p.identity));\n"
        ),
    }
    assert said(app_track_arguments.problems, tmp_path, files) == [
        "fail b.js:2 TrackUnsubscribed gives the track here, and it is used as the participant",
        "fail on.js:1 TrackSubscribed gives the participant here, and it is used as the track",
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "const room = new Room();\nawait room.setE2EEEnabled(true);",
            ["fail a.ts:4 end-to-end encryption is switched on, and the room was made without it"],
        ),
        (
            (
                "const room = new Room({ encryption: { keyProvider, worker } });\n"
                "await room.setE2EEEnabled(true);"
            ),
            [],
        ),
        # its options are put together before it is made
        (
            (
                "const o = {};\nif (key) o.encryption = { keyProvider, worker };\nconst room = new Room(o);\n"
                "room.setE2EEEnabled(true);"
            ),
            [],
        ),
        ("const room = new Room({ ...options });\nawait room.setE2EEEnabled(true);", []),
        ("const room = new Room(options);\nawait room.setE2EEEnabled(on);", []),
        (
            (
                "async function join(room) {\n  await room.connect(url, token);\n"
                "  await room.localParticipant.setCameraEnabled(true);\n  await room.setE2EEEnabled(true);\n}"
            ),
            ["fail a.ts:6 media goes out before end-to-end encryption is switched on"],
        ),
        (
            (
                "async function join(room) {\n  await room.connect(url, token);\n"
                "  await room.setE2EEEnabled(true);\n"
                "  await room.localParticipant.setCameraEnabled(true);\n}"
            ),
            [],
        ),
        ("const room = new Room();\nawait room.setE2EEEnabled(false);", []),
    ],
)
def test_encryption(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert said(security_e2ee_late.problems, tmp_path, {"a.ts": LK + code}) == expected


RAW = (
    "room.on(RoomEvent.TrackSubscribed, (track) => {\n"
    "  document.querySelector('video').srcObject = new MediaStream([track.mediaStreamTrack]);\n});\n"
)
SHOWN = "adaptiveStream is on, and video is shown without attach()"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.js": LK + "const room = new Room({ adaptiveStream: true });\n" + RAW}, [f"fail a.js:5 {SHOWN}"]),
        (
            {
                "a.js": LK
                + (
                    "const options = { adaptiveStream: { pixelDensity: 'screen' } };\n"
                    "const room = new Room(options);\n"
                )
                + RAW
            },
            [f"fail a.js:6 {SHOWN}"],
        ),
        ({"a.js": LK + "const room = new Room({ adaptiveStream: false });\n" + RAW}, []),
        ({"a.js": LK + "const room = new Room();\n" + RAW}, []),
        # it is attached, too, elsewhere
        (
            {
                "a.js": LK + "const room = new Room({ adaptiveStream: true });\n" + RAW,
                "b.js": "track.attach(hidden);",
            },
            [],
        ),
        # sound is not stopped
        (
            {
                "a.js": LK + "const room = new Room({ adaptiveStream: true });\n"
                "room.on(RoomEvent.TrackSubscribed, (track) => {\n"
                "  if (track.kind === 'audio') context.createMediaStreamSource(new "
                "MediaStream([track.mediaStreamTrack]));\n});\n"
            },
            [],
        ),
    ],
)
def test_adaptive_stream(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert said(app_adaptive_stream.problems, tmp_path, files) == expected


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (
            "() => { const room = new Room(); room.connect(url, token); }",
            ["warn a.tsx:4 an effect connects to a room and never leaves it"],
        ),
        (
            (
                "() => { const start = async () => { const room = new Room(); await room.connect(url, "
                "token); "
                "}; start(); }"
            ),
            ["warn a.tsx:4 an effect connects to a room and never leaves it"],
        ),
        (
            (
                "() => { const room = new Room(); room.connect(url, token); return () => { "
                "room.disconnect(); "
                "}; }"
            ),
            [],
        ),
        ("() => { const room = new Room(); room.connect(url, token); return () => leave(room); }", []),
        ("() => { database.connect(url); }", []),
    ],
)
def test_effects(tmp_path: Path, effect: str, expected: list[str]) -> None:
    code = LK + f"export function Call() {{\n  useEffect({effect}, [token]);\n  return null;\n}}\n"
    assert said(app_effect_connects.problems, tmp_path, {"a.tsx": code}) == expected
