"""What `lkm init` says of an app's images: where they are built, in which order, on which ports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.scaffold.apps import EXPRESS, FASTIFY, HONO, NEXT, VITE, failed, init, package, workspace, write

SHARED = {
    "packages/base/package.json": package("@shop/base", scripts={"build": "tsc"}),
    "packages/shared/package.json": package("@shop/shared", "@shop/base", scripts={"build": "tsc"}),
    "packages/plain/package.json": package("@shop/plain"),
}
NEEDS_SHARED = package("api", "hono", "@hono/node-server", "@shop/shared", "@shop/plain", type="module")


def steps(dockerfile: Path, word: str = "RUN") -> list[str]:
    lines = dockerfile.read_text().replace("\\\n", "").splitlines()
    return [" ".join(line.split()[1:]) for line in lines if line.startswith(f"{word} ")]


def services(app: Path) -> dict[str, Any]:
    document = yaml.safe_load((app / "docker-compose.override.yml").read_text())
    assert isinstance(document, dict)
    return dict(document["services"])


def shop(tmp_path: Path, **more: str) -> Path:
    """A workspace of which the server needs two packages that are built."""
    files = {**workspace(NEXT, HONO), **SHARED, "apps/server/package.json": NEEDS_SHARED, **more}
    top = {"name": "shop", "private": True, "workspaces": ["packages/*", "apps/*"]}
    return write(tmp_path / "shop", {**files, "package.json": json.dumps(top)})


def test_what_a_side_needs_of_the_workspace_is_built_before_it(tmp_path: Path) -> None:
    app = shop(tmp_path)
    init(app)
    before = "npm run build --workspace=packages/base && npm run build --workspace=packages/shared"
    # This server has nothing to build itself.
    assert steps(app / "apps/server/Dockerfile").count(before) == 2  # for development, for production
    assert any("npm run build --workspace=apps/web &&" in each for each in steps(app / "apps/web/Dockerfile"))


def test_pnpm_builds_by_its_own_filter(tmp_path: Path) -> None:
    files = {"pnpm-workspace.yaml": "packages:\n  - packages/*\n  - apps/*\n", "pnpm-lock.yaml": "\n"}
    app = shop(tmp_path, **files)
    init(app)
    server, web = (steps(app / f"apps/{name}/Dockerfile") for name in ("server", "web"))
    assert server.count('pnpm --filter "api^..." run build') == 2
    assert any(each.startswith('pnpm --filter "site" run build &&') for each in web)
    assert not any("--workspace" in each for each in (*server, *web))


@pytest.mark.parametrize(("lockfile", "version"), [("'6.0'", "8"), ("'9.0'", "10"), ("5.4", "7")])
def test_the_pnpm_in_the_image_reads_the_lockfile(tmp_path: Path, lockfile: str, version: str) -> None:
    app = write(tmp_path / "site", {**NEXT, "pnpm-lock.yaml": f"lockfileVersion: {lockfile}\n"})
    init(app)
    assert f"npm install --global pnpm@{version}" in steps(app / "Dockerfile")


def test_two_packages_that_know_nothing_of_each_other_are_built_each_in_its_folder(tmp_path: Path) -> None:
    files = {f"client/{name}": text for name, text in VITE.items()}
    files |= {f"server/{name}": text for name, text in EXPRESS.items()}
    app = write(
        tmp_path / "two", files | {f"{name}/package-lock.json": "{}\n" for name in ("client", "server")}
    )
    init(app)
    for name, folder in (("web", "client"), ("backend", "server")):
        build = services(app)[name]["build"]
        assert (app / build["context"] / build["dockerfile"]).is_file()
        assert (build["context"], build["dockerfile"]) == (f"./{folder}", "Dockerfile")
        # Where the build starts Docker looks for what must not get into an image.
        assert "**/.env" in (app / folder / ".dockerignore").read_text().splitlines()
        assert set(steps(app / folder / "Dockerfile", "WORKDIR")) == {"/app"}


def test_a_prepare_script_is_not_run_without_the_packages_that_it_calls(tmp_path: Path) -> None:
    for name, scripts in (("with", {"prepare": "husky"}), ("without", {"dev": "next dev"})):
        manifest = package("site", "next", "react", "react-dom", scripts=scripts)
        app = write(tmp_path / name, {**NEXT, "package.json": manifest})
        init(app)
        found = steps(app / "Dockerfile")
        assert ("npm pkg delete scripts.prepare" in found) == (name == "with")


@pytest.mark.parametrize("said", ["port: 4000", "port: 4000, host: '::'"])
def test_the_port_that_a_server_has_in_its_code(tmp_path: Path, said: str) -> None:
    text = FASTIFY["server.js"].replace("port: 3000", said)
    app = write(tmp_path / "app", workspace(NEXT, {**FASTIFY, "server.js": text}))
    init(app)
    assert services(app)["backend"]["ports"] == ["127.0.0.1:4000:4000"]
    assert services(app)["web"]["ports"] == ["127.0.0.1:3000:3000"]


def test_the_web_app_goes_out_of_the_way_of_the_server(tmp_path: Path) -> None:
    """Both quick starts take 3000; Next.js is told another one by its environment."""
    app = write(tmp_path / "app", workspace(NEXT, EXPRESS))
    init(app)
    assert services(app)["backend"]["ports"] == ["127.0.0.1:3000:3000"]
    assert services(app)["web"]["ports"] == ["127.0.0.1:3001:3001"]
    assert any("PORT=3001" in each for each in steps(app / "apps/web/Dockerfile", "ENV"))


LISTENS = {
    "listen({ port: 3000, host: '0.0.0.0' })": False,
    "listen({ port: 3000, ...options })": False,
    "listen({ port: 3000, host: 'localhost' })": True,
    "listen({ port: 3000 })": True,
}


@pytest.mark.parametrize("said", LISTENS)
def test_a_server_that_nobody_outside_its_container_reaches_is_said(tmp_path: Path, said: str) -> None:
    text = FASTIFY["server.js"].replace("listen({ port: 3000 })", said)
    app = write(tmp_path / "app", {**FASTIFY, "server.js": text})
    found = init(app)
    assert not failed(found)
    listens = [each for each in found.findings if each.id == "init.listens"]
    assert bool(listens) == LISTENS[said]
    for each in listens:
        assert each.location is not None
        lines = text.splitlines()
        assert "listen(" in lines[(each.location.line or 0) - 1]
        assert 'host: "0.0.0.0"' in str(each.fix)
