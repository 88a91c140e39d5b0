"""Secrets on their way into browsers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from livekit_migrate.doctor.checks.security_public_secret import problems
from tests.doctor.source.small import said, sources

SECRET = "kLq9vX2mZt7RbY4cN8wPdS1f"
OWN = {".env": f"LIVEKIT_API_SECRET={SECRET}\n"}
VITE = {"package.json": json.dumps({"dependencies": {"vite": "5"}})}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {".env": "A=1\nNEXT_PUBLIC_LIVEKIT_API_SECRET=abc\n"},
            ["fail .env:2 NEXT_PUBLIC_LIVEKIT_API_SECRET holds a secret, and its name makes it public"],
        ),
        (
            {
                "docker-compose.yml": (
                    "services:\n  web:\n    build:\n      context: .\n      args:\n        VITE_SECRET: a\n"
                )
            },
            ["warn docker-compose.yml:6 VITE_SECRET holds a secret, and its name makes it public"],
        ),
        # by its value, whatever it is called
        (
            {".env": f"LIVEKIT_API_SECRET={SECRET}\nVITE_LIVEKIT_X={SECRET}\n"},
            ["fail .env:2 VITE_LIVEKIT_X holds a secret, and its name makes it public"],
        ),
        (
            {"a.ts": "sign(import.meta.env.VITE_LIVEKIT_API_SECRET);"},
            ["fail a.ts:1 VITE_LIVEKIT_API_SECRET is read as a secret, and its name makes it public"],
        ),
        (
            {**OWN, "src/token.js": f'const secret = "{SECRET}";\n'},
            ["fail src/token.js:1 the API secret is written into source code"],
        ),
        (
            {**OWN, **VITE, ".gitignore": "dist\n", "dist/assets/index.js": f'a=1;\nvar s="{SECRET}";\n'},
            ["fail dist/assets/index.js:2 the API secret is in a file that browsers load"],
        ),
        (
            {
                "app/c.tsx": (
                    '"use client";\nimport { AccessToken } from "livekit-server-sdk";\n'
                    'new AccessToken("k", "s3cret");'
                )
            },
            ["fail app/c.tsx:3 the API secret is written into source code"],
        ),
        # a relay's password, which browsers need, and a name without a value
        (
            {
                ".env": "VITE_TURN_SECRET=abc\nVITE_API_SECRET=\n",
                "a.js": "f(import.meta.env.VITE_TURN_PASSWORD)",
            },
            [],
        ),
        # all as it should be
        ({**OWN, "a.ts": "f(process.env.LIVEKIT_API_SECRET);", "dist/server.js": f'"{SECRET}"'}, []),
        (
            {
                ".env": (
                    "NEXT_PUBLIC_LIVEKIT_URL=wss://a.example\nNEXT_PUBLIC_SECRET_SANTA=on\n"
                    "VITE_API_KEY=public\n"
                )
            },
            [],
        ),
        ({".env": "LIVEKIT_API_SECRET=secret\n", "a.js": 'f("secret");'}, []),
    ],
)
def test_where_secrets_get_out(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert said(problems, tmp_path, files) == expected


def test_no_finding_shows_the_secret(tmp_path: Path) -> None:
    files = {".env": f"LIVEKIT_API_SECRET={SECRET}\nVITE_LIVEKIT_X={SECRET}\n", "a.js": f'f("{SECRET}");'}
    found = list(problems(sources(tmp_path, files)))
    assert len(found) == 2
    assert SECRET not in repr(found)
