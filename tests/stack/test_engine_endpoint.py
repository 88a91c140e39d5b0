"""Where the engine is, compared with what Docker's own SDK makes of the same files."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from docker.context import ContextAPI

from livekit_migrate.stack.compose.engine import endpoint

HOST = "unix:///run/colima.sock"
USUAL = "unix:///var/run/docker.sock"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".docker").mkdir()
    return tmp_path


def _context(folder: Path, name: str) -> None:
    meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    endpoints = {"docker": {"Host": HOST, "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoints}))


@pytest.mark.parametrize(
    ("config", "chosen", "host"),
    [
        (None, "", USUAL),
        ("{}", "", USUAL),
        ('{"credsStore": "desktop"}', "", USUAL),
        ('{"currentContext": "default"}', "", USUAL),
        ('{"currentContext": "colima"}', "", HOST),
        ('{"current\\u0043ontext": "colima"}', "", HOST),
        ('{"currentContext": "colima"}', "default", USUAL),
        ("{}", "colima", HOST),
        ('{"currentContext": ', "", USUAL),
        ("", "", USUAL),
        ("[]", "", USUAL),
    ],
)
def test_it_is_where_dockers_own_sdk_finds_it(
    config: str | None, chosen: str, host: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _context(home / ".docker", "colima")
    if config is not None:
        (home / ".docker" / "config.json").write_text(config)
    if chosen:
        monkeypatch.setenv("DOCKER_CONTEXT", chosen)
    assert endpoint().host == host == ContextAPI.get_context(chosen or None).Host


def test_a_folder_of_ones_own_comes_first(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".docker" / "config.json").write_text("{}")
    own = tmp_path / "own"
    _context(own, "colima")
    (own / "config.json").write_text('{"currentContext": "colima"}')
    monkeypatch.setenv("DOCKER_CONFIG", str(own))
    assert endpoint().host == HOST == ContextAPI.get_context(None).Host
    (own / "config.json").unlink()
    assert endpoint().host == USUAL == ContextAPI.get_context(None).Host


def test_without_docker_nothing_of_its_sdk_is_loaded(home: Path, clean_env: dict[str, str]) -> None:
    code = (
        "import sys\n"
        "from livekit_migrate.core.errors import NotReadyError\n"
        "from livekit_migrate.stack.compose import engine\n"
        f"engine._USUAL = 'unix://{home}/none.sock'\n"
        "try:\n    engine.connect()\nexcept NotReadyError:\n    print('no engine')\n"
        "print([name for name in ('docker', 'requests', 'urllib3') if name in sys.modules])\n"
    )
    env = {name: text for name, text in clean_env.items() if not name.startswith("DOCKER_")}
    env["HOME"] = str(home)
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines() == ["no engine", "[]"], ran.stderr
