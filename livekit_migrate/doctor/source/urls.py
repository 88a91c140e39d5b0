"""Whether a URL works in a browser elsewhere: internal names, this machine, private addresses."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal
from urllib.parse import urlsplit

Reach = Literal["public", "internal", "loopback", "private", "unknown"]

_SCHEMES = ("ws", "wss", "http", "https")
_URL = re.compile(r"^(wss?|https?)://[^\s\"'`]+$", re.IGNORECASE)


def is_url(text: str) -> bool:
    return bool(_URL.match(text.strip()))


def reach(text: str, services: frozenset[str] = frozenset()) -> Reach:
    """Who can reach a URL.

    Args:
        services: the names of the app's Compose services, which only containers beside them can resolve.

    ``internal`` is the name of a service, ``host.docker.internal``, or one of a cluster; ``unknown`` where a
    part of it is only known later.
    """
    text = text.strip().strip("\"'")
    if "$" in text or "<" in text or "{" in text:
        return "unknown"
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        return "unknown"
    if parts.scheme.lower() not in _SCHEMES or not host:
        return "unknown"
    if host == "localhost" or host.endswith(".localhost"):
        return "loopback"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if host in services or host == "host.docker.internal" or host.endswith((".svc", ".cluster.local")):
            return "internal"
        if host.endswith(".internal") and host.count(".") > 1:
            return "internal"
        return (
            "internal"
            if "." not in host and host in _TYPICAL
            else ("unknown" if "." not in host else "public")
        )
    if address.is_loopback:
        return "loopback"
    if address.is_unspecified:
        return "loopback"
    return "private" if address.is_private else "public"


_TYPICAL = frozenset(
    {"livekit", "livekit-server", "livekit_server", "sfu", "media", "server", "backend", "api", "web"}
)


def host_of(text: str) -> str:
    """Host with its port, as a content security policy would name it; empty where there is none."""
    try:
        return urlsplit(text.strip().strip("\"'")).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""
