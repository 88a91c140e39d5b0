"""The example app after the cleanup: nothing of Mediasoup is installed, and its images build."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from pathlib import Path

import pytest

from tests import compose

from .cleaned import lkm, npm

NODE = "node:20-bookworm-slim"

pytestmark = pytest.mark.slow


def test_nothing_of_mediasoup_is_installed_or_imported(cleaned_folder: Path, tmp_path: Path) -> None:
    # Fails on a package that is missing, and lists those that the lockfile does not have.
    tree = npm(cleaned_folder, "ls", "--all", "--parseable")
    packages = {Path(line).name for line in tree.splitlines()}
    assert "livekit-client" in packages
    assert packages.isdisjoint({"mediasoup", "mediasoup-client", "ws"})
    named = [
        path.relative_to(cleaned_folder)
        for path in cleaned_folder.rglob("*mediasoup*")
        if ".lkm" not in path.parts
    ]
    assert named == []
    for name in ("package-lock.json", "apps/server/package.json", "apps/web/package.json"):
        assert "mediasoup" not in (cleaned_folder / name).read_text(encoding="utf-8"), name
    found = lkm(cleaned_folder, tmp_path, "scan")["summary"]
    assert (found["sites"], found["calls"]) == (0, 0)


def test_its_images_are_built_from_what_is_left(cleaned_folder: Path) -> None:
    compose.engine(NODE)
    prefix = f"lkm-test-cleaned-{secrets.token_hex(4)}"
    # The host's network reaches the registry as npm on the host does; names of its own are taken away again.
    services = {
        name: {"image": f"{prefix}-{name}", "build": {"network": "host"}} for name in ("backend", "web")
    }
    more = cleaned_folder / "test.yml"
    more.write_text(json.dumps({"services": services}), encoding="utf-8")
    files = ("docker-compose.yml", "docker-compose.override.yml", more.name)
    env = {
        **os.environ,
        **compose.generation(5),
        **dict.fromkeys(("LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "POSTGRES_PASSWORD"), "x" * 32),
        "DOCKER_BUILDKIT": "0",  # Debian's engine comes without BuildKit's plugin
        "COMPOSE_PROJECT_NAME": prefix,
        "COMPOSE_FILE": os.pathsep.join(files),
    }
    try:
        done = subprocess.run(
            ["docker", "compose", "build"],
            cwd=cleaned_folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        for name in ("backend", "web"):
            look = ["docker", "run", "--rm", "--network", "none", f"{prefix}-{name}"]
            look += ["find", "/app", "-iname", "*mediasoup*", "-not", "-path", "/app/.lkm/*"]
            inside = subprocess.run(look, capture_output=True, text=True, timeout=120, check=False)
            assert (inside.returncode, inside.stdout) == (0, ""), inside.stderr
    finally:
        images = [f"{prefix}-{name}" for name in ("backend", "web")]
        subprocess.run(["docker", "image", "rm", "--force", *images], capture_output=True, check=False)
        more.unlink()
