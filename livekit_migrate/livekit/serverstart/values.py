"""Values of options and variables as the server's command line parser reads them."""

from __future__ import annotations

from typing import Any

from ..configcheck import gonumbers

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


def port_range(text: str) -> tuple[int, int] | None:
    """(start, end), end 0 for one port; None where the server cannot read it."""
    parts = [gonumbers.atoi(part.strip(" ") if "-" in text else part) for part in text.split("-")]
    if len(parts) == 1 and parts[0] is not None:
        return parts[0], 0
    if len(parts) == 2 and parts[0] is not None and parts[1] is not None and parts[1] > parts[0]:
        return parts[0], parts[1]
    return None


def parsed(kind: str, text: str) -> tuple[Any, str]:
    """The value of an option of this type, or why the server refuses it. An empty text is the zero value."""
    if kind == "string":
        return text, ""
    if kind == "bool":
        if text in _TRUE:
            return True, ""
        return (False, "") if text in _FALSE or not text else (None, "neither true nor false")
    if kind == "[]string":
        return [part.strip() for part in text.split(",")] if text else [], ""
    if not text:
        return 0, ""
    if kind.startswith("float"):
        number = gonumbers.parse_float(text.replace("_", ""))
        return (number, "") if number is not None else (None, "no number")
    plain = text.replace("_", "")
    whole = gonumbers.uint64(plain) if kind.startswith("uint") else gonumbers.int64(plain)
    if whole is None:
        return None, "no whole number" if not kind.startswith("uint") else "no whole number from 0 on"
    return whole, ""
