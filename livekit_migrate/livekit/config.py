"""livekit.yaml as a native server on one development machine gets it: the project's own, with a few keys set.

The file is edited as a tree of YAML nodes and written with every other scalar as it was spelled: loading
and dumping values would turn what Go's YAML reads as text (``0123``, ``on``, ``12:30``) into something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import ConfigError
from ..core.files import BOM, read_text

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node

Path_ = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a native server listens. All on this machine."""

    signal: int
    rtc_tcp: int
    rtc_udp: int


@dataclass(frozen=True, slots=True)
class Override:
    """A key that lkm set or left out. ``was`` is None when it was not in the file, ``now`` when left out."""

    key: str
    was: str | None
    now: str | None
    why: str

    def __str__(self) -> str:
        if self.now is None:
            return f"{self.key} left out: {self.why}"
        before = f" (the file has {self.was})" if self.was is not None else ""
        return f"{self.key}: {self.now}{before}: {self.why}"


@dataclass(frozen=True, slots=True)
class NativeConfig:
    """A server configuration to start with.

    Args:
        text: the YAML.
        source: the project's file it was made from, or None.
        overrides: what differs from the file, for `lkm up -v`.
        extra_ports: further ports that it opens: ``(number, "tcp"|"udp", purpose)``.
    """

    text: str
    source: Path | None
    overrides: tuple[Override, ...]
    extra_ports: tuple[tuple[int, str, str], ...] = ()

    def source_line(self, line: int) -> int | None:
        """The line of the project's file that a line of ``text`` came from."""
        if self.source is None:
            return None
        path = _path_at(_compose(self.text, "rendered"), line)
        try:
            tree = _compose(read_text(self.source), str(self.source))
        except ConfigError:
            return None
        while path:
            if (found := _find(tree, path)) is not None:
                return int(found.start_mark.line) + 1
            path = path[:-1]
        return None


def native(source: Path | None, ports: Ports) -> NativeConfig:
    """The configuration of a native server.

    Args:
        source: the project's livekit.yaml, or None for the defaults.

    Raises:
        ConfigError: it cannot be read, or is not YAML with a mapping at its top; with line and column.
    """
    from yaml.nodes import MappingNode

    text = read_text(source, what="server configuration").removeprefix(BOM) if source else ""
    name = str(source) if source else "defaults"
    tree = _compose(text, name)
    if tree is None:
        tree = MappingNode("tag:yaml.org,2002:map", [], flow_style=False)
    if not isinstance(tree, MappingNode):
        raise ConfigError(f"{name}:1: a mapping of keys was expected", code="config.not-mapping")
    overrides = list(_apply(tree, ports))
    return NativeConfig(_serialize(tree), source, tuple(overrides), tuple(_extra_ports(tree)))


# What is left out, and why. `redis`: the compose stack's host name means nothing outside of it.
_LEFT_OUT: tuple[tuple[Path_, str], ...] = (
    (("keys",), "the keys come from the environment, never from a file"),
    (("key_file",), "the keys come from the environment, never from a file"),
    (("redis",), "one native server needs none"),
    (("rtc", "port_range_start"), "it would beat the one UDP port"),
    (("rtc", "port_range_end"), "it would beat the one UDP port"),
    (("rtc", "interfaces"), "media must reach 127.0.0.1"),
    (("rtc", "ips"), "media must reach 127.0.0.1"),
)


def _apply(tree: MappingNode, ports: Ports) -> Iterator[Override]:
    for path, why in _LEFT_OUT:
        if (was := _remove(tree, path)) is not None:
            yield Override(".".join(path), was, None, why)
    wanted: tuple[tuple[Path_, Any, str], ...] = (
        (("port",), ports.signal, "lkm.toml ports.signal"),
        (("bind_addresses",), ["127.0.0.1"], "signalling for this machine only"),
        (("rtc", "tcp_port"), ports.rtc_tcp, "lkm.toml ports.rtc_tcp"),
        (("rtc", "udp_port"), ports.rtc_udp, "lkm.toml ports.rtc_udp"),
        (("rtc", "node_ip"), "127.0.0.1", "media on this machine"),
        (("rtc", "use_external_ip"), False, "it would override node_ip"),
        (("rtc", "enable_loopback_candidate"), True, "without it nothing listens on 127.0.0.1"),
        # With several interfaces 1.13.5 gives all of them out as node_ip and binds the session to one of
        # them by chance: in about one start of seven not to 127.0.0.1 (3 of 20 starts, 0 of 45 with this).
        (("rtc", "ips", "includes"), ["127.0.0.1/32"], "else another interface may stand in for 127.0.0.1"),
    )
    for path, value, why in wanted:
        was = _set(tree, path, value)
        now = _spell(value)
        if was != now:
            yield Override(".".join(path), was, now, why)


def _spell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)


