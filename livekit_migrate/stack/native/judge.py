"""The server's own verdict on what it would be started with, before anything is stopped or started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.errors import ConfigError
from ...core.settings import Settings
from ...livekit.config import NativeConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...core.result import Finding
    from ...livekit.keys import KeyPair


def refuse_bad(settings: Settings, config: NativeConfig, pairs: Sequence[KeyPair], version: str) -> None:
    """Look at a configuration as the server will.

    Raises:
        ConfigError: a server of this very version does not start with it. Of versions without data of their
            own nothing is said here: the server itself will.
    """
    from ...livekit.configcheck.check import examine
    from ...livekit.configcheck.model import Facts

    keys = {pair.key: pair.secret.reveal() for pair in pairs}
    checked = examine(config.text, version=version, facts=Facts(keys, settings.root))
    bad = [finding for finding in checked.findings if finding.status == "fail"]
    if not bad or checked.schema.version != version:
        return
    name = settings.relative(config.source) if config.source else "the defaults"
    raise ConfigError(
        f"livekit-server {version} would not start: {bad[0].title}",
        code="native.refused",
        detail="\n".join(_told(config, name, finding) for finding in bad),
        hint="lkm config lint shows the mends" if config.source else "lkm help config",
    )


def _told(config: NativeConfig, name: str, finding: Finding) -> str:
    """A finding at its place in the project's own file: what the server gets is written from that."""
    line = finding.location.line if finding.location else None
    at = config.source_line(line) if line else None
    where = f"{name}:{at}" if at else name
    return f"{where}: {finding.title}" + (f" ({finding.detail})" if finding.detail else "")
