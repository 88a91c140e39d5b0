"""What can be wrong with a configuration that parses: one file each, found by listing this folder."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from ..model import Rule


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by id."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}").RULE for name in names]
    return tuple(sorted(found, key=lambda rule: rule.id))
