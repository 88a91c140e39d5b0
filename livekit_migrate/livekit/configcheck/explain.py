"""Findings from what the parser refuses: what was meant, and the mend."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ...core.result import Finding, Fix, Location
from ...core.secret import MASK
from . import edits, scalars, templates
from . import schema as schemas
from .model import CATEGORY, is_secret
from .problems import Problem
from .schema import Schema, Type
from .secrets import TAGS
from .tree import Node, NotYamlError

IDS = {
    "unknown-key": "a key that this version does not know",
    "wrong-type": "a value of another type than the key takes",
    "bad-value": "a value that the server cannot read",
    "duplicate-key": "a key that stands twice in one mapping",
    "merge": "a merge key (<<) that merges no mapping",
    "alias": "an alias to an anchor that is not there, or is around itself, or is used too often",
    "syntax": "no YAML",
    "characters": "a character that YAML does not allow",
    "encoding": "bytes that are neither UTF-8 nor UTF-16 with a byte order mark",
    "empty": "nothing but comments",
    "too-deep": "nested too deep",
    "too-large": "larger than any configuration",
    "more": "further places of a file that is wrong in a hundred",
    "template": "a placeholder of a template that was not filled in",
}
MOST = 100  # problems that are explained one by one
WANTS = {
    "bool": "true or false",
    "string": "a text",
    "duration": "a duration such as 5s or 1m30s",
    "float": "a number",
    "slice": "a list",
    "map": "a mapping of names",
    "struct": "a mapping of keys",
}


def explain(name: str, schema: Schema, text: str, problems: Iterable[Problem]) -> list[Finding]:
    """The findings of a parser's problems; a line with a placeholder that was not filled in has one."""
    findings: dict[int, Finding] = {}
    out: list[Finding] = []
    problems = list(problems)
    for problem in problems[:MOST]:
        hole = templates.in_line(text, problem.node.line)
        if hole and problem.kind in ("wrong-type", "bad-value", "duplicate-key"):
            line = problem.node.line
            findings.setdefault(line, templates.finding(name, hole[0], line, hole[1], refused=True))
        else:
            out.append(_finding(name, schema, text, problem))
    if len(problems) > MOST:
        last = problems[-1].node
        title = f"{len(problems) - MOST} more places that the server does not take"
        detail = f"only the first {MOST} are explained: is this a configuration of livekit-server?"
        place = Location(name, last.line, last.column)
        out.append(Finding("config.more", "fail", title, detail, CATEGORY, place))
    return [*out, *findings.values()]


def syntax(name: str, text: str, problem: NotYamlError) -> Finding:
    """The finding of a text that is no YAML."""
    location = Location(name, problem.line, problem.column)
    detail, fix = f"the server says: {problem.text}", None
    lines = text.split("\n")
    line = lines[problem.line - 1] if problem.line <= len(lines) else ""
    if "\t" in line[: problem.column]:
        detail, fix = "a tab cannot indent YAML", Fix("indent with spaces")
    return Finding(
        f"config.{problem.kind}", "fail", _sentence(problem.kind), detail, CATEGORY, location, fix=fix
    )


def _sentence(kind: str) -> str:
    return IDS[kind][0].upper() + IDS[kind][1:]


def _finding(name: str, schema: Schema, text: str, problem: Problem) -> Finding:
    title, detail = _sentence(problem.kind), ""
    fix: Fix | None = None
    if _hides(schema, problem):
        problem = replace(problem, message=_hidden(problem))
    evidence: dict[str, Any] = {"key": problem.path, "server": problem.message}
    if problem.kind == "unknown-key":
        title, detail, fix, more = _unknown(schema, text, problem)
        evidence |= more
    elif problem.kind == "duplicate-key":
        title = f"{problem.path} stands twice"
        first = dict(problem.facts).get("first_line")
        detail = f"first in line {first}" if first else "the server takes a key once"
        fix = Fix("keep one of them")
    elif problem.kind in ("wrong-type", "bad-value"):
        title, fix, more = _wrong(schema, text, problem)
        evidence |= more
    location = Location(name, problem.node.line, problem.node.column)
    words = f"the server says: {evidence['server']}"
    detail = f"{detail}; {words}" if detail else words
    return Finding(f"config.{problem.kind}", "fail", title, detail, CATEGORY, location, evidence, fix)


def _hides(schema: Schema, problem: Problem) -> bool:
    """Whether the value is nothing to show: a secret, or a text where keys belong, which may hold one.

    `keys: API…:secret`, without the space; `redis: the password`.
    """
    if is_secret(problem.path):
        return True
    kind = schema.types.get(problem.wants)
    while kind is not None and kind.kind in ("pointer", "slice"):
        kind = schema.types.get(kind.of)
    return kind is not None and kind.kind in ("struct", "map")


def _hidden(problem: Problem) -> str:
    """What the server says, without the value: neither its text nor a tag that is none of YAML's own."""
    said = re.sub(r"`.*`", f"`{MASK}`", problem.message, flags=re.DOTALL)
    tag = problem.node.tag
    if problem.node.tagged and tag not in TAGS:
        said = said.replace(f" {tag} ", f" {MASK} ")
    if problem.kind == "duplicate-key":
        said = re.sub(r'mapping key ".*" already', f'mapping key "{MASK}" already', said, flags=re.DOTALL)
    return said


