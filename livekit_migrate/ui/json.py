"""One JSON document on stdout: the machine output contract."""

from __future__ import annotations

import json
import re
from typing import Any

from ..core.result import Result
from ..core.secret import redact_value


def document(result: Result) -> dict[str, Any]:
    """The Result as the contract shows it, secrets masked except those that were asked for."""
    plain = result.to_dict()
    masked: dict[str, Any] = redact_value(plain)
    masked["data"] = {
        key: plain["data"][key] if key in result.revealed else value for key, value in masked["data"].items()
    }
    return masked


def dumps(result: Result, *, ascii_only: bool = False) -> str:
    """One line, so that a stream of documents stays one per line."""
    text = json.dumps(document(result), ensure_ascii=ascii_only, allow_nan=False, separators=(", ", ": "))
    # Half a surrogate pair is no UTF-8; C1 controls steer some terminals. Both stand in strings only.
    return re.sub(r"[\x7f-\x9f\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)
