"""What an expression comes to once the flag has its value: a constant, a part of itself, or itself.

A result stands for the same value, as far as whoever asks can tell: a condition only wants to know whether it
is true, the left side of ``&&`` only what it is when it is false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as new
from enum import Enum
from typing import NamedTuple

from .pure import pure
from .source import Binding, Node, Source, bare, children, field

_ON = frozenset({"true", "1", "on", "yes", "enabled"})
_OFF = frozenset({"false", "0", "off", "no", "disabled", ""})
_EQUAL = frozenset({"===", "==", "!==", "!="})
_TEXT_METHODS: dict[str, Callable[[str], str]] = {
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
    "trim": str.strip,
    "toString": str,
}


class Need(NamedTuple):
    """Whether it matters what a true, or a false, value is."""

    truthy: bool
    falsy: bool


VALUE = Need(True, True)
TEST = Need(False, False)


class Null(Enum):
    """JavaScript's ``null``; its ``undefined`` is None here."""

    NULL = "null"

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return "null"


_EMPTY = (None, Null.NULL)


@dataclass(frozen=True, slots=True)
class Const:
    """A value that is known.

    Args:
        flag: it follows from the flag; a literal that the user wrote stays as it is.
        env: it is the variable's own text.
    """

    value: bool | str | Null | None
    flag: bool = True
    env: bool = False

    @property
    def literal(self) -> str | None:
        """What to write in its place; texts stay where they are, under their name."""
        if not self.flag or isinstance(self.value, str):
            return None
        return "undefined" if self.value is None else str(self.value).lower()


@dataclass(frozen=True, slots=True)
class Part:
    """The expression is as good as this part of it."""

    node: Node


@dataclass(frozen=True, slots=True)
class Effects:
    """The expression's value is known, but a part of it must still be evaluated for what it does."""

    node: Node
    value: bool


Verdict = Const | Part | Effects | None


@dataclass
class Facts:
    """What is known in a file.

    Args:
        flags: variables of the environment and their texts.
        consts: bindings that have a known value.
        calls: functions that return one whatever they are called with.
        members: accesses of properties that have one, by node id.
        aliases: bindings that are another one.
        printed: those of ``consts`` whose declaration stays, with the value written out.
        refused: place → why an expression with the flag in it was not decided.
    """

    flags: Mapping[str, str]
    consts: dict[Binding, Const] = new(default_factory=dict)
    calls: dict[Binding, Const] = new(default_factory=dict)
    members: dict[int, Const] = new(default_factory=dict)
    aliases: dict[Binding, Binding] = new(default_factory=dict)
    printed: set[Binding] = new(default_factory=set)
    refused: dict[int, str] = new(default_factory=dict)


