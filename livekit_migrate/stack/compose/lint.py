"""The server's own verdict on what its container would be started with, before anything is made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...core.errors import ConfigError
from ...core.report import Reporter
from .job import Job
from .model import Spec

if TYPE_CHECKING:
    from ...core.result import Finding
    from ...core.settings import Settings
    from ...livekit.serverstart.starts import Start

# Its entry point is the server: what Compose gives as command are the server's options.
_OFFICIAL = re.compile(r"(?:^|/)livekit/livekit-server(?::v?(?P<version>\d+\.\d+\.\d+)\b)?")


def check(job: Job, spec: Spec, reporter: Reporter) -> None:
    """Judge the options, variables, keys and mounted configuration of a LiveKit server as it would.

    Raises:
        ConfigError: the server would refuse them; with file and line where they stand in a file.
    """
    from ...livekit.serverstart.lint import judge

    _mounted(job.settings, spec)
    for start in _starts(job.settings, spec):
        judged = judge(start, job.settings)
        refused = [finding for finding in judged.findings if finding.status == "fail"]
        if refused:
            raise ConfigError(
                f"livekit-server {judged.version} would not start: {refused[0].title}",
                code="config.refused",
                detail="\n".join(map(_told, refused)),
                hint="lkm config lint shows the mends",
            )
        for finding in judged.findings:
            if finding.status == "warn":
                reporter.note(f"warning: {_told(finding)}")


def _mounted(settings: Settings, spec: Spec) -> None:
    for source in spec.binds.values():
        if source.suffix in (".yaml", ".yml") and not source.is_file():
            raise ConfigError(
                f"{settings.relative(source)}: there is no such file, and {spec.name} mounts it",
                code="config.missing",
                detail="the engine would make an empty folder of that name" if not source.exists() else "",
                hint="lkm up --runtime compose in an empty folder writes one to start from",
            )


def _starts(settings: Settings, spec: Spec) -> list[Start]:
    """What Compose will start, in its own reading of files and variables.

    Of an image or an entry point of the user's own nobody knows what it does with options: the mounted files
    alone are judged.
    """
    from ...livekit.key_texts import Spot
    from ...livekit.serverstart.starts import Start, of_file
    from ...livekit.serverstart.words import Word

    official = _OFFICIAL.search(spec.image)
    if official is None or spec.build is not None or spec.entrypoint:
        files = [source for source in spec.binds.values() if source.suffix in (".yaml", ".yml")]
        return [of_file(settings, source) for source in files]
    at = Spot(name=f"service {spec.name}")
    return [
        Start(
            f"compose service {spec.name}",
            at,
            tuple(Word(text, at) for text in spec.command),
            # Hidden, all of them: it is known of none that it holds no secret.
            {name: Word(text, at, secret=True) for name, text in spec.environment.items()},
            official["version"],
            mounts=spec.binds,
        )
    ]


def _told(finding: Finding) -> str:
    where = f"{finding.location}: " if finding.location and finding.location.file else ""
    return f"{where}{finding.title}" + (f" ({finding.detail})" if finding.detail else "")
