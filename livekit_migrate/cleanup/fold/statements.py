"""Statements that the flag decides: branches spliced into their place, what cannot be reached taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .ends import JUMPS, jumps, terminated
from .kept import Kept
from .pure import pure
from .reduce import TEST, Const, Effects, Need, Part
from .source import Node, bare, children, field, statements

_LISTS = frozenset({"program", "statement_block", "switch_case", "switch_default"})
_FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration"})
_LEXICAL = frozenset({"lexical_declaration", "class_declaration", "enum_declaration", *_FUNCTIONS})
_TYPES = frozenset({"interface_declaration", "type_alias_declaration"})
_EFFECTS = frozenset({"useEffect", "useLayoutEffect", "useInsertionEffect"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a statement.

    Args:
        jumps: nothing that comes after it is reached.
        touched: by the flag.
        gone: nothing is left of it.
    """

    jumps: bool = False
    touched: bool = False
    gone: bool = False


class Statements(Kept):
    """Rewrites the statements of one file."""

    def run(self) -> None:
        """Rewrite the whole file."""
        self._ways |= {
            "if_statement": self._lone_if,
            "expression_statement": self._lone_expression,
            "while_statement": self._loop,
            "do_statement": self._loop,
            "for_statement": self._loop,
            "switch_statement": self._switch,
            "variable_declarator": self._declarator,
            "assignment_expression": self._assignment,
            "public_field_definition": self._field,
            "field_definition": self._field,
            "export_statement": self._export,
        } | dict.fromkeys(_LISTS, self._block)
        self.block(self.source.root)

    # Lists of statements

    def _block(self, node: Node, need: Need) -> None:
        del need
        self.block(node)

    def block(self, owner: Node) -> Outcome:
        """Rewrite the statements of a block, of a case or of the file."""
        items = statements(owner)
        if owner.id not in self.hot:
            return Outcome(jumps=bool(items) and jumps(items[-1]))
        last = Outcome()
        kept = 0
        touched = False
        for number, item in enumerate(items):
            if owner.type.startswith("switch_") and item.id not in self.hot:
                last = Outcome(jumps(item))
            else:
                last = self.statement(item, owner)
            touched |= last.touched
            kept += not last.gone
            if last.jumps and last.touched:
                self._unreachable(items[number + 1 :])
                break
        if value := field(owner, "value") if owner.type == "switch_case" else None:
            self.visit(value)
        return Outcome(last.jumps, touched, touched and not kept)

    def statement(self, node: Node, owner: Node) -> Outcome:
        """Rewrite one statement of a list."""
        if node.id not in self.hot:
            return Outcome(jumps(node))
        if node.type == "if_statement":
            return self._if(node, owner)
        if node.type == "expression_statement":
            return self._expression(node)
        if node.type == "statement_block":
            return self.block(node)
        if node.type in JUMPS:
            self.others(node)
            return Outcome(jumps=True)
        self.inside(node)
        return Outcome()

    def _if(self, node: Node, owner: Node) -> Outcome:
        condition, body, other = self._parts(node)
        if condition is None or body is None:
            return Outcome()
        found = self.reduce(condition, TEST)
        if isinstance(found, Effects):
            return self._only_effects(node, found, other)
        truth = self.reducer.truth(condition)
        if truth is None:
            return self._open_if(node, condition, body, other)
        chosen = body if truth else other
        self.note("fold.branch", node, f"the condition is always {str(truth).lower()}")
        if chosen is None:
            return self._drop(node)
        return self._splice(node, chosen, owner)

    @staticmethod
    def _parts(node: Node) -> tuple[Node | None, Node | None, Node | None]:
        condition, body, clause = (field(node, name) for name in ("condition", "consequence", "alternative"))
        inner = children(condition) if condition is not None else []
        other = children(clause) if clause is not None else []
        return inner[0] if inner else None, body, other[0] if other else None

    def _open_if(self, node: Node, condition: Node, body: Node, other: Node | None) -> Outcome:
        self.visit(condition, TEST)
        one = self.branch(body)
        two = self.branch(other) if other is not None else None
        if two is not None and two.gone and other is not None:
            clause = field(node, "alternative")
            assert clause is not None  # noqa: S101 - it has a statement
            self.delete(body.end_byte, clause.end_byte)
        if one.gone and (two is None or two.gone) and pure(self.source, condition):
            self.note("fold.branch", node, "nothing is left in it")
            return self._drop(node)
        return Outcome(
            jumps=one.jumps and two is not None and two.jumps,
            touched=one.touched or bool(two and two.touched),
        )

    def _only_effects(self, node: Node, found: Effects, other: Node | None) -> Outcome:
        """``if (f() && !flag) …`` → ``f();``: what the condition does stays."""
        source = self.source
        self.note("fold.branch", node, f"the condition is always {str(found.value).lower()}")
        body = field(node, "consequence")
        other = body if found.value else other
        self.note("fold.effects", found.node, "it is still evaluated for what it may do", "refuse")
        inner = bare(found.node)
        if inner.type in ("object", "function_expression", "class"):
            self.replace(node.start_byte, inner.start_byte, "void ")
        else:
            self.delete(node.start_byte, inner.start_byte)
        self.visit(inner, TEST)
        if other is None:
            self.replace(inner.end_byte, node.end_byte, ";")
            return Outcome(touched=True)
        break_ = source.newline + source.indent(node.start_byte).decode()
        self.replace(inner.end_byte, other.start_byte, f";{break_}")
        self.delete(other.end_byte, node.end_byte)
        self.branch(other)
        return Outcome(touched=True)

    def _drop(self, node: Node) -> Outcome:
        """Take a statement of a list out, but for the variables that it hoists."""
        hoisted = self._hoisted(node)
        if hoisted:
            self.replace(node.start_byte, node.end_byte, f"var {', '.join(hoisted)};")
            return Outcome(touched=True)
        self.remove(node)
        return Outcome(touched=True, gone=True)

    # Branches

    def _splice(self, node: Node, chosen: Node, owner: Node) -> Outcome:
        """Put the statements of the branch that is taken in the place of the ``if``."""
        if chosen.type == "if_statement":
            # ``else if``: its line starts with the brace of what goes.
            self.delete(node.start_byte, chosen.start_byte)
            inner = self._if(chosen, owner)
            if inner.gone:
                self.remove(node)
            return Outcome(inner.jumps, touched=True, gone=inner.gone)
        if chosen.type != "statement_block":
            self._cut_around(node, chosen, chosen)
            done = self.statement(chosen, owner) if chosen.id in self.hot else Outcome(jumps(chosen))
            if done.gone:
                return self._drop(node)
            return self._with_hoisted(node, chosen, Outcome(done.jumps, touched=True))
        items = [child for child in chosen.named_children if not self._empty(child)]
        if not items:
            return self._drop(node)
        if self._clashes(chosen, owner):
            self.note("fold.kept-block", chosen, "a name in it is another one outside")
            self.delete(node.start_byte, chosen.start_byte)
            self.delete(chosen.end_byte, node.end_byte)
            return Outcome(self.block(chosen).jumps, touched=True)
        self._dissolved[chosen.id] = owner
        done = self.block(chosen)
        if done.gone and all(item.type != "comment" for item in items):
            return self._drop(node)
        self._cut_around(node, items[0], items[-1])
        return self._with_hoisted(node, chosen, Outcome(done.jumps, touched=True))

    @staticmethod
    def _empty(node: Node) -> bool:
        return node.type == "empty_statement"

    def _with_hoisted(self, node: Node, chosen: Node, outcome: Outcome) -> Outcome:
        """Keep ``var``s of the branch that goes."""
        gone = [part for part in self._parts(node)[1:] if part is not None and part != chosen]
        names = [name for part in gone for name in self._hoisted(part)]
        if names:
            break_ = self.source.newline + self.source.indent(node.start_byte).decode()
            self.replace(node.start_byte, node.start_byte, f"var {', '.join(names)};{break_}")
        return outcome

    def _cut_around(self, node: Node, first: Node, last: Node) -> None:
        """Leave of a statement what lies from one node to another, at the statement's indentation."""
        source = self.source
        self.delete(node.start_byte, first.start_byte)
        end = last.end_byte
        if not source.last_on_line(node.end_byte):
            following = source.code[node.end_byte : source.line_end(node.end_byte)].strip()
            if last.type == "comment" and source.word(last).startswith("//"):
                self.replace(end, node.end_byte, source.newline + source.indent(node.start_byte).decode())
                end = -1
            elif not terminated(last, source.code) and not following.startswith((b"}", b"//", b"/*", b";")):
                self.replace(end, node.end_byte, ";")
                end = -1
        if end >= 0:
            self.delete(end, node.end_byte)
        own = source.indent(first.start_byte)
        if source.line_start(first.start_byte) <= node.start_byte:
            # ``if (f) { a();⏎ b(); }``: the first on the line of the `if`; what follows says how deep it is.
            following_line = source.code.find(b"\n", first.start_byte, last.end_byte)
            if following_line < 0:
                return
            own = source.indent(following_line + 1)
            if last.start_byte <= following_line:
                return  # one statement over several lines
        self.dedent(first.start_byte, last.end_byte, source.indent(node.start_byte), own)

    def branch(self, node: Node) -> Outcome:
        """Rewrite a statement that stands alone: a branch, or a loop's body."""
        if node.id not in self.hot:
            return Outcome(jumps(node))
        if node.type == "statement_block":
            done = self.block(node)
            bare_block = all(child.type != "comment" for child in node.named_children)
            return Outcome(done.jumps, done.touched, done.gone and bare_block)
        if node.type == "if_statement":
            return self._lonely(node)
        if node.type == "expression_statement":
            done = self._expression(node, alone=True)
            if done.gone:
                self.replace(node.start_byte, node.end_byte, "{}")
            return done
        return self.statement(node, node)

    def _lonely(self, node: Node) -> Outcome:
        """An ``if`` as a branch: ``else if``, or without braces."""
        condition, body, other = self._parts(node)
        truth = self.reducer.truth(condition) if condition is not None else None
        if condition is None or body is None or truth is None:
            if condition is not None and body is not None:
                found = self.reduce(condition, TEST)
                if isinstance(found, Effects):
                    self.refuse(node, "its condition does something, and it stands alone")
                done = self._open_if(node, condition, body, other)
                if done.gone:
                    self.replace(node.start_byte, node.end_byte, "{}")
                return done
            return Outcome()
        self.note("fold.branch", node, f"the condition is always {str(truth).lower()}")
        chosen = body if truth else other
        if chosen is None:
            hoisted = self._hoisted(node)
            self.replace(
                node.start_byte, node.end_byte, f"{{ var {', '.join(hoisted)}; }}" if hoisted else "{}"
            )
            return Outcome(touched=True, gone=not hoisted)
        done = self.branch(chosen)
        if done.gone:
            self.replace(node.start_byte, node.end_byte, "{}")
            return Outcome(touched=True, gone=True)
        dangling = chosen.type == "if_statement" and self._else_follows(node)
        self.replace(node.start_byte, chosen.start_byte, "{ " if dangling else "")
        self.replace(chosen.end_byte, node.end_byte, " }" if dangling else "")
        if self.source.line_start(chosen.start_byte) > node.start_byte and chosen.type != "if_statement":
            base, own = self.source.indent(node.start_byte), self.source.indent(chosen.start_byte)
            self.dedent(chosen.start_byte, chosen.end_byte, base, own)
        return Outcome(done.jumps, touched=True)

    def _else_follows(self, node: Node) -> bool:
        parent = self.source.parent(node)
        return (
            parent is not None
            and parent.type == "if_statement"
            and field(parent, "consequence") == node
            and field(parent, "alternative") is not None
        )

    # Statements that are expressions

    def _expression(self, node: Node, *, alone: bool = False) -> Outcome:
        inner = children(node)[0]
        found = self.reduce(inner, TEST)
        if isinstance(found, Const) and found.flag and not found.env:
            self.note("fold.statement", node, "the flag decides that nothing happens")
            if not alone:
                self.remove(node)
            return Outcome(touched=True, gone=True)
        if isinstance(found, Effects):
            self.note("fold.statement", node, "the flag decides that the rest does not happen")
            self.note("fold.effects", found.node, "it is still evaluated for what it may do", "refuse")
            self.keep(inner, found.node)
            self.visit(found.node, TEST)
            return Outcome(touched=True)
        if isinstance(found, Part) and found.node != inner:
            if pure(self.source, found.node) and not self._is_directive(found.node):
                self.note("fold.statement", node, "the flag decides that nothing happens")
                if not alone:
                    self.remove(node)
                return Outcome(touched=True, gone=True)
            self.note("fold.statement", node, "the flag decides that it happens")
            self.keep(inner, found.node)
            self.inside(found.node, TEST)
            return Outcome(touched=True)
        if self._idle_effect(inner):
            self.note("fold.effect", node, "the effect does nothing any more")
            if not alone:
                self.remove(node)
            return Outcome(touched=True, gone=True)
        self.inside(inner, TEST)
        return Outcome()

    @staticmethod
    def _is_directive(node: Node) -> bool:
        return node.type == "string"

    def _idle_effect(self, call: Node) -> bool:
        """Whether it is ``useEffect(() => { return; }, …)`` once the flag has decided."""
        if call.type != "call_expression":
            return False
        name = self.source.word(field(call, "function") or call).rpartition(".")[2]
        given = children(field(call, "arguments") or call)
        if (
            name not in _EFFECTS
            or not given
            or given[0].type not in ("arrow_function", "function_expression")
        ):
            return False
        body = field(given[0], "body")
        if body is None or body.id not in self.hot or body.type != "statement_block":
            return False
        if not all(pure(self.source, each) for each in given[1:]):
            return False
        return bool(self._comes_to_nothing(body))

    def _comes_to_nothing(self, node: Node) -> bool | None:
        """Whether a block only returns, or does nothing at all; None where it goes on doing nothing."""
        for item in statements(node) if node.type == "statement_block" else [node]:
            if item.type == "return_statement":
                return not children(item)
            if item.type == "if_statement":
                condition, body, other = self._parts(item)
                truth = self.reducer.truth(condition) if condition is not None else None
                chosen = body if truth else other
                if truth is None:
                    return False
                if chosen is None:
                    continue
                done = self._comes_to_nothing(chosen)
                if done is None:
                    continue
                return done
            if item.type == "expression_statement":
                found = self.reduce(children(item)[0], TEST)
                if isinstance(found, Const) and found.flag and not found.env:
                    continue
            return False
        return True if self.source.parent(node) is None or self._is_body(node) else None

    def _is_body(self, node: Node) -> bool:
        parent = self.source.parent(node)
        return parent is not None and parent.type in ("arrow_function", "function_expression")

    # Others

    def _lone_if(self, node: Node, need: Need) -> None:
        del need
        self.branch(node)

    def _lone_expression(self, node: Node, need: Need) -> None:
        del need
        self.branch(node)

    def _loop(self, node: Node, need: Need) -> None:
        del need
        condition = field(node, "condition")
        for child in children(node):
            if child == field(node, "body"):
                self.branch(child)
                continue
            if child == condition or (condition is not None and child.start_byte == condition.start_byte):
                wrapped = child.type in ("parenthesized_expression", "expression_statement")
                inner = children(child)[0] if wrapped and children(child) else child
                found = self.reduce(inner, TEST)
                if inner.id in self.hot and isinstance(found, Const | Effects):
                    self._refuse_reads(
                        inner, "a loop that the flag decides: what is meant is a person's to say"
                    )
                    continue
                self.visit(inner, TEST)
                continue
            self.visit(child)

    def _switch(self, node: Node, need: Need) -> None:
        del need
        value = field(node, "value")
        inner = children(value) if value is not None else []
        if inner and inner[0].id in self.hot:
            found = self.reduce(inner[0])
            if isinstance(found, Const) and found.flag:
                self._refuse_reads(inner[0], "a switch over the flag: what is meant is a person's to say")
            else:
                self.visit(inner[0])
        if (body := field(node, "body")) is not None:
            self.others(body)

    def _export(self, node: Node, need: Need) -> None:
        del need
        self.others(node)

    # What cannot be reached

    def _unreachable(self, items: Sequence[Node]) -> None:
        """Take out what comes after a jump that the flag decided on, but nothing hoisted or still used."""
        items = [item for item in items if not self._empty(item)]
        keep = {item.id for item in items if item.type in _FUNCTIONS or item.type in _TYPES}
        keep |= {item.id for item in items if self._hoisted(item)}
        while True:
            gone = [item for item in items if item.id not in keep]
            used = {item.id for item in gone if self._declares_used(item, gone)}
            if not used:
                break
            keep |= used
        for item in items:
            if item.id in keep and item.id in self.hot:
                self.inside(item)
        if not gone:
            return
        self.note("fold.unreachable", gone[0], "nothing comes here any more")
        if len(gone) == len(items):
            first, last = self._first_comment(gone[0]), gone[-1]
            self.remove_span(first, self._last_comment(last))
            return
        for item in gone:
            self.remove(item)
