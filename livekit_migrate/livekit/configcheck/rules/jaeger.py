"""Where traces go."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from .. import gourl
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    url = config.get("trace.jaeger_url") if config.knows("trace.jaeger_url") else ""
    if not url:
        return
    whole = url if url.startswith("http") else f"http://{url}"
    if problem := gourl.problem(whole, one_colon=config.release >= GO_1_26):
        fix = Fix("host:4318, or http://host:4318/v1/traces")
        yield config.found(RULE, "trace.jaeger_url", problem, fix=fix)


GO_1_26 = (
    1,
    12,
    0,
)  # the first release that is known to be built as Go 1.26 is 1.13.5, the last before 1.11.0


RULE = Rule(
    "config.jaeger-url",
    "fail",
    "No URL for traces",
    "trace.jaeger_url that is no URL: the server panics",
    "livekit/protocol tracer/jaeger: Configure",
    _check,
)
