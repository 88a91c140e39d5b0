"""The server that `lkm up` runs natively: the project's livekit.yaml with what lkm sets and leaves out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ...core.errors import ConfigError
from ...core.files import BOM, read_text
from ...core.secret import MASK
from ...core.settings import Settings
from ..config import Override, Ports, native
from ..configcheck.check import LARGEST
from ..configcheck.schema import Schema
from ..key_texts import Spot
from ..keys import find_pair
from .effective import Setting, settings_of
from .options import Options
from .texts import Text


def settings_of_native(
    settings: Settings, text: Text, schema: Schema, env: Mapping[str, str] = os.environ
) -> list[Setting]:
    """Every key of that server, with what lkm overrides.

    Args:
        text: of the project's livekit.yaml, or an empty one.

    Raises:
        ConfigError: the file cannot be read, or is no YAML mapping.
    """
    ports = Ports(*(settings.number(f"ports.{name}") for name in ("signal", "rtc_tcp", "rtc_udp")))
    source = settings.path("paths.livekit")
    made = native(source if os.path.lexists(source) else None, ports)
    found = {setting.key: setting for setting in settings_of(text, Options(), schema)}
    for override in made.overrides:
        for key in [key for key in found if key == override.key or key.startswith(f"{override.key}.")]:
            _overridden(found, key, override, schema)
        if override.now is not None:
            before = found.get(override.key)
            found[override.key] = Setting(
                override.key, _typed(override.now), _by(override), before.beaten if before else ()
            )
    found["keys"] = _keys(settings, env)
    return [found[key] for key in sorted(found)]


def _overridden(found: dict[str, Setting], key: str, override: Override, schema: Schema) -> None:
    """A key that lkm takes from the file: its default holds, or nothing where it has none."""
    was = found.pop(key)
    beaten = () if was.is_default else (f"{was.origin} has {was.value}",)
    if key in schema.defaults:
        origin = _by(override) if beaten else "default"
        found[key] = Setting(key, schema.defaults[key], origin, beaten)


def _by(override: Override) -> str:
    return f"lkm up ({override.why})"


def _typed(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if text.startswith("["):
        return [part.strip() for part in text[1:-1].split(",")]
    return int(text) if text.isdecimal() else text


def _keys(settings: Settings, env: Mapping[str, str]) -> Setting:
    try:
        pair = find_pair(settings, env)
    except ConfigError as error:
        if error.code != "keys.missing":
            raise
        return Setting("keys", {}, "lkm up (makes a pair at its first start)")
    return Setting("keys", {pair.pair.key: MASK}, f"{pair.key_origin} and {pair.secret_origin}")


def text_of(settings: Settings) -> Text:
    """The project's livekit.yaml, or an empty text where there is none.

    Raises:
        ConfigError: it cannot be read.
    """
    path = settings.path("paths.livekit")
    name = settings.relative(path)
    if not os.path.lexists(path):
        return Text("", name, Spot(name, 1))
    text = read_text(path, what="server configuration", limit=LARGEST).removeprefix(BOM)
    return Text(text, name, Spot(name, 1))
