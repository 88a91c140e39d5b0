"""Releases of livekit-server that are known to be bad, and for whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known against some releases.

    Args:
        first, last: the releases, both included.
        better: the release to take instead.
        source: where that is written.
    """

    first: Version
    last: Version
    status: Literal["fail", "warn"]
    text: str
    better: str
    source: str


KNOWN = (
    Known(
        (1, 10, 0),
        (1, 10, 0),
        "fail",
        "with TURN on it advertises addresses that no browser reads: "
        "“ICE server parsing failed: Invalid hostname format”",
        "1.10.1",
        "livekit/livekit #4383, #4397",
    ),
    Known(
        (1, 9, 10),
        (1, 9, 10),
        "fail",
        "it panics, and its own release notes warn of it",
        "1.9.11",
        "livekit/livekit pull request #4245, bigbluebutton pull request #24459",
    ),
    Known(
        (0, 0, 0),
        (1, 9, 9),
        "warn",
        "livekit-client 2.18.1 and later lose their calls there: it has no /rtc/v1",
        "1.9.11",
        "livekit/client-sdk-js #1887",
    ),
)
"""In the order of their weight."""


def parse(text: str) -> Version | None:
    """``1.13.5`` and ``v1.13.5-rc1`` as numbers; None for what is none."""
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def known(text: str) -> tuple[Known, ...]:
    """What is known against a release."""
    version = parse(text)
    return tuple(one for one in KNOWN if version and one.first <= version <= one.last)
