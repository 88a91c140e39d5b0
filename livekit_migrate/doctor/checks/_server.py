"""The LiveKit servers of the project as their configurations and command lines describe them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...core.errors import LkmError
from ...core.result import Location
from ..context import Context

if TYPE_CHECKING:
    from ...livekit.configcheck.model import Config
    from ...livekit.serverstart.lint import Judged
    from ...livekit.serverstart.project import Looked


def looked(context: Context) -> Looked:
    """Every start of a server in the project, judged.

    Raises:
        ConfigError: there is none (``config.none``), or a file cannot be read.
    """
    return context.once("config.looked", lambda: _look(context))


def _look(context: Context) -> Looked:
    from ...livekit.serverstart.project import look

    return look(context.settings, env=context.env)


def servers(context: Context) -> tuple[Judged, ...]:
    """Those whose configuration can be read; none where there is nothing."""
    try:
        found = looked(context).servers
    except LkmError:
        return ()
    return tuple(one for one in found if one.checked is not None and one.checked.config is not None)


def configs(context: Context) -> Iterator[tuple[Judged, Config]]:
    """Each with its configuration."""
    for one in servers(context):
        if one.checked is not None and one.checked.config is not None:
            yield one, one.checked.config


def at(judged: Judged, *paths: str) -> Location:
    """The place of a key in the text of a server's configuration."""
    assert judged.checked is not None  # noqa: S101 - `servers` gives no other
    assert judged.checked.config is not None  # noqa: S101
    config = judged.checked.config
    node = config.place(*paths)
    where = judged.text.location(node.line, node.column) if node else None
    return where or Location(judged.start.at.file or judged.text.name, judged.start.at.line)


def service_of(judged: Judged) -> str:
    """The Compose service that a start is, or empty."""
    return judged.start.who.removeprefix("compose service ") if "compose service" in judged.start.who else ""
