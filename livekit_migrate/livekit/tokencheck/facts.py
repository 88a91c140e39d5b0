"""What the remarks about a token start from, and the finding they end in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ...core.result import Finding, Fix, Status
from .claims import Decoded
from .gojson import Object
from .rules import Rules


class Facts(NamedTuple):
    """What there is to look at: a token's parts as they are, and as a server of these rules reads them."""

    token: str
    header: Any
    payload: Any
    decoded: Decoded
    rules: Rules
    now: float
    own_secrets: tuple[str, ...] = ()


def finding(  # noqa: PLR0917 - in the order of reading
    name: str, status: Status, title: str, detail: str = "", fix: str = "", command: str | None = None
) -> Finding:
    """A finding about a token; ``fix`` is what to do about it."""
    return Finding(
        f"token.{name}",
        status,
        title,
        detail,
        category="token",
        fix=Fix(fix, command) if fix or command else None,
    )


def pairs(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Object):
        yield from value


def camel(name: str) -> str:
    first, *rest = re.split(r"[_-]", name)
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
