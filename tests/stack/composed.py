"""A project of its own for tests of the Compose runtime; nothing of it outlives the test.

The LiveKit server is the real one. Other services are scripts of the busybox that its image holds, so that
no further image is needed.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.compose import Project
from tests.conftest import Ran, free_port
from tests.native import until

IMAGE = "livekit/livekit-server:v1.13.5"
BUSY = f"lkm-test/busy:{os.getpid()}"  # the same image, under a name that tells no role
FOLDER = "Müllers call-app's"
KEYS = "${LIVEKIT_API_KEY:?run lkm keys new}: ${LIVEKIT_API_SECRET:?run lkm keys new}"


def busy(script: str, **more: Any) -> dict[str, Any]:
    """A service that runs a shell script. It ends at once when it is told to."""
    return {
        "image": BUSY,
        "entrypoint": ["/bin/busybox", "sh", "-c", script.replace("$", "$$")],
        "stop_signal": "SIGKILL",
        **more,
    }


def checked(script: str = "true", **more: Any) -> dict[str, Any]:
    """A health check that runs a shell script, often. One that takes long is no failure of the service's."""
    return {"test": ["CMD", "/bin/busybox", "sh", "-c", script], "interval": "0.2s", "timeout": "60s", **more}


SLEEP = "while :; do sleep 1; done"


class Composed:
    """A folder with Compose files and free ports. ``lkm`` runs a command in it, as a user does."""

    def __init__(self, parent: Path, env: Mapping[str, str], folder: str = FOLDER) -> None:
        self.root = parent / folder
        self.root.mkdir(parents=True)
        self.name = f"lkmt{secrets.token_hex(4)}"
        self.env = dict(env)
        self.ports = (free_port(), free_port(), free_port(socket.SOCK_DGRAM))
        (self.root / "lkm.toml").write_text("")
        self.project = Project(self.root, self.name, env)

    def livekit(self, **more: Any) -> dict[str, Any]:
        """The LiveKit service, and its livekit.yaml where there is none."""
        signal_port, tcp, udp = self.ports
        config = self.root / "livekit.yaml"
        if not config.exists():
            config.write_text(
                f"port: 7880\nrtc:\n  tcp_port: {tcp}\n  udp_port: {udp}\n"
                "  use_external_ip: false\n  node_ip: 127.0.0.1\n"
            )
        return {
            "image": IMAGE,
            "command": ["--config", "/etc/livekit.yaml"],
            "environment": {"LIVEKIT_KEYS": KEYS},
            "volumes": ["./livekit.yaml:/etc/livekit.yaml:ro"],
            "ports": [
                f"127.0.0.1:{signal_port}:7880",
                f"127.0.0.1:{tcp}:{tcp}",
                f"127.0.0.1:{udp}:{udp}/udp",
            ],
            "healthcheck": {
                "test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:7880/"],
                "interval": "1s",
            },
            "restart": "unless-stopped",
            **more,
        }

    def write(self, services: Mapping[str, Any], file: str = "docker-compose.yml", **more: Any) -> None:
        """The Compose file: JSON is YAML."""
        document = {"name": self.name, "services": services, **more}
        (self.root / file).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")

    def popen(
        self,
        *argv: str,
        env: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
        **more: Any,
    ) -> subprocess.Popen[str]:
        options: dict[str, Any] = {
            "cwd": self.root,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }
        return subprocess.Popen(
            [*prefix, sys.executable, "-m", "livekit_migrate", *argv],
            env={**self.env, **(env or {})},
            text=True,
            encoding="utf-8",
            **(options | more),
        )

    def lkm(
        self,
        *argv: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        prefix: Sequence[str] = (),
    ) -> Ran:
        with self.popen(*argv, env=env, cwd=cwd or self.root, prefix=prefix) as process:
            try:
                out, err = process.communicate(timeout=300)
            except BaseException:
                process.kill()
                raise
        return Ran(process.returncode, out, err)

    def up(self, *argv: str, env: Mapping[str, str] | None = None) -> Ran:
        return self.lkm("up", "--no-media", *argv, env=env)

    def service(self, name: str = "livekit") -> dict[str, Any]:
        """What `lkm status --json` says of a service."""
        services = self.lkm("status", "--json").json["data"]["services"]
        (found,) = [one for one in services if one["name"] == name]
        assert isinstance(found, dict)
        return found

    def docker(self, *words: str) -> str:
        """A docker command that has to work."""
        done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False, env=self.env)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def left(self) -> list[str]:
        """Names of every container, network and volume of the project."""
        label = f"label=com.docker.compose.project={self.name}"
        found: list[str] = []
        for words in (("ps", "--all"), ("network", "ls"), ("volume", "ls")):
            name = "{{.Names}}" if words[0] == "ps" else "{{.Name}}"
            found += self.docker(*words, "--filter", label, "--format", name).split()
        return found

    def clean_up(self) -> None:
        self.project.clean_up()
        # A build that failed leaves the container of its step; one that succeeded may leave stages. By name,
        # not by `prune`: that waits for whatever else is being built.
        until(lambda: self._none_left(self._steps(), "rm"), "the end of the steps of a build")
        until(lambda: self._none_left(self._stages(), "rmi"), "the end of the stages of a build")

    def _steps(self) -> list[str]:
        words = ("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Command}}")
        return [line.split()[0] for line in self.docker(*words).splitlines() if self.name in line]

    def _stages(self) -> list[str]:
        return self.docker("images", "--quiet", "--filter", f"label={self.name}").split()

    def _none_left(self, found: Sequence[str], remove: str) -> bool:
        """Remove them; some may go meanwhile, with another one or by the builder."""
        if found:
            words = ["docker", remove, "--force", *found]
            subprocess.run(words, capture_output=True, check=False, env=self.env)
        return not found


def environment(clean: Mapping[str, str], compose: Mapping[str, str]) -> dict[str, str]:
    """What lkm gets: a home of its own, and the Compose of one generation."""
    own = {name: value for name, value in clean.items() if not name.startswith(("COMPOSE_", "POSTGRES_"))}
    # A home of its own has no Compose: the plugin is found by the configuration's folder.
    return {**own, "DOCKER_CONFIG": str(Path.home() / ".docker"), **compose}


def masked(text: str, composed: Composed, also: Sequence[tuple[str, str]] = ()) -> str:
    """What a golden file can hold: without what is different in each run."""
    import re

    text = re.sub(r"\d+(?:\.\d+)? ms|\b\d+(?:\.\d+)? s\b", "TIME", text)
    places = [(str(composed.root), "ROOT"), (composed.name, "NAME"), *also]
    for found, word in sorted(places, key=lambda place: -len(place[0])):
        text = text.replace(found, word)
    # Whole numbers: a PID may have a port in it.
    for port, word in zip(composed.ports, ("SIGNAL", "RTC_TCP", "RTC_UDP"), strict=True):
        text = re.sub(rf"(?<!\d){port}(?!\d)", word, text)
    text = re.sub(r"\bAPI[A-Za-z0-9]{12}\b", "APIKEY", text)
    text = re.sub(r"PID \d+", "PID N", text)
    return re.sub(r"\b[0-9a-f]{12,64}\b", "ID", text).replace(os.environ.get("USER", "root") + ")", "USER)")
