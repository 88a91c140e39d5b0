"""Init on apps as their quick starts make them: complete, in their style, nothing else touched."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from livekit_migrate.core import journal
from tests.conftest import need
from tests.scaffold.apps import (
    EXPRESS,
    FASTIFY,
    HONO,
    NEXT,
    VITE,
    failed,
    init,
    package,
    planned,
    prints,
    workspace,
    write,
)

WEBS = {"next": NEXT, "vite": VITE}
SERVERS = {"hono": HONO, "express": EXPRESS, "fastify": FASTIFY}
PAIRS = [(web, server) for web in WEBS for server in SERVERS]


@pytest.fixture(params=PAIRS, ids=["+".join(pair) for pair in PAIRS])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    web, server = request.param
    return write(tmp_path / "app", workspace(WEBS[web], SERVERS[server]))


def test_complete_then_nothing_then_as_before(app: Path) -> None:
    before = prints(app)
    first = init(app)
    assert first.complete, first.findings
    again = planned(app)
    assert not again.changes.files, "a second run has something to change"
    assert again.complete, again.findings
    changed = {name for name, each in prints(app).items() if before.get(name, each) != each}
    edited = {each.file for each in first.outcomes if each.state == "edit"}
    assert changed == edited | {"apps/web/package.json", "apps/server/package.json"}
    journal.undo(app)
    assert prints(app) == before


def test_edits_only_add_lines(app: Path) -> None:
    """But for the line around which the provider goes."""
    for item in init(app).changes.changes:
        if item.before is not None and item.after is not None:
            before, after = (
                [line.rstrip(b",") for line in text.splitlines()] for text in (item.before, item.after)
            )
            gone = set(before) - set(after)
            assert all(b"children" in line or b"<App />" in line for line in gone), item.path


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_alone(tmp_path: Path, server: str) -> None:
    app = write(tmp_path, SERVERS[server])
    found = init(app)
    assert not failed(found)
    # Fastify's quick start listens on localhost alone.
    also = {"init.listens"} if server == "fastify" else set()
    assert {each.id for each in found.findings} == {"init.no-web"} | also
    needs = json.loads((app / "package.json").read_text())["dependencies"]
    assert "livekit-server-sdk" in needs
    assert "livekit-client" not in needs


MOUNTED = {
    "hono": "app.route('/livekit', livekitRoutes())\n",
    "express": "app.use('/livekit', livekitRouter())\n",
    "fastify": "fastify.register(livekitRoutes, { prefix: '/livekit' })\n",
}


@pytest.mark.parametrize("server", SERVERS)
def test_mounted_before_the_first_route(tmp_path: Path, server: str) -> None:
    app = write(tmp_path, SERVERS[server])
    found = init(app)
    entry = next(each.file for each in found.outcomes if each.id == "init.routes")
    text = (app / entry).read_text()
    assert text.count(MOUNTED[server]) == 1
    assert text.index(MOUNTED[server]) < text.index(".get('/'")


def test_the_layout_of_next(tmp_path: Path) -> None:
    init(write(tmp_path, NEXT))
    text = (tmp_path / "src/app/layout.tsx").read_text()
    assert 'import { LiveKitProvider } from "../livekit/LiveKitProvider";\n' in text
    assert (
        '      <body className="antialiased">\n'
        "        <LiveKitProvider>{children}</LiveKitProvider>\n"
        "      </body>\n"
    ) in text


def test_the_entry_of_vite(tmp_path: Path) -> None:
    init(write(tmp_path, VITE))
    text = (tmp_path / "src/main.tsx").read_text()
    assert "import { LiveKitProvider } from './livekit/LiveKitProvider'\n" in text
    assert (
        "  <StrictMode>\n    <LiveKitProvider>\n      <App />\n    </LiveKitProvider>\n  </StrictMode>,\n"
        in text
    )


def test_code_is_written_as_the_app_writes_it(tmp_path: Path) -> None:
    tabbed = {name: text.replace("          ", "\t\t\t\t\t") for name, text in HONO.items()}
    init(write(tmp_path, {**tabbed, "src/index.ts": tabbed["src/index.ts"].replace("  ", "\t")}))
    text = (tmp_path / "src/livekit/tokens.ts").read_text()
    assert "import { AccessToken } from 'livekit-server-sdk'\n" in text
    assert ";\n" not in text
    assert "\n\tconst token = " in text
    assert "\n  " not in text


def test_javascript_has_no_types_and_the_app_s_kind_of_modules(tmp_path: Path) -> None:
    """Node itself says whether it can read what init wrote."""
    node = shutil.which("node")
    if node is None:
        need("node", "no node on PATH")
    for name, files in (("cjs", EXPRESS), ("esm", FASTIFY)):
        app = write(tmp_path / name, files)
        init(app)
        written = sorted((app / "livekit").glob("*"))
        assert written
        assert all(path.suffix == ".js" for path in written)
        for path in written:
            # As the package's kind of module: Node takes it from the package.json above.
            ran = subprocess.run(
                [str(node), "--check", str(path)], capture_output=True, text=True, check=False
            )
            assert ran.returncode == 0, ran.stderr
    assert "require('livekit-server-sdk')" in (tmp_path / "cjs/livekit/tokens.js").read_text()
    assert (
        (tmp_path / "esm/livekit/tokens.js")
        .read_text()
        .startswith(
            "import { AccessToken } from 'livekit-server-sdk'\n\n"
            "import { ROLE_ATTRIBUTE, roleOf } from './types.js'\n\n/**"
        )
    )


def test_variables_are_named_where_each_package_looks(tmp_path: Path) -> None:
    init(write(tmp_path, workspace(NEXT, HONO)))
    server = (tmp_path / "apps/server/.env.example").read_text()
    web = (tmp_path / "apps/web/.env.example").read_text()
    assert "LIVEKIT_API_SECRET=\n" in server
    assert "NEXT_PUBLIC_" in web
    assert "LIVEKIT_API_SECRET" not in web


def test_an_example_that_is_there_is_only_added_to(tmp_path: Path) -> None:
    files: Mapping[str, str] = {**HONO, ".env.example": "# mine\r\nPORT=4000\r\nLIVEKIT_URL=ws://other:7880"}
    init(write(tmp_path, files))
    raw = (tmp_path / ".env.example").read_bytes()
    assert raw.startswith(b"# mine\r\nPORT=4000\r\nLIVEKIT_URL=ws://other:7880\r\n\r\n")
    assert raw.count(b"\nLIVEKIT_URL=") == 1
    assert raw.count(b"\n") == raw.count(b"\r\n")


def test_the_stack_where_there_are_no_compose_files(tmp_path: Path) -> None:
    found = init(write(tmp_path, workspace(NEXT, HONO)))
    written = set(found.changes.files)
    assert {"docker-compose.yml", "livekit.yaml", "docker-compose.override.yml"} <= written
    assert {"apps/web/Dockerfile", "apps/server/Dockerfile", ".dockerignore"} <= written
    assert not [each for each in found.findings if each.id == "init.compose"]


def test_beside_compose_files_of_the_app_s_own(tmp_path: Path) -> None:
    """Theirs stays byte for byte, and the line that it needs is named."""
    compose = "services:\n  db: {image: postgres:17}\n"
    found = init(write(tmp_path, {**workspace(NEXT, HONO), "compose.yaml": compose}))
    assert found.complete
    assert (tmp_path / "compose.yaml").read_text() == compose
    assert "docker-compose.yml" not in found.changes.files
    assert "compose.livekit.yaml" in found.changes.files
    [said] = [each for each in found.findings if each.id == "init.compose"]
    assert said.status == "info"
    assert said.evidence["edit"] == "include:\n  - compose.livekit.yaml"
    (tmp_path / "compose.yaml").write_text(f"{said.evidence['edit']}\n{compose}")
    assert not [each for each in planned(tmp_path).findings if each.id == "init.compose"]


def test_a_dockerfile_of_the_app_s_own_will_do(tmp_path: Path) -> None:
    own = "FROM node:22\n"
    found = init(write(tmp_path, {**workspace(NEXT, HONO), "apps/server/Dockerfile": own}))
    assert found.complete
    assert (tmp_path / "apps/server/Dockerfile").read_text() == own
    assert "docker-compose.override.yml" not in found.changes.files, "its stages are not known"


def test_one_package_that_is_both_sides(tmp_path: Path) -> None:
    """Neither half's files take the place of the other's, and no Dockerfile is made up for both."""
    files = {
        **VITE,
        "package.json": VITE["package.json"].replace('"react":', '"express": "^5.0.0",\n    "react":'),
        "src/server.ts": EXPRESS["app.js"].replace(
            "const express = require('express')", "import express from 'express'"
        ),
    }
    found = init(write(tmp_path, files))
    assert found.complete, found.findings
    assert "LiveKitProvider" in (tmp_path / "src/livekit/LiveKitProvider.tsx").read_text()
    assert "livekitRouter" in (tmp_path / "src/server/livekit/routes.ts").read_text()
    assert "from './server/livekit/routes" in (tmp_path / "src/server.ts").read_text()
    assert not (tmp_path / "Dockerfile").exists()
    needs = json.loads((tmp_path / "package.json").read_text())["dependencies"]
    assert {"livekit-client", "livekit-server-sdk"} <= set(needs)
    assert not planned(tmp_path).changes.files


def test_a_side_that_comes_later_is_found(tmp_path: Path) -> None:
    app = write(tmp_path, workspace({"package.json": package("web", "lodash")}, HONO))
    init(app)
    write(app, {f"apps/web/{name}": text for name, text in VITE.items()})
    assert (init(app).web) is not None
    assert (app / "apps/web/src/livekit/LiveKitProvider.tsx").is_file()


def test_a_side_that_was_left_out_stays_out(tmp_path: Path) -> None:
    app = write(tmp_path, workspace(VITE, HONO))
    init(app, web="none")
    assert planned(app).web is None
    assert not (app / "apps/web/src/livekit").exists()


def test_a_compose_file_is_edited_when_asked_for(tmp_path: Path) -> None:
    compose = "# ours\nname: shop\nservices:\n  db: {image: postgres:17}  # the\n"
    app = write(tmp_path, {**workspace(NEXT, HONO), "compose.yaml": compose})
    assert init(app, edit_compose=True).complete
    assert (app / "compose.yaml").read_text() == compose.replace(
        "name:", "include:\n  - compose.livekit.yaml\n\nname:"
    )
    assert not planned(app).changes.files
    journal.undo(app)
    assert (app / "compose.yaml").read_text() == compose


def test_a_compose_file_with_livekit_gets_no_second_one(tmp_path: Path) -> None:
    compose = "services:\n  sfu: {image: livekit/livekit-server:v1.9}\n"
    found = init(write(tmp_path, {**workspace(NEXT, HONO), "compose.yaml": compose}))
    assert found.complete
    assert not {"compose.livekit.yaml", "livekit.yaml", "docker-compose.yml"} & set(found.changes.files)