def _unknown(schema: Schema, text: str, problem: Problem) -> tuple[str, str, Fix | None, dict[str, Any]]:
    parent, _, key = problem.path.rpartition(".")
    if problem.path != key and not problem.path.endswith(f".{key}"):  # a key with a dot in it
        key = problem.node.value
    key = problem.node.value if problem.node.kind == "scalar" else key
    title = f"{problem.path} is no key of livekit-server {schema.version}"
    best, elsewhere = nearest(schema, problem.wants, parent, key)
    evidence: dict[str, Any] = {"nearest": best or elsewhere}
    others = [
        version for version in schemas.versions() if version != schema.version and _has(version, problem)
    ]
    detail = f"{', '.join(others)} {'has' if len(others) == 1 else 'have'} it" if others else ""
    evidence["known_in"] = others
    if best:
        edit = edits.replacing(text, problem.node, best) if _is_typo(key, best) else {}
        return title, detail, Fix(f"{best} is meant?", safe=bool(edit)), evidence | _edit(edit)
    if elsewhere:
        return title, detail, Fix(f"{elsewhere} is meant?"), evidence
    return title, detail, Fix("remove it" if not others else f"remove it, or run {others[-1]}"), evidence


def _has(version: str, problem: Problem) -> bool:
    schema = schemas.load(version)
    if problem.wants in schema.messages:
        return False
    kind = schema.types.get(problem.wants)
    return kind is not None and problem.node.value in (kind.fields or {})


def _is_typo(key: str, best: str) -> bool:
    """Near enough to be corrected without asking: case and hyphens, or one letter of four or more."""
    plain = key.replace("-", "_").lower()
    return plain == best or (len(best) >= 4 and _one_off(plain, best))


def _one_off(a: str, b: str) -> bool:
    """Whether one letter more, less or other, or two that changed places, make the difference."""
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > 1:
        return False
    at = next((index for index, letter in enumerate(a) if letter != b[index]), len(a))
    if len(a) < len(b):
        return a[at:] == b[at + 1 :]
    return a[at + 1 :] == b[at + 1 :] or (
        a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
    )


def nearest(schema: Schema, struct: str, parent: str, key: str) -> tuple[str, str]:
    """What an unknown key may have meant: a key beside it, else the path of one elsewhere."""
    if struct in schema.messages:
        names = list(schema.messages[struct])
    else:
        kind = schema.types.get(struct)
        names = list((kind.fields if kind else None) or {})
    plain = key.replace("-", "_").lower()
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in key).lstrip("_").replace("-", "_")
    for spelling in (plain, snake):
        if spelling in names:
            return spelling, ""
    paths = schema.paths
    # `debug_handler_port` for debug_handler.port; `udp_port` at the top for rtc.udp_port.
    whole = f"{parent}.{snake}" if parent else snake
    for path in paths:
        if path.replace(".", "_") == whole.replace(".", "_") or path.split(".")[-1] == snake == path:
            return "", path
    close = difflib.get_close_matches(plain, names, 1, 0.75)
    if close:
        return close[0], ""
    ends = [path for path in paths if path.rpartition(".")[2] == snake]
    if ends:
        return "", min(ends, key=lambda path: (path.count("."), path))
    close = difflib.get_close_matches(plain, names, 1, 0.6)
    return (close[0], "") if close else ("", "")


def _wrong(schema: Schema, text: str, problem: Problem) -> tuple[str, Fix | None, dict[str, Any]]:
    kind = schema.types.get(problem.wants) or Type(problem.wants, "")
    wants = _wanted(kind)
    node = problem.node
    if problem.kind == "bad-value":
        title = f"{problem.path or 'the document'}: {problem.message}"
        return title, Fix(wants) if wants else None, {}
    shown = MASK if _hides(schema, problem) else node.value
    got = {"mapping": "a mapping", "sequence": "a list"}.get(node.kind, f"`{shown}`")
    if node.kind == "scalar" and node.tag == "!!str" and node.style in ("'", '"'):
        got = f"the text {node.style}{shown}{node.style}"
    title = f"{problem.path or 'the document'} takes {wants}, not {got}"
    edit = _unquoted(kind, text, node)
    if edit:
        return title, Fix(f"without the quotes: {node.value}", safe=True), _edit(edit)
    return title, _mend(kind, problem, hides=_hides(schema, problem)), {}


def _unquoted(kind: Type, text: str, node: Node) -> dict[str, Any]:
    """A number or a bool in quotes, without them."""
    if node.kind != "scalar" or node.style not in ("'", '"') or node.tagged:
        return {}
    tag, value = scalars.plain(node.value)
    number = tag in ("!!int", "!!float") and kind.kind in ("int", "uint", "float")
    if number or (kind.kind == "bool" and isinstance(value, bool)):
        return edits.replacing(text, node, node.value)
    return {}


def _edit(edit: dict[str, Any]) -> dict[str, Any]:
    return {"edit": edit} if edit else {}


def _wanted(kind: Type) -> str:
    if kind.name == "rtcconfig.PortRange":
        return "a port such as 7882, or a range such as 50000-60000"
    if kind.name == "rtcconfig.NodeIP":
        return "an IPv4 address, an IPv6 address, or both with a comma between them; no host name"
    if kind.kind in ("int", "uint"):
        high = 2 ** (kind.bits - (kind.kind == "int")) - 1
        low = -high - 1 if kind.kind == "int" else 0
        return f"a whole number from {low} to {high}"
    return WANTS.get(kind.kind, kind.name)


def _mend(kind: Type, problem: Problem, *, hides: bool) -> Fix:
    node = problem.node
    if kind.kind == "duration" and node.kind == "scalar" and node.tag in ("!!int", "!!float"):
        return Fix(f"with a unit: {node.value}s, or {node.value}ms")
    if kind.kind == "slice" and node.kind == "scalar":
        return Fix("a list: [ITEM, ITEM]" if hides else f"a list: [{node.value}]")
    if problem.path == "keys" and node.kind == "scalar":
        return Fix("a mapping, with a space behind the colon: API key, colon, space, secret")
    return Fix(f"give it {_wanted(kind)}")
