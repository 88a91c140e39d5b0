"""What the checks of one run look at: each fact is found out once, by whoever asks first.

Further facts that several checks share go through ``Context.once``, under a key of their own.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from ..core.errors import LkmError
from ..core.result import Finding
from ..core.settings import Settings

if TYPE_CHECKING:
    from ..app.look import App
    from ..code.env import EnvFile
    from ..stack.health import Target

T = TypeVar("T")

_UNHURRIED = 5.0
"""With ``--all`` a question may take so many times longer: who asks for all of them waits for a machine that
is busy, and is not told of its stalls as of faults."""


class Once:
    """Values that are found out once, whichever thread asks; the LkmError that one ended in is kept, too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cells: dict[str, _Cell] = {}

    def get(self, key: str, find: Callable[[], T]) -> T:
        """The value under a key; found out by the first who asks, while the others wait.

        Raises:
            Whatever finding it out raised.
        """
        with self._lock:
            cell = self._cells.setdefault(key, _Cell())
        with cell.lock:
            if not cell.found:
                try:
                    cell.value = find()
                except LkmError as error:
                    cell.error = error
                cell.found = True
        if cell.error is not None:
            raise cell.error
        return cast("T", cell.value)


class _Cell:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.found = False
        self.value: object = None
        self.error: LkmError | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What one run is about.

    Args:
        settings: the project's; None with ``--url`` outside of any.
        url: ``--url``.
        key_from_env: with ``--url``: take LIVEKIT_API_KEY and LIVEKIT_API_SECRET of the environment.
        offline: no other machine is asked.
        everything: no bound for checks of this machine (``--all``).
        build: images may be built to see whether they can be.
        timeout: seconds for all checks of the network together.
    """

    settings: Settings | None = None
    url: str | None = None
    key_from_env: bool = False
    offline: bool = False
    everything: bool = False
    build: bool = False
    timeout: float = 5.0
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


@dataclass(frozen=True, slots=True)
class Context:
    """What a check is given. All of it may be asked from several threads.

    Args:
        deadline: when the check has to be over, as ``time.monotonic()``; infinite with ``--all``.
        results: the findings of checks that are over, by id of the check.
    """

    asked: Asked
    facts: Once = field(default_factory=Once)
    deadline: float = float("inf")
    results: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)

    def once(self, key: str, find: Callable[[], T]) -> T:
        """A fact that several checks share, such as ``once("remote.join", lambda: join(context))``."""
        return self.facts.get(key, find)

    @property
    def left(self) -> float:
        """Seconds until the deadline, never below zero."""
        return max(0.0, self.deadline - time.monotonic())

    def seconds(self, most: float) -> float:
        """Seconds to give one question: ``most``, with ``--all`` five times that, not more than is left."""
        return min(most * (_UNHURRIED if self.asked.everything else 1.0), self.left)

    def said(self, check: str) -> tuple[Finding, ...]:
        """What a check of ``needs`` or ``after`` found; empty where it did not run."""
        return self.results.get(check, ())

    @property
    def settings(self) -> Settings:
        """The project's settings; only for checks of mode ``project``."""
        if self.asked.settings is None:
            raise RuntimeError("a check of --url asked for the project")
        return self.asked.settings

    @property
    def root(self) -> Path:
        return self.settings.root

    @property
    def env(self) -> Mapping[str, str]:
        """The environment of this process when it began."""
        return self.asked.env

    @property
    def app(self) -> App:
        """The app on disk: files, packages, frameworks, env files, services.

        Raises:
            LkmError: the folder cannot be read.
        """
        return self.once("app", self._look)

    def _look(self) -> App:
        from ..app.look import look

        return look(self.root)

    @property
    def env_file(self) -> EnvFile:
        """The project's ``.env``.

        Raises:
            ConfigError: it cannot be read.
        """
        return self.once("env-file", self._read_env)

    def _read_env(self) -> EnvFile:
        from ..code import env

        return env.read(self.settings.env_file)

    @property
    def target(self) -> Target:
        """The LiveKit server of the project, or that of ``--url``, and the key that counts.

        Raises:
            LkmError: there is no key, or the URL is none.
        """
        return self.once("target", self._target)

    def _target(self) -> Target:
        from ..core.settings import load
        from ..stack.health.report import find_target

        return find_target(self.asked.settings or load(), self.asked.url, self.env)
