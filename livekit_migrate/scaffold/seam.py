"""The seam: one hook of the app's with two implementations, chosen once when its module is loaded.

The original body stays under a new name; the name that components use becomes a constant typed as the
original, so that the compiler, and no silent stub, lists what the LiveKit half does not have yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..app.manifests import join
from ..code.js.nodes import of_type
from ..code.js.parse import Node, Parsed, word
from ..code.js.restyle import end
from ..code.js.style import Style
from ..code.js.text import Edit
from ..core.errors import UsageError
from ..core.result import Finding
from .edits.exports import declaration, exports
from .edits.imports import add_import, after_line, import_line, own_style, relative
from .edits.model import Outcome
from .sides import Side
from .source import Sources
from .uses import HALF, HOOK, missing

ID = "init.seam"
FLAG = "USE_LIVEKIT"


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
        return Seam(Outcome(ID, what, file, "already"), tuple(missing(file, name, web, sources)))
    declared = declaration(parsed, name)
    if declared is None:
        raise UsageError(
            f"--seam {said}: {file} has no function {name} that it exports",
            code="init.seam",
            hint=f"it exports: {', '.join(exports(parsed)) or 'nothing'}",
        )
    if not HOOK.match(name):
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
    return Seam(Outcome(ID, what, file, "edit", edits), tuple(missing(file, name, web, sources)))


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
