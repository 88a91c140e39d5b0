"""The containers of an app: the default stack, or one more file beside Compose files of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from ..app.look import App
from ..app.manifests import join
from ..app.services import is_compose
from ..code import yaml
from ..core.errors import ConfigError
from ..core.files import BOM, line_end, read_text
from ..core.result import Finding, Fix, Location
from ..core.settings import load
from ..stack import compose_files
from .files import Wanted
from .model import Work
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


def has_livekit(app: App, ours: Mapping[str, str]) -> bool:
    """Whether the app's own Compose files start a LiveKit server already."""
    return any(
        each.file not in ours and (each.name == "livekit" or "livekit/livekit-server" in each.image)
        for each in app.services
    )


def include(app: App, files: Sequence[Wanted], ours: Mapping[str, str], *, edit: bool, work: Work) -> None:
    """What the app's own Compose file needs to start LiveKit, too: said, or done where that was asked for.

    Args:
        edit: the user asked for it.
    """
    own = compose_file(app, ours)
    if not own or not any(each.path == BESIDE for each in files):
        return
    text = read_text(app.root / own, what="Compose file")
    if BESIDE in text:
        return
    lines = f"include:\n  - {BESIDE}"
    changed = _included(text, lines) if edit else None
    if changed is not None:
        work.texts[own] = changed.encode()
        return
    work.findings.append(
        Finding(
            "init.compose",
            "fail" if edit else "info",
            f"{own} is yours and stays as it is: LiveKit's services are in {BESIDE}",
            detail="where its include: would go is not certain" if edit else "",
            category="init",
            location=Location(own, 1),
            evidence={"edit": lines},
            fix=Fix(f"add at its top level:\n{lines}", None if edit else "lkm init --edit-compose"),
        )
    )


def _included(text: str, lines: str) -> str | None:
    """The file with an include: above its first key; None where that is not sure to change nothing else."""
    newline = line_end(text)
    first = re.search(r"^[A-Za-z_\"'-]", text, re.MULTILINE)
    if first is None or re.search(r"^[\"']?include[\"']?\s*:", text, re.MULTILINE):
        return None
    changed = text[: first.start()] + lines.replace("\n", newline) + newline * 2 + text[first.start() :]
    try:
        before, after = (_keys(each) for each in (text, changed))
    except ConfigError:
        return None
    return changed if before and after == ["include", *before] else None


def _keys(text: str) -> list[str]:
    root = yaml.parse(text.removeprefix(BOM), "").root
    if root is None or yaml.kind_of(root) != "mapping":
        return []
    return [str(key.value) for key, _ in root.value]
