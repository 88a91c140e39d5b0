"""More that a random program may be made of: promises, JSX, TypeScript's own, edges of the syntax."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .programs import Scope


class Kinds:
    """What ``Programs`` is made of, beyond the plain."""

    random: random.Random
    semicolon: str
    typed: bool

    if TYPE_CHECKING:

        def number(self) -> int: ...
        def flag(self, scope: Scope) -> str: ...
        def effect(self, scope: Scope) -> str: ...
        def expression(self, scope: Scope, depth: int = 0) -> str: ...
        def leaf(self, scope: Scope) -> str: ...
        def statements(self, scope: Scope, count: int, depth: int) -> list[str]: ...
        def block(self, scope: Scope, depth: int, *, loop: bool | None = None) -> str: ...
        def simple(self, scope: Scope, *, alone: bool = False) -> str: ...
        def arm(self, scope: Scope, depth: int) -> str: ...
        @staticmethod
        def paren(text: str) -> str: ...

    @contextmanager
    def still(self, scope: Scope) -> Iterator[None]:
        """Where ``await`` may not stand."""
        before, scope.awaits = scope.awaits, False
        yield
        scope.awaits = before

    def any(self, text: str = "any") -> str:
        """A type's annotation, in TypeScript at times."""
        return f": {text}" if self.typed and self.random.random() < 0.5 else ""

    def must(self, text: str = "any") -> str:
        """A type's annotation, in TypeScript always."""
        return f": {text}" if self.typed else ""

    def other(self) -> str:
        """A condition that has nothing to do with the flag, and is now this, now that."""
        number = self.number()
        return self.random.choice(
            [
                f"rnd({number})",
                f"rnd({number})",
                f"!rnd({number})",
                f"log({number}, rnd({number}))",
                'process.env.MODE === "a"',
                "process.env.MODE",
                'process.env.DEBUG !== "1"',
                f"(rnd({number}) ?? 3) > 1",
            ]
        )

    # Expressions

    def edge(self, scope: Scope, depth: int) -> str:
        """Where parentheses, signs and words touch what is chosen."""
        pick, number, flag = self.random, self.number(), self.flag(scope)
        one, two = (self.paren(self.expression(scope, depth + 1)) for _ in range(2))
        three = self.paren(self.leaf(scope))
        with self.still(scope):
            four = self.paren(self.expression(scope, depth + 2))
        a, b = pick.choice(scope.objects), pick.choice(scope.objects)
        other = self.other()
        return pick.choice(
            [
                f"(({flag} ? -1 : 2) ** 2)",
                f"(-({flag} ? -1 : {three}))",
                f"(- -({flag} ? {three} : -1))",
                f"(+({flag} ? +1 : -1))",
                f"({three}-({flag} ? -1 : -2))",
                f"({three} - -({flag} ? 1 : 2))",
                f"(typeof({flag} ? {one} : {two}))",
                f"(void({flag} ? {one} : {two}))",
                f"(!({flag} ? {one} : {two}))",
                f"({flag} ? 1 : 2).toFixed(1)",
                f"({flag} ? 1.5 : 0x10).toString()",
                f"({flag} ? 'a\\'b' : \"c\\u0041\").length",
                f"`x${{{flag} ? 'a\\'`b' : \"$\\{{c}}\"}}y`",
                f"`x${{{flag} ? `in${{{one}}}` : `two ${{{two}}}`}}`",
                f"`${{{flag} ? 'only' : 'other'}}`",
                f"`${{{flag}}}`",
                f"String.raw`a\\n${{{flag} ? 'b' : 'c'}}`",
                f"({flag} ? {a} : null)?.m()",
                f"({flag} ? {a} : undefined)?.v",
                f"({flag} ? null : {a})?.m?.()",
                f"({flag} ? {a}?.none : {b}).v",
                f"({flag} ? {a}.none?.x : {b}.v)",
                f"{a}?.[{flag} ? 'v' : 'm']",
                f"({flag} ? {a}.m : null)?.()",
                f"({flag} ? {a}?.m : {b}?.m)()",
                f"({flag} && {a}).v",
                f"({flag} || {a}).m?.()",
                f"new ({flag} ? Date : Map)(0).constructor.name",
                f"new ({flag} ? class A {{ v = {four}; }} : class B {{}})().constructor.name",
                f"({flag} ? class {{}} : 0).name",
                f"({flag} ? function named() {{ return {four}; }} : () => {four})()",
                f"({flag} ? async () => 1 : () => 2).name",
                f"('v' in ({flag} ? {a} : {{}}))",
                f"(({flag} ? {a} : {b}) instanceof Object)",
                f"({flag} ? ({one}, {two}) : {three})",
                f"[{flag} ? ({one}, {two}) : {three}, {three}]",
                f"[({flag} ? {one} : {two}), , {flag}]",
                f"({flag}, {one})",
                f"({one}, {flag})",
                f"({one} ? {flag} : {two})",
                f"({other} ? {one} : {two})",
                f"({other} && {flag} ? {one} : {two})",
                f"({flag} && {other} ? {one} : {two})",
                f"({flag} || {other} ? {one} : {two})",
                f"({other} || !{self.paren(flag)} ? {one} : {two})",
                f"({other} ?? {flag})",
                f"({other} && {flag} && {one})",
                f"(!({other} && {flag}))",
                f"(!!({other} || {flag}))",
                f"({flag} === ({other}))",
                f"({flag} !== {flag})",
                f"({flag} == null ? {one} : {two})",
                f"({flag} ? {one} : {other} ? {two} : {three})",
                f"({other} ? {flag} ? {one} : {two} : {three})",
                f"({flag} && {one} || {two})",
                f"({flag} && ({one} ?? {two}))",
                f"(({flag} ? {one} ?? {three} : {two}) || {three})",
                f"({flag} ? {one} && {two} : {two} || {one})",
                f"[1, 2].map({flag} ? (n{self.any()}) => n + 1 : (n{self.any()}) => ({{ n }}))",
                f"[1, 2].filter((n{self.any()}) => {flag} && n > 1)",
                f"[{one}, {two}].some((n{self.any()}) => !n && {flag})",
                f"Object.keys({{ a: 1, ...({flag} && {{ b: {one} }}), ...({flag} ? null : {{ c: 2 }}) }})",
                f"({{ [{flag} ? 'a' : 'b']: {one} }})",
                f"({{ a: {flag}, b{number}: {one} }})",
                f"({{ get a() {{ return {flag} ? {four} : 2; }}, set a(v{self.any()}) {{ log(v); }} }}).a",
                f"({{ m() {{ if ({flag}) return {four}; return this.n; }}, n: {one} }}).m()",
                f"({{ async *m() {{ if ({flag}) yield 1; }} }}).m().constructor === Object",
                f"(({{ a = {flag}, b: {{ c = {flag} ? {four} : 2 }} = {{}} }}{self.must()} = {{}}) => [a, c])()",
                f"(([a = {flag} ? {four} : 1, , b = {flag}]{self.must()} = []) => [a, b])()",
                f"((...all{self.any()}) => all)(...({flag} ? [{one}] : []), ...({flag} ? [] : [{two}]), {three})",
                f"(x => ({flag} ? {{ x }} : [x]))({three})" if not self.typed else f"((x: any) => ({flag} ? {{ x }} : [x]))({three})",
                f"((n{self.any()}) => {flag} ? {{ n }} : null)({three})",
                f"Boolean({flag} && {one})",
                f"Math.max({flag} ? 1 : 2, 0)",
                f"JSON.stringify({{ on: {flag}, one: {one} }})",
                f"[...({flag} ? new Set([{one}]) : [])]",
                f"new Map([['k', {flag}]]).get({flag} ? 'k' : 'l')",
                f"((t, ...v{self.any('any[]')}) => [...t.raw, ...v])`${{{flag} ? 'a' : {one}}}`" if not self.typed else f"({flag} as unknown)",
            ]
        )  # fmt: skip

    def promised(self, scope: Scope, depth: int) -> str:
        """Promises; those that are waited for only where that may be."""
        pick, number, flag = self.random, self.number(), self.flag(scope)
        one, two = (self.paren(self.expression(scope, depth + 1)) for _ in range(2))
        with self.still(scope):
            three = self.paren(self.expression(scope, depth + 2))
        ways = [
            f"(Promise.resolve({flag} ? {one} : {two}).then((v{self.any()}) => log(['t', v])), {number})",
            f"(new Promise((done) => done({flag})).then((v) => v ? log({number}) : {three}), 0)",
            f"(async () => {{ if ({flag}) log(await later({number})); return {three}; }})().constructor.name",
            f"(({flag} ? later({number}) : Promise.reject(0)).catch(() => log('c')), 1)",
            f"((async () => {{ for await (const v of {flag} ? [{three}] : []) log(v); }})(), 2)",
        ]
        if scope.awaits:
            ways = [
                f"(await {one})",
                f"(await later({number}))",
                f"(await({flag} ? {one} : {two}))",
                f"(await {self.paren(flag)} ? {one} : {two})",
                f"({flag} && await {one})",
                f"({flag} ? await {one} : {two})",
                f"(!(await {one}) && {flag})",
                f"((await {one}) ?? {flag})",
                f"(await later({flag} ? {one} : {two}))",
                f"(await Promise.all([{flag} ? {one} : {two}, later(1), ...({flag} ? [{one}] : [])]))",
                f"(await Promise.all([{flag} && later({one}), {flag} || later({two})].filter(Boolean)))",
                f"(await Promise.allSettled([{flag} ? Promise.reject({number}) : {two}]))",
                f"(await Promise.race({flag} ? [later(1), {one}] : [{two}]))",
                f"(await (async () => {{ if ({flag}) return await {one}; return {two}; }})())",
                f"(await (async (n{self.any()}) => ({flag} ? n : await n))({one}))",
                f"(await (async () => {{ try {{ if ({flag}) throw new Error('q'); return {one}; }} catch (e) {{ return {two}; }} finally {{ await log({number}); }} }})())",
                f"(await ({flag} ? async () => {one} : async () => {two})())",
                f"(await new Promise((done) => setTimeout(() => done({flag}), 0)))",
                f"(await ({flag} ? lk : ms).m())",
                f"(await ({flag} ? lk.m : ms.m)())",
                # The compiler itself says a statement twice after such an await at the top.
                f"(await {{ then(f) {{ f({flag}); }} }})" if not self.typed else f"(await later({flag}))",
                f"[await {one}, {flag} ? await {two} : 0]",
                f"`${{await {one}}}${{{flag} ? 'a' : 'b'}}`",
                *ways[:2],
            ]  # fmt: skip
        return pick.choice(ways)

    def cast(self, scope: Scope, depth: int) -> str:
        """What only TypeScript has."""
        number, flag = self.number(), self.flag(scope)
        one, two = (self.paren(self.expression(scope, depth + 1)) for _ in range(2))
        with self.still(scope):
            three = self.paren(self.expression(scope, depth + 2))
        a = self.random.choice(scope.objects)
        return self.random.choice(
            [
                f"({flag} as boolean)",
                f"({flag} ? {one} as any : {two} as unknown)",
                f"(({flag} ? {one} : {two}) as any)",
                f"(({flag} ? {one} : {two}) satisfies unknown)",
                f"({flag} ? {a} : null)!.v",
                f"({flag} ? {a} : null as any)?.v!",
                f"({flag} && ({one} as any))!",
                f"(({flag} as any) === (true as boolean) ? {one} : {two})",
                f"(<T,>(x: T): T => {flag} ? x : x)({one})",
                f"(function <T extends unknown>(this: any, x?: T): x is T {{ return {flag} ? !!{three} : false; }})({one})",
                f"(({{ a = {flag} }}: {{ a?: boolean }} = {{}}) => a)()",
                f"((x: any, y?: typeof {a}): x is string => {flag})({one})",
                f"(new (class<T> {{ constructor(private readonly x: T, public y = {flag}) {{}} get z() {{ return {flag} ? this.y : 0; }} }})({one})).z",
                f"(new (class {{ declare z: any; readonly a: boolean = {flag}; static b?: any; m?(): void; ['k' + {number}]!: any; }})()).a",
                f"((class {{ static readonly a = {flag} ? {three} : 2; private static b: any = {three}; }}) as any).a",
                f"new Map<string, boolean>([['a', {flag}]]).get('a')",
                f"([{flag} ? {one} : {two}] as const)",
                f"({{ on: {flag}, v: {one} }} satisfies Record<string, unknown>).on",
                f"({{ on: {flag} }} as {{ on: boolean }}).on",
                f"(((({flag}))) as unknown as string)",
                f"({flag}! ? {one} : {two})",
            ]
        )  # fmt: skip

    def rendered(self, scope: Scope, depth: int) -> str:
        """JSX, as text."""
        return f"show({self.element(scope, depth)})"

    def element(self, scope: Scope, depth: int) -> str:
        """An element with attributes and children that the flag decides."""
        pick, flag = self.random, self.flag(scope)
        tag = pick.choice(["p", "b", "Box", "ui.Row", ""])
        attributes = ""
        with self.still(scope):
            value = self.expression(scope, depth + 2)
        for name in pick.sample(["id", "on", "x-y", "title"], pick.randint(0, 2)) if tag else ():
            attributes += pick.choice(
                [
                    f" {name}={{{flag}}}",
                    f" {name}={{{flag} ? 'a' : 'b'}}",
                    f' {name}={{{flag} ? "a\\u0041" : "&amp;"}}',
                    f" {name}={{{flag} ? {value} : 0}}",
                    f" {name}={{{flag} && {value}}}",
                    f" {name}={{{flag} ? undefined : 'c'}}",
                    f" {{...({flag} ? {{ {name.partition('-')[0]}: 1 }} : {{}})}}",
                    f" {{...({flag} && {{ data: {value} }})}}",
                    f" {name}",
                    f' {name}="q"',
                    f"\n  // a comment\n  {name}={{/* one */ {flag} ? 1 : 2}}",
                    f" {name}={{() => {{ if ({flag}) return 1; }}}}",
                ]
            )
        if tag and pick.random() < 0.2:
            return f"<{tag}{attributes} />"
        inner = "".join(self._child(scope, depth + 1) for _ in range(pick.randint(0, 4)))
        return f"<{tag}{attributes}>{inner}</{tag}>"

    def _child(self, scope: Scope, depth: int) -> str:
        pick, flag, other = self.random, self.flag(scope), self.other()
        white = pick.choice(["", "", " ", "\n  ", "\n\n"])
        if depth > 3:
            return white + pick.choice(["text", "{1}", "<br />", f"{{{flag}}}"])
        one, two = self.element(scope, depth + 1), self.element(scope, depth + 1)
        with self.still(scope):
            value = self.expression(scope, depth + 2)
        return white + pick.choice(
            [
                "a text",
                'it\'s & "b" &lt;',
                "{' '}",
                "{/* note */}",
                f"{{{flag} && {one}}}",
                f"{{!{self.paren(flag)} && {one}}}",
                f"{{{flag} ? {one} : {two}}}",
                f"{{{flag} ? (\n  {one}\n) : (\n  {two}\n)}}",
                f"{{{flag} ? {one} : null}}",
                f"{{{flag} ? null : {one}}}",
                f"{{{flag} ? 'text' : {two}}}",
                f"{{{other} && {flag} && {one}}}",
                f"{{{flag} && {other} && {one}}}",
                f"{{{other} && !{self.paren(flag)} && {one}}}",
                f"{{{other} ? {one} : {flag} ? {two} : null}}",
                f"{{({flag} && {value}) || {one}}}",
                f"{{{flag} || {one}}}",
                f"{{[1, 2].map((n{self.any()}) => {flag} ? <i key={{n}}>{{n}}</i> : {one})}}",
                f"{{{flag} ? [{one}, 'b'] : []}}",
                f"{{{flag} && 'text'}}",
                f"{{{flag} && 0}}",
                f"{{`t${{{flag} ? 1 : 2}}`}}",
                f"{{(() => {{ if ({flag}) return {one}; return {two}; }})()}}",
                f"{{{flag}}}",
                f"{{{value}}}",
                one,
            ]
        )

    # Statements

    def more(self, scope: Scope, depth: int) -> list[str]:
        """A statement of a kind that has to do with promises, types, patterns or odd forms."""
        ways = [self._async_function, self._waits, self._accessors, self._patterns, self._switched, self._loops,
                self._hazards, self._same_names, self._tried, self._assigned, self._lists_object, self._open]  # fmt: skip
        if self.typed:
            ways += [self._types, self._types, self._component]
        return self.random.choice(ways)(scope, depth)

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

    def _hazards(self, scope: Scope, depth: int) -> list[str]:
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
                f"hoisted(1)\n;`a`",
                f"let {h}{self.any()} = 1; {h}++",
                f"do log(1); while (0)",
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

    def _assigned(self, scope: Scope, depth: int) -> list[str]:
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

    def _component(self, scope: Scope, depth: int) -> list[str]:
        """A component that the flag decides something in."""
        pick, end, number, flag = self.random, self.semicolon, self.number(), self.flag(scope)
        inner = scope.inner(inside=True, loop=False, awaits=False)
        inner.values += ["on", "kids"]
        inner.taken |= {"on", "kids"}
        inner.hide("on")
        inner.values.append("on")
        body = "\n".join(self.statements(inner, pick.randint(0, 2), depth + 1)) if depth < 3 else ""
        element = self.element(inner, 1)
        return [
            f"function C{number}({{ on, kids = {flag} }}: any) {{\nif (!{self.paren(flag)} && on) return null{end}\n{body}\n"
            f"return (\n  {element}\n){end}\n}}",
            f"log(show(<C{number} on={{{flag}}} {pick.choice(['', 'kids', f'{{...({flag} ? {{ kids: 1 }} : {{}})}}'])} />)){end}",
        ]  # fmt: skip
