"""Drawing looks, without a terminal: the terminal itself is in the test of `lkm health --watch`."""

from __future__ import annotations

import pytest

from livekit_migrate.ui.watch import spark


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([], ""),
        ([0.0, 0.0], "aa"),
        ([1.0, 2.0, 4.0], "bce"),
        ([4.0, None, 0.0], "e a"),
        ([None], " "),
        ([3.0], "e"),
    ],
)
def test_bars_from_zero_to_the_greatest(values: list[float | None], bars: str) -> None:
    assert spark(values, "abcde") == bars
