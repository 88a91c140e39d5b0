"""Reverse proxies and firewalls that still lead to what went: listed, for a person to edit."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..scan.kinds import kind_of
from .work import Decision, Work

_KINDS = ("proxy", "turn", "terraform", "script")
_NAMED = re.compile(r"service ([\w.-]+)")


def list_proxies(work: Work, ports: Iterable[str]) -> None:
    """Every line that names a port that closes or a service that goes."""
    names = [found[1] for each in work.services if (found := _NAMED.match(each))]
    wanted = [rf":{re.escape(port)}\b" for port in ports if "-" not in port]
    wanted += [rf"\b{re.escape(port)}\b" for port in ports if "-" in port]
    wanted += [rf"(?<![\w.-]){re.escape(name)}(?![\w-])" for name in names]
    if not wanted:
        return
    pattern = re.compile("|".join(wanted))
    for path in work.files():
        data = work.now(path) if kind_of(path) in _KINDS or path.endswith(".conf") else None
        if not data or len(data) > 1_000_000 or b"\0" in data[:4096]:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
            found = None if line.lstrip().startswith("#") else pattern.search(line)
            if found:
                said = f"leads to {found[0].lstrip(':')}, which nothing answers any more"
                work.say(
                    Decision(
                        "services.proxy",
                        "refuse",
                        path,
                        said,
                        "it goes, or leads to what took its place",
                        line=number,
                        before=line.strip()[:120],
                        done=False,
                    )
                )
