"""webhook.api_key must be one of the keys."""

from __future__ import annotations

from collections.abc import Iterator

from ....core.result import Finding, Fix
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    if not config.get("webhook.urls"):
        return
    key, keys = config.get("webhook.api_key"), config.keys
    if keys is None or keys.get(key):
        if not key:
            yield config.found(RULE, "webhook.urls", "webhook.urls needs webhook.api_key to sign with")
        return
    if not key:
        names = sorted(keys)
        fix = Fix(f"api_key: {names[0]}" if names else "name one of the keys")
        yield config.found(RULE, "webhook.urls", "webhook.urls needs webhook.api_key to sign with", fix=fix)
        return
    known = f"the keys are {', '.join(sorted(keys))}" if keys else "there are no keys"
    detail = f"{key} is no key of this server, or has no secret; {known}"
    yield config.found(RULE, "webhook.api_key", detail, fix=Fix("name one of the keys"))


RULE = Rule(
    "config.webhook-key",
    "fail",
    "webhook.api_key is not one of the keys",
    "webhook.urls without an api_key that is in keys",
    "livekit-server pkg/service: createWebhookNotifier; livekit/livekit #2482",
    _check,
)
