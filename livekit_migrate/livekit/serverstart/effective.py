"""What a server ends up with, key by key, and who set it: option, variable, configuration, or its default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...core.secret import MASK, Secret, redact
from .. import key_pairs
from ..configcheck import secrets
from ..configcheck.decode import Decoder
from ..configcheck.model import is_secret
from ..configcheck.schema import Schema
from ..configcheck.tree import parse
from ..key_texts import remember
from .options import Options
from .settle import settle
from .texts import Text


@dataclass(frozen=True, slots=True)
class Setting:
    """One key.

    Args:
        value: as the server has it; durations as text (``2s``); a secret is masked.
        origin: ``livekit.yaml:3``, ``LIVEKIT_PORT (compose.yaml:7)``, ``--port (…)``, ``default``.
        beaten: what was set as well and does not count, each with its place.
    """

    key: str
    value: Any
    origin: str
    beaten: tuple[str, ...] = ()

    @property
    def is_default(self) -> bool:
        return self.origin == "default"


def settings_of(text: Text, options: Options, schema: Schema) -> list[Setting]:
    """Every key of the server, those inside lists and maps as they are set; in the order of their names.

    Raises:
        NotYamlError: the text is no YAML.
    """
    written, raw = _written(text, schema)
    settle(options, raw)
    setters = options.setters()
    unseen = {key: one for one in options.given.values() if one.at.unknown for key in one.flag.sets}
    beaten_variables = {key: one for one in options.beaten for key in one.flag.sets}
    keys = {*schema.defaults, *written}
    found = []
    for key in sorted(keys):
        if (blank := unseen.get(key)) is not None:
            origin = f"{blank.spelled} ({blank.at.at}): {blank.at.unknown}"
            found.append(Setting(key, None, origin))
            continue
        setter = setters.get(key) or (setters.get("keys") if key.startswith("keys.") else None)
        beaten = []
        if setter is not None:
            if key.startswith("keys."):
                continue  # those of the text count no more
            if key in written:
                beaten.append(f"{written[key][1]} has {_shown(key, written[key][0])}")
            if key in beaten_variables:
                one = beaten_variables[key]
                beaten.append(f"{one.spelled} ({one.at.at}) has {_shown(key, one.text)}")
            value = setter.value if key != "keys" else _pairs(setter.text)
            value = value if key == "keys" else _shown(key, _as_text(value, key, schema))
            found.append(Setting(key, value, f"{setter.spelled} ({setter.at.at})", tuple(beaten)))
        elif key in written:
            found.append(Setting(key, _shown(key, written[key][0]), written[key][1]))
        elif not _inside(key, written):
            found.append(Setting(key, _shown(key, schema.defaults[key]), "default"))
    return found


def _inside(key: str, written: Mapping[str, Any]) -> bool:
    """Whether the text sets keys below this one, which then stand for it."""
    return any(other.startswith(f"{key}.") for other in written)


def _written(text: Text, schema: Schema) -> tuple[dict[str, tuple[Any, str]], dict[str, Any]]:
    """What the text sets: key → value to show and place, and key → value as the server has it."""
    root = parse(text.text or "").root
    secrets.remember_tree(root)
    decoder = Decoder(schema)
    if root is not None:
        decoder.decode(root)
    shown = {}
    for path, entry in decoder.entries.items():
        if isinstance(entry.value, dict | list) and (entry.value or path not in schema.defaults):
            continue  # its parts come by themselves
        place = text.location((entry.key or entry.node).line, None)
        shown[path] = (_as_text(entry.value, path, schema), str(place))
    return shown, {path: entry.value for path, entry in decoder.entries.items()}


def _as_text(value: Any, path: str, schema: Schema) -> Any:
    """A duration as Go writes it, a range of ports as it is set; everything else as it is."""
    default = schema.defaults.get(path)
    if (
        isinstance(value, int)
        and isinstance(default, str)
        and re.fullmatch(r"[\d.]+(?:ns|µs|ms|s|m|h).*", default)
    ):
        return duration(value)
    if isinstance(value, tuple):
        shown = [str(part) for part in value if part not in (0, "")]
        return "-".join(shown) if path.endswith("udp_port") else ",".join(shown)
    return value


def _pairs(text: str) -> dict[str, str]:
    """The keys of LIVEKIT_KEYS, their secrets masked."""
    remember(text)
    return {redact(pair.key): MASK for pair in key_pairs.of_variable(text).pairs}


def duration(nanoseconds: int) -> str:
    """Nanoseconds in the largest unit that needs no fraction: ``2s``, ``1500ms``."""
    for unit, size in (("h", 3600 * 10**9), ("m", 60 * 10**9), ("s", 10**9), ("ms", 10**6), ("µs", 10**3)):
        if nanoseconds and nanoseconds % size == 0:
            return f"{nanoseconds // size}{unit}"
    return f"{nanoseconds}ns" if nanoseconds else "0s"


def _shown(key: str, value: Any) -> Any:
    if value in ("", None, [], {}) or not is_secret(key):
        return value
    if isinstance(value, str):
        Secret(value)
    return MASK
