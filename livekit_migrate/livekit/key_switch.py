"""Write one pair over another in the .env files of a project and of its packages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..code import env as dotenv
from ..core.files import link_end
from ..core.settings import Settings
from .keys import KEY, SECRET, KeyPair, find_pair, plan_pair

if TYPE_CHECKING:
    from ..core.changes import ChangeSet, FileChange


def plan_switch(settings: Settings, old: KeyPair, new: KeyPair, *, title: str) -> ChangeSet:
    """The change of every .env file that has the old pair, or the half of it that stands in it.

    The project's own .env comes first. Files that git tracks are left alone: a new secret does not belong
    into a repository; so are those with another server's LIVEKIT_URL, and samples.

    Raises:
        ConfigError: a file cannot be edited.
    """
    from ..core.changes import ChangeSet

    main = settings.env_file
    found = ChangeSet(title, settings.root)
    if find_pair(settings, {}).pair != new:
        found = found + plan_pair(settings, new, title=title, force=True)
    done = {link_end(main)}
    more: list[FileChange] = []
    for path in _others(settings, old):
        if (target := link_end(path)) not in done:  # two names of one file are one file
            done.add(target)
            more += _change(path, old, new)
    return found + ChangeSet(title, settings.root, tuple(more))


def _others(settings: Settings, old: KeyPair) -> list[Path]:
    from ..code.git import known
    from .key_places import find, same_server

    found: list[Path] = []
    for place in find(settings, {}).of("app"):
        path = place.env_file
        if path is None or path in found or place.pair != old or not same_server(settings, place):
            continue
        if known(path) != "tracked":
            found.append(path)
    return found


def _change(path: Path, old: KeyPair, new: KeyPair) -> list[FileChange]:
    from ..core.changes import change

    file = dotenv.read(path)
    key, secret = file.get(KEY), file.get(SECRET)
    if key and key.value == old.key:
        file = file.set(KEY, new.key)
    if secret and secret.value == old.secret.reveal():
        file = file.set(SECRET, new.secret.reveal())
    planned = change(path, file.to_bytes(), secret=True)
    return [] if planned.empty else [planned]
