"""Secret files of TURN servers."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from ..files import private_problem
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for index, server in enumerate(config.get("rtc.turn_servers") or ()):
        path = server.get("secret_file")
        if not path or server.get("secret") or config.facts.folder is None:
            continue
        if problem := private_problem(config.facts.folder, path):
            yield config.found(RULE, f"rtc.turn_servers.{index}.secret_file", f"{path}: {problem}")


RULE = Rule(
    "config.turn-secret-file",
    "fail",
    "A secret file that cannot be used",
    "rtc.turn_servers with a secret_file that is missing or readable by others (where the file is here)",
    "livekit-server pkg/config: LoadTURNSecrets",
    _check,
)
