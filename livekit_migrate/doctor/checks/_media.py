"""One hidden participant for all checks of media: what the server offers, and which of it answers from "
"here."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...core.result import Finding
from ...core.stream import NetError
from ..context import Context
from ._remote import climb, until, waited

if TYPE_CHECKING:
    from ...livekit.remote.servers import StunReach
    from ...stack.health.ladder import Climb
    from ...stack.health.view import View

_QUESTION = 2.0
"""Seconds for each step, and for a port to say something; more with a larger `--timeout`."""

_PATIENCE = 5.0
"""Seconds after which silence of a port counts, however much time `--timeout` gives: it helps where the
machine or the way is slow, and no firewall answers for being waited for."""

_STUN = 1.0
"""Seconds for the advertised STUN servers, while the media ports are tried."""


@dataclass(frozen=True, slots=True)
class Media:
    """What came of joining.

    Args:
        joined: the finding of the health ladder's signalling rung.
        way: with what the server said, and what became of each address.
        problem: why there was no offer of media although the server let us in.
    """

    joined: Finding
    way: Climb
    problem: str = ""
    stun: tuple[StunReach, ...] = ()

    @property
    def view(self) -> View:
        from ...stack.health.view import View

        return View(self.way)

    @property
    def carried(self) -> bool:
        """Whether media gets to the server by itself, over UDP or TCP."""
        return any(reach.ok for reach in self.way.reaches)

    @property
    def relayed(self) -> bool:
        return any(relay.ok for relay in self.way.turn)


def media(context: Context) -> Media:
    """Join as a hidden participant, try everything that is offered, leave; once for all checks.

    Raises:
        LkmError: there was no time for it.
    """
    return context.once("remote.media", lambda: _media(context))


def _media(context: Context) -> Media:
    from ...core.together import Later
    from ...livekit.remote.servers import ask_stun
    from ...livekit.signal import SignalError
    from ...stack.health.ladder import clean
    from ...stack.health.rungs import ice, signal

    way = climb(context, _QUESTION)
    way.rung, way.label = signal.NAME, signal.TITLE
    with clean(way, None):
        start = time.monotonic()
        found = signal.look(way)
        if found.evidence.get("reason") == "timeout":
            waited(context, start)
        if found.status == "fail":
            return Media(found, way)
        open_signal, join = way.joined()
        stun = Later(lambda: ask_stun(join.ice_servers, time.monotonic() + _STUN))
        try:
            offer = open_signal.offer(until(context, _QUESTION))
            start = time.monotonic()
            way.options = replace(way.options, timeout=max(until(context, _QUESTION) - start, 0.1))
            ice.measure(way, offer, _PATIENCE)
            if not any(reach.ok for reach in way.reaches):
                waited(context, start)
        except (NetError, SignalError) as error:
            return Media(found, way, str(error))
        # Only where no UDP comes through does it matter whether other servers answer over UDP.
        answered = any(reach.ok for reach in way.reaches if reach.candidate.protocol == "udp")
        return Media(found, way, stun=stun.result() if stun.done or not answered else ())
