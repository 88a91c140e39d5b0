"""Mounting the provider in the web app: in Next.js' root layout, or around the app in Vite's entry."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...app.manifests import join
from ...code.js.nodes import above, arguments, bare, called, of_type, text_of
from ...code.js.parse import Node, Parsed, word
from ...code.js.style import Style
from ...code.js.text import Edit
from ..sides import Side
from ..source import Sources
from .imports import add_import, import_line, imported, indent_of, own_style, relative
from .model import Outcome

ID = "init.provider"
NAME = "LiveKitProvider"
WHAT = f"mount {NAME} in the web app"

_ELEMENTS = ("jsx_element", "jsx_self_closing_element")
_LAYOUT = re.compile(r"(?:^|/)app/(?:.*/)?layout\.[jt]sx?$")
_ENTRY = re.compile(r"(?:^|/)(?:main|index|entry-client|client)\.[jt]sx?$")


def wrap(side: Side, sources: Sources, style: Style, target: str) -> Outcome:
    """The edit that mounts the provider.

    Args:
        target: the file that exports ``LiveKitProvider``, relative to the root.
    """
    return _next(side, sources, style, target) if side.kind == "next" else _vite(side, sources, style, target)


def _next(side: Side, sources: Sources, style: Style, target: str) -> Outcome:
    hand = _Hand(style, target, "{children}")
    top = [join(side.folder, folder) for folder in ("app/layout", "src/app/layout")]
    file = next((found for stem in top if (found := sources.file(stem)) is not None), None)
    if file is None and "pages" in side.found:
        return _pages(side, sources, style, target)
    if file is None:
        # Several root layouts, below [locale] or (group): each draws the page's <html>.
        drawn = [
            path
            for path, parsed in sources.with_words(side.folder, b"<html")
            if _LAYOUT.search(path)
            and any(word(each).startswith("<html") for each in of_type(parsed.root, *_ELEMENTS))
        ]
        if len(drawn) != 1:
            why = f"{len(drawn) or 'no'} root layout{'s' if len(drawn) != 1 else ''} found"
            place = drawn[0] if drawn else top[0] + ".tsx"
            return hand.outcome(place, None, why)
        file = drawn[0]
    parsed = sources.parsed(file)
    if parsed is None or not parsed.sound:
        return hand.outcome(file, sources.first_error(file), "the file has a syntax error")
    if NAME in imported(parsed, relative(file, target, style)):
        return Outcome(ID, WHAT, file, "already")
    places = [
        node
        for node in of_type(parsed.root, "jsx_expression")
        if re.fullmatch(r"\{\s*(?:props\.)?children\s*\}", word(node))
        and node.parent is not None
        and node.parent.type in ("jsx_element", "jsx_fragment")
    ]
    if len(places) != 1:
        why = f"{len(places) or 'no'} {{children}} in the layout"
        return hand.outcome(file, _first(places), why)
    return _wrapped(file, parsed, places[0], style, target)


def _pages(side: Side, sources: Sources, style: Style, target: str) -> Outcome:
    """The pages router has no layout: its _app draws every page."""
    hand = _Hand(style, target, "<Component {...pageProps} />")
    stems = [join(side.folder, folder) for folder in ("pages/_app", "src/pages/_app")]
    file = next((found for stem in stems if (found := sources.file(stem)) is not None), None)
    parsed = sources.parsed(file) if file is not None else None
    if file is None or parsed is None:
        return hand.outcome(join(side.source, "pages/_app.tsx"), None, "there is no pages/_app yet")
    if not parsed.sound:
        return hand.outcome(file, sources.first_error(file), "the file has a syntax error")
    if NAME in imported(parsed, relative(file, target, style)):
        return Outcome(ID, WHAT, file, "already")
    drawn = [node for node in of_type(parsed.root, *_ELEMENTS) if _tag(node) == "Component"]
    if len(drawn) != 1:
        return hand.outcome(file, _first(drawn), f"{len(drawn) or 'no'} <Component> is drawn in it")
    return _wrapped(file, parsed, drawn[0], style, target)


def _vite(side: Side, sources: Sources, style: Style, target: str) -> Outcome:
    hand = _Hand(style, target, "<App />")
    for path, parsed in sources.with_words(
        side.folder, b"createRoot", b"ReactDOM", b"hydrateRoot", b"render("
    ):
        calls = [
            (node, given[0])
            for node in of_type(parsed.root, "call_expression")
            if _is_render(node) and (given := _drawn(node))
        ]
        if not calls:
            continue
        if not parsed.sound:
            return hand.outcome(path, sources.first_error(path), "the file has a syntax error")
        if NAME in imported(parsed, relative(path, target, style)):
            return Outcome(ID, WHAT, path, "already")
        if len(calls) > 1:
            return hand.outcome(path, _first([calls[0][0]]), "the file draws several roots")
        app = _app(parsed, calls[0][1])
        if app is None:
            why = "which of its elements is the app cannot be told"
            return hand.outcome(path, _first([calls[0][1]]), why)
        return _wrapped(path, parsed, app, style, target)
    entry = next((path for path in sources.code_of(side.folder) if _ENTRY.search(path)), side.package.file)
    return hand.outcome(entry, None, "no createRoot(…).render(…) was found")


def _is_render(node: Node) -> bool:
    function = node.child_by_field_name("function")
    if called(node) == "hydrateRoot" or called(node).endswith(".hydrateRoot"):
        return True
    if function is None or function.type != "member_expression":
        return False
    return word(function.child_by_field_name("property")) == "render"


def _drawn(node: Node) -> list[Node]:
    found = []
    for given in arguments(node):
        drawn = bare(given)
        if drawn is not None and drawn.type in _ELEMENTS:
            found.append(drawn)
    return found


def _app(parsed: Parsed, drawn: Node) -> Node | None:
    """The app's own outermost component: imported from a file of the app's, or a router's provider."""
    own: list[Node] = []
    routers: list[Node] = []
    for node in of_type(drawn, *_ELEMENTS):
        name = _tag(node)
        if name == "RouterProvider":
            routers.append(node)
        elif node.type == "jsx_self_closing_element" and re.fullmatch(r"App|.*App|Root|Main|Routes", name):
            own.append(node)
    for found in (own, routers):
        if len(found) == 1:
            return found[0]
    leaves = [
        node
        for node in of_type(drawn, "jsx_self_closing_element")
        if _tag(node) in _local(parsed) and above(node, "jsx_attribute") is None
    ]
    return leaves[0] if len(leaves) == 1 and not own and not routers else None


