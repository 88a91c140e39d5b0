"""Where a server is and how it is reached: its URL, and the one proxy decision that all probes share."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from .errors import ConfigError, UsageError
from .secret import hide_userinfo, redact, remember

_SCHEMES = {"ws": False, "http": False, "wss": True, "https": True}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a LiveKit server is: what its URL says."""

    secure: bool
    host: str
    port: int
    path: str = ""

    @property
    def netloc(self) -> str:
        """Host and port as the Host header has them: a default port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def http(self) -> str:
        return f"http{'s' if self.secure else ''}://{self.netloc}{self.path}"

    @property
    def ws(self) -> str:
        return f"ws{'s' if self.secure else ''}://{self.netloc}{self.path}"

    @property
    def loopback(self) -> bool:
        return is_loopback(self.host)


def parse_url(text: str) -> Endpoint:
    """Read a server's URL.

    Args:
        text: ``ws``, ``wss``, ``http`` or ``https``, with or without a path; or ``host:port`` (then ``ws``).
            A user and password in it are dropped: LiveKit has none.

    Raises:
        UsageError: it is no such URL; a password in it is masked.
    """
    raw = text.strip()
    bare = "://" not in raw

    def bad(why: str) -> UsageError:
        return UsageError(
            f"{redact(hide_userinfo(raw))}: not a LiveKit URL: {why}" if raw else "the URL is empty",
            code="url.invalid",
            hint="such as ws://127.0.0.1:7880 or wss://livekit.example.com",
        )

    if not raw or re.search(r"\s|[\x00-\x1f]", raw):
        raise bad("it has a space in it")
    if bare and raw.count(":") > 1 and not raw.startswith("["):
        with contextlib.suppress(ValueError):
            raw = f"[{ipaddress.IPv6Address(raw)}]"
    try:
        parts = urlsplit(raw if not bare else f"ws://{raw}")
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise bad(_why(error)) from error
    if parts.scheme.lower() not in _SCHEMES:
        raise bad("its scheme is none of ws, wss, http, https")
    if not host or port == 0:
        raise bad("it names no host" if not host else "port 0")
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError as error:
            raise bad(f"{host} is no host name") from error
    if parts.query or parts.fragment:
        raise bad("a query or fragment does not belong into it")
    if "@" in parts.path:
        # `http://user:12/34@host`: what looks like the host is the user, and the path holds the password.
        raise bad("it has an @ in its path; in a password write / as %2F")
    remember(unquote(parts.password or ""))
    secure = _SCHEMES[parts.scheme.lower()]
    if port is None:
        port = 7880 if bare else (443 if secure else 80)
    return Endpoint(secure, host, port, parts.path.rstrip("/"))


def _why(error: ValueError) -> str:
    """What urlsplit refused, without its words: they may quote a part of a password."""
    text = str(error).lower()
    if "port" in text:
        return "its port is no number from 1 to 65535"
    return "the address in brackets is no IPv6 address" if "ip" in text else "it cannot be read"


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine by its spelling alone."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that is asked for a tunnel with CONNECT."""

    secure: bool
    host: str
    port: int
    variable: str
    authorization: str | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.secure else ''}://{host}:{self.port}"

    def __repr__(self) -> str:
        return f"Proxy({self}, {self.variable})"


@dataclass(frozen=True, slots=True)
class Route:
    """How a server is reached, and why so."""

    proxy: Proxy | None
    reason: str

    def __str__(self) -> str:
        return f"proxy {self.proxy}" if self.proxy else "direct"


def route_to(endpoint: Endpoint, *, local: bool = False, env: Mapping[str, str] | None = None) -> Route:
    """Decide once, for all probes, whether a proxy is used.

    Loopback and the project's own stack (``local``) never use one. Other hosts obey NO_PROXY, then
    HTTPS_PROXY or HTTP_PROXY by the URL's scheme, then ALL_PROXY; the lower-case spelling wins, as in curl.

    Raises:
        ConfigError: the variable does not hold a proxy that lkm can use.
    """
    env = os.environ if env is None else env
    if endpoint.loopback:
        return Route(None, "loopback")
    if local:
        return Route(None, "the project's own stack")
    name, value = _first(env, "https_proxy" if endpoint.secure else "http_proxy", "all_proxy")
    if not value:
        return Route(None, "no proxy is set")
    exempt, rules = _first(env, "no_proxy")
    if rules and _exempt(endpoint, rules):
        return Route(None, exempt)
    return Route(_proxy(name, value), name)


def _first(env: Mapping[str, str], *names: str) -> tuple[str, str]:
    for name in names:
        for spelling in (name, name.upper()):
            if value := env.get(spelling, "").strip():
                return spelling, value
    return "", ""


def _exempt(endpoint: Endpoint, rules: str) -> bool:
    host = endpoint.host.lower().rstrip(".")
    address: ipaddress.IPv4Address | ipaddress.IPv6Address | None = None
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
    for rule in re.split(r"[\s,]+", rules.lower()):
        if rule == "*":
            return True
        name, port = _split_port(rule)
        if port and port != endpoint.port:
            continue
        if address is not None:
            with contextlib.suppress(ValueError):
                if address in ipaddress.ip_network(name, strict=False):
                    return True
        name = name.removeprefix("*").strip(".")
        if name and (host == name or host.endswith(f".{name}")):
            return True
    return False


def _split_port(rule: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"\[([^\]]+)\](?::(\d+))?|([^:]*):(\d+)", rule)
    if not match:
        return rule, None
    return match[1] or match[3], int(port) if (port := match[2] or match[4]) else None


def _proxy(name: str, value: str) -> Proxy:
    import base64

    shown = redact(hide_userinfo(value))
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"{name}: {shown} is not a URL: {_why(error)}", code="proxy.invalid") from error
    if parts.scheme not in ("http", "https"):
        raise ConfigError(
            f"{name}: {shown}: lkm knows http:// and https:// proxies only",
            code="proxy.scheme",
            hint="set HTTPS_PROXY and HTTP_PROXY to an HTTP proxy, or name the server's host in NO_PROXY",
        )
    if not host:
        raise ConfigError(f"{name}: {shown} names no host", code="proxy.invalid")
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        raise ConfigError(
            f"{name}: {shown} has an @ behind its host",
            code="proxy.invalid",
            hint="in a user or password write / as %2F, ? as %3F, # as %23",
        )
    authorization = None
    if parts.username is not None:
        remember(unquote(parts.password or ""))
        plain = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(plain.encode()).decode()
    secure = parts.scheme == "https"
    return Proxy(secure, host, port or (443 if secure else 8080), name, authorization)
