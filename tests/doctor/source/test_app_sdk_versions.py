"""Peers of LiveKit's packages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from livekit_migrate.doctor.checks.app_sdk_versions import problems
from tests.doctor.source.small import said


@pytest.mark.parametrize(
    ("components", "client", "wrong"),
    [
        ("^2.9.0", "^2.11.1", False),
        ("^1.5.0", "^1.15.1", False),
        ("^3.0.0", "2.20.0", False),
        ("^1.5.0", "^2.5.0", True),
        ("2.6.0", "~1.15.0", True),
        ("0.8.2", "2", True),
        ("latest", "^1.0.0", False),
        ("^2.0.0", "^1.0.0 || ^2.0.0", False),
        ("^2.0.0", "workspace:*", False),
        (">=1.0.0", "^2.0.0", False),
    ],
)
def test_components_and_client(tmp_path: Path, components: str, client: str, wrong: bool) -> None:
    package = {"dependencies": {"livekit-client": client, "@livekit/components-react": components}}
    files = {"package.json": json.dumps(package, indent=2)}
    says = (
        f"fail package.json:4 @livekit/components-react {components} does not go with livekit-client {client}"
    )
    assert said(problems, tmp_path, files) == ([says] if wrong else [])


def test_two_clients_in_one_page(tmp_path: Path) -> None:
    def manifest(name: str, **needs: str) -> str:
        return json.dumps({"name": name, "dependencies": needs})

    files = {
        "package.json": '{"workspaces": ["*"]}',
        "web/package.json": manifest("web", **{"livekit-client": "^2.0.0", "@our/ui": "workspace:*"}),
        "ui/package.json": manifest("@our/ui", **{"livekit-client": "^1.15.0"}),
        # not part of that page
        "old/package.json": manifest("old", **{"livekit-client": "^1.15.0"}),
    }
    assert said(problems, tmp_path, files) == [
        "fail web/package.json:1 livekit-client 2 here and 1 in @our/ui, which is part of the same page"
    ]
