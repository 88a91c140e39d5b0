"""The one place where a start asks whether livekit.yaml can work."""

from __future__ import annotations

from ...core.errors import ConfigError
from ...core.report import Reporter
from .job import Job
from .model import Spec


def check(job: Job, spec: Spec, reporter: Reporter) -> None:  # noqa: ARG001 - where warnings will go
    """Look at the configuration that is mounted into a LiveKit server.

    Raises:
        ConfigError: the server would refuse it; with file and line.
    """
    from ...code import yaml

    for source in spec.binds.values():
        if source.suffix not in (".yaml", ".yml"):
            continue
        name = job.settings.relative(source)
        if not source.is_file():
            raise ConfigError(
                f"{name}: there is no such file, and {spec.name} mounts it",
                code="config.missing",
                detail="the engine would make an empty folder of that name" if not source.exists() else "",
                hint="lkm up --runtime compose in an empty folder writes one to start from",
            )
        document = yaml.load(source, name=name, what="server configuration")
        for twice in document.duplicates[:1]:
            raise ConfigError(
                f"{name}:{twice.line}:{twice.column}: {twice.path} comes twice, "
                f"first in line {twice.first_line}",
                code="config.duplicate",
            )
