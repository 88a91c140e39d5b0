"""Expressions where the syntax has its edges, promises, and what only TypeScript has."""

# ruff: noqa: E501 - each line is a program, or a piece of one

from __future__ import annotations

from .base import Base
from .scope import Scope


class Expressions(Base):
    """Pieces of programs that are values."""

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
