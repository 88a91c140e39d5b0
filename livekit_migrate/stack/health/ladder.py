"""Climb the rungs in order, stop at the first that cannot hold, and say why the rest was not reached."""

from __future__ import annotations

import contextlib
import pkgutil
import secrets
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

from ...core.endpoint import Endpoint, Route, parse_url, route_to
from ...core.errors import UsageError
from ...core.report import Reporter
from ...core.result import Finding, Fix, Status
from ...core.stream import NetError
from ...core.wire import Response, exchange
from . import rungs

if TYPE_CHECKING:
    from ...core.settings import Settings
    from ...livekit.keys import KeyPair
    from ...livekit.media import MediaProbe
    from ...livekit.signal import Join, Signal
    from ...livekit.stun import Reach
    from ...livekit.turn import TurnReach

TIMEOUT = 4.0
"""Seconds for each rung: a host that drops everything costs no more than 5 s in all."""
MEDIA_TIMEOUT = 15.0
ICE_WAIT = 2.0
"""Seconds of silence after which a media port counts as blocked, so that it is named within 5 s in all."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which LiveKit server, and with which key.

    Args:
        url: ws, wss, http or https, with or without a path; or ``host:port``.
        pair: the API key and secret.
        local: the project's own stack on this machine: never through a proxy.
        origin: where the URL came from: ``--url``, ``LIVEKIT_URL (shell)``, ``.env:1``, ``default``.
        key_origin: where the key came from.
        settings: the project, when its own stack is meant: then its process is looked at, too.
        served: this address is where `lkm up` would serve.
    """

    url: str
    pair: KeyPair
    local: bool = False
    origin: str = ""
    key_origin: str = ""
    settings: Settings | None = None
    served: bool = False

    @property
    def own(self) -> bool:
        """Whether it is the project's own stack, so that `lkm logs` and its siblings speak of it."""
        return self.local or self.settings is not None


@dataclass(frozen=True, slots=True)
class Options:
    """How far to climb.

    Args:
        until: name of the last rung, without ``health.``: ``"ice"``; None: all of them.
        timeout: seconds for each rung; None: 4, 2 for the silence of a media port, 15 for the media rungs.
        tcp: also prove media over TCP only.
        relay: also prove media through TURN only.
        media: False leaves the media rungs out altogether.
    """

    until: str | None = None
    timeout: float | None = None
    tcp: bool = False
    relay: bool = False
    media: bool = True


class Rung(Protocol):
    """One module in ``rungs/``.

    ``NAME`` is the id without ``health.``, ``TITLE`` the word people see, ``ORDER`` its place.
    """

    NAME: str
    TITLE: str
    ORDER: int

    def wanted(self, climb: Climb) -> bool:
        """Whether this rung belongs to the ladder at all in this run."""

    def look(self, climb: Climb) -> Finding:
        """Try it. Status ``fail`` ends the climb."""


@dataclass
class Climb:
    """One climb: what was asked for, and what the lower rungs found out for the higher ones."""

    target: Target
    options: Options
    endpoint: Endpoint
    route: Route
    room: str
    start: float = field(default_factory=time.monotonic)
    peer: str = ""
    skew: float | None = None
    signal: Signal | None = None
    join: Join | None = None
    reaches: tuple[Reach, ...] = ()
    turn: tuple[TurnReach, ...] = ()
    probe: MediaProbe | None = None
    rung: str = ""
    label: str = ""
    room_made: bool = False

    @property
    def timeout(self) -> float:
        return self.options.timeout or TIMEOUT

    @property
    def media_timeout(self) -> float:
        return self.options.timeout or MEDIA_TIMEOUT

    @property
    def ice_timeout(self) -> float:
        return self.options.timeout or ICE_WAIT

    def joined(self) -> tuple[Signal, Join]:
        """The open signalling connection, for the rung right above it."""
        if self.signal is None or self.join is None:
            raise RuntimeError("the signalling rung did not hold")
        return self.signal, self.join

    def deadline(self) -> float:
        """By when this rung must be over, as ``time.monotonic()``."""
        return time.monotonic() + self.timeout

    def get(self, target: str, *, token: str | None = None, deadline: float | None = None) -> Response:
        """One GET on the way that all rungs share."""
        headers = {"Authorization": f"Bearer {token}"} if token else None
        return exchange(self.endpoint, self.route, target, deadline or self.deadline(), headers=headers)

    def twirp(self, method: str, body: str, token: str, deadline: float) -> Response:
        """One call of the room service."""
        return exchange(
            self.endpoint,
            self.route,
            f"/twirp/livekit.RoomService/{method}",
            deadline,
            method="POST",
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            body=body.encode(),
        )

    def token(self, identity: str, **grants: object) -> str:
        """A token for the probe's own room, valid for ten minutes."""
        from ...livekit.tokens import mint

        return mint(self.target.pair, room=self.room, identity=identity, grants=grants, ttl=600)

    def again(self, *options: str) -> str:
        """The command that climbs at the same server once more, with further options."""
        words = ["lkm", "health"]
        if not self.target.own:
            words += ["--url", self.endpoint.ws]
        words += [f"--{name}" for name in ("tcp", "relay") if getattr(self.options, name)]
        return shlex.join([*words, *options])

    def own_fix(self, text: str, command: str) -> Fix:
        """Advice with a command about the project's own stack; for any other server without the command."""
        return Fix(text, command if self.target.own else None)

    def finding(
        self,
        status: Status,
        text: str,
        detail: str = "",
        /,
        *,
        fix: Fix | None = None,
        **evidence: Any,
    ) -> Finding:
        """A finding of the rung that is being climbed."""
        return Finding(
            f"health.{self.rung}",
            status,
            f"{self.label}: {text}",
            detail,
            evidence=evidence | {"path": str(self.route), "path_reason": self.route.reason},
            fix=fix,
        )


