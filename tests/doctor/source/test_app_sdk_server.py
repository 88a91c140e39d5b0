"""livekit-client and the server that the app's Compose file starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from livekit_migrate.doctor.checks.app_sdk_server import problems
from tests.doctor.source.small import said


def files(client: str, server: str, **more: str) -> dict[str, str]:
    compose = f"services:\n  livekit:\n    image: livekit/livekit-server:{server}\n"
    package = {"dependencies": {"livekit-client": client}}
    return {"package.json": json.dumps(package, indent=2), "compose.yaml": compose, **more}


@pytest.mark.parametrize(
    ("client", "server", "wrong"),
    [
        ("^2.15.7", "v1.8.4", True),  # whoever installs it without a lockfile gets the newest
        ("2.18.1", "v1.9.9", True),
        ("~2.18.0", "v1.9.9", True),
        ("latest", "v1.8.4", True),
        ("2.18.0", "v1.8.4", False),
        ("~2.17.3", "v1.8.4", False),
        ("^1.15.13", "v1.8.4", False),
        ("^2.23.0", "v1.9.10", False),
        ("^2.23.0", "v1.13.5", False),
        ("^2.23.0", "latest", False),
        ("workspace:*", "v1.8.4", False),
    ],
)
def test_new_clients_and_old_servers(tmp_path: Path, client: str, server: str, wrong: bool) -> None:
    says = f"fail package.json:3 livekit-client {client} cannot stay in a call on livekit-server {server[1:]}"
    assert said(problems, tmp_path, files(client, server)) == ([says] if wrong else [])


LOCKS = {
    "package-lock.json": '{"packages": {"node_modules/livekit-client": {\n  "version": "%s"}}}',
    "pnpm-lock.yaml": "packages:\n\n  livekit-client@%s(@types/react@19.0.0):\n    resolution: {}\n",
    "yarn.lock": 'livekit-client@^2.15.7:\n  version "%s"\n  resolved "x"\n',
    "bun.lock": '{"packages": {"livekit-client": ["livekit-client@%s", "", {}, "sha512-x"]}}',
}


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize(("version", "wrong"), [("2.16.1", False), ("2.18.1", True)])
def test_what_is_locked_counts(tmp_path: Path, lock: str, version: str, wrong: bool) -> None:
    says = f"fail package.json:3 livekit-client {version} cannot stay in a call on livekit-server 1.8.4"
    app = files("^2.15.7", "v1.8.4", **{lock: LOCKS[lock] % version})
    assert said(problems, tmp_path, app) == ([says] if wrong else [])


@pytest.mark.parametrize(
    ("server", "config", "wrong"),
    [
        ("v1.10.1", "port: 7880\n", True),
        ("v1.10.1", "enable_data_tracks: true\n", False),
        ("v1.11.0", "", False),
    ],
)
def test_data_tracks(tmp_path: Path, server: str, config: str, wrong: bool) -> None:
    code = 'export const open = (room: Room) =>\n  room.localParticipant.publishDataTrack({ name: "x" });\n'
    app = files("2.23.0", server, **{"src/a.ts": code, "livekit.yaml": config})
    says = ["fail src/a.ts:2 livekit-server 1.10.1 refuses publishDataTrack()"]
    assert said(problems, tmp_path, app) == (says if wrong else [])
