"""Components of React: who renders whom, over files, and inside of what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, cast

from ...code.js.parse import Node, word
from .names import Definition, Origin, exports, meaning, name_of, users, uses
from .nodes import FUNCTIONS, ancestors, function_of, same
from .sources import Module, Sources

Place = Literal["inside", "outside", "unknown"]
_TAGS: Final = ("jsx_opening_element", "jsx_self_closing_element")
_PAGE = re.compile(r"(^|/)app/(.*/)?page\.[jt]sx?$|(^|/)pages/(?!api/|_)[^.]*\.[jt]sx?$")
_LAYOUTS = ("layout", "template", "providers", "provider", "_app", "_layout", "root")
_DEEPEST = 8


def component_of(node: Node) -> Node | None:
    """The component or hook that a node is in: the outermost function around it that has such a name."""
    found = None
    at = function_of(node)
    while at is not None:
        name = word(name_of(at))
        if is_component(name) or is_hook(name):
            found = at
        at = function_of(at)
    return found


def is_component(name: str) -> bool:
    return name[:1].isupper()


def is_hook(name: str) -> bool:
    return name.startswith("use") and name[3:4].isupper()


def tag(element: Node) -> Node | None:
    return element.child_by_field_name("name")


def tag_meaning(sources: Sources, module: Module, element: Node) -> Origin | Definition | None:
    """What a tag is; None for HTML's and for what is not known."""
    name = tag(element)
    if name is None or (name.type == "identifier" and not is_component(word(name))):
        return None
    if name.type != "identifier" and word(name).endswith(".Provider"):
        name = name.named_children[0]  # a context's own component
    return meaning(sources, module, name)


def place_of(
    sources: Sources,
    module: Module,
    function: Node,
    is_provider: Callable[[Origin], bool],
    depth: int = _DEEPEST,
) -> Place:
    """Whether a component or hook is always, never, or not provably inside of a provider.

    ``outside``: every place that renders it was found, none is within a provider, and each ends at a page.
    """
    key = f"react.place {module.path} {function.start_byte} {is_provider.__module__}"
    if key not in sources.memo:
        sources.memo[key] = _Search(sources, is_provider).function(module, function, depth)
    return cast("Place", sources.memo[key])


