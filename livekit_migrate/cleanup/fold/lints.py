"""Why the path that stays cannot work yet: what no compiler sees, and a person should before all goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from fnmatch import fnmatchcase

from ..engine import Lint, OldStack, Residual
from .modules import Modules, is_code
from .objects import Objects, opening_elements
from .source import Binding, Node, Source, bare, children, field
from .state import State

_JUMPS = frozenset({"return_statement", "throw_statement"})
_FUNCTIONS = frozenset({"arrow_function", "function_expression", "function_declaration", "method_definition"})
_FALSY = frozenset({"false", "null", "undefined"})
_HANDLED = re.compile(rb"""(?:case\s+|===?\s*)(["'])([A-Za-z][\w:.-]{2,60})\1""")
_ON = re.compile(rb"""(?:\.on|@SubscribeMessage)\(\s*(["'])([A-Za-z][\w:.-]{2,60})\1""")
_SENT = re.compile(
    rb"""(?:\btype\s*:\s*|\.emit\(\s*|\bsend(?:Request|Message)?\(\s*)(["'])([A-Za-z][\w:.-]{2,60})\1"""
)
# A file with one of these is a server's, also where one package holds both sides.
_SERVES = frozenset(
    {"socket.io", "ws", "uWebSockets.js", "express", "hono", "fastify", "koa", "http", "node:http", "https"}
    | {
        "node:https",
        "@nestjs/websockets",
        "@nestjs/platform-socket.io",
        "@hono/node-ws",
        "@fastify/websocket",
    }
)
# Of these the folders alone say what is around what.
_ROUTE = re.compile(r"(?:^|/)app/(?:.*/)?(?:layout|template|page)\.[jt]sx?$")


class Lints:
    """Looks for what stands in the way of the new stack.

    Args:
        texts: a file's text as it is by now, None for one that goes.
        new: packages of the new stack.
    """

    def __init__(
        self,
        modules: Modules,
        states: Mapping[str, State],
        texts: Callable[[str], bytes | None],
        *,
        old: OldStack,
        new: Collection[str],
    ) -> None:
        self.modules = modules
        self.states = states
        self.texts = texts
        self.old = old
        self.new = new

    def find(
        self, names: Collection[str], residual: Collection[Residual], removed: Collection[str]
    ) -> list[Lint]:
        """All of them.

        Args:
            names: of the new stack's objects in code.
            residual: uses of the old ones.
            removed: the files that go.
        """
        found = [*self._waits(names), *self._unmounted(), *self._unanswered(removed)]
        found += [
            Lint("lint.stub", each.path, each.line, each.column,
                 f"{each.name}.{each.member} is still used, and the new object has only a stub of it")
            for each in residual if each.stub
        ]  # fmt: skip
        return sorted(found, key=lambda each: (each.path, each.line, each.column, each.rule))

    def _source(self, path: str) -> Source | None:
        if self.texts(path) is None:
            return None
        return self.states[path].source if path in self.states else self.modules.source(path)

    def _lint(self, rule: str, source: Source, at: int, reason: str, hint: str = "") -> Lint:
        state = self.states.get(source.path)
        place = state.origin(at) if state is not None else at
        text = (state.first if state is not None else source).text
        return Lint(rule, source.path, text.line(place), text.column(place), reason, hint)

    # What waits for itself

    def _waits(self, names: Collection[str]) -> Iterator[Lint]:
        """A call that is only made once something is true that only the call makes true."""
        if not names:
            return
        sets = self._set_only_by()
        if not sets:
            return
        for path in self.modules.holding(names):
            source = self._source(path) if is_code(path) else None
            if source is None:
                continue
            for name in names:
                for (member, action), where in sets.items():
                    pattern = rb"(?<![\w$])" + re.escape(f"{name}.{action}(".encode())
                    for match in re.finditer(pattern, source.code):
                        guard = self._guard(source, match.start(), f"{name}.{member}")
                        if guard is not None:
                            yield self._lint(
                                "lint.waits-for-itself", source, guard.start_byte,
                                f"{name}.{action}() waits for {name}.{member}, which only it sets ({where})",
                                f"drop the condition, or set {member} when the client is ready",
                            )  # fmt: skip

    def _set_only_by(self) -> dict[tuple[str, str], str]:
        """(state, function): the state is made true in that function alone."""
        found: dict[tuple[str, str], str] = {}
        for path in self._new_files():
            source = self._source(path)
            if source is None:
                continue
            for binding in source.scopes.bindings:
                pair = self._state_of(source, binding)
                if pair is None:
                    continue
                owners = {self._owner(source, at) for at in pair.used if self._sets(source, at)}
                if len(owners) == 1 and (owner := owners.pop()):
                    found[binding.name, owner] = f"{path}:{source.text.line(pair.declared[0])}"
        return found

    def _new_files(self) -> Iterator[str]:
        for path, packages in self.modules.packages.items():
            if is_code(path) and any(fnmatchcase(name, pattern) for name in packages for pattern in self.new):
                yield path

    @staticmethod
    def _state_of(source: Source, binding: Binding) -> Binding | None:
        """The setter of ``const [connected, setConnected] = useState(false)``."""
        name = source.at(binding.declared[0])
        pattern = source.parent(name)
        declarator = source.parent(pattern) if pattern is not None else None
        if pattern is None or pattern.type != "array_pattern" or declarator is None:
            return None
        entries, value = children(pattern), field(declarator, "value")
        if len(entries) != 2 or entries[0] != name or value is None or value.type != "call_expression":
            return None
        given = children(field(value, "arguments") or value)
        if source.word(field(value, "function") or value).rpartition(".")[2] != "useState":
            return None
        return source.binding(entries[1]) if not given or bare(given[0]).type in _FALSY else None

    @staticmethod
    def _sets(source: Source, at: int) -> bool:
        call = source.parent(source.at(at))
        if call is None or call.type != "call_expression":
            return True  # passed on: who knows
        given = children(field(call, "arguments") or call)
        return bool(given) and bare(given[0]).type not in _FALSY

    @staticmethod
    def _owner(source: Source, at: int) -> str:
        """The outermost function below the hook that a place is in, by the name that it has."""
        found = ""
        for above in source.above(source.at(at)):
            if above.type == "variable_declarator":
                name = field(above, "name")
                found = source.word(name) if name is not None and name.type == "identifier" else found
            elif above.type == "call_expression" and source.word(field(above, "function") or above).endswith(
                "Effect"
            ):
                return ""
            elif above.type == "function_declaration":
                parent = source.parent(above)
                if parent is not None and parent.type in ("export_statement", "program"):
                    break
                name = field(above, "name")
                found = source.word(name) if name is not None else found
        return found

    @staticmethod
    def _guard(source: Source, at: int, asked: str) -> Node | None:
        """An ``if (!x.connected) return`` in the same function before a place."""
        for above in source.above(source.at(at)):
            if above.type in _FUNCTIONS:
                body = field(above, "body")
                for item in children(body) if body is not None else ():
                    if item.start_byte > at:
                        break
                    condition, then = field(item, "condition"), field(item, "consequence")
                    if item.type != "if_statement" or condition is None or then is None:
                        continue
                    last = children(then)[-1:] if then.type == "statement_block" else [then]
                    parts = source.word(condition).strip("() \n\t").split("||")
                    asks = any(part.strip() == f"!{asked}" for part in parts)
                    if asks and last and last[0].type in _JUMPS:
                        return item
                return None
        return None

    # What is not mounted

    def _unmounted(self) -> Iterator[Lint]:
        """A component that needs the new stack's provider, where that is not around it."""
        objects = Objects(self.modules, unsafe=True)
        for provider, hook, path in self._providers(objects):
            consumers = set(self._consumers(hook, path))
            if not consumers:
                continue
            mounted: list[tuple[Source, Node, bool]] = []
            for user in self.modules.holding({*consumers, provider}):
                source = self._source(user) if is_code(user) else None
                for element in opening_elements(source) if source is not None and source.path != path else ():
                    name = field(element, "name")
                    if source is not None and name is not None and source.word(name) in consumers:
                        mounted.append((source, element, self._inside(source, element, provider)))
            around = {source.path for source, _, inside in mounted if inside}
            if not around or not all(map(_ROUTE.search, around)):
                continue  # what else mounts it may be around anything
            layouts = {path.rpartition("/")[0] for path in around}
            for source, element, inside in mounted:
                folder = source.path.rpartition("/")[0]
                if not _ROUTE.search(source.path):
                    continue
                above = any(f"{folder}/".startswith(f"{layout}/") for layout in layouts)
                if not inside and not above:
                    mount = source.word(field(element, "name") or element)
                    yield self._lint(
                        "lint.provider-not-mounted", source, element.start_byte,
                        f"<{mount}> asks for {hook}, and no <{provider}> is around it here",
                        f"wrap it in <{provider}>, as elsewhere",
                    )  # fmt: skip

    def _providers(self, objects: Objects) -> Iterator[tuple[str, str, str]]:
        """The new stack's providers: component, hook, file."""
        near = set(self._new_files())
        near |= {user for path in near for user in self.modules.importers.get(path, ())}
        for path in sorted(near):
            source = self._source(path) if is_code(path) else None
            if source is None or b"createContext" not in source.code:
                continue
            names = self.modules.exports(source).names
            providers = [name for name in names if re.match(r"[A-Z]\w*Provider$", name)]
            hooks = [name for name in names if re.match(r"use[A-Z]", name)]
            if len(providers) == 1 and len(hooks) == 1 and b"throw" in source.code:
                yield providers[0], hooks[0], path
        del objects

    def _consumers(self, hook: str, path: str) -> Iterator[str]:
        """The components that call a hook themselves and take children: providers on their own."""
        for user in self.modules.importers.get(path, ()):
            source = self._source(user) if is_code(user) else None
            if source is None:
                continue
            for match in re.finditer(rb"(?<![\w$])" + re.escape(hook.encode()) + rb"\s*\(", source.code):
                for above in source.above(source.at(match.start())):
                    name = (
                        field(above, "name")
                        if above.type in ("variable_declarator", "function_declaration")
                        else None
                    )
                    if name is not None and re.match(r"[A-Z]\w*Provider$", source.word(name)):
                        yield source.word(name)

    @staticmethod
    def _inside(source: Source, element: Node, provider: str) -> bool:
        for above in source.above(element):
            opening = field(above, "open_tag") if above.type == "jsx_element" else None
            if opening is not None and source.word(field(opening, "name") or opening) == provider:
                return True
        return False

    # What nobody answers any more

    def _package(self, path: str) -> str:
        package = self.modules.app.package_of(path)
        return package.folder if package is not None else ""

    def _client(self, folder: str) -> bool:
        return any(each.side in ("client", "both") for each in self.modules.app.frameworks.get(folder, ()))

    def _unanswered(self, removed: Collection[str]) -> Iterator[Lint]:
        """Messages that code which stays sends and only code that goes understood."""
        gone: dict[str, str | None] = dict.fromkeys(self.old.messages)
        for path in sorted({*removed, *self.old.files}):
            data = self.modules.read(path)
            for pattern in (_HANDLED, _ON) if data is not None else ():
                gone |= dict.fromkeys(
                    (m[2].decode() for m in pattern.finditer(data or b"")), self._package(path)
                )
        if not gone:
            return
        answered: set[str] = set()
        served: set[str] = set()
        by_package: dict[str, set[str]] = {}
        sent: list[tuple[str, bytes, int, str]] = []
        for path in self.modules.holding(gone):
            data = self.texts(path)
            if data is None or path in self.old.files:
                continue
            sends = [(m.start(), m[2].decode()) for m in _SENT.finditer(data) if m[2].decode() in gone]
            handled = {m[2].decode() for p in (_HANDLED, _ON) for m in p.finditer(data)}
            if is_code(path) and _SERVES & set(self.modules.packages.get(path, ())):
                served |= handled
            by_package.setdefault(self._package(path), set()).update(handled)
            if sends and re.search(rb"\.send\(|\.emit\(|sendRequest|sendMessage", data):
                sent += [(path, data, at, name) for at, name in sends]
            else:
                answered |= handled
        for path, data, at, name in sent:
            if any(
                fnmatchcase(each, old)
                for each in self.modules.packages.get(path, ())
                for old in self.old.modules
            ):
                continue  # it goes as well, once the last use of it has gone
            here = self._package(path)
            if here == gone[name] or not self._client(here):
                continue  # within one program, or the server to a client that has gone
            if name in answered and name not in self.old.messages:
                continue
            if name in served or any(name in by_package[each] for each in by_package if each != here):
                continue  # a server that stays
            source = self._source(path)
            reason = f"nobody answers {name} any more: only what goes did"
            if source is not None:
                yield self._lint("lint.message-unanswered", source, at - len(source.text.bom), reason)
            else:
                yield Lint("lint.message-unanswered", path, data.count(b"\n", 0, at) + 1, 1, reason)
