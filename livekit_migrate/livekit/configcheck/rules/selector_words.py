"""How nodes are sorted."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from ..model import Config, Rule

WORDS = {
    "node_selector.sort_by": ("random", "sysload", "cpuload", "rooms", "clients", "tracks", "bytespersec"),
    "node_selector.algorithm": ("lowest", "twochoice"),
}


def _check(config: Config) -> Iterator[Finding]:
    for key, words in WORDS.items():
        if config.knows(key) and config.get(key) not in words:
            title = f"{key}: {config.get(key) or 'nothing'} is not known: every new room fails"
            yield config.found(RULE, key, f"known are {', '.join(words)}", title=title)


RULE = Rule(
    "config.node-selector-words",
    "warn",
    "No room can be made with that",
    "node_selector.sort_by or algorithm is none of the known words: every new room fails",
    "livekit-server pkg/routing/selector: SelectSortedNode",
    _check,
)
