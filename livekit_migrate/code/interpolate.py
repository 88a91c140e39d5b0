"""`${VAR}` in a Compose file as Compose substitutes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OPERATOR = re.compile(r":?[-?+]")
_DEEPEST = 20

Lookup = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its variables filled in.

    Args:
        names: every variable that was asked for, in order.
        missing: those that nobody sets and that have no default: Compose makes them empty.
        refusal: why Compose refuses the file (``${VAR:?message}``, a form it does not know); else empty.
    """

    text: str
    names: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    refusal: str = ""

    def __repr__(self) -> str:
        # The text may be a secret by now.
        return f"Filled({len(self.text)} characters, {self.names})"


def fill(text: str, lookup: Lookup) -> Filled:
    """Substitute ``$VAR``, ``${VAR}`` and its forms ``:-``, ``-``, ``:?``, ``?``, ``:+``, ``+``.

    ``$$`` is the character.

    Args:
        lookup: a variable's value, None where nobody sets it.
    """
    if "$" not in text:
        return Filled(text)
    state = _State(lookup)
    filled = state.fill(text, 0)
    return Filled(filled, tuple(state.names), tuple(state.missing), state.refusal)


class _State:
    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self.names: list[str] = []
        self.missing: list[str] = []
        self.refusal = ""

    def fill(self, text: str, depth: int) -> str:
        out: list[str] = []
        at = 0
        while (dollar := text.find("$", at)) >= 0:
            out.append(text[at:dollar])
            rest = text[dollar + 1 :]
            if rest.startswith("$"):
                out.append("$")
                at = dollar + 2
            elif rest.startswith("{"):
                end = _closing(text, dollar + 1)
                if end < 0 or depth > _DEEPEST:
                    return self._refuse("a `${` without its end", text)
                out.append(self._braced(text[dollar + 2 : end], depth))
                at = end + 1
            elif name := _NAME.match(rest):
                out.append(self._value(name[0]))
                at = dollar + 1 + name.end()
            else:
                out.append("$")  # Compose leaves a lone one as it is
                at = dollar + 1
        out.append(text[at:])
        return "".join(out)

    def _braced(self, inner: str, depth: int) -> str:
        name = _NAME.match(inner)
        operator = _OPERATOR.match(inner, name.end()) if name else None
        if name is None or (operator is None and name.end() != len(inner)):
            return self._refuse("a `${…}` that Compose does not know", "")
        if operator is None:
            return self._value(name[0])
        self.names.append(name[0])
        value = self._lookup(name[0])
        word = inner[operator.end() :]
        there = bool(value) if operator[0].startswith(":") else value is not None
        match operator[0][-1]:
            case "+":
                return self.fill(word, depth + 1) if there else ""
            case "-":
                return value or "" if there else self.fill(word, depth + 1)
        if there:
            return value or ""
        self.missing.append(name[0])
        return self._refuse(f"{name[0]} is not set{': ' if word else ''}{word}", "")

    def _value(self, name: str) -> str:
        self.names.append(name)
        value = self._lookup(name)
        if value is None:
            self.missing.append(name)
        return value or ""

    def _refuse(self, why: str, text: str) -> str:
        self.refusal = self.refusal or why
        return text


def _closing(text: str, opening: int) -> int:
    """Where the brace at ``opening`` is closed; -1 when it is not."""
    depth = 0
    for at in range(opening, len(text)):
        if text[at] == "{" and text[at - 1] == "$":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return at
    return -1
