"""Metrics for anybody."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    user, password = config.get("prometheus.username"), config.get("prometheus.password")
    if bool(user) != bool(password):
        at = "prometheus.username" if user else "prometheus.password"
        detail = "with one of the two alone the server asks for neither"
        yield config.found(RULE, at, detail, fix=Fix("set both, or none"))


RULE = Rule(
    "config.prometheus-open",
    "warn",
    "Metrics are not protected",
    "only one of prometheus.username and prometheus.password: neither is asked for",
    "livekit-server pkg/service: NewLivekitServer",
    _check,
)
