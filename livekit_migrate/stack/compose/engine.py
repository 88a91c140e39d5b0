"""The Docker engine: where it is, whether it answers, and what its silence means in words."""

from __future__ import annotations

import contextlib
import getpass
import ipaddress
import json
import os
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...core.errors import LkmError, NotReadyError

Client = Any
"""``docker.APIClient``: one request per call, no objects that ask again. The package is untyped."""

_SECONDS = 10
_USUAL = "unix:///var/run/docker.sock"
_GOING_SECONDS = 3.0
_POLL_SECONDS = 0.1
_NATIVE = "or run without Docker: lkm up --runtime native"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the engine is.

    Args:
        host: ``unix:///var/run/docker.sock``, ``ssh://…``, ``tcp://…``.
        origin: who said so: ``DOCKER_HOST``, ``context colima``, ``default``.
    """

    host: str
    origin: str

    @property
    def remote(self) -> bool:
        """Whether it runs on another machine: its ports, its files and its 127.0.0.1 are not ours."""
        parts = urlsplit(self.host)
        if parts.scheme in ("unix", "npipe", "fd", "http+unix", ""):
            return False
        if parts.scheme == "ssh":
            return True
        name = parts.hostname or ""
        try:
            return not ipaddress.ip_address(name).is_loopback
        except ValueError:
            return name != "localhost"

    def __str__(self) -> str:
        return f"{self.host} ({self.origin})"


def endpoint(env: Mapping[str, str] = os.environ) -> Endpoint:
    """Where the engine is, as the docker command decides: DOCKER_HOST, DOCKER_CONTEXT, its configuration.

    Raises:
        NotReadyError: a context is named that there is not.
    """
    if host := env.get("DOCKER_HOST"):
        return Endpoint(host, "DOCKER_HOST")
    if _takes_the_usual(env):
        return Endpoint(_USUAL, "default")
    from docker.context import ContextAPI

    try:
        context = ContextAPI.get_context(env.get("DOCKER_CONTEXT") or None)
        name = str(context.name) if context else ""
        host = context.Host if context else ""
    except Exception as error:  # whatever its files hold
        raise NotReadyError(
            f"the Docker context cannot be read: {error}",
            code="docker.context",
            hint="docker context ls shows them; docker context use default takes the usual one",
        ) from error
    if context is None:
        wanted = env.get("DOCKER_CONTEXT", "")
        raise NotReadyError(
            f"there is no Docker context {wanted!r}",
            code="docker.context",
            hint="docker context ls shows them; docker context use default takes the usual one",
        )
    return Endpoint(host or _USUAL, "default" if name == "default" else f"context {name}")


def _takes_the_usual(env: Mapping[str, str]) -> bool:
    """Whether surely no context is chosen.

    Found out without the SDK: its import takes a tenth of a second, and where there is no Docker it is needed
    for nothing else. As it does (docker 7.2.0, ``docker.utils.config``), the first of the files counts.
    """
    if os.name != "posix" or env.get("DOCKER_CONTEXT"):
        return False
    folder = os.environ.get("DOCKER_CONFIG")
    for file in (*([f"{folder}/config.json"] if folder else []), "~/.docker/config.json", "~/.dockercfg"):
        try:
            text = Path(file).expanduser().read_text(encoding="utf-8")
            return bool(json.loads(text).get("currentContext", "default") == "default")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, RuntimeError, ValueError, AttributeError):
            return False  # the SDK may make something of it
    return True


def connect(*, seconds: float = _SECONDS) -> Client:
    """A client for the engine of this user, which answers.

    Args:
        seconds: for each answer.

    Raises:
        NotReadyError: it does not answer, or this user may not ask it.
    """
    where = endpoint()
    _knock(where, seconds)
    import docker
    from docker.utils import kwargs_from_env

    options: dict[str, Any] = dict(kwargs_from_env())
    if "base_url" not in options:
        from docker.context import ContextAPI

        options |= ContextAPI.kwargs_from_context(environment=os.environ)
    if where.host.startswith("ssh://"):
        options["use_ssh_client"] = True
    try:
        return docker.APIClient(**options, timeout=seconds, version="auto")
    except Exception as error:  # requests, urllib3, OSError and the SDK's own: all mean the same to a user
        raise silence(where, error) from error


def _knock(where: Endpoint, seconds: float) -> None:
    """Try a local engine's socket first: the SDK would leave its own unclosed where nobody listens.

    Raises:
        NotReadyError: nobody listens, or this user may not connect.
    """
    if not where.host.startswith("unix://"):
        return
    with socket.socket(socket.AF_UNIX) as tried:
        tried.settimeout(seconds)
        try:
            tried.connect(where.host.removeprefix("unix://"))
        except OSError as error:
            raise silence(where, error) from error


@contextmanager
def talking() -> Iterator[None]:
    """For a block that asks the engine: what goes wrong is said in words.

    Raises:
        NotReadyError: it went away, or refused.
    """
    import docker.errors
    import requests

    try:
        yield
    except docker.errors.NotFound:
        raise
    except docker.errors.APIError as error:
        raise LkmError(
            f"the Docker engine refuses: {error.explanation or error}",
            code="docker.refused",
            hint="docker info shows what it has to say",
        ) from error
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise gone(error) from error


def stays(client: Client) -> None:
    """Watch the engine for a moment.

    Raises:
        NotReadyError: it goes away.
    """
    deadline = time.monotonic() + _GOING_SECONDS
    while time.monotonic() < deadline:
        with talking():
            client.ping()
        time.sleep(_POLL_SECONDS)


def gone(error: object) -> NotReadyError:
    """The error for an engine that answered, and does no longer."""
    return NotReadyError(
        "the Docker engine went away",
        code="docker.gone",
        detail=f"{_reason(error)}\ncontainers may have ended with it, unless it runs with live-restore",
        hint=f"start it: {_start()}; then: lkm up",
    )


def silence(where: Endpoint, error: object) -> NotReadyError:
    """The error for an engine that does not answer."""
    said = _chain(error)
    if re.search(r"permission denied|Errno 13", said, re.IGNORECASE):
        return NotReadyError(
            f"this user ({_user()}) may not talk to the Docker engine",
            code="docker.permission",
            detail=f"{where}: permission denied",
            hint=f"sudo usermod -aG docker {_user()}, then log in anew (it makes this user as good as root)\n"
            f"or rootless: https://docs.docker.com/engine/security/rootless/\n{_NATIVE}",
        )
    hint = f"start it: {_start()}"
    if where.remote:
        hint = (
            "is that machine on? The engine of this one: docker context use default (or: unset DOCKER_HOST)"
        )
    return NotReadyError(
        "the Docker engine does not answer",
        code="docker.absent",
        detail=f"{where}: {_reason(error)}",
        hint=f"{hint}\n{_NATIVE}",
    )


def _start() -> str:
    import sys

    if sys.platform == "darwin":
        return "open -a Docker (or: colima start)"
    return "sudo systemctl start docker (with Docker Desktop: open it)"


def _user() -> str:
    with contextlib.suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return "$USER"


def _chain(error: object) -> str:
    words: list[str] = []
    seen: set[int] = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        words.append(str(error))
        error = error.__cause__ or error.__context__
    return " ".join(words)


def _reason(error: object) -> str:
    """What the system said, without the layers of libraries around it."""
    said = _chain(error)
    for pattern, words in (
        (r"Errno 2\b|No such file", "there is no such socket"),
        (r"Errno 111\b|Errno 61\b|refused", "connection refused: nothing listens"),
        (r"timed out|Timeout", f"no answer within {_SECONDS} s"),
        (r"Name or service not known|getaddrinfo|nodename", "its name cannot be resolved"),
        (r"RemoteDisconnected|Connection aborted|BrokenPipe|reset by peer", "it broke the connection off"),
    ):
        if re.search(pattern, said):
            return words
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
