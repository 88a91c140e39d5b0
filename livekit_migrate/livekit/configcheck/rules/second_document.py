"""More than one document."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule
from ..tree import Node


def _check(config: Config) -> Iterator[Finding]:
    if config.parsed.rest is None:
        return
    line, column = config.parsed.rest
    node = Node("scalar", "", "", "", line, column, 0, 0)
    detail = "the server reads the first document only"
    yield config.found(
        RULE, node, detail, title=f"From line {line} on nothing is read", fix=Fix("one document")
    )


RULE = Rule(
    "config.second-document",
    "warn",
    "What follows is not read",
    "a second document (---): the server reads the first one only",
    "gopkg.in/yaml.v3: Decoder.Decode, called once",
    _check,
)
