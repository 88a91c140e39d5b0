"""Ports that are not those of the Compose files: `[ports]` of lkm.toml and `--port-offset`.

The project's files stay as they are. What differs goes into an override of lkm's own, and into a copy of
livekit.yaml: the server advertises its media ports by their numbers, so inside and outside must be alike.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ...core.errors import ConfigError, LkmError, UsageError
from ...core.settings import Settings
from .model import Published, Spec, Stack, purpose, signal_port

_HEAD = "# Written by `lkm up` at every start: the ports that lkm.toml or --port-offset moves.\n"
_OFFSET = "# --port-offset "
_COPY = "livekit.yaml"


@dataclass(frozen=True, slots=True)
class Move:
    """A published port before and after."""

    service: str
    before: Published
    after: Published


def folder_of(settings: Settings) -> Path:
    """``.lkm/compose``; it need not be there."""
    return settings.root / ".lkm" / "compose"


def override_of(settings: Settings) -> Path:
    """The override; it is there while ports are moved."""
    return folder_of(settings) / "override.yaml"


def offset_of(settings: Settings) -> int:
    """What ``--port-offset`` moves the ports by since `lkm up`; 0 when it does not."""
    with contextlib.suppress(OSError, ValueError):
        for line in override_of(settings).read_text(encoding="utf-8").splitlines():
            if line.startswith(_OFFSET):
                return int(line.removeprefix(_OFFSET))
    return 0


def saved(settings: Settings) -> dict[Path, bytes | None]:
    """The override and the copy as they are now, for ``restored``; None for a file that is not there."""
    found: dict[Path, bytes | None] = {}
    for path in (override_of(settings), folder_of(settings) / _COPY):
        found[path] = None
        with contextlib.suppress(OSError):
            found[path] = path.read_bytes()
    return found


@contextmanager
def restored(before: Mapping[Path, bytes | None]) -> Iterator[None]:
    """For what may refuse a start: then the files are again those of the containers that go on running."""
    from ...core.files import write_atomic

    try:
        yield
    except BaseException:
        for path, data in before.items():
            with contextlib.suppress(LkmError, OSError):  # what went wrong first is what is told
                if data is None:
                    path.unlink(missing_ok=True)
                else:
                    write_atomic(path, data, mode=0o644 if path.name == _COPY else 0o600, follow=False)
        raise


def moves(stack: Stack, roles: Mapping[str, str], settings: Settings, offset: int) -> tuple[Move, ...]:
    """Every published port that shall have another number.

    Raises:
        UsageError: a number would be none of 1–65535.
    """
    found: list[Move] = []
    for spec in stack.services.values():
        for port in spec.ports:
            if port.number is None:
                continue
            number = _wanted(spec, roles.get(spec.name, ""), port, settings) + offset
            if not 1 <= number <= 65535:
                raise UsageError(
                    f"--port-offset {offset}: {spec.name} would be on port {number}", code="ports.offset"
                )
            if number != port.number:
                media = roles.get(spec.name) == "livekit" and port != signal_port(spec)
                target = number if media or _one_to_one(spec, roles, port) else port.target
                found.append(Move(spec.name, port, replace(port, number=number, target=target)))
    return tuple(found)


def _one_to_one(spec: Spec, roles: Mapping[str, str], port: Published) -> bool:
    """Media of another server: told to browsers by number, too, and over TCP by the same one."""
    udp = {each.number for each in spec.ports if each.protocol == "udp"}
    return roles.get(spec.name) == "backend" and port.number == port.target and port.number in udp


def _wanted(spec: Spec, role: str, port: Published, settings: Settings) -> int:
    """The number that lkm.toml says, where it says one; else that of the Compose file."""
    assert port.number is not None  # noqa: S101 - the caller looked
    key = ""
    if role == "livekit":
        udp = [each for each in spec.ports if each.protocol == "udp"]
        word = purpose(spec, role, port)
        key = {"signalling and API": "ports.signal", "media over TCP": "ports.rtc_tcp"}.get(word, "")
        if word == "media over UDP" and len(udp) == 1:
            key = "ports.rtc_udp"
    elif role in ("redis", "db", "web", "backend") and port == next(iter(spec.ports)):
        key = {"db": "ports.postgres"}.get(role, f"ports.{role}")
    if key and settings.origins.get(key, "default") != "default":
        return settings.number(key)
    return port.number


def write(
    settings: Settings, stack: Stack, roles: Mapping[str, str], moved: Sequence[Move], offset: int = 0
) -> bool:
    """Put the override on the disk, or away; whether there is one.

    Args:
        offset: kept in it, for the next start.

    Raises:
        ConfigError: media ports shall move, and the server's configuration is no file that is mounted.
    """
    from ...core.files import private_directory, write_atomic
    from ...core.state import open_state

    override = override_of(settings)
    if not moved:
        if override.exists():
            override.unlink()
        return False
    private_directory(open_state(settings.root) / "compose")
    extra: dict[str, list[str]] = {}
    for name in dict.fromkeys(move.service for move in moved):
        spec = stack.services[name]
        if roles.get(name) == "livekit" and any(
            move.after.target != move.before.target for move in moved if move.service == name
        ):
            target, text = _server_config(settings, spec, moved)
            copy = folder_of(settings) / _COPY
            write_atomic(copy, text, mode=0o644, follow=False)
            extra[name] = [f"{copy}:{target}:ro"]
    write_atomic(override, document(stack, moved, extra, offset).encode(), mode=0o600, follow=False)
    return True


def document(
    stack: Stack, moved: Sequence[Move], mounts: Mapping[str, Sequence[str]], offset: int = 0
) -> str:
    """The override's text: JSON inside YAML, but for the tag that makes lists replace, not extend."""
    import json

    lines = [f"{_HEAD}{_OFFSET}{offset}", "services:"]
    after = {(move.service, move.before): move.after for move in moved}
    addresses = _addresses(moved)
    for spec in stack.services.values():
        ports = [after.get((spec.name, port), port) for port in spec.ports]
        environment = _moved_values(spec.environment, addresses) | _moved_numbers(spec, moved)
        args = _moved_values(spec.build.args, addresses) if spec.build else {}
        if tuple(ports) == spec.ports and not environment and not args:
            continue
        lines.append(f"  {json.dumps(spec.name)}:")
        if tuple(ports) != spec.ports:
            lines.append("    ports: !override")
            lines += [f"      - {json.dumps(_written(port))}" for port in ports]
        if volumes := mounts.get(spec.name):
            lines.append("    volumes:")
            lines += [f"      - {json.dumps(_escaped(volume))}" for volume in volumes]
        if environment:
            lines.append("    environment:")
            lines += [f"      {json.dumps(k)}: {json.dumps(_escaped(v))}" for k, v in environment.items()]
        if args:
            lines += ["    build:", "      args:"]
            lines += [f"        {json.dumps(k)}: {json.dumps(_escaped(v))}" for k, v in args.items()]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("$", "$$")


