"""Addresses that reach browsers which cannot reach them."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.doctor.checks.app_internal_url import problems
from livekit_migrate.doctor.source.urls import reach
from tests.doctor.source.small import said

COMPOSE = (
    "services:\n  sfu:\n    image: livekit/livekit-server\n  web:\n    build: .\n    environment:\n      {}\n"
)
ROUTE = (
    'import {{ AccessToken }} from "livekit-server-sdk";\n{top}'
    'app.get("/token", async (req, res) => {{\n  const at = new AccessToken(k, s, {{ identity: "a" }});\n'
    "  {answer}\n}});\n"
)


def route(answer: str, top: str = "") -> str:
    return ROUTE.format(answer=answer, top=top)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"docker-compose.yml": COMPOSE.format("NEXT_PUBLIC_LIVEKIT_URL: ws://sfu:7880")},
            [
                (
                    "fail docker-compose.yml:7 browsers get NEXT_PUBLIC_LIVEKIT_URL=ws://sfu:7880, which "
                    "only "
                    "containers can reach"
                )
            ],
        ),
        ({"docker-compose.yml": COMPOSE.format("LIVEKIT_URL: ws://sfu:7880")}, []),
        ({"docker-compose.yml": COMPOSE.format("VITE_LIVEKIT_URL: wss://call.example.com")}, []),
        ({"docker-compose.yml": COMPOSE.format("VITE_LIVEKIT_URL: $LIVEKIT_URL")}, []),
        (
            {".env.production": "VITE_LIVEKIT_URL=ws://localhost:7880\n"},
            ["fail .env.production:1 production builds get VITE_LIVEKIT_URL=ws://localhost:7880"],
        ),
        ({".env": "VITE_LIVEKIT_URL=ws://localhost:7880\n"}, []),
        (
            {"Dockerfile": "FROM node\nARG NEXT_PUBLIC_LIVEKIT_URL=ws://localhost:7880\nRUN npm run build\n"},
            ["fail Dockerfile:2 production builds get NEXT_PUBLIC_LIVEKIT_URL=ws://localhost:7880"],
        ),
        (
            {
                "Dockerfile": (
                    "FROM node\nARG NEXT_PUBLIC_LIVEKIT_URL=ws://localhost:7880\nRUN npm run build\n"
                ),
                "compose.yml": "services:\n  web:\n    build:\n      context: .\n      args:\n"
                "        - NEXT_PUBLIC_LIVEKIT_URL=${URL}\n",
            },
            [],
        ),
        # the back end's own address in an answer
        (
            {
                "server.js": route("res.json({ token: await at.toJwt(), url: process.env.LIVEKIT_URL });"),
                "docker-compose.yml": COMPOSE.format("LIVEKIT_URL: ws://sfu:7880"),
            },
            ["fail server.js:4 GET /token sends LIVEKIT_URL to browsers, and it is ws://sfu:7880"],
        ),
        (
            {
                "server.ts": route(
                    "const answer = { token: await at.toJwt(), serverUrl };\n  res.json(answer);",
                    "const serverUrl = process.env.LIVEKIT_URL ?? 'ws://localhost:7880';\n",
                ),
                "docker-compose.yml": COMPOSE.format("- LIVEKIT_URL=ws://sfu:7880"),
            },
            ["fail server.ts:5 GET /token sends LIVEKIT_URL to browsers, and it is ws://sfu:7880"],
        ),
        (
            {
                "server.js": route(
                    "res.json({ token: await at.toJwt(), url: process.env.LIVEKIT_PUBLIC_URL });"
                ),
                "docker-compose.yml": COMPOSE.format("LIVEKIT_URL: ws://sfu:7880"),
            },
            [],
        ),
        # what another service gets says nothing of this one
        (
            {
                "api/package.json": "{}",
                "api/server.js": route(
                    "res.json({ token: await at.toJwt(), url: process.env.LIVEKIT_URL });"
                ),
                "docker-compose.yml": "services:\n  worker:\n    build: ./worker\n    environment:\n"
                "      LIVEKIT_URL: ws://livekit:7880\n",
            },
            [],
        ),
        # written into the client
        (
            {"call.jsx": 'import { Room } from "livekit-client";\nroom.connect("ws://livekit:7880", token);'},
            ["fail call.jsx:2 browsers get ws://livekit:7880, which only containers can reach"],
        ),
        (
            {
                "worker.mjs": (
                    'import { RoomServiceClient } from "livekit-server-sdk";\n'
                    'new RoomServiceClient("ws://livekit:7880");'
                )
            },
            [],
        ),
    ],
)
def test_which_addresses_reach_browsers(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert said(problems, tmp_path, files) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ws://livekit:7880", "internal"),
        ("ws://lk.default.svc.cluster.local:7880", "internal"),
        ("http://host.docker.internal:7880", "internal"),
        ("ws://[::1]:7880", "loopback"),
        ("ws://0.0.0.0:7880", "loopback"),
        ("ws://192.168.1.4:7880", "private"),
        ("wss://call.example.com", "public"),
        ("wss://${HOST}", "unknown"),
        ("ws://[broken", "unknown"),
        ("ws://intranet", "unknown"),
        ("redis://redis:6379", "unknown"),
    ],
)
def test_who_reaches_what(url: str, expected: str) -> None:
    assert reach(url) == expected
