"""`lkm doctor`'s subcommands, imported when they run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .late_group import LateGroup


class DoctorGroup(LateGroup):
    """A group whose own options run the checks, and whose subcommand explains one."""

    LATE: ClassVar[Mapping[str, str]] = {
        "explain": "Say what a check is about: cause, evidence, fix, source."
    }
    MODULES: ClassVar[str] = f"{__package__}.doctor_"
