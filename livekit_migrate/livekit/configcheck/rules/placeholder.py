"""Placeholders that the server takes as text."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from .. import templates
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    seen: set[int] = set()
    for entry in config.entries.values():
        node = entry.node
        if node.kind == "scalar" and node.start not in seen and templates.PLACEHOLDER.search(node.value):
            seen.add(node.start)
            match = templates.PLACEHOLDER.search(node.value)
            shown = match[0] if match else ""
            yield templates.finding(config.name, shown, node.line, node.column, refused=False)


RULE = Rule(
    "config.template",
    "warn",
    "A placeholder was not filled in",
    "${NAME}, {{ name }} and the like in a value: the server takes it as text (where it can: else it fails)",
    "livekit-server cmd/server: getConfigString",
    _check,
)