class Reducer:
    """Judges the expressions of one file."""

    def __init__(self, source: Source, facts: Facts) -> None:
        self.source = source
        self.facts = facts
        self._known: dict[tuple[int, Need], Verdict] = {}

    def forget(self) -> None:
        """Judge anew: the facts have changed."""
        self._known.clear()

    def reduce(self, node: Node, need: Need = VALUE) -> Verdict:
        key = (node.id, need)
        if key not in self._known:
            self._known[key] = None
            self._known[key] = self._reduce(node, need)
        return self._known[key]

    def flag_constant(self, node: Node | None) -> Const | None:
        """The value of an expression that follows from the flag; None where it is not known."""
        if node is None:
            return None
        found = self.reduce(node)
        if isinstance(found, Part):
            found = self.constant(found.node)
            return Const(found.value) if found is not None else None
        return found if isinstance(found, Const) and found.flag else None

    def constant(self, node: Node) -> Const | None:
        found = self.reduce(node)
        return found if isinstance(found, Const) else None

    def truth(self, node: Node) -> bool | None:
        """What a condition comes to by the flag; None where it is open."""
        found = self.reduce(node, TEST)
        return self._truth(found, node) if isinstance(found, Const) and found.flag else None

    def _truth(self, const: Const, node: Node) -> bool | None:
        if const.env:
            self.refuse(node, "only whether the variable is set is asked, not what it says")
            return None
        return bool(const.value)

    def refuse(self, node: Node, why: str) -> None:
        self.facts.refused.setdefault(node.start_byte, why)

    def _reduce(self, node: Node, need: Need) -> Verdict:
        match node.type:
            case "identifier":
                binding = self.source.binding(node)
                return self.facts.consts.get(binding) if binding else None
            case "undefined":
                return Const(None, flag=False)
            case "null":
                return Const(Null.NULL, flag=False)
            case "true" | "false":
                return Const(node.type == "true", flag=False)
            case "string":
                return self._string(node)
            case (
                "parenthesized_expression" | "non_null_expression" | "as_expression" | "satisfies_expression"
            ):
                return self._wrapped(node, need)
            case "unary_expression":
                return self._unary(node)
            case "binary_expression":
                return self._binary(node, need)
            case "ternary_expression":
                return self._ternary(node, need)
            case "member_expression" | "subscript_expression":
                return self.facts.members.get(node.id) or self._env(node)
            case "call_expression":
                return self._call(node)
        return None

    def _string(self, node: Node) -> Const | None:
        text = self.source.word(node)[1:-1]
        return None if "\\" in text else Const(text, flag=False)

    def _wrapped(self, node: Node, need: Need) -> Verdict:
        inner = children(node)
        if not inner:
            return None
        found = self.reduce(inner[0], need)
        if node.type == "parenthesized_expression" or isinstance(found, Const):
            return found
        return None

    def _self(self, node: Node, need: Need) -> Verdict:
        """The verdict on an operand that is all that remains."""
        found = self.reduce(node, need)
        if isinstance(found, Const) and isinstance(found.value, bool):
            return Const(found.value)
        return found if isinstance(found, Part) or (isinstance(found, Const) and found.flag) else Part(node)

    def _unary(self, node: Node) -> Verdict:
        argument, operator = field(node, "argument"), field(node, "operator")
        if argument is None or operator is None or operator.type != "!":
            return None
        inner = bare(argument)
        twice = field(inner, "argument") if inner.type == "unary_expression" else None
        if twice is not None and self.source.word(inner).startswith("!"):
            # Asked twice, a variable's text is meant to be a yes or a no.
            text = self.reduce(twice)
            if isinstance(text, Const) and text.env:
                return self._explicit(text, node)
        found = self.reduce(argument, TEST)
        if isinstance(found, Const) and found.flag:
            outer = self.source.parent(node)
            while outer is not None and outer.type == "parenthesized_expression":
                outer = self.source.parent(outer)
            if found.env and outer is not None and outer.type == "unary_expression":
                return None
            truth = self._truth(found, node)
            return None if truth is None else Const(not truth)
        return None

    def _explicit(self, const: Const, node: Node) -> Verdict:
        """A text made a yes or a no, whatever it says: certain only for one that says yes."""
        text = str(const.value).lower()
        if text in _OFF:
            self.refuse(node, f"any text counts as yes here, {const.value!r} too")
            return None
        return Const(True)

    def _binary(self, node: Node, need: Need) -> Verdict:
        left, right, operator = field(node, "left"), field(node, "right"), field(node, "operator")
        if left is None or right is None or operator is None:
            return None
        sign = operator.type
        if sign in _EQUAL:
            return self._equal(node, left, right, sign)
        if sign not in ("&&", "||", "??"):
            return None
        if sign == "??":
            first = self.reduce(left)
            if isinstance(first, Const) and first.flag:
                return self._self(right, need) if first.value in _EMPTY else self._self(left, need)
            return None
        conjunction = sign == "&&"
        wanted = Need(False, need.falsy) if conjunction else Need(need.truthy, False)
        first = self.reduce(left, wanted)
        if isinstance(first, Const) and first.flag:
            if first.env and not conjunction:
                return first  # a default for a variable that has a value
            truth = self._truth(first, left)
            if truth is None:
                return None
            return self._self(right, need) if truth == conjunction else first
        if isinstance(first, Effects) and first.value != conjunction:
            return first
        return self._right(left, right, need, conjunction=conjunction)

    def _right(self, left: Node, right: Node, need: Need, *, conjunction: bool) -> Verdict:
        """``left && right`` or ``left || right`` where the right side is known."""
        second = self.reduce(right, need)
        if not isinstance(second, Const) or not second.flag or second.env:
            return None
        truth = bool(second.value)
        if truth == conjunction:  # the left side decides alone
            if need.truthy if conjunction else need.falsy:
                return None
            return self._self(left, Need(False, need.falsy) if conjunction else Need(need.truthy, False))
        if need.falsy if conjunction else need.truthy:
            return None
        if pure(self.source, left):
            return Const(truth)
        return Effects(left, truth)

    def _ternary(self, node: Node, need: Need) -> Verdict:
        condition = field(node, "condition")
        if condition is None:
            return None
        truth = self.truth(condition)
        if truth is None:
            return None
        branch = field(node, "consequence" if truth else "alternative")
        return self._self(branch, need) if branch is not None else None

    def _equal(self, node: Node, left: Node, right: Node, sign: str) -> Verdict:
        negated = sign.startswith("!")
        one, two = self.reduce(left), self.reduce(right)
        if isinstance(one, Part):
            one = self._value_of(one)
        if isinstance(two, Part):
            two = self._value_of(two)
        if not isinstance(one, Const) or not isinstance(two, Const) or not (one.flag or two.flag):
            return None
        if not one.flag:
            one, two = two, one
        if one.env or two.env:
            equal = self._says(node, str(one.value), two)
            return None if equal is None else Const(equal != negated)
        if two.value in _EMPTY:
            same = one.value is two.value if len(sign) == 3 else one.value in _EMPTY
            return Const(same != negated)
        if type(one.value) is not type(two.value):
            return None
        return Const((one.value == two.value) != negated)

    def _value_of(self, part: Part) -> Verdict:
        found = self.constant(part.node)
        return Const(found.value) if found is not None else None

    def _says(self, node: Node, text: str, other: Const) -> bool | None:
        """Whether a variable's text is the one that it is compared with."""
        if other.value in _EMPTY:
            return False
        if not isinstance(other.value, str):
            self.refuse(node, "a variable's text is compared with what is no text")
            return None
        if other.value == text:
            return True
        if not self.unlike(text, other.value):
            self.refuse(node, f"here the flag says {other.value!r}, its value is {text!r}")
            return None
        return False

    @staticmethod
    def unlike(text: str, other: str) -> bool:
        """Whether two texts surely mean different things: ``true`` and ``false`` do, ``1`` does not."""
        low, other = text.lower(), other.lower()
        if low in _ON:
            return other in _OFF
        if low in _OFF:
            return other in _ON
        return other not in _ON | _OFF

    def _env(self, node: Node) -> Const | None:
        name = env_name(self.source, node)
        return Const(self.facts.flags[name], env=True) if name in self.facts.flags else None

    def _call(self, node: Node) -> Verdict:
        callee, arguments = field(node, "function"), field(node, "arguments")
        if callee is None or arguments is None or arguments.type != "arguments":
            return None
        given = children(arguments)
        if node.id in self.facts.members:
            return self.facts.members[node.id]
        if self.source.word(callee) in ("useMemo", "React.useMemo") and given:
            return self._memo(given[0])
        if callee.type == "identifier":
            binding = self.source.binding(callee)
            if binding is not None:
                known = self.facts.calls.get(binding)
                return known if known is not None and all(pure(self.source, each) for each in given) else None
            return self._builtin(self.source.word(callee), given, node)
        if callee.type == "member_expression":
            return self._method(node, callee, given)
        return None

    def _memo(self, function: Node) -> Verdict:
        """``useMemo(() => flag, [])``."""
        body = field(function, "body") if function.type == "arrow_function" else None
        return self.flag_constant(body) if body is not None and body.type != "statement_block" else None

    def _builtin(self, name: str, given: list[Node], node: Node) -> Verdict:
        if len(given) != 1 or name not in ("Boolean", "String"):
            return None
        found = self.reduce(given[0], TEST if name == "Boolean" else VALUE)
        if not isinstance(found, Const) or not found.flag:
            return None
        if name == "String":
            return found if isinstance(found.value, str) else None
        return self._explicit(found, node) if found.env else Const(bool(found.value))

    def _method(self, node: Node, callee: Node, given: list[Node]) -> Verdict:
        owner, name = field(callee, "object"), self.source.word(field(callee, "property") or callee)
        if owner is None:
            return None
        if callee.id in self.facts.members and not given:
            return None
        if name in _TEXT_METHODS and not given:
            found = self.reduce(owner)
            if isinstance(found, Const) and found.env:
                return Const(_TEXT_METHODS[name](str(found.value)), env=True)
        if len(given) != 1:
            return None
        if name == "includes" and (inner := bare(owner)).type == "array":
            return self._among(node, children(inner), given[0])
        if name == "parse" and self.source.word(owner) == "JSON":
            found = self.reduce(given[0])
            if isinstance(found, Const) and found.env and found.value in ("true", "false"):
                return Const(found.value == "true")
        return None

    def _among(self, node: Node, items: list[Node], given: Node) -> Verdict:
        found = self.reduce(given)
        if not isinstance(found, Const) or not found.env:
            return None
        texts = [self._string(item) if item.type == "string" else None for item in items]
        if any(text is None for text in texts):
            return None
        words = [str(text.value) for text in texts if text is not None]
        text = str(found.value)
        if text in words:
            return Const(True)
        if all(self.unlike(text, word) for word in words):
            return Const(False)
        self.refuse(node, f"the flag's value {text!r} is not among {', '.join(words)}")
        return None


