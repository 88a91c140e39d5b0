"""An image that was built before its variables changed, with the real builder and the real engine."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.doctor.checks.app_image_stale import arguments
from tests.compose import Project, engine, generation
from tests.conftest import Ran, clean_environment

BASE = "debian:bookworm-slim"
DOCKERFILE = (
    f"FROM {BASE}\nARG OF\nLABEL lkm-test=$OF\nARG NEXT_PUBLIC_LIVEKIT_URL\nARG OTHER=1\n"
    f"RUN echo next build > /page\n"
)
COMPOSE = (
    "services:\n  web:\n    build:\n      context: .\n      args:\n"
    "        NEXT_PUBLIC_LIVEKIT_URL: ${NEXT_PUBLIC_LIVEKIT_URL}\n        OF: ${COMPOSE_PROJECT_NAME}\n"
)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Project, dict[str, str]]]:
    """A project with an image of the client; all that was built is gone afterwards."""
    engine(BASE)
    name = f"lkm-doctor-{secrets.token_hex(4)}"
    env = {**clean_environment(tmp_path / "home"), **generation(5), "COMPOSE_PROJECT_NAME": name}
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "lkm.toml").write_text("")
    (folder / "docker-compose.yml").write_text(COMPOSE)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / ".env").write_text("NEXT_PUBLIC_LIVEKIT_URL=ws://localhost:7880\n")
    project = Project(folder, name, env)
    try:
        yield project, env
    finally:
        # The first one has lost its name to the second.
        listed = ["docker", "image", "ls", "--all", "--quiet", "--filter", f"label=lkm-test={name}"]
        found = subprocess.run(listed, capture_output=True, text=True, check=False).stdout.split()
        subprocess.run(["docker", "image", "rm", "--force", *found], capture_output=True, check=False)


def doctor(project: Project, env: dict[str, str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "livekit_migrate", "doctor", "--all", "--only", "app.image-stale", "--json"],
        cwd=project.folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    document = Ran(done.returncode, done.stdout, done.stderr).json
    return [each for each in document["findings"] if each["id"] == "app.image-stale"]


def test_a_variable_that_changed_after_the_build(web: tuple[Project, dict[str, str]]) -> None:
    project, env = web
    assert [each["status"] for each in doctor(project, env)] == ["skip"]  # no image yet

    assert project.compose("build", "web").code == 0
    assert [each["status"] for each in doctor(project, env)] == ["ok"]

    (project.folder / ".env").write_text("NEXT_PUBLIC_LIVEKIT_URL=wss://call.example.com\n")
    (found,) = doctor(project, env)
    assert found["title"] == "the image of web was built with NEXT_PUBLIC_LIVEKIT_URL=ws://localhost:7880"
    assert found["evidence"]["now"] == "wss://call.example.com"

    assert project.compose("build", "web").code == 0
    assert [each["status"] for each in doctor(project, env)] == ["ok"]


def test_what_both_builders_write_down() -> None:
    classic = "|2 NEXT_PUBLIC_A=ws://a:1 OTHER=1 /bin/sh -c npm run build"
    buildkit = "RUN |1 VITE_B=wss://b /bin/sh -c npm run build # buildkit"
    assert arguments((classic, buildkit, "CMD [npm start]")) == {
        "NEXT_PUBLIC_A": "ws://a:1",
        "VITE_B": "wss://b",
    }
    # the last step counts
    assert arguments(("|1 VITE_B=new /bin/bash -c y", "|1 VITE_B=old /bin/sh -c x")) == {"VITE_B": "new"}
