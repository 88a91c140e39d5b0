"""Code of the templates in another style: what it says stays the same."""

from __future__ import annotations

import pytest

from livekit_migrate.code.js.erase import erase, to_commonjs
from livekit_migrate.code.js.parse import parse
from livekit_migrate.code.js.restyle import restyle
from livekit_migrate.code.js.style import Style, measure

BARE = Style(quote="'", semicolons=False)


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ('const a = "b";\n', "const a = 'b'\n"),
        ('const a = "it\'s";\n', 'const a = "it\'s"\n'),
        ('const a = "say \\"x\\"";\n', "const a = 'say \"x\"'\n"),
        ('"use client";\n\nimport a from "./a";\n', "'use client'\n\nimport a from './a'\n"),
        ("const a = 1;\n[b, c].forEach(d);\n", "const a = 1;\n[b, c].forEach(d)\n"),
        ("const a = b;\n(c || d)();\n", "const a = b;\n(c || d)()\n"),
        ("const a = b;\n// why\n`x`.trim();\n", "const a = b;\n// why\n`x`.trim()\n"),
        ("for (let i = 0; i < 2; i += 1) {\n  a();\n}\n", "for (let i = 0; i < 2; i += 1) {\n  a()\n}\n"),
        ("class A {\n  a = 1;\n  [b] = 2;\n}\n", "class A {\n  a = 1;\n  [b] = 2\n}\n"),
        ("interface A {\n  a: string;\n  b(): void;\n}\n", "interface A {\n  a: string\n  b(): void\n}\n"),
        ("type A = { a: string; b: number };\n", "type A = { a: string; b: number }\n"),
        ("const f = () => { a(); b(); };\n", "const f = () => { a(); b() }\n"),
        ("while (a());\nb();\n", "while (a());\nb()\n"),
    ],
)
def test_quotes_and_semicolons(code: str, wanted: str) -> None:
    assert restyle(code, "typescript", BARE) == wanted


def test_attributes_keep_their_quotes() -> None:
    assert restyle('const a = <b c="d">e</b>;\n', "tsx", BARE) == 'const a = <b c="d">e</b>\n'


def test_indent_of_code_and_not_of_texts() -> None:
    code = "function a() {\n  if (b) {\n    c(`\n    d\n  `);\n  }\n}\n"
    tabbed = restyle(code, "typescript", Style(indent="\t"))
    assert tabbed == "function a() {\n\tif (b) {\n\t\tc(`\n    d\n  `);\n\t}\n}\n"
    comment = "/**\n * Why.\n */\nconst a = {\n  /*\n   * Deep.\n   */\n};\n"
    assert "\n    /*\n     * Deep.\n     */\n" in restyle(comment, "typescript", Style(indent="    "))


def test_commas_after_the_last() -> None:
    code = "const a = {\n  b,\n};\ncall(\n  a,\n  b,\n);\n"
    assert restyle(code, "typescript", Style(commas="es5")) == "const a = {\n  b,\n};\ncall(\n  a,\n  b\n);\n"
    assert restyle(code, "typescript", Style(commas="none")) == "const a = {\n  b\n};\ncall(\n  a,\n  b\n);\n"


def test_imports_end_as_the_app_s_do() -> None:
    code = 'import { a } from "./a";\nexport * from "../b";\nimport c from "c";\nimport "./d.css";\n'
    wanted = 'import { a } from "./a.js";\nexport * from "../b.js";\nimport c from "c";\nimport "./d.css";\n'
    assert restyle(code, "typescript", Style(ending=".js")) == wanted


def test_line_ends() -> None:
    assert restyle("a();\nb();\n", "typescript", Style(newline="\r\n")) == "a();\r\nb();\r\n"


def test_broken_code_is_refused() -> None:
    with pytest.raises(ValueError, match="syntax"):
        restyle("const = ;", "typescript", BARE)


@pytest.mark.parametrize("style", [BARE, Style(indent="\t", commas="none"), Style("'", True, "    ", "es5")])
def test_what_is_written_is_what_is_measured(style: Style) -> None:
    code = (
        'import { a } from "./a";\n\nexport function b() {\n  const c = {\n    d: "e",\n'
        "    f: [\n      1,\n    ],\n"
        '  };\n  return a(\n    c,\n    "g",\n  );\n}\n'
    )
    assert measure([parse(restyle(code, "typescript", style).encode(), "typescript")]) == style


def test_types_are_taken_out() -> None:
    code = """\
import { Hono, type Context } from "hono";
import type { A } from "./a";
import { B, c } from "./b";

/** Gone with its interface. */
export interface Foo {
  a: string;
}

// Stays.
export async function make<T extends Foo>(a: T, b?: number): Promise<B> {
  const map = new Map<string, Foo>();
  return (a as unknown as { d?: B }).d!;
}

class Q extends Error implements A {
  private readonly a: string = "x";
  constructor(message: string) {
    super(message);
  }
}
export const is = (a: unknown): a is Foo => c(a) satisfies boolean;
"""
    wanted = """\
import { Hono } from "hono";
import { c } from "./b";

// Stays.
export async function make(a, b) {
  const map = new Map();
  return (a).d;
}

class Q extends Error {
  a = "x";
  constructor(message) {
    super(message);
  }
}
export const is = (a) => c(a);
"""
    # `Hono` is imported and not used: only what types alone use goes.
    assert erase(code.replace("new Map", "new Hono(); new Map"), "typescript") == wanted.replace(
        "new Map", "new Hono(); new Map"
    )


@pytest.mark.parametrize(
    "code", ["enum A { B }\n", "namespace A { export const b = 1 }\n", "@a\nclass B {}\n"]
)
def test_what_is_more_than_a_type_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="more than a type"):
        erase(code, "typescript")


def test_modules_of_the_other_kind() -> None:
    code = (
        'import express, { Router } from "express";\nimport * as fs from "node:fs";\n'
        'import { a as b } from "./a";\n\nexport const c = 1;\nexport function d() {}\nexport { b as e };\n'
    )
    assert to_commonjs(code) == (
        'const express = require("express");\nconst { Router } = require("express");\n'
        'const fs = require("node:fs");\nconst { a: b } = require("./a");\n\n'
        "const c = 1;\nfunction d() {}\n\nmodule.exports = { c, d, e: b };\n"
    )


def test_a_default_export_is_refused() -> None:
    with pytest.raises(ValueError, match="no simple form"):
        to_commonjs("export default 1;\n")
