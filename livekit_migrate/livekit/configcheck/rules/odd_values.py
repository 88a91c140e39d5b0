"""Values that mean something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....core.result import Finding
from .. import gonumbers
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for path, entry in config.entries.items():
        node = entry.node
        if node.kind == "sequence":
            for item in node.content:
                if item.short_tag == "!!null":
                    yield config.found(
                        RULE, item, f"the server drops it from {path}", title="An empty item of a list"
                    )
            continue
        if isinstance(entry.value, tuple) and node.kind != "scalar":
            detail = f"{path} takes a text; a {node.kind} is passed over in silence"
            yield config.found(RULE, node, detail, title=f"{path} is not set by this")
            continue
        if (
            node.kind != "scalar"
            or node.style
            or isinstance(entry.value, bool)
            or not isinstance(entry.value, int)
        ):
            continue
        if node.tag == "!!float" and _number(node.value) != entry.value:
            yield config.found(
                RULE, node, f"the server takes {entry.value}", title=f"{node.value} is no whole number"
            )
        elif re.fullmatch(r"[-+]?0[0-9_]+", node.value) and entry.value != int(node.value.replace("_", "")):
            detail = f"a leading zero makes it octal: {entry.value}"
            yield config.found(RULE, node, detail, title=f"{node.value} is {entry.value}")
    yield from _null_keys(config)


def _number(text: str) -> float | None:
    return gonumbers.parse_float(text.replace("_", ""))


def _null_keys(config: Config) -> Iterator[Finding]:
    root = config.parsed.root
    for key, _ in root.pairs() if root and root.kind == "mapping" else ():
        if key.short_tag == "!!null":
            yield config.found(RULE, key, "the server passes it over", title="An entry without a key")


RULE = Rule(
    "config.odd-value",
    "warn",
    "A value that is not what it looks like",
    "a fraction that is cut off, a number in octal, an empty item, a mapping where a text belongs",
    "gopkg.in/yaml.v3: decode.go, resolve.go",
    _check,
)
