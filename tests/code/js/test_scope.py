"""Which declaration an identifier means."""

from __future__ import annotations

import pytest

from livekit_migrate.code.js.parse import Grammar, parse
from livekit_migrate.code.js.scope import Binding, Scopes, resolve


def scopes_of(code: str, grammar: Grammar = "typescript") -> Scopes:
    parsed = parse(code.replace("«", " ").replace("»", " ").encode(), grammar)
    assert parsed.sound
    return resolve(parsed)


def marked(code: str) -> list[Binding | None]:
    """The bindings of the names that stand between « and »."""
    scopes = scopes_of(code)
    places = [i + 1 for i, char in enumerate(code) if char == "«"]
    return [scopes.at.get(place) for place in places]


SAME = [
    "import «a» from 'x'; «a»();",
    "import { b as «a» } from 'x'; «a»();",
    "import * as «a» from 'x'; «a».b();",
    "import «a» = require('x'); «a».b();",
    "«a»(); function «a»() {}",
    "{ var «a» = 1 } «a»;",
    "function f() { «a»; var «a» }",
    "const { b: { «a» } } = c; «a»;",
    "const { «a» = 1 } = b; «a»;",
    "const [, «a», ...b] = c; «a»;",
    "const [b, ...«a»] = c; «a»;",
    "function f({ «a» }, b = «a») {}",
    "const f = «a» => «a»;",
    "const f = async («a»: T) => { b(«a») };",
    "try {} catch («a») { «a» }",
    "try {} catch ({ «a» }) { «a» }",
    "for (const «a» of b) { «a» }",
    "for (let «a» = 0; «a»; ) {}",
    "class «A» {} new «A»();",
    "const b = class «A» { c = «A» };",
    "const b = function «a»() { «a»() };",
    "interface «A» {} let b: «A»;",
    "type «A» = 1; let b: Map<string, «A»>;",
    "enum «A» { B } «A».B;",
    "import * as «a» from 'x'; let b: «a».C.D;",
    "function f<«T»>(a: «T») {}",
    "class C<«T»> { a: «T» }",
    "const «a» = 1; const b = { «a» };",
    "const «a» = 1; export { «a» as b };",
    "let «a»; ({ «a» } = b);",
    "let «a»; ({ b: «a» = 1 } = c);",
    "let «a»; [«a»] = b;",
    "let «a»; «a» += 1;",
    "switch (b) { case 1: let «a»; «a» }",
    "type B = { [«K» in C]: «K» };",
    "type B<T> = T extends (infer «U»)[] ? «U» : never;",
    "const «a» = 1; const b = `${«a»}`;",
    "import { «a» } from 'x'; let b: typeof «a»;",
    "namespace «N» {} «N».a;",
    "import { «A» } from 'x'; class B extends «A» {}",
    "import { «A» } from 'x'; @«A»() class B {}",
    "import { «A» } from 'x'; class B { constructor(private c: «A») {} }",
]


@pytest.mark.parametrize("code", SAME)
def test_both_names_are_one_binding(code: str) -> None:
    first, second = marked(code)
    assert first is not None
    assert first is second


@pytest.mark.parametrize(
    "code",
    [
        "const «a» = 1; function f(«a») {}",
        "const «a» = 1; { const «a» = 2 }",
        "const «a» = 1; try {} catch («a») {}",
        "const «a» = 1; for (const «a» of b) {}",
        "const «a» = 1; const f = ({ «a» }) => 1;",
        "import { «a» } from 'x'; b.«a»();",
        "import { «a» } from 'x'; const c = { «a»: 1 };",
        "import { «a» } from 'x'; const { «a»: c } = d;",
        "import { «a» } from 'x'; class B { «a»() {} }",
        "import { «a» } from 'x'; interface B { «a»: 1 }",
        "const f = function «a»() {}; «a»();",
        "function f() { let «a» } «a»;",
        "type «T» = 1; function f<«T»>() {}",
    ],
)
def test_the_names_are_two_things(code: str) -> None:
    first, second = marked(code)
    assert first is not second or first is None


def test_what_nothing_declares_is_free() -> None:
    scopes = scopes_of("const a = window.b; c(a, { d: e }); export { f as g } from 'x';")
    assert sorted(scopes.free) == ["c", "e", "window"]


def test_a_tag_of_html_is_no_name() -> None:
    assert sorted(scopes_of("const a = <div><B.C/><d-e/></div>;", "tsx").free) == ["B"]


def test_writes_are_told_from_reads() -> None:
    code = "let a = 1; a = 2; a++; b(a); [a] = c;"
    binding = scopes_of(code).module.names["a"]
    assert sorted(binding.written) == [11, 18, 30]
    assert sorted(set(binding.used) - set(binding.written)) == [25]
