"""Servers made of the templates, run by Node; and the compiler and linter that judge them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, free_port, need, wait_for_http

from .rendered import write

KIT = ROOT / "tools" / "typescript"
APPS = Path(__file__).parent / "apps"
FRAMEWORKS = ("hono", "express", "fastify")
WEB = {"web": "vite", "api_url_env": "VITE_API_URL"}
SESSION = {"session_import": "../session", "session_export": "whoCalls"}


@pytest.fixture(scope="session")
def kit() -> Path:
    """node_modules with the compiler, the linter and the frameworks."""
    if shutil.which("node") is None:
        need("node", "there is no Node.js")
    if not (KIT / "node_modules" / ".package-lock.json").is_file():
        need("node", "tools/typescript is not installed (npm ci)")
    return KIT / "node_modules"


def run(argv: list[str], folder: Path, *, seconds: float = 300) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=seconds, check=False
    )


def server_app(folder: Path, kit: Path, framework: str, values: Mapping[str, Any]) -> Path:
    """A server on a framework with the templates in it."""
    source = folder / "src"
    source.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"type": "module"}))
    (folder / "node_modules").symlink_to(kit)
    names = ("server-livekit", f"server-{framework}")
    write(names, source, {"server": framework, "session_import": "", **values}, ending=".js")
    main = (APPS / f"{framework}.ts").read_text(encoding="utf-8").replace('/routes"', '/routes.js"')
    (source / "main.ts").write_text(main, encoding="utf-8")
    return source


def vite_app(folder: Path, kit: Path) -> Path:
    """A fresh app as Vite's quick start makes it, with the templates in it."""
    made = run(
        [str(kit / ".bin" / "create-vite"), folder.name, "--template", "react-ts", "--no-interactive"],
        folder.parent,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    (folder / "node_modules").symlink_to(kit)
    write(("web-livekit", "web-livekit-ui"), folder / "src", WEB)
    return folder


@dataclass(frozen=True)
class Running:
    """A server of Node's."""

    url: str
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]


@contextmanager
def served(source: Path, kit: Path, env: Mapping[str, str], *, port: int | None = None) -> Iterator[Running]:
    """The server runs, from its TypeScript."""
    port = port or free_port()
    log = source.parent / "server.log"
    own = {key: value for key, value in os.environ.items() if not key.startswith(("LIVEKIT_", "NODE_"))}
    with log.open("wb") as sink:
        process = subprocess.Popen(
            ["node", "--import", (kit / "tsx" / "dist" / "loader.mjs").as_uri(), "main.ts"],
            cwd=source,
            env={**own, "PORT": str(port), **env},
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for_http(f"http://127.0.0.1:{port}/", process, log, seconds=60)
        yield Running(f"http://127.0.0.1:{port}", log)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
