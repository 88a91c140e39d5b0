"""Whether the images that the project builds can be built; only with --build."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import composed


def _run(context: Context) -> Iterator[Finding]:
    it = composed(context)
    built = [spec.name for spec in it.stack.services.values() if spec.build]
    if not built:
        yield CHECK.skip("no service is built")
        return
    if not context.asked.build:
        yield CHECK.skip(f"only with --build ({', '.join(built)})")
        return
    from ...stack.compose import argv, cli

    for name in built:
        done = cli.call_compose(argv.build(it.call, [name]), it.call, timeout=600)
        if done.ok:
            yield CHECK.ok(f"{name}: its image can be built")
        else:
            command = shlex.join(["docker", "compose", "build", name])
            yield CHECK.found(
                "fail",
                f"{name}: its image cannot be built",
                done.tail,
                fix=Fix("see the whole build", command),
            )


CHECK = Check(
    id="docker.images",
    title="The images of the project can be built",
    category="docker",
    order=60,
    needs=("docker.engine", "docker.compose", "project.compose"),
    seconds=1800.0,
    run=_run,
    why="A build that fails is found out at the next `lkm up` else, maybe by somebody else.",
    source="docs.docker.com/reference/cli/docker/compose/build",
    evidence="`docker compose build`.",
    remedy="Mend the Dockerfile; the last lines of the build say which step failed.",
    faults=(Fault("a Dockerfile is broken", "…: its image cannot be built", "`docker compose build` fails"),),
)
