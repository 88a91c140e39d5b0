"""What the flag is, everywhere, and where two places disagree."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..app.look import App
from ..app.look import look as look_at
from ..code.env import is_example
from ..core.errors import UsageError
from ..core.result import Finding, Fix, Location
from ..core.settings import Settings
from . import running as engine
from . import settings as set_places
from .model import DEFAULT, KNOWN, Reader, Setting, Site, is_on, odd, stack_of
from .readers import MODES, env_files, readers
from .sites import sites


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known of one flag.

    Args:
        sites: in the code.
        readers: packages that read it.
        found: where it is set.
        engine: in images and containers.
        idle: settings that nobody reads: file and line.
    """

    name: str
    settings: Settings
    app: App
    sites: tuple[Site, ...]
    readers: tuple[Reader, ...]
    found: set_places.Set
    engine: engine.Look
    idle: tuple[tuple[str, int], ...] = ()

    def where(self, setting: Setting) -> str:
        """``apps/web/.env.local:3``."""
        return f"{self.settings.relative(setting.file)}:{setting.line}"

    def effective(self) -> Iterator[tuple[str, str, str | None, str]]:
        """Who, in which mode, what value, and from where; of packages and of services."""
        for reader in self.readers:
            for mode in MODES:
                won = self.found.winner(reader.folder, mode)
                yield (
                    reader.folder or ".",
                    mode,
                    won.value if won else None,
                    self.where(won) if won else "nobody sets it",
                )
        for setting in self.found.services:
            yield setting.package.removeprefix("service "), setting.how, setting.value, self.where(setting)

    @property
    def value(self) -> str | None:
        """``true`` or ``false`` where all agree, None where they do not."""
        on = {is_on(value) for _, _, value, _ in self.effective()}
        on.update(is_on(each.value) for each in self.engine.services if each.built or each.runs)
        return None if len(on) > 1 else "true" if True in on else "false"


def report(settings: Settings, name: str | None = None, shell: Mapping[str, str] = os.environ) -> Report:
    """Look at the flag of a project, or at a variable of that name.

    Raises:
        UsageError: several of the usual names are read: one has to be chosen.
    """
    app = look_at(settings.root)
    names = (name,) if name else KNOWN
    read = sites(app, names)
    chosen = name or _chosen(read)
    mine = tuple(site for site in read if site.name == chosen)
    who = readers(app, mine)
    found = set_places.look(app, settings, who, chosen, shell)
    named = [each.package.removeprefix("service ") for each in found.services]
    seen = engine.look(settings, chosen, named)
    return Report(
        chosen, settings, app, mine, who, found, seen, tuple(_idle(app, settings, who, found, chosen))
    )


def _chosen(read: Iterable[Site]) -> str:
    names = list(dict.fromkeys(site.name for site in read if site.kind != "type"))
    if len(names) > 1:
        raise UsageError(
            f"the code reads {' and '.join(names)}: which one is the flag?",
            code="flag.several",
            hint=f"lkm flag show --name {names[0]}",
        )
    return names[0] if names else DEFAULT


def _idle(
    app: App, settings: Settings, who: Sequence[Reader], found: set_places.Set, name: str
) -> Iterator[tuple[str, int]]:
    """Files that set it where nobody looks: the classic is the root's .env in a workspace of Next.js apps."""
    looked = {path for reader in who for mode in MODES for path in env_files(app, reader, mode)}
    # Compose fills in its files from the project's .env.
    if any(setting.variable for setting in found.services):
        looked.add(settings.root / ".env")
        looked.add(settings.env_file)
    looked.update(setting.file for setting in found.services)
    for file in app.env_files:
        line = file.names.get(name)
        if line is not None and not is_example(file.path) and Path(app.root / file.path) not in looked:
            yield file.path, line


def to_dict(found: Report) -> dict[str, Any]:
    """The JSON of a report."""
    return {
        "name": found.name,
        "value": found.value,
        "stack": None if found.value is None else stack_of(found.value),
        "effective": [
            {"for": who, "mode": mode, "value": value, "stack": stack_of(value), "from": origin}
            for who, mode, value, origin in found.effective()
        ],
        "settings": [
            {
                "for": each.package,
                "file": found.settings.relative(each.file),
                "line": each.line,
                "value": each.value,
                "via": each.via,
                "mode": each.mode or None,
                "wins": each.wins,
                "how": each.how or None,
                "variable": each.variable or None,
            }
            for each in (*set_places.merged(found.found.packages), *found.found.services)
        ],
        "sites": [
            {
                "file": site.file,
                "line": site.line,
                "column": site.column,
                "kind": site.kind,
                "compared_with": site.text or None,
                "negated": site.negated,
            }
            for site in found.sites
        ],
        "running": [
            {
                "service": each.service,
                "image": each.image,
                "container": each.container,
                "built": each.built,
                "runs": each.runs,
                "development": each.development,
            }
            for each in found.engine.services
        ],
        "engine": found.engine.why_not or None,
        "shell": found.found.shell,
    }


