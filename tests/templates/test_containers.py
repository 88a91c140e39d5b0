"""Dockerfiles and services: what they render to, and the whole stack of a clean clone."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from livekit_migrate.core.render import render_file
from tests.conftest import ROOT, free_port, need, wait_for_http

from .rendered import TEMPLATES

DOCKER = TEMPLATES / "app-docker"
VALUES: dict[str, Any] = {
    "app_name": "call-app",
    "manager": "npm",
    "manager_version": "",
    "workspace": True,
    "node": "20",
    "mediasoup": True,
    "mediasoup_port": 4001,
    "mediasoup_media_port": 44444,
    "server": "hono",
    "server_folder": "apps/server",
    "server_context": ".",
    "server_apart": False,
    "server_inside": "apps/server",
    "server_member": True,
    "server_filter": "@call-app/server",
    "server_before": [],
    "server_prepare": False,
    "server_port": 1285,
    "server_build": ["npm run build --workspace=apps/server"],
    "server_start": "node --enable-source-maps dist/index.js",
    "web": "next",
    "web_folder": "apps/web",
    "web_context": ".",
    "web_apart": False,
    "web_inside": "apps/web",
    "web_member": True,
    "web_filter": "@call-app/web",
    "web_before": [],
    "web_build": ["npm run build --workspace=apps/web"],
    "web_prepare": False,
    "web_port": 3000,
    "api_url_env": "NEXT_PUBLIC_API_URL",
    "web_public_env": ["NEXT_PUBLIC_API_URL", "NEXT_PUBLIC_SIGNALING_URL", "NEXT_PUBLIC_USE_LIVEKIT"],
}
SINGLE = {
    "workspace": False,
    **{f"{side}_{what}": "." for side in ("web", "server") for what in ("folder", "inside")},
    **{f"{side}_member": False for side in ("web", "server")},
}
PNPM = {"manager": "pnpm", "manager_version": "10.2.0"}
DOCKERFILES = ("server.Dockerfile", "web-next.Dockerfile", "web-vite.Dockerfile")


def stages(name: str, **values: Any) -> dict[str, list[tuple[str, str]]]:
    """Each stage's instructions."""
    text = render_file(DOCKER / name, {**VALUES, **values}).replace("\\\n", "")
    found: dict[str, list[tuple[str, str]]] = {"": []}
    stage = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        assert word.isupper() or word == "CMD", line
        if word == "FROM":
            stage = rest.rpartition(" AS ")[2]
            found[stage] = []
        found[stage].append((word, rest))
    return found


@pytest.mark.parametrize("layout", [{}, SINGLE, PNPM, {**SINGLE, **PNPM}, {"mediasoup": False}], ids=str)
@pytest.mark.parametrize("name", DOCKERFILES)
def test_an_image_has_a_target_for_each_use_and_no_rights(name: str, layout: Mapping[str, Any]) -> None:
    found = stages(name, **layout)
    assert {"dev", "build", "prod"} <= set(found)
    words = [word for word, _ in found["prod"]]
    # Nobody becomes root again, and what runs is healthy or not.
    assert words.index("USER") < words.index("CMD" if "CMD" in words else "HEALTHCHECK")
    assert "HEALTHCHECK" in words
    assert ("USER", "node") in found["base"]
    installs = [
        rest for steps in found.values() for word, rest in steps if word == "RUN" and " ci" in f" {rest}"
    ]
    locked = [rest for steps in found.values() for word, rest in steps if "--frozen-lockfile" in rest]
    assert bool(locked) == (layout.get("manager") == "pnpm")
    assert bool(installs) != bool(locked)
    assert "mediasoup" not in str(found).lower() or "mediasoup" not in layout


def test_a_production_build_is_told_every_public_variable() -> None:
    args = [rest for word, rest in stages("web-next.Dockerfile")["build"] if word == "ARG"]
    assert args == VALUES["web_public_env"]


@pytest.mark.parametrize("name", ["web-next.Dockerfile", "web-vite.Dockerfile"])
def test_a_production_image_says_what_the_flag_was_built_with(name: str) -> None:
    flag = "NEXT_PUBLIC_USE_LIVEKIT"
    said = [(word, rest) for word, rest in stages(name)["prod"] if flag in rest]
    assert said == [("ARG", flag), ("LABEL", f"{flag}=${{{flag}:-false}}")]
    assert "LABEL" not in str(stages(name, web_public_env=["NEXT_PUBLIC_API_URL"])["prod"])


def services(**values: Any) -> dict[str, Any]:
    document = yaml.safe_load(render_file(DOCKER / "docker-compose.override.yml", {**VALUES, **values}))
    assert isinstance(document, dict)
    return dict(document["services"])


def test_services_follow_the_app() -> None:
    found = services()
    assert found["backend"]["ports"][2:] == ["127.0.0.1:44444:44444/udp", "127.0.0.1:44444:44444/tcp"]
    after = services(mediasoup=False, web_public_env=["NEXT_PUBLIC_API_URL", "NEXT_PUBLIC_USE_LIVEKIT"])
    assert after["backend"]["ports"] == ["127.0.0.1:1285:1285"]
    assert "mediasoup" not in str(after).lower()
    assert set(services(server="", web="next")) == {"web"}
    assert set(services(web="")) == {"backend"}


def answer(url: str) -> tuple[int, str, str]:
    """Status, caching, body."""
    try:
        with urllib.request.urlopen(url, timeout=60) as said:
            return said.status, said.headers.get("Cache-Control", ""), said.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Cache-Control", ""), ""


def test_a_script_of_an_older_build_is_no_page(tmp_path: Path) -> None:
    """Real Caddy: a page in its place would be taken for that script, and kept for a year."""
    program = shutil.which("caddy")
    if not program:
        need("caddy", "no caddy on PATH (tools/provision.sh gets one)")
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("the app")
    (tmp_path / "assets" / "index-1.js").write_text("the script")
    port = free_port()
    text = render_file(DOCKER / "Caddyfile", {"web_port": port}).replace("/srv", str(tmp_path))
    # Debian's Caddy is older than this option.
    (tmp_path / "Caddyfile").write_text(text.replace("persist_config off", ""))
    argv = [str(program), "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    log = tmp_path / "log"
    env = {**os.environ, "HOME": str(tmp_path)}
    with log.open("wb") as sink, subprocess.Popen(argv, env=env, stdout=sink, stderr=sink) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for_http(url, process, log)
            for path in ("/", "/rooms/one"):
                assert answer(url + path) == (200, "no-cache", "the app")
            status, caching, body = answer(f"{url}/assets/index-1.js")
            assert (status, body) == (200, "the script")
            assert "immutable" in caching
            assert answer(f"{url}/assets/index-0.js") == (404, "", "")
        finally:
            process.kill()


def test_the_clones_stack_has_the_migrated_example(request: pytest.FixtureRequest) -> None:
    """Beside docker-compose.yml at the top, so that Compose and `lkm up` read both."""
    if not (ROOT / "examples").is_dir():
        pytest.skip("the examples are no part of an sdist")
    path = ROOT / "docker-compose.override.yml"
    text = render_file(DOCKER / path.name, {**VALUES, "context": "examples/call-app-migrated"})
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
    for service in yaml.safe_load(text)["services"].values():
        build = service["build"]
        assert (ROOT / build["context"] / build["dockerfile"]).is_file()
