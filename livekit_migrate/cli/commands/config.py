"""`lkm config`: what a LiveKit server makes of its configuration."""

from __future__ import annotations

from ..base import group
from ..config_group import ConfigGroup

HELP = "Look at the server's configuration as the server itself does."
ORDER = 15

app = group(HELP, cls=ConfigGroup)


@app.callback()
def config() -> None:
    """Look at livekit.yaml as livekit-server itself does, before it does."""
