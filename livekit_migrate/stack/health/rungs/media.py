"""Media: video and audio go through the server and arrive at a second participant."""

from __future__ import annotations

from ....core.result import Finding
from ..ladder import Climb
from ..roundtrip import round_trip

NAME = "media"
TITLE = "media"
ORDER = 80


def wanted(climb: Climb) -> bool:
    return climb.options.media


def look(climb: Climb) -> Finding:
    return round_trip(climb, "all")
