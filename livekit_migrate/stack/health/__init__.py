"""Health: a ladder from the process up to real media, one rung per module in ``rungs/``."""

from __future__ import annotations

from .ladder import Options, Target, check, listed

__all__ = ["Options", "Target", "check", "listed"]
