"""How much work it is, by phase: hours from counts. An estimate, and it says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .already import Already
from .artefacts import DEPLOYMENT, Artefact
from .facts import Call, Site
from .questions import Question
from .rows import row
from .signalling import Exchange

BASIS = (
    "counted from this repository, with a fixed range of hours for each thing counted; "
    "it knows neither your code nor your team, so take it as an order of magnitude"
)


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase with its hours, from and to, and what they were counted from.

    Args:
        id: stable: ``decide``, ``server``, ``token``, ``client``, ``features``, ``verify``, ``clean-up``.
        counts: what was counted → how many.
    """

    id: str
    name: str
    low: float
    high: float
    counts: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "hours": [whole(self.low), whole(self.high)],
            "counts": dict(self.counts),
        }


@dataclass(frozen=True, slots=True)
class Effort:
    """All phases. ``low`` and ``high`` are hours."""

    phases: tuple[Phase, ...]

    @property
    def low(self) -> int:
        return sum(whole(phase.low) for phase in self.phases)

    @property
    def high(self) -> int:
        return sum(whole(phase.high) for phase in self.phases)

    def to_dict(self) -> dict[str, Any]:
        return {
            "unit": "hours",
            "hours": [self.low, self.high],
            "estimate": True,
            "basis": BASIS,
            "phases": [phase.to_dict() for phase in self.phases],
        }


@dataclass(frozen=True, slots=True)
class Counted:
    """What the estimate counts.

    Args:
        tests: files of tests that use Mediasoup or mock it.
    """

    sites: Sequence[Site]
    calls: Sequence[Call]
    messages: Sequence[Exchange]
    questions: Sequence[Question]
    artefacts: Sequence[Artefact]
    livekit: Already
    tests: frozenset[str]


def whole(hours: float) -> int:
    """Whole hours, a half counted up: what has to be done at all takes an hour."""
    return int(hours + 0.5)


# Answering is in the phase `decide`; what follows from the answer is in `features` for these, and part of
# the token, server or client phase for the others.
_FEATURES = frozenset(
    {
        "recording", "plain-transport", "streaming", "data-channels", "direct-transport", "e2ee", "sip",
        "pipe", "breakout", "react-native", "other-clients", "chat", "layers",
    }
)  # fmt: skip


def effort(it: Counted) -> Effort:
    """The estimate."""
    if not it.sites and not it.calls:
        return Effort(_leftovers(it))
    phases = [_decide(it), _server(it), _token(it), _client(it), _features(it)]
    done = [phase for phase in phases if phase.high]
    low, high = sum(p.low for p in done), sum(p.high for p in done)
    verify = Phase(
        "verify",
        "Prove it: both systems side by side, browsers, networks, load",
        max(4.0, 0.2 * low),
        max(8.0, 0.35 * high),
        {},
    )
    return Effort((*done, verify, _clean_up(it)))


def _leftovers(it: Counted) -> tuple[Phase, ...]:
    phase = _clean_up(it)
    return (phase,) if sum(phase.counts.values()) else ()


def _decide(it: Counted) -> Phase:
    count = len(it.questions)
    return Phase("decide", "Answer the questions", 0.5 * count, 2.0 * count, {"questions": count})


def _server(it: Counted) -> Phase:
    files = [each for each in it.artefacts if each.kind in DEPLOYMENT]
    simple = sum(each.kind == "env" for each in files)
    rest = len(files) - simple
    started = 0.4 if it.livekit.services or it.livekit.configs else 1.0
    return Phase(
        "server",
        "Run LiveKit: configuration, ports, TLS, TURN, deployment",
        started * (4 + 0.3 * rest + 0.1 * simple),
        started * (12 + 1.2 * rest + 0.3 * simple),
        {"deployment files": rest, "env files": simple},
    )


def _token(it: Counted) -> Phase:
    handlers = _handlers(it.messages)
    server = [call for call in it.calls if call.side == "server"]
    mechanical = sum(_action(call) == "mechanical" for call in server)
    rest = len(server) - mechanical
    return Phase(
        "token",
        "Write the token route and what the server still does",
        4 + 0.3 * handlers + 0.02 * mechanical + 0.2 * rest,
        10 + 1.2 * handlers + 0.08 * mechanical + 0.8 * rest,
        {"messages that need an answer": handlers, "server calls": len(server)},
    )


def _client(it: Counted) -> Phase:
    calls = [call for call in it.calls if call.side != "server"]
    files = ({site.file for site in it.sites if site.side == "client"} | {c.file for c in calls}) - it.tests
    if not files:
        return Phase("client", "Rewrite the client", 0, 0, {})
    mechanical = sum(_action(call) == "mechanical" for call in calls)
    rest = len(calls) - mechanical
    return Phase(
        "client",
        "Rewrite the client on livekit-client",
        3 + 0.5 * len(files) + 0.05 * mechanical + 0.2 * rest,
        8 + 2.0 * len(files) + 0.2 * mechanical + 0.8 * rest,
        {"client files": len(files), "mechanical calls": mechanical, "other calls": rest},
    )


def _features(it: Counted) -> Phase:
    raised = [each for each in it.questions if each.id in _FEATURES]
    return Phase(
        "features",
        "Carry over what has no direct counterpart: " + ", ".join(each.id for each in raised),
        sum(each.hours[0] for each in raised) * 0.5,  # the least: some of it turns out not to be needed
        sum(each.hours[1] for each in raised),
        {each.id: len(each.places) for each in raised},
    )


def _clean_up(it: Counted) -> Phase:
    files = {site.file for site in it.sites} | {call.file for call in it.calls}
    docs = sum(each.kind == "docs" for each in it.artefacts)
    others = len(it.artefacts) - docs
    tests = len(it.tests & files)
    return Phase(
        "clean-up",
        "Cut over, then remove Mediasoup",
        (2 if files else 0) + 0.1 * len(files) + 0.05 * others + 0.1 * docs + 0.25 * tests,
        (6 if files else 0) + 0.4 * len(files) + 0.3 * others + 0.4 * docs + 1.0 * tests,
        {"source files": len(files) - tests, "test files": tests, "other files": others, "documents": docs},
    )


def _handlers(messages: Sequence[Exchange]) -> int:
    """Messages whose handler is more than deleted."""
    found = (row(each.row) for each in messages if each.direction != "server-to-client")
    return sum(each is not None and each.action in ("scaffold", "ask", "none") for each in found)


def _action(call: Call) -> str:
    found = row(call.row)
    return found.action if found else "unknown"
