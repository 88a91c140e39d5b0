"""Which checks there are, by listing their folder, and which of them a run is about."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module

from ..core.errors import UsageError
from . import checks
from .model import CATEGORIES, Check, Mode


@lru_cache(maxsize=1)
def all_checks() -> tuple[Check, ...]:
    """Every check, in the order in which people see them."""
    # os.listdir and not pkgutil, as for the commands: it costs a tenth.
    files = (file for folder in checks.__path__ for file in os.listdir(folder))  # noqa: PTH208
    names = sorted(file[:-3] for file in files if file.endswith(".py") and not file.startswith("_"))
    found: list[Check] = [import_module(f"{checks.__name__}.{name}").CHECK for name in names]
    return tuple(sorted(found, key=place))


def place(check: Check) -> tuple[int, int, str]:
    """Its place among all."""
    return CATEGORIES.index(check.category), check.order, check.id


def get(name: str) -> Check:
    """The check of this id.

    Raises:
        UsageError: there is none.
    """
    found = {check.id: check for check in all_checks()}
    if name not in found:
        raise _unknown(name, found)
    return found[name]


def select(
    every: Sequence[Check], mode: Mode, only: Iterable[str] = (), skip: Iterable[str] = ()
) -> tuple[tuple[Check, ...], frozenset[str]]:
    """The checks of one run.

    Args:
        only: ids or categories; what these need runs, too. Empty: all of the mode.
        skip: ids or categories.

    Returns:
        The checks to run, and the ids of those that were asked for; the others are only needed by them.

    Raises:
        UsageError: a name is neither a check nor a category, or has no check in this mode.
    """
    by_id = {check.id: check for check in every}
    only, skip = tuple(only), tuple(skip)
    for name in (*only, *skip):
        if name not in by_id and name not in CATEGORIES:
            raise _unknown(name, by_id)
    here = {check.id: check for check in every if mode in check.modes}
    for name in only:
        if not any(name in (check.id, check.category) for check in here.values()):
            way = "with --url" if mode == "project" else "without --url, in a project"
            raise UsageError(f"{name}: only looked at {way}", code="doctor.mode", hint="lkm doctor --list")
    left = {check.id: check for check in here.values() if not {check.id, check.category} & set(skip)}
    asked = {i for i, check in left.items() if not only or {check.id, check.category} & set(only)}
    if not asked:
        raise UsageError("no check is left to run", code="doctor.nothing", hint="lkm doctor --list")
    wanted: set[str] = set()
    for name in asked:
        _add(name, left, wanted)
    return tuple(check for check in every if check.id in wanted), frozenset(asked)


def _add(name: str, left: Mapping[str, Check], wanted: set[str]) -> None:
    if name in wanted or name not in left:  # what was skipped on request is not in anybody's way
        return
    wanted.add(name)
    for need in left[name].needs:
        _add(need, left, wanted)


def _unknown(name: str, known: Iterable[str]) -> UsageError:
    import difflib

    near = difflib.get_close_matches(name, [*known, *CATEGORIES], n=1, cutoff=0.5)
    return UsageError(
        f"{name}: no such check" + (f"; did you mean {near[0]}?" if near else ""),
        code="doctor.unknown-check",
        hint="lkm doctor --list shows all of them",
    )
