"""What the place of a file says about it."""

from __future__ import annotations

import re

_TEST = re.compile(r"(^|/)(__tests__|__mocks__|tests?|e2e|spec|cypress)/|\.(test|spec|e2e|cy)\.[cm]?[jt]sx?$")


def is_test(path: str) -> bool:
    """Whether a file is of the tests, by its place and name."""
    return bool(_TEST.search(path))
