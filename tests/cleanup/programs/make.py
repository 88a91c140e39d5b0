"""Random programs with a flag in them: small modules that Node can run, in many styles."""

from __future__ import annotations

import random
import re

from .blocks import Blocks
from .elements import Elements
from .expressions import Expressions
from .forms import Forms
from .layout import laid_out
from .scope import Scope
from .sources import Sources
from .statements import Statements

_POOL = ("x", "y", "z", "w", "on", "c")


class Programs(Expressions, Elements, Statements, Forms, Blocks):
    """Makes programs, one after the other, from a seed.

    Args:
        typed: whether it is TypeScript with JSX.
    """

    def __init__(self, seed: int, *, typed: bool = False) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.semicolon = ";"
        self.typed = typed

    def program(self) -> tuple[dict[str, str], str]:
        """The modules of a program, of which ``main`` is the last, and the flag's value."""
        pick = self.random
        self.count = 0
        self.semicolon = pick.choice([";", ";", ";", ""])
        value = pick.choice(["true", "true", "false"])
        origin = Sources(pick, typed=self.typed, end=self.semicolon).origin()
        self.setters = origin.setters
        scope = Scope(awaits=True, flags=origin.flags, values=origin.values, holders=origin.objects)
        head = list(origin.head)
        self._values(head, scope)
        before = self._quiet(pick.randint(0, 2), "still")
        body = self.statements(scope, pick.randint(1, 4), 0)
        after = self._quiet(pick.randint(0, 2), "quiet")
        text = "\n".join([laid_out("\n".join(head), pick), *before, laid_out("\n".join(body), pick), *after])
        main = "main.tsx" if self.typed else "main.js"
        return {**origin.files, main: text + pick.choice(["\n", "\n", ""])}, value

    def _quiet(self, count: int, prefix: str) -> list[str]:
        """Statements that have nothing to do with a flag."""
        found = []
        for number in range(count):
            name = f"{prefix}{number}"
            found.append(f"const {name}  =  [ 1,2 , {number} ].map((n) => n+1);  log({name}); // {name}")
            if self.random.random() < 0.5:
                found.append(f"if (true) {{ log({number}) ; }}\nif (false) log(9);")
        return found

    def number(self) -> int:
        self.count += 1
        return self.count

    def _values(self, head: list[str], scope: Scope) -> None:
        end = self.semicolon
        head.append(f"const lk{self.must()} = {{ v: 1, m() {{ return this === lk ? 'lk' : 'lost'; }} }}{end}")
        head.append(f"const ms{self.must()} = {{ v: 2, m() {{ return this === ms ? 'ms' : 'lost'; }} }}{end}")
        head.append(f"const none = null, list = [1, 2, 3]{end}")
        head.append(f"function hoisted(n{self.must()}) {{ log(['h', n]); return n; }}")
        head.append(f"async function later(n{self.must()}) {{ log(['l', n]); return n; }}")
        scope.objects += ["lk", "ms"]
        scope.arrays.append("list")
        scope.values.append("none")
        scope.functions.append("hoisted")

    # Expressions

    def flag(self, scope: Scope) -> str:
        if not scope.flags:
            return self.random.choice(["true", "false"])
        name = self.random.choice(scope.flags)
        return self.random.choice(
            [name, name, name, f"!{name}", f"!!{name}", f"({name})", f"{name} === true"]
        )

    def effect(self, scope: Scope) -> str:
        del scope
        values = ["0", "1", "''", "'t'", "null", "undefined", "[]", "NaN", "true", "false"]
        value = self.random.choice([*values, f"rnd({self.number()})", f"rnd({self.number()})"])
        return f"log({self.number()}, {value})"

    def expression(self, scope: Scope, depth: int = 0) -> str:  # noqa: C901 - a table of kinds
        pick = self.random
        deeper = depth + 1
        if depth > 2:
            return self.leaf(scope)
        kind = pick.randint(0, 31)
        if kind > 19:
            ways = [self.edge, self.edge, self.promised]
            ways += [self.cast, self.rendered] if self.typed else []
            return pick.choice(ways)(scope, deeper)

        def sub() -> str:
            return self.expression(scope, deeper)

        if kind <= 3:
            return self.leaf(scope)
        if kind == 4:
            return f"({self.flag(scope)} ? {sub()} : {sub()})"
        if kind == 5:
            return f"({self.flag(scope)} {pick.choice(['&&', '||'])} {sub()})"
        if kind == 6:
            return f"({sub()} {pick.choice(['&&', '||'])} {self.flag(scope)})"
        if kind == 7:
            one, two = pick.choice(["&&", "||"]), pick.choice(["&&", "||"])
            return f"({sub()} {one} {self.flag(scope)} {two} {sub()})"
        if kind == 8:
            return f"({sub()} ?? {sub()})"
        if kind == 9:
            return f"`a${{{sub()}}}b${{{self.flag(scope)} ? 'q' : 'r'}}`"
        if kind == 10:
            chosen = f"...({self.flag(scope)} ? [{sub()}] : [{sub()}, 2])"
            return f"[{sub()}, {chosen}, ...({self.flag(scope)} ? [] : [3])]"
        if kind == 11:
            chosen = f"...({self.flag(scope)} ? {{ l: {sub()} }} : {{ n: 2 }})"
            return f"{{ k: {sub()}, {chosen}, ...({self.flag(scope)} && {{ e: 1 }}) }}"
        if kind == 12:
            one, two = pick.choice(scope.objects), pick.choice(scope.objects)
            return f"({self.flag(scope)} ? {one} : {two}).{pick.choice(['v', 'm()'])}"
        if kind == 13:
            one, two = pick.choice(scope.objects), pick.choice(scope.objects)
            return f"({self.flag(scope)} ? {one}.m : {two}.m)?.call(lk)"
        if kind == 14:
            return f"({sub()}, {sub()})"
        if kind == 15:
            with self.still(scope):
                body = self.paren(sub())
            body = pick.choice([body, f"{self.flag(scope)} ? {body} : {self.leaf(scope)}"])
            return f"((n{self.any()}) => {self.body(body)})({sub()})"
        if kind == 16:
            return f"typeof {self.paren(sub())}"
        if kind >= 18:
            return self._rarer(scope, deeper)
        return f"!{self.paren(sub())}"

    @staticmethod
    def paren(text: str) -> str:
        return f"({text})" if not text.startswith("(") or text.startswith("((") else text

    @staticmethod
    def body(text: str) -> str:
        return f"({text})" if text.startswith("{") else text

    def leaf(self, scope: Scope) -> str:
        pick = self.random
        options = [
            str(pick.randint(0, 3)),
            f"'{pick.choice(['a', '', 'true'])}'",
            "null",
            self.effect(scope),
            self.effect(scope),
            f"rnd({self.number()})",
        ]
        if scope.values:
            options += [pick.choice(scope.values)] * 2
        if scope.objects:
            options.append(f"{pick.choice(scope.objects)}.v")
            options.append(f"{pick.choice(scope.objects)}?.v")
        if scope.functions:
            options.append(f"{pick.choice(scope.functions)}({pick.randint(0, 3)})")
        options.append(self.flag(scope))
        return pick.choice(options)

    # Statements

    def statements(self, scope: Scope, count: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(count):
            fresh = self.statement(scope, depth)
            if self.setters and self.random.random() < 0.15:
                fresh.append(self.random.choice(self.setters))
            lines += fresh
            scope.text += "\n".join(fresh)
            if self.random.random() < 0.15:
                lines.append(self.random.choice(["", "// a comment", "/* another\n   one */"]))
        return ["\n".join("  " * 0 + line for line in lines)] if lines else []

    def block(self, scope: Scope, depth: int, *, loop: bool | None = None) -> str:
        inner = scope.inner(loop=loop)
        text = "\n".join(self.statements(inner, self.random.randint(0, 2), depth + 1))
        body = "\n".join(f"  {line}" if "`" not in text else line for line in text.split("\n"))
        if self.random.random() < 0.2 and "\n" not in text and "//" not in text and text:
            return f"{{ {text.strip()} }}"
        return f"{{\n{body}\n}}"

    def arm(self, scope: Scope, depth: int) -> str:
        """A branch: a block, or one statement by itself."""
        if self.random.random() < 0.75:
            return self.block(scope, depth)
        return self.simple(scope, alone=True)

    def simple(self, scope: Scope, *, alone: bool = False) -> str:
        pick, end = self.random, self.semicolon
        options = [f"{self.effect(scope)}", f"log({self.expression(scope)})"]
        if scope.writable:
            options.append(f"{pick.choice(scope.writable)} = {self.expression(scope)}")
        options.append(f"{self.flag(scope)} && {self.effect(scope)}")
        options.append(f"{self.flag(scope)} || {self.effect(scope)}")
        options.append(f"{self.effect(scope)} && {self.flag(scope)} && {self.effect(scope)}")
        options.append(f"{self.flag(scope)} ? {self.effect(scope)} : {self.effect(scope)}")
        text = pick.choice(options)
        if text.startswith(("(", "!", "[", "`")) and not end and not alone:
            return f";{text}"
        if text.startswith(("(", "[")) and not end:
            return f";{text}" if not alone else f"{{ ;{text} }}"
        return f"{text}{';' if alone else end}"

    def declare(self, scope: Scope, name: str) -> None:
        scope.hide(name)
        scope.own.add(name)

    def free_name(self, scope: Scope) -> str:
        # A name that was used here already means something else than one that is declared here later on.
        free = [name for name in _POOL if name not in scope.own and name not in scope.taken]
        names = [name for name in free if not re.search(rf"\b{name}\b", scope.text)]
        return self.random.choice(names) if names else f"n{self.number()}"

    def statement(self, scope: Scope, depth: int) -> list[str]:  # noqa: C901
        pick, end = self.random, self.semicolon
        kind = pick.randint(0, 42) if depth < 3 else pick.randint(0, 9)
        if kind > 29:
            return self.more(scope, depth)
        if kind <= 3:
            return [self.simple(scope)]
        if kind <= 6:
            value = self.expression(scope)
            name = self.free_name(scope)
            if f"{name} " in value or name in value:
                return [self.simple(scope)]
            word = pick.choice(["const", "const", "let"])
            self.declare(scope, name)
            scope.values.append(name)
            if word == "let":
                scope.writable.append(name)
            return [f"{word} {name}{self.any()} = {value}{end}"]
        if kind == 7 and len(scope.objects) > 1:
            name = self.free_name(scope)
            one, two = pick.sample(scope.objects, 2)
            if name in (one, two) or name in self.flag(scope):
                return [self.simple(scope)]
            text = f"const {name}{self.any(f'typeof {one}')} = {self.flag(scope)} ? {one} : {two}{end}"
            self.declare(scope, name)
            scope.objects.append(name)
            return [text]
        if kind == 8:
            name = f"v{pick.randint(0, 3)}"
            value = self.expression(scope)
            if name not in scope.values:
                scope.values.append(name)
            return [f"var {name}{self.any()} = {value}{end}"]
        if kind == 9 and scope.inside:
            jumps = [f"return {self.expression(scope)}", "return", f"throw new Error('e{self.number()}')"]
            if scope.loop:
                jumps += ["break", "continue"]
            jump = pick.choice(jumps)
            condition = self.flag(scope) if pick.random() < 0.8 else self.expression(scope)
            return [
                f"if ({condition}) {jump};"
                if pick.random() < 0.6
                else f"if ({condition}) {{\n  {self.effect(scope)}\n  {jump}{end}\n}}"
            ]
        if kind <= 15:
            return [self._if(scope, depth)]
        if kind == 16:
            name = f"f{self.number()}"
            inner = scope.inner(inside=True, loop=False, awaits=False)
            parameter = pick.choice(["n", "F", "on", "x", "c"])
            inner.hide(parameter)
            inner.values.append(parameter)
            inner.taken.add(parameter)
            body = "\n".join(self.statements(inner, pick.randint(1, 4), depth + 1))
            scope.functions.append(name)
            if pick.random() < 0.5:
                return [
                    f"function {name}({parameter}{self.any()}) {{\n{body}\n}}",
                    f"log({name}({self.leaf(scope)})){end}",
                ]
            return [
                f"const {name} = ({parameter}{self.any()}) => {{\n{body}\n}}{end}",
                f"log({name}({self.leaf(scope)})){end}",
            ]
        if kind == 17:
            inner = scope.inner(loop=True)
            inner.values.append("i")
            inner.hide("i")
            inner.values.append("i")
            return [f"for (let i = 0; i < {pick.randint(1, 3)}; i++) {self.block(inner, depth, loop=True)}"]
        if kind == 18:
            first = self.block(scope, depth)
            last = ""
            if not scope.loop and not scope.inside and pick.random() < 0.5:
                last = f" finally {self.block(scope, depth, loop=False)}"
            return [f"try {first} catch (e) {{ log(e.name){end} }}{last}"]
        if kind == 19:
            cases = []
            for number in range(pick.randint(1, 3)):
                inner = scope.inner(loop=False)
                inner.taken |= {"x", "y", "z", "w", "on", "c"}
                inner.inside = False
                text = "\n".join(self.statements(inner, pick.randint(0, 2), 4))
                text = (
                    text if not any(f"{word} " in text for word in ("const", "let")) else self.simple(inner)
                )
                cases.append(f"case {number}:\n{text}\n{pick.choice(['break' + end, ''])}")
            return [f"switch ({self.leaf(scope)}) {{\n" + "\n".join(cases) + f"\ndefault: log('d'){end}\n}}"]
        if kind == 20:
            return [self.block(scope, depth)]
        if kind == 21:
            name = f"f{self.number()}"
            jump = self.simple(scope.inner(awaits=False))
            scope.functions.append(name)
            return [
                f"log({name}(1)){end}",
                (
                    f"function {name}(n{self.any()}) {{\n"
                    f"if ({self.flag(scope)} || n > 5) return n{end}\n{jump}\n"
                    f"return k(){end}\nfunction k() {{ return 3{end} }}\n}}"
                ),
            ]
        if kind == 22:
            return [f"if ({self.effect(scope)} && {self.flag(scope)}) {self.arm(scope, depth)}"]
        if kind == 23:
            return [f"while ({self.flag(scope)} && log('l', false)) {self.block(scope, depth, loop=True)}"]
        if kind == 25:
            return self._holder(scope)
        if kind == 26:
            return self._closures(scope, depth)
        if kind == 27:
            return self._body(scope, depth)
        if kind == 28:
            return self._labelled(scope, depth)
        if kind == 24:
            label = f"l{self.number()}"
            return [f"{label}: {{\nif ({self.flag(scope)}) break {label}{end}\n{self.simple(scope)}\n}}"]
        return [
            f"if ({self.flag(scope)}) {{\n  log(`{self.number()}\n    text`){end}\n  {self.simple(scope)}\n}}"
        ]

    def more(self, scope: Scope, depth: int) -> list[str]:
        """A statement of a kind that has to do with promises, types, patterns or odd forms."""
        ways = [
            self._async_function, self._waits, self._accessors, self._patterns, self._switched, self._loops,
            self._hazards, self._same_names, self._tried, self._assigned, self._lists_object, self._open,
        ]  # fmt: skip
        if self.typed:
            ways += [self._types, self._types, self._component]
        return self.random.choice(ways)(scope, depth)
