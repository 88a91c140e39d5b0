"""The seam: one hook of the app's with two implementations, chosen once when its module is loaded.

The original body stays under a new name; the name that components use becomes a constant typed as the
original, so that the compiler, and no silent stub, lists what the LiveKit half does not have yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..app.manifests import join
from ..code.js.nodes import above, called, of_type
from ..code.js.parse import Node, Parsed, word
from ..code.js.restyle import end
from ..code.js.style import Style
from ..code.js.text import Edit
from ..core.errors import UsageError
from ..core.result import Finding, Fix, Location
from .edits.imports import add_import, after_line, import_line, imported, own_style, relative
from .edits.model import Outcome
from .sides import Side
from .source import Sources

ID = "init.seam"
HALF = "useLiveKitCall"
FLAG = "USE_LIVEKIT"
MEMBERS = frozenset(
    {
        "status", "error", "participants", "isMicrophoneEnabled", "isCameraEnabled", "isScreenSharing",
        "join", "leave", "toggleMicrophone", "toggleCamera", "toggleScreenShare", "switchDevice",
        "messages", "sendMessage", "isHost", "joinRequests", "approve", "deny",
    }
)  # fmt: skip
"""What the template's hook returns."""

_HOOK = re.compile(r"use[A-Z]\w*\Z")
_IMPORT = re.compile(rb"(?:from|import|require)\s*\(?\s*[\"']([^\"'\n]+)[\"']")
_MOST = 8
_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Seam:
    """``findings`` name what components use that the LiveKit half does not have."""

    outcome: Outcome
    findings: tuple[Finding, ...]


def plan_seam(said: str, web: Side, sources: Sources, style: Style) -> Seam:
    """The edit that makes a hook the seam.

    Args:
        said: ``FILE#EXPORT``, the file relative to the app's root.

    Raises:
        UsageError: there is no such file, or it exports no such hook.
    """
    file, _, name = said.partition("#")
    parsed = sources.parsed(file) if file in sources.app.files else None
    if parsed is None or not name:
        raise UsageError(
            f"--seam {said}: is not FILE#EXPORT with a source file of the app",
            code="init.seam",
            hint="lkm init names the candidates: lkm init --diff",
        )
    what = f"let {name} choose between Mediasoup and LiveKit"
    if not parsed.sound:
        line = sources.first_error(file)
        return Seam(Outcome(ID, what, file, "by-hand", (), line, "the file has a syntax error"), ())
    if _is_seam(parsed, name):
        return Seam(Outcome(ID, what, file, "already"), tuple(_missing(file, name, web, sources)))
    declared = _declaration(parsed, name)
    if declared is None:
        raise UsageError(
            f"--seam {said}: {file} has no function {name} that it exports",
            code="init.seam",
            hint=f"it exports: {', '.join(_exports(parsed)) or 'nothing'}",
        )
    if not _HOOK.match(name):
        why = "it is no hook: name the hook through which components read it, its provider may stay as it is"
        line = declared.start_point[0] + 1
        return Seam(Outcome(ID, what, file, "by-hand", (), line, why), ())
    style = own_style(parsed, style)
    original = original_name(name)
    for taken in (original, FLAG, HALF):
        if any(word(node) == taken for node in of_type(parsed.root, "identifier")):
            why = f"the file has a {taken} of its own"
            return Seam(Outcome(ID, what, file, "by-hand", (), declared.start_point[0] + 1, why), ())
    edits = tuple(_edits(parsed, declared, name=name, file=file, web=web, style=style))
    return Seam(Outcome(ID, what, file, "edit", edits), tuple(_missing(file, name, web, sources)))


def original_name(name: str) -> str:
    """``useCall`` is kept as ``useMediasoupCall``."""
    return f"useMediasoup{name.removeprefix('use')}"


