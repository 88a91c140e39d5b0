"""What is to run: keys, configuration, ports and program, read and checked before anything is touched."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...code.git import exposed
from ...core.errors import ConfigError, LkmError
from ...core.report import Reporter
from ...core.settings import Settings
from ...livekit import config as server_config
from ...livekit.rotation import accepted
from ..ports import Port
from .judge import refuse_bad
from .record import CONFIG

if TYPE_CHECKING:
    from ...livekit.keys import KeyPair
    from ..server import ServerBinary


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run: read and checked before anything is stopped or started.

    Args:
        pairs: what the server shall know: during a rotation of keys more than one.
    """

    pair: KeyPair
    pairs: tuple[KeyPair, ...]
    config: server_config.NativeConfig
    ports: tuple[Port, ...]
    version: str
    binary: ServerBinary | None = None

    @property
    def signal(self) -> int:
        return self.ports[0].number

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.signal}"

    @property
    def config_print(self) -> str:
        return hashlib.sha256(self.config.text.encode()).hexdigest()[:16]

    @property
    def keys_print(self) -> str:
        # Short on purpose: it tells changed pairs, and tells nothing about the secrets.
        all_of_them = "\0".join(sorted(f"{pair.key}\0{pair.secret.reveal()}" for pair in self.pairs))
        return hashlib.sha256(all_of_them.encode()).hexdigest()[:8]

    def facts(self, settings: Settings, folder: Path, binary: ServerBinary) -> dict[str, Any]:
        """What the record keeps of it: no secret."""
        return {
            "version": binary.version,
            "binary": str(binary.path),
            "url": self.url,
            "key": self.pair.key,
            "config_print": self.config_print,
            "keys_print": self.keys_print,
            "config": str(folder / CONFIG),
            "source": settings.relative(self.config.source) if self.config.source else None,
            "ports": [
                {"number": p.number, "protocol": p.protocol, "purpose": p.purpose, "host": p.host}
                for p in self.ports
            ],
        }


def prepare(settings: Settings, reporter: Reporter, command: str, *, fetch: bool = False) -> Plan:
    """Read keys and configuration; make what is missing.

    Args:
        fetch: get the server program now, too; otherwise only when it is to be started.

    Raises:
        ConfigError: keys, .env or livekit.yaml are wrong, or the server would not start with them.
    """
    pair = _keys(settings, reporter, command)
    pairs = accepted(settings, pair)
    config = _config(settings, reporter)
    version = settings.text("server.version")
    refuse_bad(settings, config, pairs, version)
    plan = Plan(pair, pairs, config, _ports(settings, config), version)
    if note := _elsewhere(settings, plan):
        reporter.note(note)
    return with_binary(plan, reporter) if fetch else plan


def with_binary(plan: Plan, reporter: Reporter) -> Plan:
    from ..server import ensure

    return plan if plan.binary else replace(plan, binary=ensure(plan.version, reporter))


def plan_now(settings: Settings) -> Plan | None:
    """What `lkm up` would start now, for comparing; None when something is missing or wrong."""
    from ...livekit.keys import find_pair

    try:
        config = _config(settings, None)
        pair = find_pair(settings).pair
        ports = _ports(settings, config)
        return Plan(pair, accepted(settings, pair), config, ports, settings.text("server.version"))
    except LkmError:
        return None


def _keys(settings: Settings, reporter: Reporter, command: str) -> KeyPair:
    from ...core.journal import apply
    from ...livekit.keys import ensure_pair

    found, changes = ensure_pair(settings)
    if changes is not None:
        with reporter.step("keys") as step:
            applied = apply(replace(changes, title=command))
            for note in applied.notes:
                reporter.note(note)
            step.finish(
                f"new API key {found.pair.key}, its secret is in {', '.join(applied.files)} (lkm undo)"
            )
        for warning in exposed(settings.env_file, settings.relative(settings.env_file)):
            reporter.note(f"warning: {warning}")
    for note in (*found.shadowed, *found.notes):
        reporter.note(f"keys: {note}")
    return found.pair


def _elsewhere(settings: Settings, plan: Plan) -> str:
    """Whether the URL that apps and the other commands use is not this server's."""
    from ...core.endpoint import parse_url
    from ...livekit.keys import find_url

    url, origin = find_url(settings)
    try:
        endpoint = parse_url(url)
    except LkmError as error:
        return f"LIVEKIT_URL ({origin}): {error.message}"
    if endpoint.loopback and endpoint.port == plan.signal:
        return ""
    return f"LIVEKIT_URL is {url} ({origin}): apps that read it will not talk to this server, {plan.url}"


def _config(settings: Settings, reporter: Reporter | None) -> server_config.NativeConfig:
    source = settings.path("paths.livekit")
    named = settings.origins["paths.livekit"]
    exists = source.exists() or source.is_symlink()
    if not exists and named != "default":
        raise ConfigError(
            f"{named}: paths.livekit: there is no {settings.relative(source)}", code="config.missing"
        )
    ports = server_config.Ports(
        settings.number("ports.signal"), settings.number("ports.rtc_tcp"), settings.number("ports.rtc_udp")
    )
    config = server_config.native(source if exists else None, ports)
    for override in config.overrides:
        name = {"port": "signal", "rtc.tcp_port": "rtc_tcp", "rtc.udp_port": "rtc_udp"}.get(override.key)
        # A port that somebody wrote down and does not get must not be a surprise.
        if reporter and name and override.was is not None:
            origin = settings.origins[f"ports.{name}"]
            where = "its default" if origin == "default" else origin
            reporter.note(
                f"{settings.relative(source)} has {override.key}: {override.was}; "
                f"{override.now} is used: ports.{name} of lkm.toml decides ({where})"
            )
    return config


def _ports(settings: Settings, config: server_config.NativeConfig) -> tuple[Port, ...]:
    own = (
        Port(settings.number("ports.signal"), "tcp", "signalling and API", "127.0.0.1", "ports.signal"),
        # livekit-server 1.13.5 listens for media over TCP on every address, whatever bind_addresses says.
        Port(settings.number("ports.rtc_tcp"), "tcp", "media over TCP", "", "ports.rtc_tcp"),
        # UDP it opens on the addresses of rtc.ips alone, and lkm names 127.0.0.1 there.
        Port(settings.number("ports.rtc_udp"), "udp", "media over UDP", "127.0.0.1", "ports.rtc_udp"),
    )
    extra = tuple(
        Port(number, "tcp" if kind == "tcp" else "udp", purpose, "127.0.0.1" if kind == "tcp" else "")
        for number, kind, purpose in config.extra_ports
    )
    return own + extra
