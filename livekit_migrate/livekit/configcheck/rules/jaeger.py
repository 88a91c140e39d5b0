"""Where traces go."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from .. import gourl
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    url = config.get("trace.jaeger_url") if config.knows("trace.jaeger_url") else ""
    if url and (problem := gourl.problem(url if url.startswith("http") else f"http://{url}")):
        yield config.found(
            RULE, "trace.jaeger_url", problem, fix=Fix("host:4318, or http://host:4318/v1/traces")
        )


RULE = Rule(
    "config.jaeger-url",
    "fail",
    "No URL for traces",
    "trace.jaeger_url that is no URL: the server panics",
    "livekit/protocol tracer/jaeger: Configure",
    _check,
)
