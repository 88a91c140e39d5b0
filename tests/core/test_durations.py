"""Times as people type and read them."""

from __future__ import annotations

import pytest

from livekit_migrate.core.durations import parse, shown
from livekit_migrate.core.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30), ("30s", 30), ("0", 0), ("500ms", 0.5), ("1.5m", 90), ("1h30m", 5400), ("2D", 172800)],
)
def test_what_is_read(text: str, seconds: float) -> None:
    assert parse(text, "--timeout") == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "-1", "-1s", "s", "1x", "1 0", "1h 30m", "1e3", "inf", "nan", "٣s", "9" * 40]
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--timeout"):
        parse(text, "--timeout")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.42, "0.4 s"), (12.2, "12 s"), (725, "12 min 5 s"), (3600, "1 h"), (277200, "3 d 5 h")],
)
def test_what_is_shown(seconds: float, text: str) -> None:
    assert shown(seconds) == text
