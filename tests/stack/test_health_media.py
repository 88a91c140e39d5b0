"""What the media rung makes of a round trip that stopped half-way.

The probe's answer is made up: the real library cannot be stopped after a few frames.
"""

from __future__ import annotations

import pytest

from livekit_migrate.core.endpoint import Endpoint, Route
from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit import media
from livekit_migrate.livekit.keys import KeyPair
from livekit_migrate.stack.health.ladder import Climb, Options, Target
from livekit_migrate.stack.health.roundtrip import round_trip


class Stopped:
    """A probe whose time was up."""

    def __init__(self, stage: str, frames: int) -> None:
        self.answer = {"ok": False, "stage": stage, "frames": frames, "error": "nothing more within 15 s"}

    def ask(self, _: media.Ask) -> dict[str, object]:
        return self.answer


@pytest.mark.parametrize(
    ("stage", "frames", "detail"),
    [
        ("video", 0, "0 video frames had arrived; nothing more within 15 s"),
        ("video", 7, "7 video frames had arrived; nothing more within 15 s"),
        ("connect", 0, "nothing more within 15 s"),
    ],
)
def test_frames_that_arrived_are_counted(
    stage: str, frames: int, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "installed", lambda: True)
    target = Target("ws://media.example:7880", KeyPair("APIx", Secret("s" * 32)))
    climb = Climb(target, Options(), Endpoint(False, "media.example", 7880), Route(None, "direct"), "room")
    climb.rung, climb.label, climb.probe = "media", "media", Stopped(stage, frames)  # type: ignore[assignment]
    found = round_trip(climb, "all")
    assert (found.status, found.detail) == ("fail", detail)
    assert found.evidence["frames"] == frames