def _set(tree: MappingNode, path: Path_, value: Any) -> str | None:
    """Set a key; what the file had, as it was spelled."""
    import yaml
    from yaml.nodes import MappingNode, ScalarNode

    *parents, leaf = path
    for name in parents:
        inner = _child(tree, name)
        if not isinstance(inner, MappingNode):
            # Absent or empty (`rtc:` alone); anything else the server would refuse, and it shall say so.
            if inner is not None and not (isinstance(inner, ScalarNode) and inner.value in ("", "~", "null")):
                return None
            _drop(tree, name)
            inner = MappingNode("tag:yaml.org,2002:map", [], flow_style=False)
            tree.value.append((ScalarNode("tag:yaml.org,2002:str", name), inner))
        tree = inner
    old = _child(tree, leaf)
    node = yaml.compose(_spell(value), Loader=yaml.SafeLoader)
    for index, (key, _) in enumerate(tree.value):
        if key.value == leaf:
            tree.value[index] = (key, node)
            break
    else:
        tree.value.append((ScalarNode("tag:yaml.org,2002:str", leaf), node))
    return None if old is None else _shown(old)


def _remove(tree: MappingNode, path: Path_) -> str | None:
    from yaml.nodes import MappingNode

    *parents, leaf = path
    for name in parents:
        inner = _child(tree, name)
        if not isinstance(inner, MappingNode):
            return None
        tree = inner
    old = _child(tree, leaf)
    if old is None:
        return None
    _drop(tree, leaf)
    return "" if leaf in ("keys", "key_file", "redis") else _shown(old)  # those may hold secrets


def _drop(tree: MappingNode, name: str) -> None:
    tree.value = [(key, value) for key, value in tree.value if key.value != name]


def _child(tree: Node | None, name: str) -> Node | None:
    from yaml.nodes import MappingNode

    if not isinstance(tree, MappingNode):
        return None
    return next((value for key, value in tree.value if key.value == name), None)


def _find(tree: Node | None, path: Path_) -> Node | None:
    """The key node of a path."""
    from yaml.nodes import MappingNode

    *parents, leaf = path
    for name in parents:
        tree = _child(tree, name)
    if not isinstance(tree, MappingNode):
        return None
    return next((key for key, _ in tree.value if key.value == leaf), None)


def _path_at(tree: Node | None, line: int, path: Path_ = ()) -> Path_:
    """The innermost key that a line (from 1) belongs to."""
    from yaml.nodes import MappingNode

    if isinstance(tree, MappingNode):
        for key, value in tree.value:
            if key.start_mark.line <= line - 1 <= value.end_mark.line and isinstance(key.value, str):
                if key.start_mark.line == line - 1:
                    return (*path, key.value)
                if value.start_mark.line <= line - 1 < max(value.end_mark.line, value.start_mark.line + 1):
                    return _path_at(value, line, (*path, key.value))
    return path


def _shown(node: Node) -> str:
    from yaml.nodes import ScalarNode, SequenceNode

    if isinstance(node, ScalarNode):
        return str(node.value)
    if isinstance(node, SequenceNode):
        return f"[{', '.join(str(n.value) if isinstance(n, ScalarNode) else '…' for n in node.value)}]"
    return "{…}"


def _extra_ports(tree: MappingNode) -> Iterator[tuple[int, str, str]]:
    turn = _child(tree, "turn")
    enabled = _child(turn, "enabled")
    if enabled is not None and str(enabled.value).lower() in ("true", "yes", "on", "y"):
        yield from _port(turn, "udp_port", "udp", "TURN")
        yield from _port(turn, "tls_port", "tcp", "TURN over TLS")
    yield from _port(tree, "prometheus_port", "tcp", "metrics")
    yield from _port(_child(tree, "prometheus"), "port", "tcp", "metrics")
    yield from _port(_child(tree, "debug_handler"), "port", "tcp", "debug handler")


def _port(tree: Node | None, name: str, kind: str, purpose: str) -> Iterator[tuple[int, str, str]]:
    node = _child(tree, name)
    if node is not None and re.fullmatch(r"[0-9]{1,5}", str(node.value)) and 0 < int(node.value) < 65536:
        yield int(node.value), kind, purpose


def _compose(text: str, name: str) -> Any:
    import yaml

    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigError(
            f"{name}{where}: not YAML: {error.problem or error.context}", code="config.syntax"
        ) from error
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"{name}: not YAML: {reason}", code="config.syntax") from error
    except RecursionError as error:
        raise ConfigError(f"{name}: nested too deep", code="config.syntax") from error


def _serialize(tree: MappingNode) -> str:
    import yaml

    head = "# Written by `lkm up` at every start, from the project's livekit.yaml: edit that one.\n"
    return head + yaml.serialize(tree, Dumper=yaml.SafeDumper, width=10_000, allow_unicode=True)


def server_env(env: Mapping[str, str]) -> dict[str, str]:
    """The environment for a server that obeys its file alone.

    Every option of livekit-server has a ``LIVEKIT_…`` variable that beats the file (271 of them in
    1.13.5; ``LIVEKIT_CONFIG`` replaces the file as a whole), and four variables go without the prefix.
    """
    other = {"NODE_IP", "UDP_PORT", "REDIS_HOST", "REDIS_PASSWORD"}
    return {
        name: value for name, value in env.items() if not name.startswith("LIVEKIT_") and name not in other
    }
