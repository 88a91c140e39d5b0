"""Whether the URL that apps and the other commands use is that of the server that was just started."""

from __future__ import annotations

from ..core.errors import LkmError
from ..core.settings import Settings


def elsewhere(settings: Settings, url: str) -> str:
    """What to say when it is another one; empty when it is not.

    Args:
        url: of the server that runs here: ``ws://127.0.0.1:7880``.
    """
    from ..core.endpoint import parse_url
    from ..livekit.keys import find_url

    found, origin = find_url(settings)
    try:
        endpoint = parse_url(found)
    except LkmError as error:
        return f"LIVEKIT_URL ({origin}): {error.message}"
    if endpoint.loopback and endpoint.port == parse_url(url).port:
        return ""
    return f"LIVEKIT_URL is {found} ({origin}): apps that read it will not talk to this server, {url}"
