"""Variables that come after the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.doctor.checks.app_env_baked import problems
from tests.doctor.source.small import said

CODE = {"a.tsx": "connect(process.env.NEXT_PUBLIC_LIVEKIT_URL);"}
COMPOSE = (
    "services:\n  web:\n    build:\n      context: .\n{args}    environment:\n"
    "      NEXT_PUBLIC_LIVEKIT_URL: wss://call.example.com\n"
)
DOCKERFILE = "FROM node\nWORKDIR /app\nCOPY . .\n{arg}RUN npm ci && \\\n  npm run build\nCMD {cmd}\n"
ARGS = "      args:\n        NEXT_PUBLIC_LIVEKIT_URL: wss://call.example.com\n"
SAYS = "NEXT_PUBLIC_LIVEKIT_URL is set when web starts, and read when its image is built"


@pytest.mark.parametrize(
    ("args", "arg", "cmd", "expected"),
    [
        ("", "", '["npm", "start"]', [f"warn compose.yml:6 {SAYS}"]),
        ("", "ARG NEXT_PUBLIC_LIVEKIT_URL\n", '["npm", "start"]', [f"warn compose.yml:6 {SAYS}"]),
        (ARGS, "ARG NEXT_PUBLIC_LIVEKIT_URL\n", '["npm", "start"]', []),
        (ARGS, "", '["npm", "start"]', [f"warn compose.yml:8 {SAYS}"]),
        ("", "", "npm run build && npm start", []),  # built at each start
        ("", "", '["npm", "run", "dev"]', []),
        ("", "", '["/docker-entrypoint.sh"]', []),  # it may put them into the page itself
        ("", "COPY .env .\n", '["npm", "start"]', []),
    ],
)
def test_when_the_client_is_built(tmp_path: Path, args: str, arg: str, cmd: str, expected: list[str]) -> None:
    files = {
        **CODE,
        "compose.yml": COMPOSE.format(args=args),
        "Dockerfile": DOCKERFILE.format(arg=arg, cmd=cmd),
    }
    assert said(problems, tmp_path, files) == expected
