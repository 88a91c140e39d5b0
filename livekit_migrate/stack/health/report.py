"""Which server `lkm health` means, and its findings as a Result."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence

from ...core import exits
from ...core.endpoint import Endpoint, is_loopback, parse_url, route_to
from ...core.result import Finding, Result
from ...core.settings import Settings
from .credentials import CREDENTIALS
from .ladder import Target


def find_target(settings: Settings, url: str | None = None, env: Mapping[str, str] = os.environ) -> Target:
    """The server that is meant and the key that counts.

    Args:
        url: ``--url``; None: LIVEKIT_URL of the shell or .env, else where `lkm up` serves.

    Raises:
        UsageError: ``url`` is no URL.
        ConfigError: there is no key, or LIVEKIT_URL is no URL.
    """
    from ...core.errors import ConfigError, UsageError
    from ...livekit.keys import KEY, SECRET, find_pair, find_url

    origin = "--url"
    if url is not None:
        endpoint = parse_url(url)
    else:
        url, origin = find_url(settings, env)
        try:
            endpoint = parse_url(url)
        except UsageError as error:
            raise ConfigError(
                f"{origin}: {error.message}", code=error.code, detail=error.detail, hint=error.hint
            ) from error
    served = _served(endpoint, settings)
    try:
        found = find_pair(settings, env)
    except ConfigError as error:
        if served or error.code not in ("keys.missing", "keys.half"):
            raise
        # A new pair opens the server that is started with it, and no other.
        raise ConfigError(
            error.message,
            code=error.code,
            detail=error.detail,
            hint=f"set {KEY} and {SECRET} of that server",
        ) from error
    own = served and origin != "--url"
    return Target(
        url,
        found.pair,
        local=own,
        origin=origin,
        key_origin=found.key_origin,
        settings=settings if own else None,
        served=served,
    )


def _served(endpoint: Endpoint, settings: Settings) -> bool:
    """Whether `lkm up` would listen there: on 127.0.0.1 alone."""
    if endpoint.port != settings.number("ports.signal") or not is_loopback(endpoint.host):
        return False
    try:
        return ipaddress.ip_address(endpoint.host) == ipaddress.IPv4Address("127.0.0.1")
    except ValueError:  # localhost
        return True


def as_result(target: Target, findings: Sequence[Finding], command: str = "health") -> Result:
    """Findings, summary and exit code."""
    endpoint = parse_url(target.url)
    version = next((f.evidence["server_version"] for f in findings if f.evidence.get("server_version")), None)
    failed = next((f for f in findings if f.status == "fail"), None)
    code = exits.CONFIG if failed and failed.evidence.get("reason") in CREDENTIALS else None
    data = {
        "url": endpoint.ws,
        "url_origin": target.origin,
        "key": target.pair.key,
        "key_origin": target.key_origin,
        "server_version": version,
        "path": str(route_to(endpoint, local=target.local)),
        "summary": failed.title if failed else "healthy",
        "failed": failed.id if failed else None,
    }
    return Result(command, findings=tuple(findings), data=data, show_all=True, exit_code=code)
