"""Random programs with a flag in them: small modules that Node can run, in many styles."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from .program_kinds import Kinds
from .program_layout import laid_out
from .program_sources import NAME, Sources

__all__ = ["NAME", "Programs", "Scope"]

_POOL = ("x", "y", "z", "w", "on", "c")


@dataclass
class Scope:
    """What a piece of program may name; ``own`` are the names that it has declared itself."""

    values: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    arrays: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    writable: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    holders: list[str] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    text: str = ""
    inside: bool = False
    loop: bool = False
    label: str = ""
    awaits: bool = False

    def inner(
        self, *, inside: bool | None = None, loop: bool | None = None, awaits: bool | None = None
    ) -> Scope:
        lists = (
            self.values, self.objects, self.arrays, self.functions, self.writable, self.flags, self.holders
        )  # fmt: skip
        copies = [list(each) for each in lists]
        return Scope(
            *copies,
            own=set(),
            taken=set(),
            inside=self.inside if inside is None else inside,
            loop=self.loop if loop is None else loop,
            label=self.label if inside is None else "",
            awaits=self.awaits if awaits is None else awaits,
        )

    def hide(self, name: str) -> None:
        for each in (
            self.values, self.objects, self.arrays, self.functions, self.writable, self.flags, self.holders
        ):  # fmt: skip
            each[:] = [one for one in each if not re.match(rf"{re.escape(name)}(?![\w$])", one)]


class Programs(Kinds):
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
        before = self._quiet(pick.randint(0, 2), "p")
        body = self.statements(scope, pick.randint(1, 4), 0)
        after = self._quiet(pick.randint(0, 2), "q")
        text = "\n".join(
            [laid_out("\n".join(head), pick), *before, laid_out("\n".join(body), pick), *after]  # fmt: skip
        )
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
        sub = lambda: self.expression(scope, deeper)  # noqa: E731
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

    def _rarer(self, scope: Scope, depth: int) -> str:
        """Expressions with functions, classes, patterns, generators and objects that hold the flag."""
        flag, number, any_ = self.flag(scope), self.number(), self.must()
        with self.still(scope):
            one, two = (self.paren(self.expression(scope, depth + 1)) for _ in range(2))
        return self.random.choice(
            [
                f"(function () {{ if ({flag}) return {one}; return {two}; }})()",
                f"(() => {{ try {{ if ({flag}) return {one}; }} finally {{ log({number}); }} return 7; }})()",
                f"[...(function* () {{ if ({flag}) {{ yield {one}; return; }} yield {two}; }})()]",
                (
                    f"(({{ d{number} = {one}, e: [g{number} = {flag} ? {two} : 0] = [] }}{any_}) =>"
                    f" [d{number}, g{number}])({{}})"
                ),
                (
                    f"((h{number}{any_} = {flag}, k{number}{any_} = {flag} ? {one} : {two}) =>"
                    f" [h{number}, k{number}])({two})"
                ),
                f"new (class {{ a{any_} = {flag}; get g() {{ return {flag} ? this.a : {one}; }} }})().g",
                f"(class {{ static a = {flag} ? {one} : {two}; static {{ if ({flag}) log({number}); }} }}).a",
                f"({{ p{number}: {flag}, get q() {{ return {flag} ? {one} : {two}; }} }}).q",
                f"({one} ? null : {{ p{number}: {flag} }})?.p{number}",
                f"({one} && {{ p{number}: {flag} }})?.p{number}",
                f"({one} || {{ p{number}: {flag} }})?.p{number}",
                f"({{ ...({flag} && {{ p{number}: {one} }}), ['p' + {number}]: {two} }}).p{number}",
                f"((t{any_}, ...v{any_}) => [t.raw, v])`a${{{flag} ? {one} : {two}}}b${{{flag}}}`",
                f"({flag} ?? {one})",
                f"(({flag} && null) ?? {one})",
                f"({flag} ? null : undefined)",
                f"[{flag}, {one}].map((n{any_}) => (n ? {flag} : {two}))",
                f"({flag} ? (n{any_}) => n : () => {one})({two})",
                f"({one}, {flag} ? {two} : {one})",
                f"[...({flag} ? [, {one}] : [])]",
            ]
        )

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
                    f"function {name}(n{self.any()}) {{\nif ({self.flag(scope)} || n > 5) return n{end}\n{jump}\n"
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

    def _holder(self, scope: Scope) -> list[str]:
        """An object that holds the flag, is perhaps written to, and is asked for it."""
        pick, end, number = self.random, self.semicolon, self.number()
        name, key = f"o{number}", f"k{number}"
        with self.still(scope):
            value = self.expression(scope, 3)
        word = pick.choice(["const", "const", "let", "var"])
        made = pick.choice(
            [
                f"{{ {key}: {self.flag(scope)}, a: 1 }}",
                f"{{ a: {{ {key}: {self.flag(scope)} }}, {key}: {self.flag(scope)} }}",
                f"log({number}, {number % 2}) ? undefined : {{ {key}: {self.flag(scope)} }}",
                f"log({number}, {number % 2}) && {{ {key}: {self.flag(scope)} }}",
                f"log({number}, {number % 2}) || {{ {key}: {self.flag(scope)} }}",
                f"(() => ({{ {key}: {self.flag(scope)} }}))()",
            ]
        )
        plain = made.startswith(("{", "(() =>"))
        write = pick.choice(
            [
                f"{name}.{key} = {value}",
                f"{name}['{key}'] = {value}",
                f"{name}['k' + {number}] = {value}",
                f"Object.assign({name}, {{ {key}: {value} }})",
                f"delete {name}.{key}",
                f"{name}.{key} ||= {value}",
                f"for (const s{number} of [{name}]) s{number}.{key} = {value}",
                f"((o{self.any()}, k{self.any()}) => {{ o[k] = {value}; }})({name}, '{key}')",
            ]
        )
        early = [f"log(early{number}()){end}"] if word == "var" and pick.random() < 0.5 else []
        reads = pick.choice(
            [
                f"log({name}?.{key} ? 1 : 2){end}",
                f"if ({name}?.{key}) {{ log(3){end} }} else {{ log(4){end} }}",
                f"const {{ {key}: r{number} = 5 }} = {name} ?? {{}}{end}\nlog(r{number}){end}",
                f"log({name}?.{key} ?? 'none'){end}",
            ]
        )
        lines = [*early, f"{word} {name}{self.any()} = {made}{end}"]
        if plain and pick.random() < 0.5:
            lines.append(f"{write}{end}")
        lines.append(reads)
        if early:
            lines.append(f"function early{number}() {{ return {name}?.{key} ? 1 : 2{end} }}")
        return lines

    def _closures(self, scope: Scope, depth: int) -> list[str]:
        """Functions made in a loop, of which each keeps its own names."""
        end, number = self.semicolon, self.number()
        inner = scope.inner(loop=False, inside=False)
        body = "\n".join(self.statements(inner, 1, max(depth + 1, 4)))
        return [
            f"const c{number}{self.any()} = []{end}",
            (
                f"for (let i{number} = 0; i{number} < 2; i{number}++) {{\n"
                f"if ({self.flag(scope)}) {{\nconst j{number} = i{number}{end}\n"
                f"c{number}.push(() => j{number}){end}\n}} else {{\n"
                f"let j{number} = -i{number}{end}\nc{number}.push(() => j{number}++){end}\n}}\n{body}\n}}"
            ),
            f"log(c{number}.map((each) => each())){end}",
        ]

    def _body(self, scope: Scope, depth: int) -> list[str]:
        """A method, a generator or a function with ``finally``, and what it gives."""
        pick, end, number = self.random, self.semicolon, self.number()
        inner = scope.inner(inside=True, loop=False, awaits=False)
        text = "\n".join(self.statements(inner, pick.randint(1, 3), depth + 1))
        flag, name = self.flag(scope), f"g{number}"
        kind = pick.randint(0, 3)
        if kind == 0:
            made = f"class {name} {{\nm(n{self.any()}) {{\n{text}\nif ({flag}) return n{end}\n}}\n}}"
            return [made, f"log(new {name}().m({number})){end}"]
        if kind == 1:
            head = f"function* {name}() {{\nif ({flag}) yield {number}{end}\n"
            made = f"{head}{text}\nyield {flag} ? 1 : 2{end}\n}}"
            return [made, f"log([...{name}()]){end}"]
        if kind == 2:
            last = "\n".join(
                self.statements(scope.inner(inside=True, loop=False, awaits=False), 1, depth + 1)
            )
            made = (
                f"function {name}() {{\ntry {{\n{text}\n}} finally {{\n{last}\n}}\nreturn {number}{end}\n}}"
            )
            return [made, f"try {{ log({name}()){end} }} catch (e) {{ log(e.name){end} }}"]
        made = f"const {name} = {{\nget v() {{\n{text}\nreturn {flag} ? 1 : 2{end}\n}}\n}}{end}"
        return [made, f"log({name}.v){end}"]

    def _labelled(self, scope: Scope, depth: int) -> list[str]:
        """Two loops, of which the inner one goes on or ends the outer one."""
        pick, number = self.random, self.number()
        inner = scope.inner(loop=True)
        inner.values.append(f"a{number}")
        word = pick.choice(["break", "continue"])
        jump = f"if ({self.flag(scope)}) {word} l{number};"
        if pick.random() < 0.5:
            jump = (
                f"if ({self.flag(scope)}) {{ {self.effect(scope)}; {word} l{number}; }} else log({number});"
            )
        return [
            (
                f"l{number}: for (const a{number} of [1, 2]) {{\n"
                f"for (const b{number} of [1, 2]) {{\n{jump}\n"
                f"{self.block(inner, depth + 1, loop=True)}\n}}\n{self.effect(scope)};\n}}"
            )
        ]

    def _if(self, scope: Scope, depth: int) -> str:
        pick = self.random

        def condition() -> str:
            if pick.random() < 0.65:
                return self.flag(scope)
            return self.other() if pick.random() < 0.5 else self.expression(scope, 2)

        text = f"if ({condition()}) {self.arm(scope, depth)}"
        while pick.random() < 0.3:
            text += f"{pick.choice([' ', chr(10)])}else if ({condition()}) {self.arm(scope, depth)}"
        if pick.random() < 0.5:
            text += f"{pick.choice([' ', chr(10)])}else {self.arm(scope, depth)}"
        return text
