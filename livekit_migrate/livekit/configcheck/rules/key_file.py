"""The file that key_file names."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..files import look
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    path = config.get("key_file")
    if not path or config.facts.folder is None:
        return
    problem, keys = look(config.facts.folder, path, config.schema)
    if problem:
        fix = Fix("let only its owner read it", f"chmod 600 {path}") if "others" in problem else None
        yield config.found(RULE, "key_file", f"{path}: {problem}", fix=fix)
    elif not keys:
        yield config.found(RULE, "key_file", f"{path}: holds no keys")


RULE = Rule(
    "config.key-file",
    "fail",
    "key_file cannot be used",
    "key_file is missing, readable by others, or no mapping of keys (looked at where the file is here)",
    "livekit-server pkg/config: ValidateKeys",
    _check,
)
