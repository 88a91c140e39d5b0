"""The real Compose for tests: both generations, and projects in a real engine that leave nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .conftest import Ran, need

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lkm-dev" / "compose"


def generation(major: int) -> dict[str, str]:
    """The environment in which `docker compose` is of that generation; skips where the machine has none."""
    if not shutil.which("docker"):
        need("compose", "there is no docker command")
    folders = sorted(_CACHE.glob(f"{major}.*"))
    if folders:
        return {"DOCKER_CONFIG": str(folders[-1])}
    done = subprocess.run(
        ["docker", "compose", "version", "--short"], capture_output=True, text=True, check=False
    )
    if done.stdout.lstrip("v").startswith(f"{major}."):
        return {}
    need("compose", f"no Compose v{major} (tools/provision.sh builds one)")
    raise AssertionError


def engine(*images: str) -> None:
    """A Docker engine that answers and has these images; skips where there is none."""
    if not shutil.which("docker") or _docker("info").code:
        need("docker", "no Docker engine answers")
    for image in images:
        if _docker("image", "inspect", image).code:
            need("docker", f"the engine has no image {image} (tools/images.sh gets it)")


def _docker(*words: str) -> Ran:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


def ran(*argv: str, folder: Path | None = None, seconds: float = 900) -> str:
    """What a command that has to succeed prints."""
    done = subprocess.run(
        argv,
        cwd=folder,
        # Debian's engine comes without BuildKit's plugin.
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@dataclass(frozen=True)
class Project:
    """A folder with Compose files, and the Compose that is used on it."""

    folder: Path
    name: str
    env: Mapping[str, str] = field(default_factory=dict)

    def compose(self, *words: str, env: Mapping[str, str] | None = None) -> Ran:
        done = subprocess.run(
            ["docker", "compose", *words],
            cwd=self.folder,
            env={**_own_environment(), **self.env, "COMPOSE_PROJECT_NAME": self.name, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def config(self, *words: str) -> dict[str, Any]:
        """What Compose makes of the files."""
        ran = self.compose(*words, "config", "--format", "json")
        assert ran.code == 0, ran.err
        document = json.loads(ran.out)
        assert isinstance(document, dict)
        return document

    def container(self, service: str) -> dict[str, Any]:
        """What the engine says of a service's container."""
        found = self.compose("ps", "--all", "--quiet", service).out.split()
        (described,) = json.loads(_docker("inspect", *found).out)
        assert isinstance(described, dict)
        return described

    def only_answers(self, service: str) -> None:
        """From now on the service starts no UDP exchange by itself: what arrives came to a published port.

        On Linux a server in a container reaches the host's addresses directly, and ICE is content with that.
        """
        if os.geteuid() != 0 or not shutil.which("iptables"):
            need("netns", "only root with iptables may filter in a container's network name space")
        rule = ("OUTPUT", "!", "-o", "lo", "-p", "udp", "-m", "conntrack", "--ctstate", "NEW", "-j", "DROP")
        pid = str(self.container(service)["State"]["Pid"])
        subprocess.run(["nsenter", "--net", "--target", pid, "iptables", "--wait", "-A", *rule], check=True)

    def clean_up(self) -> None:
        """Containers, networks and volumes, whatever became of the files."""
        label = f"label=com.docker.compose.project={self.name}"
        for kind, listing, remove in (
            ("container", ("ls", "--all"), ("rm", "--force", "--volumes")),
            ("network", ("ls",), ("rm",)),
            ("volume", ("ls",), ("rm", "--force")),
        ):
            found = _docker(kind, *listing, "--quiet", "--filter", label).out.split()
            if found:
                _docker(kind, *remove, *found)


def _own_environment() -> dict[str, str]:
    """Without what would decide on files, names and variables of a test's project."""
    ours = ("COMPOSE_", "LIVEKIT_", "POSTGRES_", "REDIS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def images_of(document: Mapping[str, Any]) -> Sequence[str]:
    """The images that are not built."""
    return [str(raw["image"]) for raw in document["services"].values() if "build" not in raw]