_CLIMBS_PER_PROBE = 20
"""The library (livekit 1.2.1) keeps 0.65 MB of each round trip: a new one now and then."""


@dataclass
class Held:
    """What one climb leaves for the next: the process with the WebRTC library, which is slow to load."""

    probe: MediaProbe | None = None
    climbs: int = 0

    def __enter__(self) -> Self:
        return self

    def take(self) -> MediaProbe | None:
        """The probe, if it is still good."""
        probe, self.probe = self.probe, None
        if probe and (self.climbs >= _CLIMBS_PER_PROBE or not probe.alive):
            probe.close()
            probe = None
        self.climbs = self.climbs + 1 if probe else 1
        return probe

    def __exit__(self, *_: object) -> None:
        if self.probe:
            self.probe.close()
            self.probe = None


def listed() -> list[Rung]:
    """Every rung, by listing the folder."""
    found = [
        cast("Rung", import_module(f"{rungs.__name__}.{module.name}"))
        for module in pkgutil.iter_modules(rungs.__path__)
    ]
    return sorted(found, key=lambda rung: rung.ORDER)


def check(target: Target, options: Options, reporter: Reporter, *, held: Held | None = None) -> list[Finding]:
    """Look at a LiveKit server.

    Args:
        held: of the climb before, when there are several; whoever made it closes it.

    Returns:
        One finding per rung; the ids are ``health.<rung>``. Nothing is left behind: the probe joins a room
        of its own and deletes it.

    Raises:
        UsageError: the URL is none, or ``until`` names no rung.
        ConfigError: a proxy variable or SSL_CERT_FILE cannot be used.
    """
    endpoint = parse_url(target.url)
    climb = Climb(
        target,
        options,
        endpoint,
        route_to(endpoint, local=target.local),
        f"lkm-health-{secrets.token_hex(4)}",
    )
    ladder = [rung for rung in _up_to(listed(), options.until) if rung.wanted(climb)]
    with reporter.step(f"look at {endpoint.ws}") as step, clean(climb, held):
        _start_probe(climb, ladder, held)
        findings: list[Finding] = []
        broken: Rung | None = None
        for rung in ladder:
            climb.rung, climb.label = rung.NAME, rung.TITLE
            if broken:
                reason = f"not reached because {broken.TITLE} failed"
                findings.append(climb.finding("skip", reason, reason))
                continue
            step.update(rung.TITLE)
            begun = time.monotonic()
            finding = replace(rung.look(climb), seconds=time.monotonic() - begun)
            findings.append(finding)
            if finding.status == "fail":
                broken = rung
        failed = broken.TITLE if broken else ""
        step.finish(f"{failed} failed" if failed else str(climb.route), "fail" if failed else "ok")
    return findings


def _up_to(ladder: list[Rung], until: str | None) -> list[Rung]:
    if until is None:
        return ladder
    names = [rung.NAME for rung in ladder]
    if until not in names:
        raise UsageError(
            f"{until!r}: no such rung", code="health.until", detail=f"there are: {', '.join(names)}"
        )
    return ladder[: names.index(until) + 1]


def _start_probe(climb: Climb, ladder: list[Rung], held: Held | None) -> None:
    """Load the WebRTC library (0.4 s) while the lower rungs are climbed."""
    from ...livekit import media

    climb.probe = held.take() if held else None
    if (
        not climb.probe
        and any(rung.NAME in ("media", "tcp", "relay") for rung in ladder)
        and media.installed()
    ):
        climb.probe = media.MediaProbe()


@contextlib.contextmanager
def clean(climb: Climb, held: Held | None) -> Iterator[None]:
    """Leave nothing behind, also after Ctrl-C: no child, no participant, no room."""
    try:
        yield
        if held:  # not after an error: who knows what the probe is in the middle of
            held.probe, climb.probe = climb.probe, None
    finally:
        if climb.probe:
            climb.probe.close()
        if climb.signal:
            climb.signal.close()
        if climb.room_made:
            import json

            # A server that is gone by now has no room to delete either.
            with contextlib.suppress(NetError):
                token = climb.token("lkm-health", room_create=True)
                climb.twirp("DeleteRoom", json.dumps({"room": climb.room}), token, time.monotonic() + 1)
