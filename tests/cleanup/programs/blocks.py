"""Statements that have others in them: branches, functions, loops with labels; and objects with the flag."""

from __future__ import annotations

from .base import Base
from .scope import Scope


class Blocks(Base):
    """Statements made of statements."""

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
