"""`lkm keys rotate`: a second key pair, then the app, then the old pair goes; each step can be repeated.

The server reads its keys once, at its start. So it starts again with both pairs, the app's .env gets the
new one, and when nobody needs the old one any more, the server starts again without it. What is to be is
written down (``livekit.rotation``) before it is done, and every step looks first whether it is done already:
whatever point lkm was killed at, the same command goes on from there.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ..core.errors import ConfigError, LkmError
from ..core.report import Reporter
from ..core.settings import Settings
from ..livekit import rotation as records
from ..livekit.rotation import Rotation
from .rotate_server import Options, Rooms, known_keys, serve, wait_for_calls

if TYPE_CHECKING:
    from ..livekit.key_search import Place
    from ..livekit.keys import KeyPair

Phase = Literal["none", "begun", "server-has-both", "switched", "finishing", "aborting"]

_WAIT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Report:
    """How far a rotation is, and what was just done.

    Args:
        known: the keys that the running server knows; None: no server of lkm's runs.
        naming: places that still have the leaving key written in them.
        files: .env files that were just changed; ``diff`` shows how, ``change`` is for `lkm undo --to`.
        down: seconds without a server, None when it was not restarted.
        cut_off: who was in a call at the last restart.
    """

    phase: Phase
    rotation: Rotation | None
    known: tuple[str, ...] | None = None
    naming: tuple[Place, ...] = ()
    files: tuple[str, ...] = ()
    diff: str = ""
    change: str = ""
    down: float | None = None
    cut_off: Rooms = field(default_factory=dict)
    done: bool = False


def rotate(settings: Settings, reporter: Reporter, options: Options) -> Report:
    """Begin, or go on with what was begun: also a ``finish`` or an ``abort`` that was cut off.

    Raises:
        ConfigError: there is no pair, or it comes from the shell, which would hide the new one.
        NotReadyError: the server is none of lkm's; the error has the steps by hand.
        LkmError: the server did not take the keys; the old pair works on.
    """
    with _locked(settings, reporter, "lkm keys rotate"):
        rotation = records.read(settings)
        if rotation is not None and (rotation.only or rotation.goal == "old"):
            what = "--finish" if rotation.goal == "new" else "--abort"
            reporter.note(f"going on with lkm keys rotate {what}, which was cut off")
            return _take_away(settings, reporter, options, rotation)
        if rotation is None:
            rotation = _begin(settings, reporter)
        else:
            _check_shell(settings)
            reporter.note(f"going on with the rotation from {rotation.old.key} to {rotation.new.key}")
        down = serve(settings, reporter, options, rotation)
        files, diff, change = _switch(settings, reporter, rotation.old, rotation.new)
        if rotation.switched is None:
            rotation = rotation.with_(switched=time.time())
            records.write(settings, rotation)
        return _report(settings, rotation, files=files, diff=diff, change=change, down=down)


def finish(settings: Settings, reporter: Reporter, options: Options) -> Report:
    """Take the old pair away from the server; nothing is done while a place still has it written in it.

    Raises:
        LkmError: no rotation is under way, or it has not come so far.
    """
    with _locked(settings, reporter, "lkm keys rotate --finish"):
        rotation = _under_way(settings)
        if rotation.goal == "old":
            raise LkmError(
                "this rotation is being aborted", code="rotate.aborting", hint="lkm keys rotate --abort"
            )
        if not rotation.only:
            report = _report(settings, rotation)
            if report.phase != "switched":
                raise LkmError(
                    "the rotation has not come so far yet",
                    code="rotate.too-early",
                    detail=_SO_FAR[report.phase],
                    hint="lkm keys rotate goes on with it",
                )
            if report.naming:
                return report
        return _take_away(settings, reporter, options, rotation)


def abort(settings: Settings, reporter: Reporter, options: Options) -> Report:
    """Take the new pair away again: the app gets the old one back, then the server forgets the new one.

    Raises:
        LkmError: no rotation is under way.
    """
    with _locked(settings, reporter, "lkm keys rotate --abort"):
        rotation = _under_way(settings)
        if rotation.goal == "new":
            _check_shell(settings)
            rotation = rotation.with_(goal="old", only=False)
            records.write(settings, rotation)
        return _take_away(settings, reporter, options, rotation)


def status(settings: Settings) -> Report:
    """How far it is; changes nothing."""
    rotation = records.read(settings)
    return Report("none", None, known_keys(settings)) if rotation is None else _report(settings, rotation)


_SO_FAR: Mapping[Phase, str] = {
    "none": "",
    "begun": "the running server does not know the new key",
    "server-has-both": "the server knows both keys, .env still has the old one",
    "switched": "",
    "finishing": "",
    "aborting": "",
}


def _locked(settings: Settings, reporter: Reporter, why: str) -> contextlib.AbstractContextManager[None]:
    from ..core.lock import held
    from ..core.state import open_state

    return held(
        open_state(settings.root) / "locks" / "rotate.lock",
        why,
        timeout=_WAIT_SECONDS,
        on_wait=lambda who: reporter.note(f"waiting: another lkm is at work here: {who or 'holder unknown'}"),
    )


def _under_way(settings: Settings) -> Rotation:
    rotation = records.read(settings)
    if rotation is None:
        raise LkmError(
            "no rotation of keys is under way", code="rotate.none", hint="begin one: lkm keys rotate"
        )
    return rotation


def _check_shell(settings: Settings) -> KeyPair:
    """The pair that counts, which must be the one in .env."""
    from ..livekit.keys import KEY, SECRET, find_pair

    found = find_pair(settings)
    for name, origin in ((KEY, found.key_origin), (SECRET, found.secret_origin)):
        if origin.endswith("(shell)"):
            raise ConfigError(
                f"{name} in the shell's environment would hide the new one in "
                f"{settings.relative(settings.env_file)}",
                code="rotate.shell",
                hint=f"unset {KEY} {SECRET}, then: lkm keys rotate",
            )
    return found.pair


def _begin(settings: Settings, reporter: Reporter) -> Rotation:
    from ..livekit.keys import new_pair
    from .rotate_by_hand import refuse_others

    old = _check_shell(settings)
    refuse_others(settings)
    rotation = Rotation(old, new_pair(), time.time())
    records.write(settings, rotation)
    reporter.note(f"new API key {rotation.new.key}; the old one, {old.key}, stays valid until --finish")
    return rotation


def _take_away(settings: Settings, reporter: Reporter, options: Options, rotation: Rotation) -> Report:
    """The end of ``finish`` and ``abort``: the app has the pair that stays, the server forgets the other."""
    down: float | None = None
    files: tuple[str, ...] = ()
    diff = change = ""
    cut_off: Rooms = {}
    if not rotation.only:
        if rotation.goal == "old":
            down = serve(settings, reporter, options, rotation)
            files, diff, change = _switch(settings, reporter, rotation.new, rotation.old)
            report = _report(settings, rotation, files=files, diff=diff, change=change, down=down)
            if report.naming:
                return report
        cut_off = wait_for_calls(settings, reporter, options, rotation)
        rotation = rotation.with_(only=True)
        records.write(settings, rotation)
    last = serve(settings, reporter, options, rotation)
    down = down if last is None else last + (down or 0.0)
    records.forget(settings)
    return Report(
        "none",
        rotation,
        known_keys(settings),
        files=files,
        diff=diff,
        change=change,
        down=down,
        cut_off=cut_off if last is not None else {},
        done=True,
    )


def _switch(
    settings: Settings, reporter: Reporter, old: KeyPair, new: KeyPair
) -> tuple[tuple[str, ...], str, str]:
    """Write the new pair over the old one in the project's .env and in those of its packages."""
    from ..core.journal import apply
    from ..livekit.key_switch import plan_switch
    from ..livekit.keys import find_pair

    if find_pair(settings).pair not in (old, new):
        raise ConfigError(
            f"{settings.relative(settings.env_file)} has a pair that is part of no rotation",
            code="rotate.other-pair",
            detail=f"this rotation is between {old.key} and {new.key}; .env was changed since it began",
            hint="put one of the two back (lkm undo --list shows what lkm changed)",
        )
    changes = plan_switch(settings, old, new, title="lkm keys rotate")
    if changes.empty:
        return (), "", ""
    with reporter.step("env") as step:
        diff = changes.diff()
        applied = apply(changes)
        for note in applied.notes:
            reporter.note(note)
        step.finish(f"{', '.join(applied.files)}: {new.key} instead of {old.key}")
    return applied.files, diff, applied.id


def _report(
    settings: Settings,
    rotation: Rotation,
    *,
    files: tuple[str, ...] = (),
    diff: str = "",
    change: str = "",
    down: float | None = None,
) -> Report:
    from ..livekit.key_places import find, naming
    from ..livekit.keys import find_pair

    known = known_keys(settings)
    pair = None
    with contextlib.suppress(ConfigError):
        pair = find_pair(settings).pair
    phase: Phase
    if rotation.goal == "old":
        phase = "aborting"
    elif rotation.only:
        phase = "finishing"
    elif known is not None and rotation.new.key not in known:
        phase = "begun"
    elif pair != rotation.new:
        phase = "server-has-both" if known is not None else "begun"
    else:
        phase = "switched"
    names = tuple(naming(find(settings), settings, rotation.leaving.key))
    return Report(phase, rotation, known, names, files, diff, change, down)
