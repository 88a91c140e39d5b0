"""A small app in which the flag can be put anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Write = Callable[[Mapping[str, str]], Path]

NEXT = json.dumps({"name": "web", "dependencies": {"next": "16.0.0", "react": "19.0.0"}})
VITE = json.dumps({"name": "web", "devDependencies": {"vite": "7.0.0"}, "dependencies": {"react": "19.0.0"}})
ROOT = json.dumps({"name": "app", "private": True, "workspaces": ["apps/*", "packages/*"]})
READS = 'export const USE_LIVEKIT = process.env.NEXT_PUBLIC_USE_LIVEKIT === "true";\n'


@pytest.fixture
def app(project: Path) -> Write:
    """Write files into the project: path → text."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return project

    return write