def _written(port: Published) -> dict[str, object]:
    found: dict[str, object] = {"target": port.target, "protocol": port.protocol, "mode": "ingress"}
    if published := port.choice or (str(port.number) if port.number is not None else ""):
        found["published"] = published
    if port.host:
        found["host_ip"] = port.host
    return found


def _addresses(moved: Sequence[Move]) -> dict[int, int]:
    """Old number → new one, for TCP: what URLs name."""
    return {
        move.before.number: move.after.number
        for move in moved
        if move.before.protocol == "tcp" and move.before.number and move.after.number
    }


def _moved_values(values: Mapping[str, str], addresses: Mapping[int, int]) -> dict[str, str]:
    """The values whose URL of this machine names a port that moved."""

    def place(match: re.Match[str]) -> str:
        number = int(match[2])
        return f"{match[1]}{addresses.get(number, number)}"

    changed = {
        name: re.sub(r"(\b(?:localhost|127\.0\.0\.1):)(\d{1,5})\b", place, value)
        for name, value in values.items()
    }
    return {name: value for name, value in changed.items() if value != values[name]}


def _moved_numbers(spec: Spec, moved: Sequence[Move]) -> dict[str, str]:
    """The settings by which a server takes a port that has to be alike inside: ``MEDIASOUP_RTC_PORT``."""
    numbers = {
        str(move.before.number): str(move.after.number)
        for move in moved
        if move.service == spec.name and move.after.target != move.before.target
    }
    return {
        name: numbers[value]
        for name, value in spec.environment.items()
        if "PORT" in name and value in numbers
    }


def _server_config(settings: Settings, spec: Spec, moved: Sequence[Move]) -> tuple[str, bytes]:
    """Where livekit.yaml is mounted, and its text with the media ports moved."""
    from ...code import yaml

    mine = [move for move in moved if move.service == spec.name]
    found = next(((t, s) for t, s in spec.binds.items() if s.suffix in (".yaml", ".yml")), None)
    if found is None:
        raise ConfigError(
            f"the media ports of {spec.name} cannot be moved: its configuration is no file that is mounted",
            code="ports.no-file",
            detail="the server advertises its media ports by their numbers: they must be the same inside",
            hint="mount a livekit.yaml: ./livekit.yaml:/etc/livekit.yaml:ro",
        )
    target, source = found
    config = yaml.load(source, name=settings.relative(source))
    udp = [move for move in mine if move.after.protocol == "udp"]
    tcp = [move for move in mine if move.after.protocol == "tcp" and move.after.target != move.before.target]
    for move in tcp[:1]:
        config = config.set("rtc.tcp_port", move.after.target)
    if len(udp) == 1:
        config = config.set("rtc.udp_port", udp[0].after.target)
    elif udp:
        numbers = sorted(move.after.target for move in udp)
        config = config.set("rtc.port_range_start", numbers[0]).set("rtc.port_range_end", numbers[-1])
    return target, config.to_bytes()
