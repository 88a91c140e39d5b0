"""The parent's side of the media probe: start it early, ask it, never wait for it without limit."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from ..core.endpoint import Endpoint
from ..core.process import kill_group
from ..core.secret import redact

Mode = Literal["all", "tcp", "relay"]

_LOAD_SECONDS = 60.0
"""For the library to load: half a second, and much more on a machine that has other things to do."""
_LATE_SECONDS = 10.0
"""After its limit, for the child to close what it opened and to answer."""

INSTALL = "uv tool install 'livekit-migrate[media]'"
INSTALL_TEXT = "install the WebRTC library, with uv as below, or: pip install 'livekit-migrate[media]'"


def installed() -> bool:
    """Whether the `media` extra is there."""
    import importlib.util

    try:
        return importlib.util.find_spec("livekit.rtc") is not None
    except ModuleNotFoundError:
        return False


class ProbeError(Exception):
    """The probe itself failed: it could not load the library, crashed, or hung and was killed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One round trip.

    Args:
        local: the project's own stack: never through a proxy.
        publisher: its token.
        subscriber: its token.
        mode: which candidates may be used.
        timeout: seconds.
    """

    endpoint: Endpoint
    local: bool
    publisher: str
    subscriber: str
    mode: Mode
    timeout: float

    def to_json(self) -> str:
        return json.dumps(
            {
                "url": self.endpoint.ws,
                "local": self.local,
                "publisher": self.publisher,
                "subscriber": self.subscriber,
                "mode": self.mode,
                "timeout": self.timeout,
            }
        )


def _argv() -> list[str]:
    # Not `-m`: it would look for modules in the current folder first, and a project may well have
    # a folder named `livekit`. A checkout that is not installed is found last.
    root = Path(__file__).resolve().parent.parent.parent
    code = f"import sys; sys.path.append(sys.argv[1]); from {__package__}.media_probe import main; main()"
    return [sys.executable, "-P", "-c", code, str(root)]


class MediaProbe:
    """A child process that holds the WebRTC library; ``close`` ends it whatever it does."""

    def __init__(self) -> None:
        # Its own process group: Ctrl-C reaches us only, and we end it.
        self._process = subprocess.Popen(
            _argv(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=os.name == "posix",
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._noise: list[str] = []
        self._ready = False
        assert self._process.stdout  # noqa: S101 - piped above
        assert self._process.stderr  # noqa: S101
        self._threads = [
            threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, stream: IO[str]) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in stream:
                self._lines.put(line)
        self._lines.put(None)

    def _listen(self, stream: IO[str]) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in stream:
                self._noise.append(line)
                del self._noise[:-20]

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, ask: Ask) -> dict[str, Any]:
        """Do one round trip; the answer's keys are those of ``media_probe.probe``.

        Raises:
            ProbeError: there is no answer to be had; the child is gone then.
        """
        if not self._ready:
            hello = self._next(_LOAD_SECONDS)
            if not hello.get("ready"):
                raise ProbeError(f"the WebRTC library does not load: {hello.get('error', 'unknown')}")
            self._ready = True
        assert self._process.stdin  # noqa: S101 - piped above
        try:
            self._process.stdin.write(ask.to_json() + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise ProbeError(self._gone()) from error
        return self._next(ask.timeout + _LATE_SECONDS)

    def _next(self, left: float) -> dict[str, Any]:
        try:
            # In slices: an uninterruptible wait would keep Ctrl-C out on some systems. No clock: while
            # this machine stands still, the child does, too.
            while True:
                patience = max(min(left, 0.5), 0.01)
                with contextlib.suppress(queue.Empty):
                    line = self._lines.get(timeout=patience)
                    break
                left -= patience
                if left <= 0:
                    raise ProbeError("the WebRTC library hangs; it was ended")
        except ProbeError:
            self.close()
            raise
        if line is None:
            raise ProbeError(self._gone())
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise ProbeError(f"the media probe says {line[:80]!r}") from error
        if not isinstance(answer, dict):
            raise ProbeError(f"the media probe says {line[:80]!r}")
        return answer

    def _gone(self) -> str:
        code = self._process.wait()
        said = redact("".join(self._noise[-5:]).strip())
        how = f"signal {-code}" if code < 0 else f"exit {code}"
        return f"the media probe ended by itself ({how})" + (f": {said}" if said else "")

    def close(self) -> None:
        """End the child and wait until it is gone."""
        kill_group(self._process)
        self._process.wait()
        for thread in self._threads:
            thread.join(1)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
