"""What lkm says to the Compose CLI: argument lists made by pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Progress = Literal["plain", "json", "quiet"]


@dataclass(frozen=True, slots=True)
class Call:
    """What every call for one project has in common.

    Args:
        root: the project's folder, in which Compose runs.
        files: in the order in which they are merged; empty: Compose finds them by itself.
        name: of the Compose project; empty: Compose decides.
        env_files: instead of ``.env``; a later one wins.
        profiles: switched on, besides COMPOSE_PROFILES.
        folder: where relative paths count from; None: the project's folder.
    """

    root: Path
    files: tuple[Path, ...] = ()
    name: str = ""
    env_files: tuple[Path, ...] = ()
    profiles: tuple[str, ...] = ()
    folder: Path | None = None


def compose(call: Call, *words: str, progress: Progress = "plain") -> list[str]:
    """``docker compose`` with the options of a call, then the words."""
    argv = ["docker", "compose", "--ansi", "never", "--progress", progress]
    argv += ["--project-directory", str(call.folder or call.root)]
    for file in call.files:
        argv += ["--file", str(file)]
    if call.name:
        argv += ["--project-name", call.name]
    for file in call.env_files:
        argv += ["--env-file", str(file)]
    for profile in call.profiles:
        argv += ["--profile", profile]
    return [*argv, *words]


def version() -> list[str]:
    """Its version, and nothing else."""
    return ["docker", "compose", "version", "--short"]


def config(call: Call, services: Sequence[str] = ()) -> list[str]:
    """The files as Compose itself reads them, as JSON: with everything filled in, secrets included."""
    return compose(call, "config", "--format", "json", *services)


def hashes(call: Call) -> list[str]:
    """``service hash`` lines, to compare with the label ``com.docker.compose.config-hash``."""
    return compose(call, "config", "--hash", "*")


def pull(call: Call, services: Sequence[str]) -> list[str]:
    """Get images, those of a build excepted."""
    return compose(call, "pull", "--ignore-buildable", *services)


def build(call: Call, services: Sequence[str], *, fresh_base: bool = False) -> list[str]:
    """Build images.

    Args:
        fresh_base: pull the images that they are built from.
    """
    return compose(call, "build", *(["--pull"] if fresh_base else []), *services)


def up(
    call: Call,
    services: Sequence[str],
    *,
    recreate: bool = False,
    dependencies: bool = True,
) -> list[str]:
    """Create and start; images are there already, and the wait is lkm's own.

    Args:
        recreate: make containers anew, also where nothing changed.
        dependencies: also what the services depend on.
    """
    words = ["up", "--detach", "--no-build"]
    if recreate:
        words.append("--force-recreate")
    if not dependencies:
        words.append("--no-deps")
    return compose(call, *words, *services)


def restart(call: Call, services: Sequence[str]) -> list[str]:
    """Stop and start the containers that there are, each with its own ``stop_grace_period``."""
    return compose(call, "restart", "--no-deps", *services)


def down(call: Call, *, volumes: bool = False) -> list[str]:
    """Stop and remove containers and networks.

    Args:
        volumes: and the named volumes.
    """
    return compose(call, "down", *(["--volumes"] if volumes else []))
