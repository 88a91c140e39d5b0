"""The containers of an app: the default stack, or one more file beside Compose files of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ..app.look import App
from ..app.manifests import join
from ..app.services import is_compose
from ..core.result import Finding, Fix, Location
from ..core.settings import load
from ..stack import compose_files
from .files import Wanted
from .sides import Side

BESIDE = "docker-compose.livekit.yml"
_ESSENTIAL = (compose_files.COMPOSE, compose_files.LIVEKIT)


def stack(
    app: App, web: Side | None, server: Side | None, files: Sequence[Wanted], ours: Mapping[str, str]
) -> list[Wanted]:
    """The files of the default stack; none where the app has Compose files of its own.

    Args:
        files: what the templates bring: a side is a service where it has a Dockerfile.
        ours: what an earlier run wrote.
    """
    if compose_file(app, ours) or not load(app.root, env={}).root.samefile(app.root):
        return []
    made = {each.path for each in files}

    def service(side: Side | None) -> str:
        if side is None or not side.kind:
            return ""
        path = join(side.folder, "Dockerfile")
        return side.shown if path in made or path in app.files else ""

    mediasoup = server is not None and "mediasoup" in server.package.needs
    asked = compose_files.App(backend=service(server), web=service(web), mediasoup=mediasoup)
    texts = compose_files.render(load(app.root, env={}), asked)
    kept = {
        name: text
        for name, text in texts.items()
        # What only helps people gives way to a file of the app's own.
        if name in _ESSENTIAL or name in ours or not os.path.lexists(app.root / name)
    }
    return [Wanted(name, text) for name, text in kept.items()]


def compose_file(app: App, ours: Mapping[str, str]) -> str:
    """The Compose file of the app's own in its root, ``""`` where there is none."""
    own = [path for path in app.files if "/" not in path and is_compose(path) and path not in ours]
    return min(own, key=lambda path: (path.count("."), path), default="")


def include(app: App, files: Sequence[Wanted], ours: Mapping[str, str]) -> list[Finding]:
    """What to add to the app's own Compose file, so that it starts LiveKit, too."""
    own = compose_file(app, ours)
    if not own or not any(each.path == BESIDE for each in files):
        return []
    text = (app.root / own).read_text(encoding="utf-8", errors="replace")
    if BESIDE in text:
        return []
    edit = f"include:\n  - {BESIDE}"
    return [
        Finding(
            "init.compose",
            "info",
            f"{own} is yours and stays as it is: LiveKit's services are in {BESIDE}",
            category="init",
            location=Location(own, 1),
            evidence={"edit": edit},
            fix=Fix(f"add at its top level:\n{edit}\nor: docker compose -f {own} -f {BESIDE} up"),
        )
    ]
