"""Secrets in a configuration, in their place or near it: taught to the mask before a word is said of them."""

from __future__ import annotations

import re

from ...core.secret import remember
from .tree import Node

_NAME = re.compile(r"(?:secrets?|passwords?|passwd|credentials?|(?:account|access|secret|private)key|token)$")
_LINE = re.compile(r"[\s\-{\[]*[\"']?(?P<name>[\w-]+)[\"']?\s*:\s*(?P<value>\S.*)")
# `password@host` without a scheme, `?token=…` of a webhook.
_WITHIN = re.compile(
    r"^([^\s/@]+)@[^\s@]+$|[?&][\w-]*(?:token|secret|password|key|sig\w*)=([^&#\s]+)", re.IGNORECASE
)
# No key of the server looks like that; a secret without its name does.
_RANDOM = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9+/=.-]{21,}")
TAGS = frozenset(
    ("!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp", "!!binary", "!!merge", "!!map", "!!seq")
)
# An API key as `lkm keys new` and LiveKit make it has 15 characters, a secret 32 or more.
_LONG = 20


def remember_tree(root: Node | None, inside: str = "") -> None:
    """Mask what stands under the name of a secret, whatever form it has: a text, a list, a mapping, a tag.

    In `keys`, a name is masked too where it looks as if it were the secret: `{API…:secret}` without the
    space, or the two in each other's place.

    Args:
        inside: ``pairs`` where the whole text is what stands in `keys`: LIVEKIT_KEYS, a key file.
    """
    waiting = [(root, inside)] if root is not None else []
    seen: set[tuple[int, str]] = set()
    while waiting:
        node, inside = waiting.pop()
        if (id(node), inside) in seen:
            continue
        seen.add((id(node), inside))
        if inside and node.alias is not None:
            waiting.append((node.alias, inside))
        if inside:
            _node(node)
        for match in _WITHIN.finditer(node.value):
            _text(match[1] or match[2])
        if node.kind == "sequence":
            waiting += ((item, inside) for item in node.content)
        elif node.kind == "mapping":
            for key, value in node.pairs():
                if inside == "pairs" and not key.is_merge:
                    named = key.kind == "scalar" and not _secret_as_key(key, value)
                    waiting += [(value, "secret")] if named else [(key, "secret"), (value, "secret")]
                elif inside:
                    waiting += [(key, inside), (value, inside)]
                else:
                    random = "secret" if _RANDOM.fullmatch(key.value) else ""
                    waiting += [(key, random), (value, _kind(key.value, value))]


def remember_lines(text: str) -> None:
    """The same for a text that is no YAML: what stands in a line behind the name of a secret."""
    for line in text.splitlines():
        match = _LINE.match(line)
        if match and _kind(match["name"], None):
            _text(match["value"])
            _text(match["value"].strip("\"'{}[], "))


def _kind(name: str, value: Node | None) -> str:
    """What stands under a name: pairs of API keys, a secret, or neither."""
    plain = re.sub(r"[\W_]", "", name).lower()
    if plain == "keys":
        return "pairs"
    # What is too long for an API key is its secret, in the wrong place.
    if plain == "apikey" and value is not None:
        odd = value.kind != "scalar" or value.tagged or len(value.value) > _LONG
        return "secret" if odd else ""
    return "secret" if _NAME.search(plain) else ""


def _secret_as_key(key: Node, value: Node) -> bool:
    return ":" in key.value or (len(key.value) > _LONG and len(key.value) > len(value.value))


def _node(node: Node) -> None:
    if node.tagged and node.tag not in TAGS:
        remember(node.tag)
        remember(node.tag.lstrip("!"))
    if node.kind == "scalar":
        _text(node.value)


def _text(text: str) -> None:
    for line in (text, *text.splitlines()):
        for part in (line, line.strip(), line.partition(":")[2].strip()):
            remember(part)
