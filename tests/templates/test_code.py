"""What lkm writes into apps, judged by the strict compiler and linter of a strict app."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from .conftest import FRAMEWORKS, KIT, SESSION, run, vite_app
from .rendered import TEMPLATES, write

STRICT = ("--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--noImplicitReturns")


def judged(folder: Path, kit: Path, project: str, *paths: str) -> str:
    """What the compiler and the linter have to say: nothing, where all is well."""
    shutil.copy(KIT / "eslint.config.mjs", folder)
    (folder / "eslint.config.js").unlink(missing_ok=True)
    compiled = run(["nice", str(kit / ".bin" / "tsc"), "-p", project, *STRICT], folder)
    linted = run(["nice", str(kit / ".bin" / "eslint"), *paths], folder)
    assert "Oops!" not in linted.stderr, linted.stderr
    return compiled.stdout + compiled.stderr + linted.stdout + linted.stderr


def test_the_servers_code(tmp_path: Path, kit: Path) -> None:
    """Each framework, with the app's own decision and without."""
    (tmp_path / "package.json").write_text(json.dumps({"type": "module"}))
    (tmp_path / "node_modules").symlink_to(kit)
    shutil.copy(KIT / "tsconfig.json", tmp_path)
    apps = KIT.parent.parent / "tests" / "templates" / "apps"
    for framework in FRAMEWORKS:
        for kind, session in (("plain", {"session_import": ""}), ("own", SESSION)):
            source = tmp_path / "src" / f"{framework}-{kind}"
            write(
                ("server-livekit", f"server-{framework}"),
                source,
                {"server": framework, **session},
                ending=".js",
            )
            if session is SESSION:
                text = (apps / "session.ts").read_text(encoding="utf-8")
                (source / "session.ts").write_text(text.replace('/types"', '/types.js"'), encoding="utf-8")
    assert judged(tmp_path, kit, "tsconfig.json", "src/**/livekit/*.ts") == ""


def test_the_webs_code_in_a_fresh_vite_app(tmp_path: Path, kit: Path) -> None:
    folder = vite_app(tmp_path / "fresh", kit)
    assert judged(folder, kit, "tsconfig.app.json", "src/livekit") == ""


def test_the_judges_find_what_is_wrong(tmp_path: Path, kit: Path) -> None:
    folder = vite_app(tmp_path / "fresh", kit)
    (folder / "src" / "livekit" / "wrong.tsx").write_text(
        'import { useState } from "react";\n'
        "export function Wrong({ on }: { on: boolean }) {\n"
        "  if (on) useState(0);\n"
        "  const given: any = on;\n"
        "  const length: number = given ? 1 : undefined;\n"
        "  return <p>{length}</p>;\n"
        "}\n"
    )
    said = judged(folder, kit, "tsconfig.app.json", "src/livekit/wrong.tsx")
    for problem in ("TS2322", "react-hooks/rules-of-hooks", "no-explicit-any"):
        assert problem in said


@pytest.mark.parametrize("file", sorted(TEMPLATES.glob("[sw]e[rb]*/*.ts*")), ids=lambda path: path.name)
def test_no_rule_is_switched_off(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"eslint-disable|@ts-(ignore|expect-error|nocheck)|\bany\b[;,)>\]]|\bas any\b", text)
