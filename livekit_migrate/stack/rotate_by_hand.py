"""The steps of a key rotation by hand, for a server that lkm did not start: with the project's own files."""

from __future__ import annotations

from ..core.endpoint import Endpoint, parse_url
from ..core.errors import NotReadyError, UsageError
from ..core.settings import Settings


def refuse_others(settings: Settings) -> None:
    """Refuse to rotate where the server is not started by lkm.

    Raises:
        NotReadyError: with the steps by hand.
        ConfigError: LIVEKIT_URL cannot be read.
    """
    if (why := _not_ours(settings)) is None:
        return
    raise NotReadyError(
        f"the keys of this server cannot be rotated from here: {why}",
        code="rotate.by-hand",
        detail="\n".join(f"{number}. {text}" for number, text in enumerate(steps(settings), 1)),
        hint="when it is done: lkm keys check",
    )


def _not_ours(settings: Settings) -> str | None:
    from ..livekit.keys import find_url
    from .native import record
    from .probe import probe

    url, origin = find_url(settings)
    endpoint: Endpoint | None = None
    try:
        endpoint = parse_url(url)
    except UsageError as error:
        return f"{origin}: {error.message}"
    port = settings.number("ports.signal")
    if not endpoint.loopback or endpoint.port != port:
        return f"LIVEKIT_URL is {endpoint.ws} ({origin})"
    folder = record.folder_of(settings)
    known = record.read(folder)
    if record.living(folder, known).any:
        return None
    if probe(port)[1] != "nothing listens yet":
        return f"what serves port {port} was not started by `lkm up` here"
    if known is None and (service := _compose_service(settings)):
        return f"its server is the {service}"
    return None


def _compose_service(settings: Settings) -> str:
    from ..livekit.key_places import find

    servers = [place.who for place in find(settings).of("server") if place.who.startswith("compose service")]
    return servers[0] if servers else ""


def steps(settings: Settings) -> list[str]:
    """What to do, in its order. No secret is in it."""
    from ..livekit.key_places import find, naming
    from ..livekit.keys import find_pair, find_url

    found = find(settings)
    servers = [place for place in found.of("server") if not place.other]
    compose = next(
        (p.who.split(",")[0].rsplit(" ", 1)[1] for p in servers if p.who.startswith("compose")), None
    )
    url, _ = find_url(settings)
    where = "; ".join(sorted({f"{place.key_at} ({place.who})" for place in servers}))
    key = find_pair(settings).pair.key
    named = [str(place.key_at) for place in naming(found, settings, key) if place.role != "server"]
    # A server that ends in an orderly way sends its participants away for good.
    again = (
        f"docker compose kill {compose} && docker compose up -d {compose}"
        if compose
        else "kill it (SIGKILL: on SIGTERM it sends its participants away for good) and start it"
    )
    env = settings.relative(settings.env_file)
    both = "give the server both, in LIVEKIT_KEYS one `key: secret` a line, the new one first"
    return [
        "make a second pair and keep it at hand: lkm keys new --stdout",
        f"{both}: {where}" if where else both,
        f"start it again; participants come back by themselves: {again}",
        f"ask whether the old pair still opens it: lkm keys check --url {url}",
        f"put the new pair where the old one, {key}, is: {', '.join(named) or env}; restart the app",
        "when the tokens of the old pair have run out (6 h by default), take it from the server in that way",
    ]
