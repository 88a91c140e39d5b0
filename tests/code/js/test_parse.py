"""Parsing JavaScript and TypeScript, and what the grammars do not know."""

from __future__ import annotations

import pytest

from livekit_migrate.code.js.parse import Grammar, errors, parse, word


@pytest.mark.parametrize(
    ("grammar", "code"),
    [
        ("javascript", "const a = <p>{b}</p>; class C { #d = 1; static { e() } }"),
        ("javascript", "@dec class A {} const b = a?.b ?? c ** 2n;"),
        ("typescript", "const a = <T,>(b: T) => b satisfies U; enum E { A } declare module 'x' {}"),
        ("tsx", "const a = <P<T> b={c as D} />; let d!: E;"),
        ("tsx", "const a = <p>salt & pepper</p>;"),
        ("tsx", "const a = <p>R&D and Q&A</p>; const b = c && d & e;"),
        ("typescript", "export type * from './a';"),
        ("typescript", "const a = await f<typeof import('./a')>();"),
        ("javascript", "import type { A } from './a'; const b = (c: A): number => 1;"),
        ("javascript", "import typeof A from './a';"),
        ("typescript", "const a = <p>{b}</p>;"),
    ],
)
def test_parses_without_errors(grammar: Grammar, code: str) -> None:
    parsed = parse(code.encode(), grammar)
    assert parsed.sound
    assert len(parsed.code) == len(code.encode())


def test_masks_move_nothing() -> None:
    code = "const a = <p>ä & ö</p>;\nconst last = 1;"
    parsed = parse(code.encode(), "tsx")
    found = parsed.root.named_children[-1]
    assert parsed.sound
    assert code.encode()[found.start_byte : found.end_byte] == b"const last = 1;"


def test_a_syntax_error_leaves_the_rest_readable() -> None:
    parsed = parse(b"import { Device } from 'mediasoup-client';\nconst = ;\nnew Device();\n", "typescript")
    assert not parsed.sound
    assert [node.start_point.row for node in errors(parsed.root)][:1] == [1]
    assert "Device" in word(parsed.root.named_children[0])
