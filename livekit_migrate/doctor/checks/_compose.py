"""Places in Compose files, and the services that are LiveKit's, for the checks that judge them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ...core.errors import LkmError
from ...core.result import Location
from ..context import Context
from ._docker import Composed, compose_files


def place(context: Context, service: str, *keys: str) -> Location | None:
    """Where a service sets a key; of several files the last one that does, since it wins."""
    from ...code import yaml

    for wanted in (*(f"services.{service}.{key}" for key in keys), f"services.{service}"):
        for file in reversed(compose_files(context)):
            shown = context.settings.relative(file)
            try:
                document = context.once(f"yaml.{shown}", partial(yaml.load, file, name=shown))
            except LkmError:
                continue
            found = document.find(wanted)
            if found is not None:
                return Location(shown, found.line)
    return None


def livekit_services(it: Composed) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every service that runs a livekit-server, with what Compose prints of it."""
    for name in it.stack.services:
        raw = it.raw(name)
        if it.roles.get(name) == "livekit" or "livekit-server" in str(raw.get("image") or ""):
            yield name, raw


def on_host_network(raw: Mapping[str, Any]) -> bool:
    """Whether a service has the host's network."""
    return raw.get("network_mode") == "host" or "host" in (raw.get("networks") or {})


def ranges(numbers: set[int]) -> str:
    """Numbers as people write them: ``7882, 50000–50200``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs) or "none"
