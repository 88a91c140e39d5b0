"""Whether a project has anything of LiveKit yet: before the migration much is no fault that is one "
"after it."""

from __future__ import annotations

from ...core.errors import LkmError
from ..context import Context
from ._docker import compose_files
from ._server import servers


def uses_livekit(context: Context) -> bool:
    """Whether something here names LiveKit: a server, a variable, a package, a Compose file."""
    return context.once("uses-livekit", lambda: _uses(context))


def _uses(context: Context) -> bool:
    if servers(context):
        return True
    folder = context.settings.env_file.parent
    names = [".env", ".env.example", ".env.sample", ".env.template", "env.example"]
    for path in (*(folder / name for name in names), *compose_files(context)):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        if "LIVEKIT_" in text or "livekit/" in text:
            return True
    try:
        packages = context.app.packages.values()
    except LkmError:
        return False
    return any("livekit" in name for each in packages for name in each.needs)