class _Search:
    def __init__(self, sources: Sources, is_provider: Callable[[Origin], bool]) -> None:
        self.sources = sources
        self.is_provider = is_provider
        self.seen: set[tuple[str, int]] = set()

    def function(self, module: Module, function: Node, depth: int) -> Place:
        self.sources.in_time()
        key = (module.path, function.id)
        if depth <= 0 or key in self.seen:
            return "unknown"
        self.seen.add(key)
        places = list(self.places(module, function, depth))
        if "unknown" in places:
            return "unknown"
        if "inside" in places:
            return "inside" if "outside" not in places else "unknown"
        if places:
            return "outside"
        return "outside" if self.is_page(module, function) else "unknown"

    def places(self, module: Module, function: Node, depth: int) -> Iterator[Place]:
        """One answer for each use of a component's or hook's name."""
        name = name_of(function)
        binding = module.binding(name)
        if name is None:
            if not self.is_page(module, function):
                yield "unknown"
            return
        if binding is not None:
            for use in uses(module, binding):
                yield from self.use(module, use, depth)
        if not any(spec is None for _, _, _, spec in exports(module)):
            return
        for _, source in self.sources.importers(module.path):
            if source.parent is not None and source.parent.type == "arguments":
                yield "unknown"  # import() and require(): what becomes of it is not followed
                return
        for other in users(self.sources, module):
            for element in other.nodes(*_TAGS):
                found = tag_meaning(self.sources, other, element)
                if (
                    isinstance(found, Definition)
                    and found.module is module
                    and self.is_same(found.node, function)
                ):
                    yield self.element(other, element, depth)
            for use in _imported_uses(self.sources, other, module, function, self.is_same):
                yield from self.use(other, use, depth)

    @staticmethod
    def is_same(found: Node, function: Node) -> bool:
        if same(found, function):
            return True
        return found.type == "call_expression" and found.start_byte <= function.start_byte < found.end_byte

    def use(self, module: Module, use: Node, depth: int) -> Iterator[Place]:
        parent = use.parent
        if parent is None or parent.type in ("export_specifier", "export_statement", "jsx_closing_element"):
            return
        if parent.type in _TAGS and same(tag(parent), use):
            yield self.element(module, parent, depth)
        elif parent.type == "call_expression" and same(parent.child_by_field_name("function"), use):
            outer = component_of(use)  # a hook is where its component is
            yield self.function(module, outer, depth - 1) if outer is not None else "unknown"
        else:
            yield "unknown"  # handed on as a value: a route's component, a lazy import

    def element(self, module: Module, element: Node, depth: int) -> Place:
        """Where one tag is: what is around it, up to its component, then where that is."""
        whole = element.parent if element.type == "jsx_opening_element" else element
        for outer in ancestors(whole if whole is not None else element):
            if outer.type in FUNCTIONS and same(outer, component_of(element)):
                break
            if outer.type == "jsx_attribute":
                return "unknown"  # handed over: whoever gets it renders it where it likes
            if outer.type == "jsx_element" and outer.named_children:
                around = self.wraps(module, outer.named_children[0], depth)
                if around != "outside":
                    return around
        component = component_of(element)
        if component is None:
            return "outside" if _renders(element) else "unknown"
        return self.function(module, component, depth - 1)

    def wraps(self, module: Module, element: Node, depth: int) -> Place:
        """Whether what is between a tag's ends is within a provider."""
        name = tag(element)
        if name is None or (name.type == "identifier" and not is_component(word(name))):
            return "outside"
        found = tag_meaning(self.sources, module, element)
        if isinstance(found, Origin):
            if self.is_provider(found):
                return "inside"
            return "unknown" if "livekit" in found.package else "outside"
        if not isinstance(found, Definition) or found.node.type in ("identifier", "member_expression"):
            return "unknown"
        return self.mentions_provider(found.module, found.node, depth - 1)

    def mentions_provider(self, module: Module, node: Node, depth: int) -> Place:
        """A component that is put around something: unknown as soon as there is a provider in it."""
        if depth <= 0:
            return "unknown"
        for element in module.nodes(*_TAGS):
            if not (node.start_byte <= element.start_byte < node.end_byte):
                continue
            found = tag_meaning(self.sources, module, element)
            if isinstance(found, Origin):
                if self.is_provider(found) or "livekit" in found.package:
                    return "unknown"
            elif isinstance(found, Definition):
                if (
                    found.node.id != node.id
                    and self.mentions_provider(found.module, found.node, depth - 1) != "outside"
                ):
                    return "unknown"
            elif (name := tag(element)) is not None and is_component(word(name)):
                return "unknown"
        return "outside"

    def is_page(self, module: Module, function: Node) -> bool:
        """Whether a framework renders it, and no layout of the app may put a provider around it."""
        if not _PAGE.search(module.path):
            return False
        default = [
            node for node, outside, _, spec in exports(module) if outside == "default" and spec is None
        ]
        if not any(
            same(node, function) or same(_declared(module, node), name_of(function)) for node in default
        ):
            return False
        return not any(self.may_provide(path) for path in self.sources.paths if _is_layout(path))

    def may_provide(self, path: str) -> bool:
        module = self.sources.module(path)
        return module is None or self.mentions_provider(module, module.parsed.root, 5) != "outside"


def _declared(module: Module, node: Node) -> Node | None:
    binding = module.binding(node)
    return module.at(binding.declared[0]) if binding is not None and binding.declared else None


def _is_layout(path: str) -> bool:
    return path.rpartition("/")[2].partition(".")[0].lower() in _LAYOUTS


def _renders(element: Node) -> bool:
    """``root.render(<App />)``: nothing is around it but what was seen."""
    for outer in ancestors(element):
        if outer.type == "call_expression":
            called = outer.child_by_field_name("function")
            return called is not None and word(called).rpartition(".")[2] in (
                "render",
                "hydrateRoot",
                "hydrate",
            )
        if outer.type in FUNCTIONS:
            return False
    return False


def _imported_uses(
    sources: Sources, other: Module, module: Module, function: Node, is_same: Callable[[Node, Node], bool]
) -> Iterator[Node]:
    """Uses of an imported component or hook that are no tags."""
    for statement in other.nodes("import_specifier", "import_clause"):
        names = (
            [statement.child_by_field_name("alias") or statement.child_by_field_name("name")]
            if statement.type == "import_specifier"
            else [child for child in statement.named_children if child.type == "identifier"]
        )
        for name in names:
            binding = other.binding(name)
            if name is None or binding is None:
                continue
            found = meaning(sources, other, name)
            if isinstance(found, Definition) and found.module is module and is_same(found.node, function):
                for use in uses(other, binding):
                    parent = use.parent
                    if parent is not None and parent.type not in (*_TAGS, "jsx_closing_element"):
                        yield use
