"""Where code reads the flag, and as what."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.app.look import look
from livekit_migrate.flag.sites import sites

from .conftest import NEXT, Write

NAME = "NEXT_PUBLIC_USE_LIVEKIT"


def _found(root: Path) -> list[tuple[str, int, str, str, bool]]:
    return [(site.file, site.line, site.kind, site.text, site.negated) for site in sites(look(root), [NAME])]


@pytest.mark.parametrize(
    ("code", "kind", "text", "negated"),
    [
        (f'const on = process.env.{NAME} === "true";', "decision", "true", False),
        (f"const on = process.env.{NAME} !== 'false';", "decision", "false", True),
        (f'const on = process.env["{NAME}"] === "true";', "decision", "true", False),
        (f'const on = "true" === process.env.{NAME};', "decision", "true", False),
        (f'const on = import.meta.env.{NAME} === "true";', "decision", "true", False),
        (f'const on = (process.env.{NAME} ?? "false") === "true";', "decision", "true", False),
        (f'const on = process.env.{NAME}?.toLowerCase() === "true";', "decision", "true", False),
        (f"if (process.env.{NAME}) start();", "truthy", "", False),
        (f"const on = !!process.env.{NAME};", "truthy", "", False),
        (f"const on = Boolean(process.env.{NAME});", "truthy", "", False),
        (f"const use = process.env.{NAME} ? a : b;", "truthy", "", False),
        (f"const env = schema({{ {NAME}: z.string() }});", "schema", "", False),
        (f"interface Env {{ {NAME}?: string }}", "type", "", False),
        (f"send(process.env.{NAME});", "read", "", False),
    ],
)
def test_a_place_is_judged(app: Write, code: str, kind: str, text: str, *, negated: bool) -> None:
    root = app({"package.json": NEXT, "src/a.ts": f"// first\n{code}\n"})
    assert _found(root) == [("src/a.ts", 2, kind, text, negated)]


@pytest.mark.parametrize(
    "code",
    [
        f"// process.env.{NAME} === 'true'",
        f'console.log("set {NAME}=true");',
        f'const help = "{NAME}";',
        f"const on = process.env.{NAME}_TOO === 'true';",
    ],
)
def test_what_only_speaks_of_it_is_no_place(app: Write, code: str) -> None:
    assert _found(app({"package.json": NEXT, "src/a.ts": code + "\n"})) == []


def test_taken_out_of_the_environment_by_a_pattern(app: Write) -> None:
    code = f'const {{ {NAME} }} = process.env;\nexport const on = {NAME} === "true";\n'
    found = _found(app({"package.json": NEXT, "src/a.tsx": code}))
    assert [(line, kind) for _, line, kind, *_ in found] == [(1, "read"), (2, "decision")]


def test_in_a_vue_file(app: Write) -> None:
    script = f'<script setup>\nconst on = import.meta.env.{NAME} === "true"\n</script>\n'
    code = f"<template><p/></template>\n{script}"
    assert _found(app({"package.json": NEXT, "src/A.vue": code})) == [
        ("src/A.vue", 3, "decision", "true", False)
    ]
