"""What lkm writes into apps, judged by the strict compiler and linter of a strict app."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import need
from tests.scaffold.apps import HONO, NEXT, init, package
from tests.scaffold.apps import write as write_app

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


# Servers as their quick starts have them in TypeScript; the one of Hono's has what `npm create hono` makes.
_TYPED: dict[str, dict[str, str]] = {
    "hono": HONO,
    "express": {
        "package.json": package("api", "express", type="module"),
        "src/index.ts": "import express from 'express'\n\nconst app = express()\n\n"
        "app.get('/', (req, res) => {\n  res.send('Hello World!')\n})\n\napp.listen(3000)\n",
    },
    "express-commonjs": {
        "package.json": package("api", "express"),
        "src/index.ts": "import express from 'express'\n\nconst app = express()\n\n"
        "app.get('/', (req, res) => {\n  res.send('Hello World!')\n})\n\napp.listen(3000)\n",
    },
    "fastify": {
        "package.json": package("api", "fastify", type="module"),
        "src/index.ts": "import fastify from 'fastify'\n\nconst server = fastify()\n\n"
        "server.get('/ping', async (request, reply) => {\n  return 'pong\\n'\n})\n\n"
        "await server.listen({ port: 8080 })\n",
    },
}
_NODE = {"target": "ES2022", "module": "NodeNext", "types": ["node"], "strict": True, "esModuleInterop": True}


def _config(**more: object) -> str:
    return json.dumps({"compilerOptions": {**_NODE, "skipLibCheck": True, "noEmit": True, **more}})


def test_what_init_makes_of_fresh_servers(tmp_path: Path, kit: Path) -> None:
    """Compiled as each of them would be; the kind of modules is that of the nearest package.json."""
    for name, files in _TYPED.items():
        app = write_app(tmp_path / name, {**files, "tsconfig.json": _config()})
        init(app)
        assert "livekitRout" in (app / "src/index.ts").read_text(encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(kit)
    # An app that names its own variables: `process.env` is not just any dictionary then.
    (tmp_path / "env.d.ts").write_text("declare namespace NodeJS { interface ProcessEnv { PORT: string } }\n")
    (tmp_path / "tsconfig.json").write_text(_config())
    compiled = run(["nice", str(kit / ".bin" / "tsc"), "-p", "tsconfig.json", *STRICT], tmp_path)
    assert compiled.stdout + compiled.stderr == ""


def test_what_init_makes_of_a_fresh_vite_app(tmp_path: Path, kit: Path) -> None:
    app = tmp_path / "fresh"
    made = run(
        [str(kit / ".bin" / "create-vite"), app.name, "--template", "react-ts", "--no-interactive"], tmp_path
    )
    assert made.returncode == 0, made.stdout + made.stderr
    init(app)
    assert "<LiveKitProvider>" in (app / "src/main.tsx").read_text(encoding="utf-8")
    (app / "node_modules").symlink_to(kit)
    compiled = run(["nice", str(kit / ".bin" / "tsc"), "-p", "tsconfig.app.json", *STRICT], app)
    assert compiled.stdout + compiled.stderr == ""


def test_what_init_makes_of_a_fresh_next_app(tmp_path: Path, kit: Path) -> None:
    installed = KIT.parent.parent / "examples" / "call-app-migrated" / "node_modules"
    if not (installed / "next").is_dir():
        need("node", "the packages of examples/call-app-migrated are not installed (npm ci)")
    browser = {"module": "esnext", "moduleResolution": "bundler", "jsx": "preserve", "lib": ["dom", "esnext"]}
    app = write_app(
        tmp_path,
        {
            **NEXT,
            "tsconfig.json": _config(**browser, isolatedModules=True),
            "src/css.d.ts": 'declare module "*.css";\n',  # Next.js writes such a file itself
        },
    )
    init(app)
    assert "<LiveKitProvider>" in (app / "src/app/layout.tsx").read_text(encoding="utf-8")
    (app / "node_modules").symlink_to(installed)
    compiled = run(["nice", str(kit / ".bin" / "tsc"), "-p", "tsconfig.json", *STRICT], app)
    assert compiled.stdout + compiled.stderr == ""


def test_the_rate_limit_compiles_for_old_targets(tmp_path: Path, kit: Path) -> None:
    """A tsconfig.json without a target, as servers have that another program runs as they are, meant ES5."""
    source = TEMPLATES / "server-livekit" / "rate-limit.ts"
    old = ("--target", "es5", "--ignoreDeprecations", "6.0", "--lib", "es2020,dom")
    ran = run([str(kit / ".bin" / "tsc"), "--noEmit", *STRICT, *old, str(source)], tmp_path)
    assert ran.stdout + ran.stderr == ""
