"""Why a server answers 401: the key, the secret or the clock.

The words are those of livekit-server 1.13.5; it repeats the whole token in some of them, which is not shown.
"""

from __future__ import annotations

import re
import sys

from ...core.result import Finding, Fix
from ...core.wire import Response
from .ladder import Climb

CREDENTIALS = ("key-unknown", "secret-differs")
"""Reasons that are about the key pair: `lkm health` then exits with 4."""


def clock_fix() -> Fix:
    """How to set the clock of this machine."""
    command = "sudo sntp -sS time.apple.com" if sys.platform == "darwin" else "timedatectl set-ntp true"
    return Fix("set both clocks by NTP", command)


def refused(climb: Climb, answer: Response) -> Finding:
    """The finding for a 401."""
    said = re.sub(r"^.*\berror: ", "", answer.text, flags=re.DOTALL)
    said = re.sub(r"eyJ[\w-]+\.[\w-]+\.[\w-]*", "(token)", said)[:200]
    key, origin = climb.target.pair.key, climb.target.key_origin
    facts = {"status": 401, "message": said, "clock_skew_s": climb.skew, "key": key, "key_origin": origin}
    whose = f"{key} ({origin})" if origin else key
    keys = Fix(
        "use the pair that the server was started with, in LIVEKIT_API_KEY and LIVEKIT_API_SECRET",
        "lkm keys show",
    )
    if re.search(r"not (?:valid )?yet|nbf|expired", said):
        off = f"{abs(climb.skew):.0f} s {'ahead of' if climb.skew < 0 else 'behind'}" if climb.skew else "not"
        return climb.finding(
            "fail",
            f"401: this machine's clock is {off} the server's",
            f"the server allows 60 s of difference; it says: {said}",
            fix=clock_fix(),
            reason="clock",
            **facts,
        )
    if "invalid API key" in said:
        return climb.finding(
            "fail", f"401: the server does not know the key {whose}", fix=keys, reason="key-unknown", **facts
        )
    if "signature" in said or "cryptographic" in said:
        return climb.finding(
            "fail",
            f"401: the server knows {whose}, but has another secret for it",
            fix=keys,
            reason="secret-differs",
            **facts,
        )
    return climb.finding(
        "fail",
        "401: the token is refused",
        f"it says: {said}",
        fix=Fix("does a reverse proxy keep the Authorization header away from LiveKit?"),
        reason="refused",
        **facts,
    )