def env_name(source: Source, node: Node) -> str:
    """The variable that an expression reads: ``process.env.X``, ``import.meta.env["X"]``; else empty."""
    owner = field(node, "object")
    if owner is None or not is_environment(source, owner):
        return ""
    if node.type == "member_expression":
        return source.word(field(node, "property") or node)
    index = field(node, "index")
    if index is not None and index.type == "string":
        return source.word(index)[1:-1]
    return ""


def is_environment(source: Source, node: Node, depth: int = 4) -> bool:
    """Whether an expression is the whole environment."""
    node = bare(node)
    if node.type == "identifier":
        binding = source.binding(node)
        if binding is None or binding.kind != "const" or len(binding.declared) != 1 or not depth:
            return False
        value = initialiser(source, binding)
        return value is not None and is_environment(source, value, depth - 1)
    if node.type != "member_expression" or source.word(field(node, "property") or node) != "env":
        return False
    owner = bare(field(node, "object") or node)
    if owner.type == "meta_property" or source.word(owner) == "import.meta":
        return True
    if owner.type == "member_expression":
        top, owner = field(owner, "object"), field(owner, "property") or owner
        if top is None or source.word(top) not in ("globalThis", "window", "global", "self"):
            return False
        return source.word(owner) == "process"
    return source.word(owner) in ("process", "Bun") and source.binding(owner) is None


def initialiser(source: Source, binding: Binding) -> Node | None:
    """The value that ``const name = value`` gives a binding; None for patterns, loops and parameters."""
    name = source.at(binding.declared[0])
    declarator = source.parent(name)
    if declarator is None or declarator.type != "variable_declarator" or field(declarator, "name") != name:
        return None
    return field(declarator, "value")
