"""A LiveKit server without Docker: found in the cache or on PATH, downloaded, or built."""

from __future__ import annotations

from .binary import ServerBinary, checked_version
from .cache import Cached, cached, servers_dir
from .install import ensure, locate, offers

__all__ = ["Cached", "ServerBinary", "cached", "checked_version", "ensure", "locate", "offers", "servers_dir"]
