"""What each service of a stack is for: guessed from its image and its environment."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .model import Spec, Stack

_IMAGES = (
    ("livekit", r"(?:^|/)livekit(?:-server)?(?:[:@]|$)"),
    ("redis", r"(?:^|/)(?:redis|valkey|keydb|dragonfly)(?:-[a-z]+)*(?:[:@]|$)"),
    ("db", r"(?:^|/)(?:postgres|postgis|mysql|mariadb|mongo)(?:[:@]|$)"),
)


def roles_of(stack: Stack) -> Mapping[str, str]:
    """Service → role, for those whose role is known."""
    return {name: role for name, spec in stack.services.items() if (role := _role(spec))}


def _role(spec: Spec) -> str:
    if "LIVEKIT_KEYS" in spec.environment or "LIVEKIT_CONFIG" in spec.environment:
        return "livekit"
    return role_of_image(spec.image)


def role_of_image(image: str) -> str:
    """The role that an image's name tells; empty when it tells none."""
    return next((role for role, pattern in _IMAGES if re.search(pattern, image)), "")
