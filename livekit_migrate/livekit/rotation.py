"""A rotation of API keys under way: which pair goes, which comes, and what a server has to accept meanwhile.

The record holds two secrets. So it lies outside the project, 0600 in lkm's own state folder, in a file
that is replaced in one step: after a kill it is the old one or the new one.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..core.errors import ConfigError
from ..core.files import cannot, private_directory, read_text, sync_directory, temp_name, write_atomic
from ..core.paths import state_dir
from ..core.secret import Secret
from ..core.settings import Settings
from ..core.vault import sha256
from .keys import KeyPair

VERSION = 1


@dataclass(frozen=True, slots=True)
class Rotation:
    """What is under way.

    Args:
        old, new: the pairs.
        since: Unix time in seconds.
        goal: which of them stays: ``new``, or ``old`` once it was aborted.
        only: the server shall know the pair of the goal alone: the last step.
        serving: the server ran when it was last seen: a restart that was cut off starts it again.
        switched: Unix time when .env got the new pair; None while it has not.
    """

    old: KeyPair
    new: KeyPair
    since: float
    goal: Literal["new", "old"] = "new"
    only: bool = False
    serving: bool = False
    switched: float | None = None

    @property
    def staying(self) -> KeyPair:
        return self.new if self.goal == "new" else self.old

    @property
    def leaving(self) -> KeyPair:
        return self.old if self.goal == "new" else self.new

    @property
    def accepted(self) -> tuple[KeyPair, ...]:
        """What the server shall know. The pair that stays is first: with it the server mostly renews tokens.

        livekit-server 1.13.5 takes a random entry of its map for that; over 240 joins at 20 servers it was
        the one that LIVEKIT_KEYS names first in 84 %.
        """
        return (self.staying,) if self.only else (self.staying, self.leaving)

    def with_(
        self,
        *,
        goal: Literal["new", "old"] | None = None,
        only: bool | None = None,
        serving: bool | None = None,
        switched: float | None = None,
    ) -> Rotation:
        return replace(
            self,
            goal=self.goal if goal is None else goal,
            only=self.only if only is None else only,
            serving=self.serving if serving is None else serving,
            switched=self.switched if switched is None else switched,
        )


def path_of(root: Path) -> Path:
    """Where the record of a project's rotation lies."""
    return state_dir() / "rotation" / f"{sha256(os.fsencode(root.resolve()))[:16]}.json"


def read(settings: Settings) -> Rotation | None:
    """The rotation that is under way; None when there is none.

    Raises:
        ConfigError: its record cannot be read, or a newer lkm wrote it.
    """
    path = path_of(settings.root)
    if not os.path.lexists(path):
        return None
    text = read_text(path, what="record of a key rotation", limit=1024 * 1024)
    try:
        data = json.loads(text)
        if data["version"] > VERSION:
            raise ConfigError(
                f"{path}: a newer lkm began this key rotation", code="rotate.newer", hint="upgrade lkm"
            )
        old, new = (KeyPair(data[name]["key"], Secret(data[name]["secret"])) for name in ("old", "new"))
        goal: Literal["new", "old"] = "old" if data["goal"] == "old" else "new"
        switched = data["switched"]
        return Rotation(
            old,
            new,
            float(data["since"]),
            goal,
            bool(data["only"]),
            bool(data["serving"]),
            None if switched is None else float(switched),
        )
    except (ValueError, KeyError, TypeError) as error:
        # Nothing of the text is shown: it holds secrets.
        raise ConfigError(
            f"{path}: is no record of a key rotation",
            code="rotate.record",
            detail="without it the server would lose its second key at the next start",
            hint=f"look at it; if the rotation is over: rm {path}",
        ) from error


def write(settings: Settings, rotation: Rotation) -> None:
    """Put the record on the disk.

    Raises:
        LkmError: it cannot be written; the one before is still there then.
    """
    path = path_of(settings.root)
    _tidy(private_directory(path.parent), path)
    data = {
        "version": VERSION,
        "root": str(settings.root.resolve()),
        "since": rotation.since,
        "goal": rotation.goal,
        "only": rotation.only,
        "serving": rotation.serving,
        "switched": rotation.switched,
        "old": {"key": rotation.old.key, "secret": rotation.old.secret.reveal()},
        "new": {"key": rotation.new.key, "secret": rotation.new.secret.reveal()},
    }
    write_atomic(path, json.dumps(data).encode(), mode=0o600, tag="rotation")


def forget(settings: Settings) -> None:
    """The rotation is over.

    Raises:
        LkmError: the record cannot be removed.
    """
    path = path_of(settings.root)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise cannot("remove", "record of a key rotation", path, error) from error
    sync_directory(path.parent)


def accepted(settings: Settings, pair: KeyPair) -> tuple[KeyPair, ...]:
    """The pairs that a server of this project shall know.

    Args:
        pair: the one that counts (``keys.find_pair``).

    Raises:
        ConfigError: the record of a rotation cannot be read.
    """
    rotation = read(settings)
    if rotation is None:
        return (pair,)
    pairs = rotation.accepted
    # .env may have been changed by hand, or taken back by `lkm undo`: what the app uses must work.
    return pairs if pair in pairs else (pair, *pairs)


def _tidy(folder: Path, mine: Path) -> None:
    """Remove what a killed writer of this record left, and records of projects that are no longer there."""
    with contextlib.suppress(OSError):
        temp_name(mine, "rotation").unlink(missing_ok=True)
    for path in folder.glob("*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            if path != mine and not Path(json.loads(path.read_text(encoding="utf-8"))["root"]).is_dir():
                path.unlink()