def findings(found: Report) -> list[Finding]:
    """Where two places disagree, and what does not mean what it seems to."""
    return [
        *_problems(found),
        *_reads(found),
        *_odd(found),
        *_disagreements(found),
        *_stale(found),
        *_unheard(found),
    ]


def _problems(found: Report) -> Iterator[Finding]:
    for problem in found.found.problems:
        yield Finding("flag.unreadable", "warn", problem.message, problem.detail, "flag")


def _reads(found: Report) -> Iterator[Finding]:
    decisions = [site for site in found.sites if site.kind == "decision"]
    for site in found.sites:
        if site.kind == "truthy":
            yield Finding(
                "flag.truthy",
                "warn",
                f"{found.name} is asked for any value here",
                'the text "false" is a value: this place takes LiveKit for both',
                "flag",
                Location(site.file, site.line, site.column),
                fix=Fix(f'compare it: {found.name} === "true"'),
            )
    for site in decisions:
        if site.negated and site.text == "false":
            yield Finding(
                "flag.default-on",
                "warn",
                f"{found.name} counts as on here when nobody sets it",
                'it is compared with !== "false"; the default is Mediasoup',
                "flag",
                Location(site.file, site.line, site.column),
                fix=Fix('compare it with === "true"'),
            )
    if not found.readers:
        yield Finding(
            "flag.unread",
            "warn",
            f"no code reads {found.name}",
            "whatever it is set to, nothing changes",
            "flag",
            fix=Fix("bring in LiveKit, and the module that decides", "lkm init"),
        )


def _odd(found: Report) -> Iterator[Finding]:
    for setting in (*set_places.merged(found.found.packages), *found.found.services):
        if odd(setting.value):
            yield Finding(
                "flag.value",
                "warn",
                f"{found.name} is {setting.value!r} here, which means Mediasoup",
                'the code compares with "true" and nothing else',
                "flag",
                Location(found.settings.relative(setting.file), setting.line),
                fix=Fix("true or false", "lkm flag on"),
            )


def _disagreements(found: Report) -> Iterator[Finding]:
    who = list(found.effective())
    on = [f"{name} ({mode}, {origin})" for name, mode, value, origin in who if is_on(value)]
    off = [f"{name} ({mode}, {origin})" for name, mode, value, origin in who if not is_on(value)]
    if on and off:
        yield Finding(
            "flag.disagree",
            "warn",
            f"{found.name} is not the same everywhere",
            f"LiveKit: {'; '.join(on)}. Mediasoup: {'; '.join(off)}",
            "flag",
            fix=Fix("make it the same", "lkm flag on"),
        )
    if found.found.shell is not None and any(
        is_on(found.found.shell) != is_on(value) for _, mode, value, _ in who if mode in MODES
    ):
        yield Finding(
            "flag.shell",
            "warn",
            f"this shell has {found.name}={found.found.shell}",
            "in what is started from here it wins over every file",
            "flag",
            fix=Fix("take it out of the shell", f"unset {found.name}"),
        )


def _stale(found: Report) -> Iterator[Finding]:
    wanted = {setting.package.removeprefix("service "): setting for setting in found.found.services}
    for each in found.engine.services:
        setting = wanted.get(each.service)
        if setting is None:
            continue
        for what, value, there in (
            ("image", each.image, each.built and not each.development),
            ("container", each.container, each.runs),
        ):
            if there and value is not None and is_on(value) != is_on(setting.value):
                yield Finding(
                    "flag.stale",
                    "warn",
                    f"the {what} of {each.service} still has {found.name}={value}",
                    f"{found.where(setting)} says {setting.value or 'nothing'}",
                    "flag",
                    fix=Fix("take it over", f"lkm restart {each.service}"),
                )


def _unheard(found: Report) -> Iterator[Finding]:
    for file, line in found.idle:
        yield Finding(
            "flag.idle",
            "warn",
            f"{found.name} is set here, and nobody looks here",
            "; ".join(
                f"{reader.via} in {reader.folder or 'the root'} reads its own folder's files alone"
                for reader in found.readers
                if reader.via != "Node"
            ),
            "flag",
            Location(file, line),
            fix=Fix("set it where it is read", "lkm flag on"),
        )
