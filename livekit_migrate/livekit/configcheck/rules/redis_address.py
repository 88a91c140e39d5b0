"""How Redis is named."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....core.result import Finding, Fix
from ....core.secret import hide_userinfo
from ..model import Config, Rule


def _check(config: Config) -> Iterator[Finding]:
    places = [("redis.address", config.get("redis.address"))]
    for key in ("redis.sentinel_addresses", "redis.cluster_addresses"):
        places += [(f"{key}.{index}", value) for index, value in enumerate(config.get(key) or ())]
    for key, value in places:
        if "://" in value:
            bare = re.split("[/?#]", value.partition("://")[2].rpartition("@")[2])[0]
            fix = Fix(f"{bare}; user, password and database have keys of their own")
            yield config.found(RULE, key, "host and port are wanted, no URL", fix=fix)
        elif value and ":" not in value:
            bare = value.rpartition("@")[2]
            yield config.found(RULE, key, f"{hide_userinfo(value)} has no port", fix=Fix(f"{bare}:6379"))
    kinds = [
        k for k in ("redis.sentinel_addresses", "redis.cluster_addresses", "redis.address") if config.get(k)
    ]
    for beaten in kinds[1:]:
        yield config.found(RULE, beaten, f"{kinds[0]} beats it", title=f"{beaten} is ignored")


RULE = Rule(
    "config.redis-address",
    "warn",
    "Redis cannot be reached under that",
    "redis addresses with a scheme, or without a port",
    "livekit-server pkg/service: createRedisClient; Redis that does not answer at start is fatal",
    _check,
)
