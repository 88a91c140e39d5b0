"""Statements in odd forms: without semicolons, with the same name twice, and types among them."""

# ruff: noqa: E501 - each line is a program, or a piece of one

from __future__ import annotations

import re

from .base import Base
from .scope import Scope


class Forms(Base):
    """Statements that formatters and compilers stumble over."""

    def _hazards(self, scope: Scope, depth: int) -> list[str]:
        del depth
        """Statements that go on where the one before has no semicolon, and branches without braces."""
        pick, number, flag = self.random, self.number(), self.flag(scope)
        end = pick.choice(["", ";"])
        start = pick.choice(
            [
                f"[{number}].forEach((n{self.any()}) => log(n))",
                f"(log({number}))",
                f"`t${{log({number})}}`",
                f"+log({number})",
                f"-log({number})",
                f"/a/.test(log({number}))",
                f"(function () {{ log({number}) }})()",
                f"(() => log({number}))()",
                f"[...({flag} ? [1] : [])].map(log)",
                f"({flag} ? log : hoisted)({number})",
                f"!log({number})",
                f"new Map(log({number}, []))",
                f"async () => log({number})",
                f"(class {{ static {{ log({number}) }} }})",
                f"({{ a: log({number}) }})",
            ]
        )
        h = f"h{number}"
        first = pick.choice(
            [
                f"let {h}{self.any()} = log({number})",
                f"let {h}{self.any()} = hoisted",
                f"let {h}{self.any()} = {flag} ? 1 : 2",
                f"let {h}{self.any()}",
                f"log({number})",
                f"var {h}{self.any()} = () => {{}}",
                f"const {h} = {{ a: 1 }}",
                f"const {h} = class {{}}",
                "hoisted(1)\n;`a`",
                f"let {h}{self.any()} = 1; {h}++",
                "do log(1); while (0)",
            ]
        )
        then = pick.choice(
            [
                f"if ({flag}) {start}{end}",
                f"if ({flag}) {{ {start} }}",
                f"if ({flag}) {{\n  {start}{end}\n}}",
                f"if (!{self.paren(flag)}) log(0)\nelse {start}{end}",
                f"if ({self.other()}) log(0)\nelse if ({flag}) {start}{end}",
                f"{flag} && {start}{end}" if not start.startswith(("async",)) else f"{flag} && log(1){end}",
                f"if ({flag}) log(1)\n;{start}{end}",
                f"{flag} && log(1)\n;{start}{end}",
                f"if ({flag}) {{\n  log(1)\n}}\n;{start}{end}",
                f"if ({flag}) ; else {start}{end}",
                f"if ({flag}) {{}} else {start}{end}",
                f"{{ if ({flag}) {start}{end} }}",
                f"if ({flag}) {{ log(1) }} else log(2)\n;{start}{end}",
                f"if ({flag}) {{ log(1) }} {'; ' if start[0] in '(`[+-/' else ''}{start}{end}",
                f"if ({flag}) log(1); else log(2); {start}{end}",
            ]
        )
        if then.startswith(("(", "[", "`", "+", "-", "/")) and not first.startswith("do"):
            then = f";{then}"
        last = pick.choice(
            [
                f"log({number})",
                f";[{flag}].map(log)",
                f";(log)({number})",
                f"log(typeof {h} === 'x')" if h in first else "log(3)",
            ]
        )
        return [first, then, last + (self.semicolon or pick.choice(["", ";"]))]

    def _same_names(self, scope: Scope, depth: int) -> list[str]:
        del depth
        """A branch that declares a name which is declared again near it, in a scope of its own or not."""
        pick, end, number, flag = self.random, self.semicolon, self.number(), self.flag(scope)
        q = f"nm{number}"
        inner = pick.choice(
            [
                f"const {q} = 1{end}\nlog({q}){end}",
                f"let {q}{self.any()} = {flag}{end}\n{q} = 2{end}",
                f"class {q} {{}}\nlog({q}.name){end}",
                f"function {q}() {{ return 1 }}\nlog({q}()){end}",
                f"const {{ v: {q} }} = lk{end}\nlog(() => {q}){end}",
                f"var {q}{self.must()} = 1{end}\nlog({q}){end}",
                f"for (const {q} of [1]) log({q}){end}",
            ]
        )
        near = pick.choice(
            [
                f"for (var {q}{self.must()} = 0; {q} < 1; {q}++) log({q}){end}",
                f"{{ var {q}{self.must()} = 2{end} }}\nlog({q}){end}",
                f"for (const {q} of [3]) log({q}){end}",
                f"for (var {q}{self.must()} in lk) log({q}){end}",
                f"try {{ null.x{end} }} catch ({q}) {{ log({q}.name){end} }}",
                f"const r{number} = function {q}() {{ return typeof {q} }}{end}\nlog(r{number}()){end}",
                f"const r{number} = class {q} {{ n() {{ return {q}.name }} }}{end}\nlog(new r{number}().n()){end}",
                f"switch (1) {{ case 1: let {q} = 4{end or ';'} log({q}){end} }}",
                f"switch (1) {{ case 1: var {q}{self.must()} = 4{end} }}\nlog({q}){end}",
                f"{{ const {q} = 5{end or ';'} log({q}){end} }}",
                f"{{ function {q}() {{ return 6 }} log({q}()){end} }}",
                f"log((({q}{self.must()}) => {q})(7)){end}",
                f"if ({flag}) {{ const {q} = 8{end or ';'} log({q}){end} }}",
                f"if (!{self.paren(flag)}) {{ var {q}{self.must()} = 9{end} }} else {{ log({q}){end} }}",
                f"log(typeof {q}){end}",
                f"const {q} = 10{end}\nlog({q}){end}",
                f"const r{number} = {{ {q}: 11, m() {{ return this.{q} }} }}{end}\nlog(r{number}.m()){end}",
            ]
        )
        if inner.startswith("var") and re.match(rf"(?:const|let|class) {q}\b", near):
            near = f"log(typeof {q}){end}"
        first = f"if ({flag}) {{\n{inner}\n}}"
        if pick.random() < 0.3:
            first += f" else {{\nlog({number}){end}\n}}"
        both = [first, near] if pick.random() < 0.6 else [near, first]
        if pick.random() < 0.6:
            parameter = pick.choice(["", f"{q}{self.any()}", "n = 1", f"{{ {q} }}{self.must()} = {{}}"])
            if q in parameter and re.search(rf"(?m)^(?:const|let|class) {q}\b", near):
                parameter = ""
            body = "\n".join(both)
            return [f"function z{number}({parameter}) {{\n{body}\n}}\nz{number}(){end}"]
        return both

    def _assigned(self, scope: Scope, depth: int) -> list[str]:
        del depth
        pick, end, number, flag = self.random, self.semicolon, self.number(), self.flag(scope)
        one, two = self.paren(self.expression(scope, 3)), self.paren(self.leaf(scope))
        name = f"m{number}"
        sign = pick.choice(["=", "||=", "&&=", "??=", "+=", "="])
        lines = [
            f"let {name}{self.any()} = {pick.choice([flag, two, '0', f'{flag} ? {one} : {two}'])}{end}",
            pick.choice(
                [
                    f"{name} {sign} {flag} ? {one} : {two}{end}",
                    f"{name} {sign} {flag}{end}",
                    f"{name} {sign} {flag} && {one}{end}",
                    f"if ({flag}) {name} {sign} {one}{end}",
                    f"if ({flag}) {{ {name} {sign} {one}{end or ';'} }} else {{ {name} = 9{end or ';'} }}",
                    f"{flag} && ({name} {sign} {one}){end}",
                    f"{flag} ? ({name} {sign} {one}) : log({number}){end}",
                    f"hoisted(() => ({name} {sign} {flag} ? {two} : 3))(){end}" if sign == "=" else f"{name} {sign} {two}{end}",
                    f"function set{number}() {{ {name} {sign} {flag} ? 1 : 2{end} }}\nif ({flag}) set{number}(){end}",
                    f"{name} {sign} ({flag}, {one}){end}",
                ]
            ),
            f"log([{name}, {flag} && {name}]){end}",
        ]  # fmt: skip
        if "await" not in lines[1]:
            scope.values.append(name)
        return lines

    def _lists_object(self, scope: Scope, depth: int) -> list[str]:
        """What holds the flag, asked in a way that shows what it has."""
        pick, end, number = self.random, self.semicolon, self.number()
        if not scope.holders:
            return self._patterns(scope, depth)
        name = pick.choice(scope.holders)
        flag = self.flag(scope)
        return [
            pick.choice(
                [
                    f"log(Object.keys({name})){end}",
                    f"log({name}){end}",
                    f"log({{ ...{name}, z: {flag} }}){end}",
                    f"for (const k{number} in {name}) log(k{number}){end}",
                    f"log('F' in {name}){end}",
                    f"log({name}['F']){end}",
                    f"log({name}?.F ?? 'none'){end}",
                    f"log({name}['F' + (rnd({number}) && '')]){end}",
                    f"log(JSON.stringify({name})){end}",
                    f"const {{ F: q{number} = 'none', ...r{number} }}{self.must()} = {name}{end}\nlog([q{number}, r{number}]){end}",
                    f"const copy{number}{self.any()} = {{ ...{name} }}{end}\ncopy{number}.F = {self.leaf(scope)}{end}\nlog([copy{number}.F, {name}.F]){end}",
                    f"const alias{number} = {name}{end}\nlog(alias{number}.F ? 1 : 2){end}",
                    f"log([{name}].map((o{self.any()}) => o.F)){end}",
                    f"log([{name}].map(({{ F }}{self.must()}) => F)){end}",
                    f"const fn{number} = (o{self.any()}) => (o.F ? 1 : 2){end}\nlog(fn{number}({name})){end}\nlog(fn{number}({{ F: 'own' }})){end}",
                ]
            )
        ]  # fmt: skip

    def _open(self, scope: Scope, depth: int) -> list[str]:
        """Conditions of which the flag is a part only."""
        pick, flag, other = self.random, self.flag(scope), self.other()
        one, two = self.arm(scope, depth + 1), self.arm(scope, depth + 1)
        return [
            pick.choice(
                [
                    f"if ({other} && {flag}) {one} else {two}",
                    f"if ({flag} && {other}) {one}\nelse {two}",
                    f"if ({flag} || {other}) {one} else {two}",
                    f"if ({other}) {one} else if ({flag}) {two}",
                    f"if ({other}) {{\nif ({flag}) {one}\n}} else {two}",
                    f"if ({other}) if ({flag}) {one} else {two}",
                    f"if ({flag}) if ({other}) {one} else {two}",
                    f"if ({flag}) {{ if ({other}) {one} }} else {two}",
                    f"if ({other}) {one} else if ({self.other()}) {two} else if ({flag}) {self.arm(scope, depth + 1)} else {self.arm(scope, depth + 1)}",
                    f"if (({other}, {flag})) {one} else {two}",
                    f"if (!({other} || {flag})) {one} else {two}",
                    f"if ({other} ? {flag} : !{self.paren(flag)}) {one} else {two}",
                    f"if (({flag} ? {other} : {self.other()})) {one} else {two}",
                ]
            )
        ]  # fmt: skip

    def _types(self, scope: Scope, depth: int) -> list[str]:
        """Declarations of types, and of what only TypeScript has, beside what the flag decides."""
        pick, end, number, flag = self.random, self.semicolon, self.number(), self.flag(scope)
        inner = scope.inner(inside=True, loop=False, awaits=False)
        inner.taken.add("x")
        body = "\n".join(self.statements(inner, 1, depth + 1))
        name = f"T{number}"
        with self.still(scope):
            one = self.paren(self.expression(scope, 3))
        ways = [
            [
                f"type {name} = typeof lk | {{ F: boolean }}{end}",
                f"const t{number}: {name} | any = {flag} ? lk : ms{end}",
                f"log(t{number}.v){end}",
            ],
            [
                f"interface {name} {{ F?: boolean; m(x: {name}): void }}",
                f"const t{number} = {{ F: {flag}, m() {{}} }} as {name}{end}",
                f"log(t{number}.F){end}",
            ],
            [
                f"function f{number}(x: string): string{end}\nfunction f{number}(x: number): number{end}\nfunction f{number}(x: any) {{\nif ({flag}) return {one}{end}\n{body}\n}}",
                f"log(f{number}(1)){end}",
            ],
            [
                f"abstract class {name} {{\n  abstract m(): any{end}\n  constructor(protected readonly on: boolean = {flag}) {{}}\n}}",
                f"class U{number} extends {name} {{\n  override m() {{\nif (this.on && {flag}) return 1{end}\n{body}\n}}\n}}",
                f"log(new U{number}().m()){end}",
            ],
            [
                f"const t{number} = {flag} ? ({one} as any) : ({one} as unknown as string){end}",
                f"log(t{number}!){end}",
            ],
            [
                f"const t{number} = <X,>(x: X, y: boolean = {flag}): X | null => (y ? x : null){end}",
                f"log(t{number}<any>({one})){end}",
            ],
            [
                f"function is{number}(x: unknown): x is string {{ return {flag} && typeof x === 'string'{end} }}",
                f"log(is{number}('a')){end}",
            ],
            [
                f"let t{number}!: any{end}\nif ({flag}) t{number} = {one}{end}\nelse t{number} = 2{end}",
                f"log(t{number}){end}",
            ],
            [
                f"const t{number}: Array<{{ on: boolean }}> = [{{ on: {flag} }}]{end}",
                f"log(t{number}[0]!.on){end}",
            ],
        ]
        if depth == 0:
            ways += [
                [f"namespace N{number} {{\n  export const on = {flag}{end}\n  if ({flag}) log({number}){end}\n  export type X = string{end}\n}}", f"log(N{number}.on){end}"],
                [f"enum E{number} {{ A = 1, B = {flag} ? 2 : 3 }}", f"log(E{number}.B){end}"],
                [f"declare const ghost{number}: boolean{end}", f"declare function gone{number}(x: typeof lk): void{end}", f"log({flag} ? typeof ghost{number} : 0){end}"],
                [f"declare global {{ interface Window {{ F{number}: boolean }} }}", f"if ({flag}) {{\ntype L = string{end}\nconst l{number}: L = 'l'{end}\nlog(l{number}){end}\n}}"],
                [f"export type X{number} = {{ F: boolean }}{end}", f"export const x{number} = {flag} ? 1 : 2{end}", f"log(x{number}){end}"],
            ]  # fmt: skip
        return pick.choice(ways)