def flag_expression(web: Side) -> str:
    """What decides: a variable of the build, which both sides of the expression see as text."""
    if web.kind == "vite":
        return 'import.meta.env.VITE_USE_LIVEKIT === "true"'
    return 'process.env.NEXT_PUBLIC_USE_LIVEKIT === "true"'


def _edits(
    parsed: Parsed, declared: Node, *, name: str, file: str, web: Side, style: Style
) -> Iterator[Edit]:
    original = original_name(name)
    typed = f": typeof {original}" if re.search(r"\.tsx?$", file) else ""
    statement = declared
    while statement.parent is not None and statement.parent.type != "program":
        statement = statement.parent
    default = statement.type == "export_statement" and any(c.type == "default" for c in statement.children)
    exported = statement.type == "export_statement" and not default
    identifier = declared.child_by_field_name("name")
    if identifier is None:
        return
    yield Edit(identifier.start_byte, identifier.end_byte, original)
    if default:
        # The constant takes its place as the default.
        keyword = next(child for child in statement.children if child.type == "default")
        yield Edit(keyword.start_byte, keyword.end_byte + 1, "")
    nl, stop = style.newline, end(style)
    expression = flag_expression(web).replace('"', style.quote)
    head = "export " if exported else ""
    lines = [
        "",
        "",
        "/** Decided once, when this module is loaded: no component ever changes between the two. */",
        f"export const {FLAG} = {expression}{stop}",
        "",
        f"{head}const {name}{typed} = {FLAG} ? {HALF} : {original}{stop}",
        *(["", f"export default {name}{stop}"] if default else []),
    ]
    use = after_line(parsed, statement, nl.join(lines))
    half = join(web.source, f"livekit/{HALF}.{'ts' if web.language == 'ts' else 'js'}")
    imports = add_import(parsed, import_line(HALF, relative(file, half, style), style, commonjs=False), style)
    yield imports
    yield use


def _is_seam(parsed: Parsed, name: str) -> bool:
    for node in of_type(parsed.root, "variable_declarator"):
        value = node.child_by_field_name("value")
        if word(node.child_by_field_name("name")) == name and value is not None:
            return value.type == "ternary_expression" and FLAG in word(value)
    return False


def _declaration(parsed: Parsed, name: str) -> Node | None:
    """A function of the module's that is exported under its own name, or as the default."""
    if name not in _exports(parsed):
        return None
    for node in of_type(parsed.root, "function_declaration", "variable_declarator"):
        if word(node.child_by_field_name("name")) != name:
            continue
        if above(node, "statement_block") is not None:
            continue
        value = node.child_by_field_name("value")
        if node.type == "function_declaration" or (
            value is not None and value.type in ("arrow_function", "function_expression")
        ):
            return node
    return None


def _exports(parsed: Parsed) -> list[str]:
    """The names of the module's own that it exports."""
    found: list[str] = []
    for node in parsed.root.named_children:
        if node.type != "export_statement" or node.child_by_field_name("source") is not None:
            continue
        declaration = node.child_by_field_name("declaration")
        if declaration is not None:
            names = [declaration.child_by_field_name("name")]
            if declaration.type in ("lexical_declaration", "variable_declaration"):
                names = [each.child_by_field_name("name") for each in declaration.named_children]
            found += [word(each) for each in names if each is not None and each.type == "identifier"]
        value = node.child_by_field_name("value")
        if value is not None and value.type == "identifier":
            found.append(word(value))
        for each in of_type(node, "export_specifier"):
            if each.child_by_field_name("alias") is None:
                found.append(word(each.child_by_field_name("name")))
    return list(dict.fromkeys(found))


# What components use


def _missing(file: str, name: str, web: Side, sources: Sources) -> Iterator[Finding]:
    """Each place that takes members from the hook which the LiveKit half does not have."""
    for path, node, members in _uses(file, name, web, sources):
        unknown = [each for each in members if each not in MEMBERS]
        if unknown:
            yield Finding(
                "init.seam-member",
                "warn",
                f"uses what the LiveKit half of {name} does not have: {', '.join(unknown)}",
                category="init",
                location=Location(path, node.start_point[0] + 1),
                evidence={"members": unknown, "hook": name},
                fix=Fix(f"give {HALF} these members, or take them from what it returns"),
            )


