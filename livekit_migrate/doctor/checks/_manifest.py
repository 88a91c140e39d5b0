"""Places in a package.json."""

from __future__ import annotations

import re

from ...app.manifests import Package
from ..source.sources import Sources


def line_of(sources: Sources, package: Package, name: str) -> int | None:
    """The line on which it names a dependency."""
    try:
        text = (sources.app.root / package.file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(rf'^.*"{re.escape(name)}"\s*:', text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else None
