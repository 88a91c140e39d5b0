"""Statements with promises, patterns, accessors, loops and switches."""

# ruff: noqa: E501 - each line is a program, or a piece of one

from __future__ import annotations

from .base import Base
from .scope import Scope


class Statements(Base):
    """Statements of many kinds."""

    def _async_function(self, scope: Scope, depth: int) -> list[str]:
        pick, end, number = self.random, self.semicolon, self.number()
        inner = scope.inner(inside=True, loop=False, awaits=True)
        body = "\n".join(self.statements(inner, pick.randint(1, 3), depth + 1))
        flag, name = self.flag(scope), f"a{number}"
        made = pick.choice(
            [
                f"async function {name}(n{self.any()}) {{\n{body}\n}}",
                f"const {name} = async (n{self.any()}) => {{\n{body}\n}}{end}",
                f"async function {name}(n{self.any()}) {{\nif (!{self.paren(flag)}) return n{end}\n{body}\n}}",
                f"const {name} = async (n{self.any()}) => {{\nif ({flag}) {{\nreturn await later(n){end}\n}}\n{body}\n}}{end}",
                f"const {name} = {flag} ? async (n{self.any()}) => n : async (n{self.any()}) => {{\n{body}\n}}{end}",
            ]
        )
        ways = [
            f"{name}({number}).then(log, (e{self.any()}) => log(e.name)){end}",
            f"{flag} && {name}({number}).catch((e{self.any()}) => log(e.name)){end}",
            f"{name}({number}).catch((e{self.any()}) => log(e.name)).finally(() => {flag} && log('f')){end}",
        ]
        if scope.awaits:
            ways += [
                f"try {{ log(await {name}({number})){end} }} catch (e) {{ log(e.name){end} }}",
                f"if (await {name}(1).catch(() => 0)) {self.arm(scope, depth + 1)}",
                f"if ({flag} && (await {name}(1).catch(() => 0))) {self.arm(scope, depth + 1)}",
            ]
        return [made, pick.choice(ways)]

    def _waits(self, scope: Scope, depth: int) -> list[str]:
        pick, end, number = self.random, self.semicolon, self.number()
        flag = self.flag(scope)
        with self.still(scope):
            one = self.paren(self.expression(scope, 3))
        if not scope.awaits:
            made = f"async function* g{number}() {{ if ({flag}) yield {one}{end}\nyield* {flag} ? [1] : [2]{end} }}"
            return [made, f"void (async () => {{ for await (const v of g{number}()) log(v){end} }})(){end}"]
        inner = scope.inner(loop=True)
        name = f"w{number}"
        inner.values.append(name)
        body = self.block(inner, depth + 1, loop=True)
        scope.values.append(f"u{number}")
        return [
            f"const u{number} = {flag} ? 1 : 2{end}",
            *pick.choice(
                [
                    [f"for await (const {name} of [{one}, Promise.resolve({flag})]) {body}"],
                    [f"for await (const {name} of {flag} ? [{one}] : []) {body}"],
                    [f"const [{name}, x{number}] = await Promise.all([{flag} ? later(1) : {one}, {one}]){end}\nlog([{name}, x{number}]){end}"],
                    [f"if ({flag}) {{\nconst {name} = await later({number}){end}\nlog({name}){end}\n}} else {{\nawait {one}{end}\n}}"],
                    [f"{flag} ? await later({number}) : log(await {one}){end}"],
                    [f"await ({flag} ? later({number}) : {one}){end}"],
                    [f"await Promise.all([{flag} && later(4), later({flag} ? 5 : 6)]){end}"],
                    [f"{flag} && (await later({number})){end}"],
                    [f"if ((await later({number})) && {flag}) {self.arm(scope, depth + 1)}"],
                    [f"if ({flag} || (await later({number}))) {self.arm(scope, depth + 1)}"],
                    [f"void ({flag} ? later({number}) : null){end}"],
                    [f"while ({self.other()} && {flag} && log('l', false) && (await later(1))) {body}"] if name not in body else [body],
                ]
            ),
        ]  # fmt: skip

    def _accessors(self, scope: Scope, depth: int) -> list[str]:
        pick, end, number = self.random, self.semicolon, self.number()
        inner = scope.inner(inside=True, loop=False, awaits=False)
        body = "\n".join(self.statements(inner, pick.randint(1, 2), depth + 1))
        flag, name = self.flag(scope), f"A{number}"
        access = pick.choice(["", "private ", "public ", "protected readonly "]) if self.typed else ""
        field = access if "readonly" not in access else "protected "
        made = pick.choice(
            [
                f"class {name} {{\n  #v{self.any()} = {flag}{end}\n  get v() {{\n{body}\nreturn this.#v{end}\n}}\n  set v(n) {{ if ({flag}) this.#v = n{end} }}\n}}",
                f"class {name} {{\n  {field}w{self.any()} = {flag} ? 1 : 2;\n  static s = {flag};\n  get v() {{ return {flag} ? this.w : {name}.s }}\n  set v(n{self.any()}) {{\n{body}\n}}\n}}",
                f"class {name} {{\n  constructor({field if self.typed else ''}n{self.any()} = {flag} ? 1 : 2) {{\n{body}\nreturn {flag} ? this : {{ v: 3 }}{end}\n}}\n  v{self.any()} = {flag} && {number};\n}}",
                f"class {name} extends ({flag} ? Map : Array) {{\n  get v() {{ return {flag} ? this.size : this.length }}\n  set v(n) {{ log(n){end} }}\n}}",
                f"class {name} {{\n  static {{\n    if ({flag}) log({number}){end}\n    else log('s'){end}\n  }}\n  v{self.any()} = () => {flag} ? this : null{end}\n}}",
                f"class {name} {{ [{flag} ? 'v' : 'u']{self.any()} = {number}; *m() {{ {flag} && (yield 1){end} }} }}",
            ]
        )  # fmt: skip
        return [
            made,
            f"try {{\nconst o{number}{self.any()} = new {name}(){end}\no{number}.v = {flag} ? 5 : 6{end}\nlog(typeof o{number}.v){end}\nlog(o{number}.v === 5){end}\n}} catch (e) {{ log(e.name){end} }}",
        ]

    def _patterns(self, scope: Scope, depth: int) -> list[str]:
        del depth
        pick, end, number, flag = self.random, self.semicolon, self.number(), self.flag(scope)
        one, two = self.paren(self.expression(scope, 3)), self.paren(self.leaf(scope))
        x, y = f"x{number}", f"y{number}"
        a, b = pick.choice(scope.objects), pick.choice(scope.objects)
        text = pick.choice(
            [
                f"const {{ v: {x} = {flag} ? {one} : 0, none: {y} = {flag} }} = {flag} ? {a} : {b}{end}",
                f"const {{ [{flag} ? 'v' : 'm']: {x}, ...{y} }}{self.must()} = {{ ...{a}, m: 0 }}{end}",
                f"const [{x}, , {y} = {flag}] = {flag} ? [{one}, 1] : [2, 3, {two}]{end}",
                f"let [{x}, {y}] = [{one}, {flag}]{end}\n;[{x}, {y}] = {flag} ? [{y}, {x}] : [{x}, {y}]{end}",
                f"let {x}{self.any()}, {y}{self.any()}{end}\n;({{ v: {x} = {flag}, w: {y} = {one} }} = {flag} ? {{ w: {two} }} : {{ v: 1 }}){end}",
                f"const {x} = {flag}, {y} = {flag} ? {one} : {two}{end}",
                f"let {x}{self.any()} = {flag}, {y}{self.any()} = {x} || {one}{end}\n{x} = {two}{end}",
                f"const {{ a: {{ b: {x} = {flag} }} = {{}}, c: [{y}] }}{self.must()} = {{ c: [{flag} && {one}] }}{end}",
                f"function pat{number}({{ a = {flag}, b = a && {two} }}{self.must()} = {{}}, [c] = [{flag}]) {{ return [a, b, c]{end} }}\nconst [{x}, {y}] = pat{number}({flag} ? {{ a: 0 }} : undefined){end}",
                f"for (const [{x}, {y}] of Object.entries({{ k: {flag}, ...({flag} ? {{ l: 1 }} : {{}}) }})) log([{x}, {y}]){end}\nconst {x} = 1, {y} = 2{end}",
            ]
        )  # fmt: skip
        scope.values += [x, y]
        return [text, f"log([typeof {x}, {y}]){end}"]

    def _switched(self, scope: Scope, depth: int) -> list[str]:
        pick, end, number, flag = self.random, self.semicolon, self.number(), self.flag(scope)
        inner = scope.inner(loop=False)
        inner.inside = False
        label = f"s{number}"
        arms = [self.simple(inner) for _ in range(4)]
        block = self.block(inner, depth + 2, loop=False)
        head = pick.choice(
            [
                f"switch ({flag} ? 'a' : 'b')",
                f"switch({flag} ? {self.leaf(scope)} : 1)",
                "switch (true)",
                f"switch (rnd({number}))",
                f"switch ({flag} && {self.other()})",
                f"switch (`${{{flag} ? 'a' : 1}}`)",
            ]
        )
        cases = [
            f"case {flag}:\n{arms[0]}\nbreak{end}",
            f"case {flag} ? 'a' : 1:\n{arms[0]}\nif ({flag}) break{end}\n{arms[1]}",
            f"case 'a': {{\nif ({flag}) {{\n{arms[1]}\nbreak{end}\n}}\n{arms[2]}\nbreak{end}\n}}",
            f"case 1:\nif ({flag}) {block}\nelse break{end}",
            f"case 'b':\ncase null:\nif (!{self.paren(flag)}) {{\nlet k{number} = {number}{end}\nlog(k{number}++){end}\nbreak {label}{end}\n}}",
            f"case 0:\nif ({flag}) {{\nconst q{number} = 1{end}\nlog(q{number}){end}\n}}\nbreak{end}",
            f"case false: if ({flag}) {{ {arms[3].strip(';')}{end or ';'} }} else log(1){end}",
        ]
        chosen = "\n".join(pick.sample(cases, pick.randint(1, 4)))
        default = pick.choice(["", f"\ndefault:\nif ({flag}) log('d'){end}\nelse {arms[2].lstrip(';')}"])
        return [f"{label}: {head} {{\n{chosen}{default}\n}}"]

    def _loops(self, scope: Scope, depth: int) -> list[str]:
        pick, end, number, flag = self.random, self.semicolon, self.number(), self.flag(scope)
        inner = scope.inner(loop=True)
        body = self.block(inner, depth + 1, loop=True)
        a, b = pick.choice(scope.objects), pick.choice(scope.objects)
        i, label = f"i{number}", f"l{number}"
        return [
            pick.choice(
                [
                    f"for (const {i} of({flag} ? [1] : [2, 3])) {body}",
                    f"for (const {i} in {flag} ? {a} : {{}}) {body}",
                    f"for (let {i} = ({flag} ? 'v' in {a} : 0), n = 0; n < 2; n++) {body}",
                    f"for (let {i} = {flag} ? 0 : 1; {i} < ({flag} ? 2 : 3); {i} += {flag} ? 1 : 2) {body}",
                    f"for (let {i} = 0; {i} < 2 && {flag}; {i}++) {body}",
                    f"for (var {i} = 0; {i} < 2; {i}++) if ({flag}) {body} else log({i}){end}",
                    f"for (const {i} of [1, 2]) if ({flag}) log({i}){end}",
                    f"for (const {i} of [1, 2])\n  if (!{self.paren(flag)}) continue{end}\n  else log({i}){end}",
                    f"for (const {i} of [1, 2]) {{\nif ({self.other()}) {{\nif ({flag}) continue{end}\nlog(0){end}\n}}\nif ({flag}) break{end}\n{self.simple(inner)}\n}}",
                    f"do {body} while ({flag} && log('w', false)){end or ';'}",
                    f"do if ({flag}) log('x'){end or ';'} else log('y'){end or ';'} while (log('z', 0)){end or ';'}",
                    f"{label}: for (const {i} of [1, 2]) {{\nfor (;;) {{\nif ({flag}) continue {label}{end}\nelse break {label}{end}\n}}\n}}",
                    f"{label}: {{\nfor (const {i} of [1]) {{\nif ({flag}) {{\nlog({i}){end}\nbreak {label}{end}\n}}\n}}\n{self.simple(scope)}\n}}",
                    f"{label}: if ({flag}) {{\nif ({self.other()}) break {label}{end}\nlog({number}){end}\n}} else {self.block(scope.inner(), depth + 2)}",
                    f"{label}: {{ if (!{self.paren(flag)}) {{ log({number}){end or ';'} }} else {{ break {label}{end or ';'} }} }}",
                    f"while (true) {{\nif ({flag}) break{end}\nlog('once'){end}\nbreak{end}\n}}",
                    f"for (const {i} of [{flag}, {self.leaf(scope)}]) log({i} && {b}.v){end}",
                ]
            )
        ]  # fmt: skip

    def _tried(self, scope: Scope, depth: int) -> list[str]:
        pick, end, number, flag = self.random, self.semicolon, self.number(), self.flag(scope)
        inner = scope.inner(inside=True, loop=False, awaits=False)
        body = "\n".join(self.statements(inner, pick.randint(1, 2), depth + 1))
        return [
            pick.choice(
                [
                    f"try {{\nif ({flag}) throw new TypeError('t')\n{self.simple(scope)}\n}} catch {{\nif ({flag}) log('c'){end}\n}} finally {{\nif (!{self.paren(flag)}) log('f'){end}\n}}",
                    f"try {{ if ({flag}) hoisted(1); else null.x{end} }} catch (e) {{ log({flag} ? e.name : 0){end} }}",
                    f"log((() => {{\ntry {{\nif ({flag}) return 1{end}\n{body}\n}} catch (e) {{\nreturn {flag} ? 2 : e.name{end}\n}} finally {{\nif (log({number}, 0) && {flag}) return 3{end}\n}}\n}})()){end}",
                    f"log((() => {{\nfor (const n of [1, 2]) {{\ntry {{\nif ({flag}) continue{end}\nreturn n{end}\n}} finally {{\nlog(n){end}\n}}\n}}\n{body}\n}})?.()){end}",
                ]
            )
        ]  # fmt: skip
