"""Which grammar a file's ending asks for; known without loading a parser."""

from __future__ import annotations

from typing import Literal

Grammar = Literal["javascript", "typescript", "tsx"]

GRAMMAR_OF_ENDING: dict[str, Grammar] = {
    ".js": "javascript",
    ".cjs": "javascript",
    ".mjs": "javascript",
    ".jsx": "javascript",
    ".ts": "typescript",
    ".cts": "typescript",
    ".mts": "typescript",
    ".tsx": "tsx",
}
