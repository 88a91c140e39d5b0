"""JSON with comments and trailing commas, as tsconfig.json and rush.json are written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ..core.errors import LkmError
from ..core.files import BOM, read_bytes

# A string first, so that what looks like a comment inside of one stays.
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)


def parse_jsonc(text: str) -> Any:
    """The document.

    Raises:
        ValueError: it is not even JSON with comments.
    """
    bare = _COMMENT.sub(lambda found: found[0] if found[0][0] == '"' else " ", text.removeprefix(BOM))
    return json.loads(_TOKEN.sub(lambda found: found[0] if found[0][0] == '"' else "", bare))


def read_jsonc(path: Path) -> Any:
    """The document of a file; None where there is none that can be read."""
    try:
        return parse_jsonc(read_bytes(path, limit=1_000_000).decode("utf-8"))
    except (LkmError, ValueError, RecursionError):
        return None
