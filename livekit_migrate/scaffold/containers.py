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

BESIDE = "compose.livekit.yaml"
_ESSENTIAL = (compose_files.COMPOSE, compose_files.LIVEKIT)


def stack(app: App, files: Sequence[Wanted], ours: Mapping[str, str]) -> list[Wanted]:
    """The files of the default stack; none where the app has Compose files of its own.

    Args:
        files: what the templates bring, which goes before.
        ours: what an earlier run wrote.
    """
    settings = load(app.root, env={})
    if compose_file(app, ours) or settings.root != app.root:
        return []
    made = {each.path for each in files}
    return [
        Wanted(name, text)
        for name, text in compose_files.render(settings).items()
        # What only helps people gives way to a file of the app's own.
        if name not in made and (name in _ESSENTIAL or name in ours or not os.path.lexists(app.root / name))
    ]


def may_have_images(app: App, web: Side | None, server: Side | None, ours: Mapping[str, str]) -> bool:
    """Whether lkm may describe the app's images: there is one to build, and no Dockerfile of its own."""
    sides = [side for side in (web, server) if side is not None and side.kind]
    own = [join(side.folder, "Dockerfile") for side in sides]
    apart = len({side.folder for side in sides}) == len(sides)
    return bool(sides) and apart and not any(path in app.files and path not in ours for path in own)


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
