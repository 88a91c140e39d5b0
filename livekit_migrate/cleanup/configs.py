"""Configuration of build tools without what goes: entries, externals, variables, processes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..app.manifests import folder_of
from ..code import json_cut
from ..code.js.endings import GRAMMAR_OF_ENDING
from ..code.js.parse import Node, parse, word
from ..code.js.text import NotTextError, Text
from ..core.errors import ConfigError
from .commands import sources_of
from .lists import without
from .work import Decision, Work

CONFIG = re.compile(
    r"(^|/)(?:[\w.-]+\.config|\.\w+rc|ecosystem|gulpfile|webpack[\w.-]*|rollup[\w.-]*)\.[cm]?[jt]s$"
)
_JSON = re.compile(
    r"(^|/)(?:tsconfig[\w.-]*|turbo|nx|project|nodemon|vercel|jest\.config|\.swcrc)\.json$|/\.swcrc$"
)
# Lists that say how a package is built, where it is used: to name one there is no use of it.
EXTERNALS = frozenset(
    {
        "external", "externals", "noExternal", "serverExternalPackages", "transpilePackages", "include",
        "exclude", "dedupe", "serverComponentsExternalPackages", "optimizePackageImports", "inline",
        "nodeModulesToTranspile", "bundledDependencies",
    }
)  # fmt: skip
_VARIABLES = frozenset({"env", "globalEnv", "passThroughEnv", "globalPassThroughEnv"})
_RUNS = frozenset({"script", "entry", "input", "main", "path"})


def plan_configs(work: Work) -> None:
    """Plan every configuration file of build tools."""
    if not work.after and not work.variables:
        return
    for path in work.app.tree.files:
        if work.now(path) is None:
            continue
        if CONFIG.search(path):
            _plan_code(work, path)
        elif _JSON.search(path):
            _plan_json(work, path)


def names_elsewhere(path: str, data: bytes, name: str) -> bool:
    """Whether a configuration names a package other than in a list of externals: it uses it then."""
    grammar = GRAMMAR_OF_ENDING.get("." + path.rpartition(".")[2].lower())
    if grammar is None:
        return name.encode() in data
    try:
        root = parse(Text(data).code, grammar).root
    except NotTextError:
        return True
    return any(
        word(node).strip("\"'`") == name and _list_name(node) not in EXTERNALS for node in _strings(root)
    )


def _strings(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type in ("string", "template_string"):
            yield node
        stack.extend(reversed(node.named_children))


def _list_name(node: Node) -> str:
    """The property whose array a string stands in; empty for any other place."""
    array = node.parent
    if array is None or array.type != "array":
        return ""
    pair = array.parent
    return (
        word(pair.child_by_field_name("key")).strip("\"'") if pair is not None and pair.type == "pair" else ""
    )


def _plan_code(work: Work, path: str) -> None:
    grammar = GRAMMAR_OF_ENDING["." + path.rpartition(".")[2].lower()]
    try:
        text = Text(work.now(path) or b"")
    except NotTextError:
        return
    parsed = parse(text.code, grammar)
    if not parsed.sound:
        return
    gone: dict[int, tuple[Node, str]] = {}
    for node in _strings(parsed.root):
        found = _entry(work, path, node)
        if found is not None:
            gone[found[0].id] = found
    if not gone or not work.chosen.wants("dependencies.config"):
        return
    edits = []
    for parent in {member.parent.id: member.parent for member, _ in gone.values() if member.parent}.values():
        members = [child for child in parent.named_children if child.type != "comment"]
        edits += list(without(text.code, members, [m.id in gone for m in members], work.recipe.words))
    after = text.splice(edits)
    if not parse(Text(after).code, grammar).sound:
        return
    for member, why in gone.values():
        shown = " ".join(word(member).split())[:100]
        line = text.line(member.start_byte)
        work.say(
            Decision(
                "dependencies.config", "safe", path, f"{shown} out of the list", why, line=line, before=shown
            )
        )
    work.put(path, after)


def _entry(work: Work, path: str, node: Node) -> tuple[Node, str] | None:
    """The member of a list or object that a string makes superfluous, and why."""
    said = word(node).strip("\"'`")
    parent = node.parent
    if parent is None or not said:
        return None
    if parent.type == "array" and _list_name(node) in EXTERNALS and said in work.packages:
        return node, f"{said} is no dependency any more"
    files = [p for p in sources_of(work, folder_of(path), said) if "." in said or "/" in said]
    if not files or not all(p in work.after and work.after[p] is None for p in files):
        return None
    why = f"{files[0]} goes"
    if parent.type == "array":
        return node, why
    if parent.type == "pair":
        key = word(parent.child_by_field_name("key")).strip("\"'")
        whole = parent.parent
        if key in _RUNS and whole is not None and whole.parent is not None and whole.parent.type == "array":
            return whole, why  # a process of its own: { name: "sfu", script: "dist/sfu.js" }
        above = whole.parent if whole is not None else None
        if above is not None and above.type == "pair":
            named = word(above.child_by_field_name("key")).strip("\"'")
            if named in ("entry", "input", "entryPoints"):
                return parent, why
    return None


def _plan_json(work: Work, path: str) -> None:
    data = work.now(path) or b""
    try:
        document = json_cut.read(data, path)
    except ConfigError:
        return
    gone: list[tuple[json_cut.Path, int, str]] = []
    for place, start, value in document.root.walk():
        said = value.scalar
        if not isinstance(said, str) or len(place) < 2 or not isinstance(place[-1], int):
            continue
        if place[-2] in _VARIABLES and said.lstrip("!") in work.variables:
            gone.append((place, start, f"nothing reads {said} any more"))
        elif place[-2] in ("files", "include", "exclude", "types"):
            files = list(sources_of(work, folder_of(path), said)) if "." in said else []
            if files and all(p in work.after and work.after[p] is None for p in files):
                gone.append((place, start, f"{files[0]} goes"))
            elif place[-2] == "types" and said in work.packages:
                gone.append((place, start, f"{said} is no dependency any more"))
    if not gone or not work.chosen.wants("dependencies.config"):
        return
    try:
        changed = document.without([place for place, _, _ in gone])
    except ConfigError:
        return
    for place, start, why in gone:
        said = str(document.root.get(*place).scalar) if document.root.get(*place) else ""  # type: ignore[union-attr]
        line = document.line(start)
        work.say(Decision("dependencies.config", "safe", path, f"{said} out of {place[-2]}", why, line=line))
    work.put(path, changed.to_bytes())
