"""States that wait for themselves, and what is left of the old handshake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from livekit_migrate.doctor.checks import app_join_waits, app_old_calls
from tests.doctor.source.small import said

TOP = (
    'import { LiveKitRoom } from "@livekit/components-react";\nimport { useState } from "react";\n'
    "export function Call() {\n  const [connected, setConnected] = useState(false);\n"
)
JOIN = "  const join = async () => {\n    await room.connect(url, token);\n    setConnected(true);\n  };\n"
SAYS = "joining waits for `connected`, which only joining sets"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            JOIN + "  return <button disabled={!connected} onClick={join}>Join</button>;\n}",
            [f"fail a.tsx:9 {SAYS}"],
        ),
        (
            JOIN + "  return <p>{connected && <button onClick={() => join()}>Join</button>}</p>;\n}",
            [f"fail a.tsx:9 {SAYS}"],
        ),
        (
            (
                "  const join = async () => {\n    if (!connected || !name) return;\n"
                "    await room.connect(url, token);\n"
                "    setConnected(true);\n  };\n  return <button onClick={join} />;\n}"
            ),
            [f"fail a.tsx:6 {SAYS}"],
        ),
        (
            "  return <LiveKitRoom connect={connected} onConnected={() => setConnected(true)} />;\n}",
            [f"fail a.tsx:5 {SAYS}"],
        ),
        (JOIN + "  return <button disabled={connected} onClick={join}>Join</button>;\n}", []),
        (JOIN + "  return <button disabled={!token} onClick={join}>Join</button>;\n}", []),
        # a second way to it
        (
            JOIN + "  return <p><button disabled={!connected} onClick={join} /><a onClick={join} /></p>;\n}",
            [],
        ),
        (
            JOIN + "  socket.on('connect', () => setConnected(true));\n"
            "  return <button disabled={!connected} onClick={join} />;\n}",
            [],
        ),
        # somebody else gets the setter
        (
            JOIN
            + "  return <Form done={setConnected}><button disabled={!connected} onClick={join} /></Form>;\n}",
            [],
        ),
        (
            (
                "  return <><button onClick={() => setConnected(true)} /><LiveKitRoom connect={connected} "
                "/></>;\n}"
            ),
            [],
        ),
        # in the function that only ends later
        (
            (
                "  const join = async () => {\n    setConnected(true);\n    if (!connected) return;\n"
                "    more();\n  };\n"
                "  return <button onClick={join} />;\n}"
            ),
            [],
        ),
    ],
)
def test_what_joining_waits_for(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert said(app_join_waits.problems, tmp_path, {"a.tsx": TOP + body}) == expected


def manifest(*needs: str) -> str:
    return json.dumps({"dependencies": dict.fromkeys(needs, "1")})


LEFT = "still asks the old media server, and nothing in the app answers it"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {
                "package.json": manifest("livekit-client", "express"),
                "a.js": 'socket.emit("getRouterRtpCapabilities", cb);',
            },
            [f"warn a.js:1 `getRouterRtpCapabilities` {LEFT}"],
        ),
        (
            {
                "package.json": manifest("livekit-client", "express"),
                "a.ts": 'await fetch("/api/mediasoup/transports?x=1");',
            },
            [f"warn a.ts:1 `/api/mediasoup/transports?x=1` {LEFT}"],
        ),
        # the server still answers
        (
            {
                "package.json": manifest("livekit-client", "express"),
                "a.js": 'socket.emit("createWebRtcTransport", cb);',
                "server.js": 'socket.on("createWebRtcTransport", () => legacy());',
            },
            [],
        ),
        (
            {
                "package.json": manifest("livekit-client", "express"),
                "a.js": 'socket.emit("createWebRtcTransport", cb);',
                "server.js": "const handlers = { createWebRtcTransport: async () => legacy() };",
            },
            [],
        ),
        # both stacks are there
        (
            {
                "package.json": manifest("livekit-client", "mediasoup"),
                "a.js": 'socket.emit("createWebRtcTransport");',
            },
            [],
        ),
        # the back end is elsewhere
        ({"package.json": manifest("livekit-client"), "a.js": 'socket.emit("createWebRtcTransport");'}, []),
        # no LiveKit yet
        ({"package.json": manifest("mediasoup-client"), "a.js": 'socket.emit("createWebRtcTransport");'}, []),
        # a message of the app's own
        (
            {
                "package.json": manifest("livekit-client", "express"),
                "a.js": 'socket.emit("chat", text); fetch("/api/rooms");',
            },
            [],
        ),
    ],
)
def test_what_is_left_of_the_handshake(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert said(app_old_calls.problems, tmp_path, files) == expected
