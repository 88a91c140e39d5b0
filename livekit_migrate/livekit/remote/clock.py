"""How far a server's clock is from this one, by tokens that it takes or refuses.

A proxy may write a Date header of its own, and clocks of both can differ. A token cannot be answered by
anybody but LiveKit: it takes one whose ``nbf`` lies up to 60 s ahead of its own clock and whose ``exp`` lies
up to 60 s behind (livekit-server 1.13.5: nbf +59 s passes, +61 s does not). So each answer bounds its clock.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from ...core.endpoint import Endpoint, Route
from ...core.together import together
from ...core.wire import Response, exchange
from ..keys import KeyPair
from ..tokens import claims, sign

LEEWAY = 60
"""Seconds of difference that the server allows."""
_WITHIN = 30
_YEAR = 31_536_000
# How far off a clock may be that is still measured, in seconds.
_STEPS = (60, 90, 150, 300, 900, 3600, 7200, 43_200, 86_400)


@dataclass(frozen=True, slots=True)
class Skew:
    """Seconds that a server's clock is ahead of this one lie between these two."""

    least: float
    most: float

    @property
    def fine(self) -> bool:
        """Whether the server takes a token that this machine makes now."""
        return self.least >= -LEEWAY and self.most <= LEEWAY

    @property
    def middle(self) -> float:
        """Seconds, as far as they are known."""
        if math.isinf(self.least) or math.isinf(self.most):
            return self.most if math.isinf(self.least) else self.least
        return (self.least + self.most) / 2

    def __str__(self) -> str:
        if self.least < 0 < self.most:
            return f"within {_WITHIN} s of this machine's"
        way = "ahead of" if self.least >= 0 else "behind"
        near, far = sorted((abs(self.least), abs(self.most)))
        size = f"more than {_words(near)}" if math.isinf(far) else f"{_words(near)} to {_words(far)}"
        return f"{size} {way} this machine's"


def measure(endpoint: Endpoint, route: Route, pair: KeyPair, deadline: float) -> Skew | None:
    """Ask with tokens whose times are shifted.

    Returns:
        None when the server refuses them, but not for their times.

    Raises:
        NetError: the server does not answer.
    """
    asker = _Asker(endpoint, route, pair, deadline, time.time())
    not_slow, not_fast = together(
        lambda: asker.takes(begins=LEEWAY - _WITHIN), lambda: asker.takes(ends=_WITHIN - LEEWAY)
    )
    if not_slow and not_fast:
        return Skew(-_WITHIN, _WITHIN)
    if not_slow is False:
        near, far = asker.off(lambda step: {"begins": LEEWAY - step})
        return Skew(-far, -near)
    if not_fast is False:
        return Skew(*asker.off(lambda step: {"ends": step - LEEWAY}))
    return None


@dataclass(frozen=True, slots=True)
class _Asker:
    endpoint: Endpoint
    route: Route
    pair: KeyPair
    deadline: float
    now: float

    def takes(self, *, begins: float = -_YEAR, ends: float = _YEAR) -> bool | None:
        """Whether a token of these times (seconds from now) is taken; None: refused for another reason."""
        content = claims(self.pair.key, room="lkm-doctor-clock", identity="lkm-doctor", now=self.now)
        times = {"nbf": int(self.now + begins), "exp": int(self.now + ends)}
        target = f"/rtc/validate?access_token={quote(sign({**content, **times}, self.pair))}"
        answer = exchange(self.endpoint, self.route, target, self.deadline)
        if answer.status in (200, 404):  # 404: no such room, where rooms are not made by joining
            return True
        return False if about_time(answer) else None

    def off(self, times: Callable[[float], dict[str, float]]) -> tuple[float, float]:
        """How far the clock is off: at least and at most, in seconds."""
        taken = together(*(lambda step=step: self.takes(**times(step)) for step in _STEPS))
        refused = (step for step, took in zip(_STEPS, taken, strict=True) if took is False)
        near = float(max(refused, default=_WITHIN))
        return near, float(next((step for step in _STEPS if step > near), math.inf))


def about_time(answer: Response) -> bool:
    """Whether a refusal is for a token's times."""
    return answer.status == 401 and bool(re.search(r"not (?:valid )?yet|nbf|expired", answer.text))


def _words(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length or (seconds >= length and unit != "days"):
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"
