"""Where webhooks go."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding
from ....core.secret import hide_userinfo
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    for index, url in enumerate(config.get("webhook.urls") or ()):
        if not url.lower().startswith(("http://", "https://")):
            title = f"{hide_userinfo(url).partition('?')[0] or 'An empty text'} is no http or https URL"
            yield config.found(RULE, f"webhook.urls.{index}", "no event gets there", title=title)


RULE = Rule(
    "config.webhook-url",
    "warn",
    "A webhook that is never delivered",
    "webhook.urls with something that is no http or https URL",
    "livekit-server pkg/telemetry; protocol/webhook",
    _check,
)
