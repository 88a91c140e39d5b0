"""The image for production that `lkm init` describes: built for real, and it answers."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests import compose
from tests.conftest import need
from tests.native import until
from tests.scaffold.apps import init, write

pytestmark = pytest.mark.slow

NODE = "node:20-bookworm-slim"
SERVER = """\
    import express from 'express'
    import { greeting } from '@shop/shared'

    const app = express()
    app.use(express.json())

    app.get('/health', (req, res) => {
      res.send(greeting)
    })

    app.listen(process.env.PORT || 1285)
    """
# What the server imports of the workspace is there when it was built; `prepare` calls what is for development
APP = {
    "package.json": {
        "name": "shop",
        "private": True,
        "workspaces": ["packages/*", "apps/*"],
        "engines": {"node": ">=20"},
        "scripts": {"prepare": "semver 1.0.0"},
        "devDependencies": {"semver": "^7.0.0"},
    },
    "packages/shared/package.json": {
        "name": "@shop/shared",
        "version": "1.0.0",
        "type": "module",
        "main": "dist/index.js",
        "scripts": {"build": "mkdir -p dist && cp index.js dist/"},
    },
    "apps/server/package.json": {
        "name": "@shop/server",
        "private": True,
        "type": "module",
        "scripts": {"start": "node index.js"},
        "dependencies": {"@shop/shared": "1.0.0", "express": "^5.1.0"},
    },
}


ran = partial(compose.ran, seconds=300)


@pytest.fixture
def container(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A name for image and container, and the address at which it answers; nothing of it stays."""
    compose.engine(NODE)
    if not shutil.which("npm"):
        need("node", "there is no npm")
    name = f"lkm-test-image-{secrets.token_hex(4)}"
    app = write(
        tmp_path / "shop",
        {path: json.dumps(document, indent=2) for path, document in APP.items()}
        | {"packages/shared/index.js": "export const greeting = 'hello'\n", "apps/server/index.js": SERVER},
    )
    init(app)
    ran("npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund", folder=app)
    build = ("docker", "build", "--network", "host", "--force-rm", "--target", "prod")
    try:
        ran(*build, "--file", "apps/server/Dockerfile", "--tag", name, ".", folder=app)
        ran("docker", "run", "--detach", "--name", name, "--publish", "127.0.0.1::1285", name, folder=app)
        yield name, f"http://{ran('docker', 'port', name, '1285/tcp', folder=app).split()[0]}"
    finally:
        for words in (("rm", "--force", "--volumes"), ("image", "rm", "--force")):
            subprocess.run(["docker", *words, name], capture_output=True, check=False)


def answer(url: str, body: bytes | None = None) -> tuple[int, str]:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as said:
            return said.status, said.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_it_answers_and_cannot_change_itself(container: tuple[str, str], tmp_path: Path) -> None:
    name, url = container
    until(lambda: answer(f"{url}/health")[0] == 200, "the server answers")
    assert answer(f"{url}/health") == (200, "hello")
    # No LiveKit is configured: said by the route itself, which so is mounted.
    status, said = answer(f"{url}/livekit/token", b'{"room": "one"}')
    assert (status, json.loads(said)) == (503, {"error": "not_configured"})
    inside = ("docker", "exec", name, "sh", "-c")
    assert ran(*inside, "id -u; touch /app/x 2>/dev/null || echo no", folder=tmp_path).split() == [
        "1000",
        "no",
    ]
    # What is for development is not in it.
    found = ran(*inside, "ls /app/node_modules", folder=tmp_path).split()
    assert "express" in found
    assert "semver" not in found