def _uses(file: str, name: str, web: Side, sources: Sources) -> Iterator[tuple[str, Node, list[str]]]:
    resolver = sources.app.resolver
    for path, parsed in sources.with_words(web.folder, name.encode()):
        names = {name} if path == file else set()
        for node in parsed.root.named_children:
            if node.type == "import_statement":
                source = word(node.child_by_field_name("source"))[1:-1]
                if resolver.resolve(path, source) == file:
                    names |= {
                        own for own, its in imported(parsed, source).items() if its in (name, "default")
                    }
        for node in of_type(parsed.root, "call_expression") if names else ():
            if called(node) in names:
                yield path, node, list(_members(node, parsed))


def _members(call: Node, parsed: Parsed) -> Iterator[str]:
    """What is taken from a hook's result: by a pattern, or by the name that it is given."""
    parent = call.parent
    if parent is None:
        return
    if parent.type == "member_expression":
        yield word(parent.child_by_field_name("property"))
        return
    target = parent.child_by_field_name("name") if parent.type == "variable_declarator" else None
    if target is None:
        return
    if target.type == "object_pattern":
        for child in target.named_children:
            if child.type == "shorthand_property_identifier_pattern":
                yield word(child)
            elif child.type in ("pair_pattern", "object_assignment_pattern"):
                yield word(child.child_by_field_name("key") or child.child_by_field_name("left"))
    elif target.type == "identifier":
        local = word(target)
        inside = above(call, "statement_block") or parsed.root
        found = [
            word(node.child_by_field_name("property"))
            for node in of_type(inside, "member_expression")
            if word(node.child_by_field_name("object")) == local
        ]
        yield from dict.fromkeys(found)


# Candidates


def candidates(web: Side, sources: Sources) -> Iterator[Finding]:
    """The hooks through which components reach Mediasoup, those that most of them use first."""
    reach = _reach(web, sources)
    counted: list[tuple[int, str, str, int]] = []
    for path in sorted(reach):
        parsed = sources.parsed(path)
        if parsed is None:
            continue
        for name in _exports(parsed):
            declared = _declaration(parsed, name) if _HOOK.match(name) else None
            if declared is not None:
                users = {user for user, _, _ in _uses(path, name, web, sources) if user.endswith("x")}
                if users:
                    counted.append((len(users), path, name, declared.start_point[0] + 1))
    counted.sort(key=lambda each: (-each[0], each[1], each[2]))
    for count, path, name, line in counted[:_MOST]:
        many = "component reaches" if count == 1 else "components reach"
        yield Finding(
            "init.seam-candidate",
            "info",
            f"{name}: {count} {many} Mediasoup by it",
            category="init",
            location=Location(path, line),
            evidence={"seam": f"{path}#{name}", "components": count},
            fix=Fix("make it the seam", f"lkm init --seam {path}#{name}"),
        )


def _reach(web: Side, sources: Sources) -> set[str]:
    """The files of the web app from which Mediasoup's client is imported, over at most so many others."""
    resolver = sources.app.resolver
    found: set[str] = set()
    importers: dict[str, list[str]] = {}
    for path in sources.code_of(web.folder):
        text = sources.text(path)
        if text is None:
            continue
        for match in _IMPORT.findall(text.code):
            said = match.decode("utf-8", "replace")
            if said == "mediasoup-client" or said.startswith("mediasoup-client/"):
                found.add(path)
            elif (target := resolver.resolve(path, said)) is not None:
                importers.setdefault(target, []).append(path)
    edge = set(found)
    for _ in range(_DEPTH):
        edge = {user for path in edge for user in importers.get(path, ())} - found
        found |= edge
    return found
