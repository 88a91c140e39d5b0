"""Whether a project has anything of LiveKit yet: before the migration much is no fault that is one "
"after it."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...code.env import EXAMPLES
from ...core.errors import LkmError
from ..context import Context
from ._docker import compose_files
from ._server import servers


def uses_livekit(context: Context) -> bool:
    """Whether something here names LiveKit: a server, a variable, a package, a Compose file."""
    return context.once(
        "uses-livekit", lambda: _uses(context, texts=_NAMES_IT, packages=lambda name: "livekit" in name)
    )


def needs_key(context: Context) -> bool:
    """Whether something here signs tokens or starts a server: a page that only joins needs no key."""
    return context.once(
        "needs-key",
        lambda: _uses(context, texts=_TAKES_KEYS, packages=_SIGNS.__contains__),
    )


_TAKES_KEYS = re.compile(r"LIVEKIT_(API_KEY|API_SECRET|KEYS)|livekit/")
_SIGNS = frozenset({"livekit-server-sdk", "@livekit/agents", "@livekit/rtc-node"})
_NAMES_IT = re.compile(r"LIVEKIT_|livekit/")


def _uses(context: Context, *, texts: re.Pattern[str], packages: Callable[[str], bool]) -> bool:
    if servers(context):
        return True
    folder = context.settings.env_file.parent
    for path in (*(folder / name for name in (".env", *EXAMPLES)), *compose_files(context)):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        if texts.search(text):
            return True
    try:
        found = context.app.packages.values()
    except LkmError:
        return False
    return any(packages(name) for each in found for name in each.needs)
