"""Environment variables that nobody reads any more, out of the code that declares them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..code.js.endings import GRAMMAR_OF_ENDING
from ..code.js.parse import Node, parse, word
from ..code.js.text import Edit, NotTextError, Text
from ..scan.kinds import is_source, kind_of
from ..scan.places import is_test
from .lists import without
from .work import Decision, Work, line_of

_NAME = re.compile(rb"(?<![\w$])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w$])")
_READ = re.compile(rb"""(?:\benv|ENV|environ)\s*(?:\.\s*|\[\s*["'`])([A-Z][A-Z0-9_]{2,})""")
# What declares variables: a schema over the environment, or a place that reads it.
_DECLARES = re.compile(
    rb"process\.env|import\.meta\.env|createEnv|cleanEnv|envsafe|Joi\.object|\bz\s*\.\s*object|ProcessEnv"
    rb"|ImportMetaEnv|Deno\.env|Bun\.env"
)

_UNTYPED = ("process.env", "import.meta.env", "Deno.env", "Bun.env", "globalThis.process.env")


@dataclass(frozen=True, slots=True)
class _Place:
    """One occurrence of a name.

    Args:
        members, member: the list that declares it, and its entry there; None for a use.
        typed: it is asked of an object that some schema describes (``env.SFU_PORT``): without the
            declaration that is an error.
    """

    start: int
    members: tuple[Node, ...]
    member: Node | None
    typed: bool = False


def plan_variables(work: Work) -> None:
    """Find the variables nobody reads any more, and take them out of the code that only declares them."""
    names = _candidates(work)
    if not names:
        return
    places: dict[str, list[tuple[str, _Place]]] = {name: [] for name in names}
    pattern = re.compile(rb"(?<![\w$])(?:" + b"|".join(sorted(n.encode() for n in names)) + rb")(?![\w$])")
    for path in work.files():
        if not is_source(path):
            continue
        data = work.now(path)
        if not data or len(data) > 1_000_000 or not pattern.search(data):
            continue
        for name, place in _occurrences(path, data, names):
            places[name].append((path, place))
    foreign = _read_elsewhere(work, names)
    for name in sorted(names):
        uses = [(path, place) for path, place in places[name] if place.member is None]
        real = [(path, place) for path, place in uses if place.typed or not is_test(path)]
        if real:
            path, place = real[0]
            line = line_of(_code(work.now(path)), place.start)
            if all(is_test(each) for each, _ in real):
                work.tested.append(name)
                _stays(work, name, path, line, "only tests read it any more, and they are yours to change")
            elif all(_is_beside(work, name, each) for each, _ in real):
                _stays(work, name, path, line, "only a log line reads it any more: its port stays open, too")
            elif work.recipe.is_variable(name):
                _stays(work, name, path, line)
            continue
        if not work.recipe.is_variable(name) and not work.recipe.is_flag(name) and name in foreign:
            _stays(work, name, *foreign[name])
            continue
        for path, place in uses:
            line = line_of(_code(work.now(path)), place.start)
            said = f"{name} is set or read in a test"
            why = "nothing else reads it any more: the test is yours to change"
            work.say(Decision("variables.test", "refuse", path, said, why, line=line, done=False))
        work.variables.append(name)
    _edit(work, places)


def _candidates(work: Work) -> set[str]:
    """The flags, what the recipe names, and what was read in code that goes."""
    names = {flag.name for flag in work.recipe.flags}
    known: set[str] = set()
    for each in work.app.env_files:
        known.update(each.names)
    for path, after in work.after.items():
        before = work.before(path) or b""
        if not is_source(path):
            continue
        read = {m.decode() for m in _READ.findall(before)}
        lost = {m.decode() for m in _NAME.findall(before)} - {m.decode() for m in _NAME.findall(after or b"")}
        names |= (read | known) & lost
    known |= _declared(work)
    return names & (known | _named_in_code(work, names)) | {n for n in known if work.recipe.is_variable(n)}


def _declared(work: Work) -> set[str]:
    """Names in code, Compose files, Dockerfiles and the like that match the recipe's variables."""
    found: set[str] = set()
    if not work.recipe.variables:
        return found
    for path in work.app.tree.files:
        data = work.before(path) if _may_name(path) else None
        if data and len(data) < 1_000_000:
            found |= {n for n in map(bytes.decode, set(_NAME.findall(data))) if work.recipe.is_variable(n)}
    return found


def _named_in_code(work: Work, names: Iterable[str]) -> set[str]:
    wanted = sorted(name.encode() for name in names)
    if not wanted:
        return set()
    pattern = re.compile(rb"(?<![\w$])(?:" + b"|".join(wanted) + rb")(?![\w$])")
    found: set[str] = set()
    for path in work.app.tree.files:
        data = work.before(path) if _may_name(path) else None
        if data:
            found |= {match[0].decode() for match in pattern.finditer(data)}
    return found


def _read_elsewhere(work: Work, names: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Where code of another language reads a variable: a Prisma schema, a script, a service in Python."""
    pattern = re.compile(rb"(?<![\w$])(?:" + b"|".join(sorted(n.encode() for n in names)) + rb")(?![\w$])")
    found: dict[str, tuple[str, int]] = {}
    for path in work.files():
        if is_test(path) or not (kind_of(path) in ("code", "script") or path.endswith((".prisma", ".sql"))):
            continue
        data = work.now(path)
        for match in pattern.finditer(data) if data and len(data) < 1_000_000 else ():
            found.setdefault(match[0].decode(), (path, line_of(data or b"", match.start())))
    return found


def _may_name(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    ending = name.rpartition(".")[2]
    return is_source(path) or ending in ("yml", "yaml", "env", "json", "toml") or "docker" in name


def _code(data: bytes | None) -> bytes:
    try:
        return Text(data or b"").code
    except NotTextError:
        return b""


def _occurrences(path: str, data: bytes, names: set[str]) -> Iterator[tuple[str, _Place]]:
    grammar = GRAMMAR_OF_ENDING.get("." + path.rpartition(".")[2].lower())
    code = _code(data)
    if grammar is None:  # Vue, Svelte, HTML: listed, not edited
        for match in _NAME.finditer(code):
            if match[0].decode() in names:
                yield match[0].decode(), _Place(match.start(), (), None)
        return
    parsed = parse(code, grammar)
    declares = bool(_DECLARES.search(code))
    for match in _NAME.finditer(code):
        name = match[0].decode()
        if name not in names:
            continue
        node = parsed.root.descendant_for_byte_range(match.start(), match.end())
        if node is None or node.type == "comment":
            continue
        yield name, _place(node, match.start(), name, sound=parsed.sound and declares)


def _place(node: Node, start: int, name: str, *, sound: bool) -> _Place:
    """What an occurrence is: the key of a declaration, something inside of one, or a use."""
    use = _Place(start, (), None, _is_typed(node))
    if not sound:
        return use
    here: Node | None = node
    while here is not None and here.type not in ("statement_block", "program", "function_body"):
        parent = here.parent
        if parent is not None and _declared_name(here, parent) == name:
            return _Place(start, _members(parent), here)
        here = parent
    return use


def _is_typed(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type != "member_expression" or node.type != "property_identifier":
        return False
    return word(parent.child_by_field_name("object")) not in _UNTYPED


def _declared_name(node: Node, parent: Node) -> str:
    """The variable that a member of an object, an interface or a list declares; empty for anything else."""
    if node.type == "pair" and parent.type == "object":
        return word(node.child_by_field_name("key")).strip("\"'")
    if node.type == "property_signature":
        return word(node.child_by_field_name("name")).strip("\"'")
    if node.type == "string" and parent.type == "array":
        return word(node).strip("\"'`")
    return ""


def _members(parent: Node) -> tuple[Node, ...]:
    return tuple(child for child in parent.named_children if child.type != "comment")


def _edit(work: Work, places: dict[str, list[tuple[str, _Place]]]) -> None:
    if not work.chosen.wants("variables.schema"):
        return
    by_file: dict[str, list[tuple[str, _Place]]] = {}
    for name in work.variables:
        for path, place in places[name]:
            if place.member is not None and not is_test(path):
                by_file.setdefault(path, []).append((name, place))
    for path, found in by_file.items():
        data = work.now(path)
        assert data is not None  # noqa: S101 - its occurrences were read from it
        text = Text(data)
        lists = {place.members[0].id: place.members for _, place in found}
        gone = {place.member.id for _, place in found if place.member is not None}
        edits: list[Edit] = []
        for members in lists.values():
            edits += without(text.code, members, [m.id in gone for m in members], work.recipe.words)
        after = text.splice(edits)
        grammar = GRAMMAR_OF_ENDING["." + path.rpartition(".")[2].lower()]
        if not parse(Text(after).code, grammar).sound:
            for name, place in found:
                _by_hand(work, name, path, text.line(place.start))
            continue
        told: set[int] = set()
        for name, place in found:
            member = place.member
            if member is None or member.id in told:
                continue
            told.add(member.id)
            shown = " ".join(word(member).split())[:120]
            line = text.line(member.start_byte)
            why = "nothing reads it any more"
            said = f"{name} out of what declares it"
            work.say(Decision("variables.schema", "safe", path, said, why, line=line, before=shown))
        work.put(path, after)


def _stays(work: Work, name: str, path: str, line: int, more: str = "") -> None:
    why = f"{path}:{line} still reads it" + (f"; {more}" if more else "")
    work.say(Decision("variables.used", "refuse", path, f"{name} stays", why, line=line, done=False))


def _is_beside(work: Work, name: str, path: str) -> bool:
    """Whether it is read in a log line that followed what goes, and nowhere else in a file."""
    said = [each for each in work.decisions if each.rule == "code.beside" and each.file == path]
    lines = [line for line in (work.now(path) or b"").decode("utf-8", "replace").split("\n") if name in line]
    return bool(lines) and all(any(line.strip() in each.before for each in said) for line in lines)


def _by_hand(work: Work, name: str, path: str, line: int) -> None:
    why = "the file would not parse without it"
    work.say(Decision("variables.by-hand", "refuse", path, f"{name} stays", why, line=line, done=False))