def _local(parsed: Parsed) -> set[str]:
    found: set[str] = set()
    for node in parsed.root.named_children:
        if node.type == "import_statement" and text_of(node.child_by_field_name("source")).startswith(
            (".", "@/", "~/")
        ):
            found |= set(imported(parsed, text_of(node.child_by_field_name("source"))))
    return found


def _tag(node: Node) -> str:
    opening = node if node.type == "jsx_self_closing_element" else node.named_children[0]
    return word(opening.child_by_field_name("name"))


def _wrapped(file: str, parsed: Parsed, node: Node, style: Style, target: str) -> Outcome:
    style = own_style(parsed, style)
    line = import_line(NAME, relative(file, target, style), style, commonjs=False)
    indent = indent_of(parsed, node)
    step = style.newline + indent
    parent = node.parent
    only = parent is not None and [
        n for n in parent.named_children if n.type in (*_ELEMENTS, "jsx_expression")
    ]
    # Where an element has another one inside, each stands in a line of its own, as formatters have it.
    beside = (
        parent is not None
        and parent.type == "jsx_element"
        and only == [node]
        and parent.start_point[0] == parent.end_point[0]
    )
    if beside:
        indent += style.indent
        step = style.newline + indent
    before, after = (step, style.newline + indent_of(parsed, node)) if beside else ("", "")
    if node.type != "jsx_expression" and node.start_point[0] == node.end_point[0]:
        opened, closed = f"{before}<{NAME}>{step}{style.indent}", f"{step}</{NAME}>{after}"
    else:
        opened, closed = f"{before}<{NAME}>", f"</{NAME}>{after}"
    edits = (
        Edit(node.start_byte, node.start_byte, opened),
        Edit(node.end_byte, node.end_byte, closed),
    )
    return Outcome(ID, WHAT, file, "edit", (add_import(parsed, line, style), *edits))


def _first(nodes: list[Node]) -> int | None:
    return nodes[0].start_point[0] + 1 if nodes else None


@dataclass(frozen=True, slots=True)
class _Hand:
    """What to write by hand where lkm does not; ``inner`` is what goes into the provider."""

    style: Style
    target: str
    inner: str

    def outcome(self, file: str, line: int | None, why: str) -> Outcome:
        imports = import_line(NAME, relative(file, self.target, self.style), self.style, commonjs=False)
        text = f"{imports}\n<{NAME}>{self.inner}</{NAME}>"
        return Outcome(ID, WHAT, file, "by-hand", (), line, why, text)
