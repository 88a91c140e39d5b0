"""Configurations to judge: drawn uniformly from the schema's leaves, and every pair of traps."""

from __future__ import annotations

import itertools
import random
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from livekit_migrate.livekit.configcheck.schema import Schema, Type

KEYS = "APIoracle0001: oracle-secret-0123456789abcdefghijkl"

# What the world outside of the file decides: a Redis that answers, a STUN server, a name server.
WORLD = ("redis.address", "redis.sentinel_addresses", "redis.cluster_addresses")

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A configuration, and how it was made."""

    made: str
    text: bytes


VALID: Mapping[str, Sequence[str]] = {
    "bool": ("true", "false", "yes", "no", "On", "off"),
    "string": ("x", '"a b"', "''", "12:30", "0123", "on", "~", "!!str 5"),
    "int": ("0", "1", "5", "300", "7_880", "0x10", "0o17"),
    "uint": ("0", "1", "5", "300", "7_880", "0x10", "0b11"),
    "float": ("0", "0.5", "1e3", ".5", "1", "0x10"),
    "duration": ("1s", "100ms", "1m30s", "2h", ".5s", '"5s"'),
    "slice": ("[]", "~"),
    "map": ("{}", "~"),
    "pointer": ("~",),
}
EDGES: Mapping[str, Sequence[str]] = {
    "bool": ("True", "y", "N", "1", "0", '"true"', "'yes'", "tRue", "!!bool true", "!!bool yes", "~"),
    "string": ("7880", "1.5", "true", "2001-01-01", "[]", "{}", "!!binary aGk=", "!!binary @", "|\n  x", "-"),
    "int": (
        *("-1", "65535", "65536", "70000", "2147483647", "2147483648", "-2147483649", "9223372036854775807"),
        *("9223372036854775808", "1.5", "1e3", "1e400", ".nan", "-.inf", '"5"', "!!int 5", "0x", "08", "010"),
    ),
    "uint": (
        *("-1", "-0", "-0.5", "65535", "65536", "70000", "4294967295", "4294967296", "18446744073709551615"),
        *(
            "18446744073709551616",
            "1.5",
            "1e3",
            ".nan",
            ".inf",
            "'5'",
            "!!int 5",
            "!!float 5",
            "08080",
            "010",
        ),
    ),
    "float": (
        "-1",
        "1e300",
        "1e400",
        ".nan",
        ".inf",
        '"1"',
        "1_0.5",
        "!!float 1",
        "0x1p-2",
        "99999999999999999999",
    ),
    "duration": (
        "0s",
        "-1s",
        "1ns",
        "5",
        "0",
        '"0"',
        "5x",
        "1d",
        "1_000ms",
        "1e3s",
        "2540400h",
        "2600000h",
        "µs",
    ),
    "slice": ("[~]", '[""]', "[x]", "x", "[[]]", "[1, 2]", "{a: b}", "[x, ~, y]"),
    "map": ("{a: b}", "{a: ~}", "{0: 1}", "{~: a}", "[a]", "x", "{a: {}}", "{a: b, a: c}", "{1: 2s}"),
    "pointer": ("true", "no", "5", "{}", "x", "[]"),
    "": (
        "x",
        "{}",
        "[]",
        "0",
        "1",
        "7000",
        "7000-7100",
        "7100-7000",
        "1-2-3",
        '"7882"',
        "0x10",
        "7_000",
        "~",
        "''",
    ),
}
ADDRESSES = ("127.0.0.1", "10.99.7.2", "0.0.0.0", "::1", "::", "localhost")
NODE_IPS = (
    "10.99.7.2",
    "127.0.0.1",
    "::1",
    "10.99.7.2,::1",
    "host",
    "10.99.7.2,1.2.3.4",
    "1.2.3",
    "::ffff:1.2.3.4",
)

# Each alone or with any other: what goes wrong together.
TRAPS: Mapping[str, Mapping[str, str]] = {
    "no keys": {"keys": "~"},
    "short secret": {"keys": "{a: b}"},
    "empty secret": {"keys": "{a: }"},
    "development": {"development": "true"},
    "key file that is not there": {"key_file": "nowhere.yaml"},
    "webhook without key": {"webhook.urls": "[http://127.0.0.1:1]"},
    "webhook with a strange key": {"webhook.urls": "[http://127.0.0.1:1]", "webhook.api_key": "other"},
    "webhook key alone": {"webhook.api_key": "other"},
    "TURN without ports": {"turn.enabled": "true"},
    "TURN over UDP": {"turn.enabled": "true", "turn.udp_port": "3478"},
    "TURN over TLS": {"turn.enabled": "true", "turn.tls_port": "5349"},
    "TURN over TLS outside": {"turn.enabled": "true", "turn.tls_port": "5349", "turn.external_tls": "true"},
    "TURN domain": {"turn.domain": "turn.example.com"},
    "TURN domain without dot": {"turn.domain": "localhost"},
    "TURN certificate": {"turn.cert_file": "nowhere.pem", "turn.key_file": "nowhere.key"},
    "TURN on signalling port": {"turn.enabled": "true", "turn.tls_port": "7880"},
    "TURN on media port": {"turn.enabled": "true", "turn.udp_port": "7882"},
    "TURN range backwards": {"turn.relay_range_start": "40000", "turn.relay_range_end": "30000"},
    "TURN on IPv6": {"turn.bind_addresses": '["::1"]'},
    "TURN nowhere": {"turn.bind_addresses": "[]"},
    "node_ip IPv6": {"rtc.node_ip": '"::1"'},
    "node_ip both": {"rtc.node_ip": '"10.99.7.2,::1"'},
    "node_ip name": {"rtc.node_ip": "example.com"},
    "udp_port": {"rtc.udp_port": "7882"},
    "udp_port range": {"rtc.udp_port": "7000-7003"},
    "udp_port too high": {"rtc.udp_port": "70000"},
    "port range": {"rtc.port_range_start": "50000", "rtc.port_range_end": "50010"},
    "port range backwards": {"rtc.port_range_start": "50010", "rtc.port_range_end": "50000"},
    "port range start only": {"rtc.port_range_start": "50000"},
    "port range end only": {"rtc.port_range_end": "50000"},
    "port range too high": {"rtc.port_range_start": "65000", "rtc.port_range_end": "66000"},
    "no TCP": {"rtc.tcp_port": "0"},
    "only TCP": {"rtc.force_tcp": "true"},
    "TCP on signalling port": {"rtc.tcp_port": "7880"},
    "port too high": {"port": "70000"},
    "port any": {"port": "0"},
    "metrics on signalling port": {"prometheus.port": "7880"},
    "metrics on TCP media port": {"prometheus_port": "7881"},
    "metrics half protected": {"prometheus.port": "6789", "prometheus.username": "u"},
    "bind nowhere": {"bind_addresses": "[]"},
    "bind twice": {"bind_addresses": "[127.0.0.1, 127.0.0.1]"},
    "bind overlapping": {"bind_addresses": '[127.0.0.1, ""]'},
    "bind one": {"bind_addresses": "[127.0.0.1]"},
    "bad CIDR": {"rtc.ips.includes": "[10.0.0.1]"},
    "CIDR": {"rtc.ips.includes": "[10.99.7.0/24]"},
    "bad TURN CIDR": {"turn.allow_restricted_peer_cidrs": "[x]"},
    "selector": {"node_selector.kind": "nearest"},
    "selector region": {"node_selector.kind": "regionaware"},
    "region": {"region": "here"},
    "regions": {"node_selector.regions": "[{name: there, lat: 1, lon: 2}]"},
    "no queue": {"psrpc.buffer_size": "-1"},
    "no statistics": {"node_stats.stats_update_interval": "0s"},
    "jaeger": {"trace.jaeger_url": '"a b"'},
    "unknown key": {"debug_handler_port": "6789"},
    "null section": {"rtc": "~"},
}


def draw(rng: random.Random, schema: Schema) -> Case:
    """One configuration: one to three leaves, and in most of them something odd."""
    leaves = list(schema.leaves())
    tree: Tree = {}
    _put(tree, "keys", f"{{{KEYS}}}")
    made = []
    for path, kind in rng.sample(leaves, rng.choice((1, 1, 2, 3))):
        values = VALID if rng.random() < 0.35 else EDGES
        value = value_for(rng, schema, path, kind, values)
        _put(tree, path, value)
        made.append(f"{path}: {value}")
    text = render(tree)
    if rng.random() < 0.6:
        mutate = rng.choice(MUTATIONS)
        made.append(mutate.__name__.strip("_"))
        text = mutate(rng, schema, tree, text)
    return Case(", ".join(made), text.encode())


def pairs(schema: Schema) -> Iterator[Case]:
    """Every pair of traps, those of keys that this version does not know too."""
    for (first, one), (second, other) in itertools.combinations(TRAPS.items(), 2):
        tree: Tree = {}
        _put(tree, "keys", f"{{{KEYS}}}")
        for path, value in (*one.items(), *other.items()):
            _put(tree, path, value)
        yield Case(f"{first} + {second}", render(tree).encode())


def value_for(
    rng: random.Random, schema: Schema, path: str, kind: Type, values: Mapping[str, Sequence[str]]
) -> str:
    """YAML for a leaf, of which the server's answer depends on the file alone."""
    if path.endswith("bind_addresses"):
        return f"[{', '.join(_quoted(rng.choice(ADDRESSES)) for _ in range(rng.choice((1, 1, 2))))}]"
    if path == "rtc.use_external_ip":
        return rng.choice(("false", "no", "~", '"true"', "x", "[]"))
    if path == "rtc.node_ip" and rng.random() < 0.7:
        return _quoted(rng.choice(NODE_IPS))
    if path in WORLD:
        return rng.choice(("~", "[]" if kind.kind == "slice" else '""', "{a: b}"))
    if kind.kind == "slice" and rng.random() < 0.5:
        item = schema.types[kind.of]
        if item.kind == "struct":
            name, below = rng.choice(sorted((item.fields or {}).items()))
            return (
                f"[{{{name}: {rng.choice(values.get(schema.types[below].kind, values['string']))}}}]".replace(
                    "\n", " "
                )
            )
        return f"[{rng.choice(values.get(item.kind, ('x',)))}]".replace("\n", " ")
    if kind.kind == "map" and rng.random() < 0.5:
        item = schema.types[kind.of]
        while item.kind == "pointer":
            item = schema.types[item.of]
        if item.kind == "message":
            return f"{{a: {_message(rng, schema, item.of)}}}"
        return f"{{{rng.choice(('a', '0', '1'))}: {rng.choice(values.get(item.kind, ('{}', 'x')))}}}".replace(
            "\n", " "
        )
    return rng.choice(values.get(kind.kind, EDGES[""]))


def _message(rng: random.Random, schema: Schema, message: str) -> str:
    fields = schema.messages[message]
    name = rng.choice(sorted(fields))
    field = fields[name]
    spelled = rng.choice((name, field["json"], str(field["number"]), name + "x" * (rng.random() < 0.1)))
    plain = ("5", "1k", '"5"', "true", "yes", "x", "~", "[]", "{}", "-1", "1e3", "0x10", '"true"', "1.5")
    value = (
        _message(rng, schema, field["of"])
        if field["kind"] == "message" and rng.random() < 0.7
        else rng.choice(plain)
    )
    if field.get("list") and rng.random() < 0.7:
        value = f"[{value}]"
    return f"{{{spelled}: {value}}}"


def _quoted(text: str) -> str:
    return f'"{text}"'


# Trees: nested dicts, whose leaves are YAML texts.


def _put(tree: Tree, path: str, value: str) -> None:
    *parents, leaf = path.split(".")
    for parent in parents:
        below = tree.get(parent)
        if not isinstance(below, dict):
            below = tree[parent] = {}
        tree = below
    if not isinstance(tree.get(leaf), dict):
        tree[leaf] = value


def render(tree: Tree, indent: str = "") -> str:
    """The tree as block YAML."""
    lines = []
    for key, value in tree.items():
        if isinstance(value, dict):
            lines.append(f"{indent}{key}:\n{render(value, indent + '  ')}")
        else:
            lines.append(f"{indent}{key}: {value.replace(chr(10), chr(10) + indent)}\n")
    return "".join(lines)


# Mutations of a text.

Mutation = Callable[[random.Random, Schema, Tree, str], str]


def _typo(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    lines = text.splitlines(keepends=True)
    index = rng.randrange(len(lines))
    key, colon, rest = lines[index].partition(":")
    if not colon or not key.strip():
        return text
    at = rng.randrange(len(key) - len(key.lstrip()), len(key))
    letter = rng.choice(string.ascii_lowercase + "_-.")
    key = rng.choice(
        (key[:at] + letter + key[at + 1 :], key[:at] + key[at + 1 :], key[:at] + letter + key[at:])
    )
    return "".join([*lines[:index], key + colon + rest, *lines[index + 1 :]])


def _unknown(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    return text + rng.choice(
        ("debug_handler_port: 6789\n", "foo: bar\n", "udp_port: 7882\n", "node_ip: 1.2.3.4\n")
    )


def _missing(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    lines = text.splitlines(keepends=True)
    del lines[rng.randrange(len(lines))]
    return "".join(lines)


def _value_gone(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    lines = text.splitlines(keepends=True)
    index = rng.randrange(len(lines))
    lines[index] = lines[index].partition(":")[0] + ":\n"
    return "".join(lines)


def _twice(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    lines = text.splitlines(keepends=True)
    index = rng.randrange(len(lines))
    return "".join([*lines[: index + 1], lines[index], *lines[index + 1 :]])


def _section_twice(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    return text + render({rng.choice(sorted(tree)): rng.choice(("~", "{}", "x"))})


def _anchor(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    path, kind = rng.choice(list(schema.leaves()))
    value = value_for(rng, schema, path, kind, VALID).replace("\n", " ")
    if value.startswith("!"):
        return text
    head = f"region: &a {value}\n"
    below: Tree = {key: value for key, value in tree.items() if key not in ("region", path.split(".")[0])}
    _put(below, path, rng.choice(("*a", "*a", "*b", "*a ")))
    return head + render(below)


def _merge(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    path, kind = rng.choice(list(schema.leaves()))
    value = value_for(rng, schema, path, kind, EDGES).replace("\n", " ")
    section, _, key = path.rpartition(".")
    entry = f"{{{key}: {value}}}"
    source = rng.choice(
        (entry, f"[{entry}]", f"[{entry}, {{zz: 1}}]", "5", "~", f"{{<<: {entry}}}", f"&m {entry}")
    )
    below: Tree = {name: value for name, value in tree.items() if name != path.split(".")[0]}
    _put(below, f"{section}.<<" if section else "<<", source)
    return render(below)


def _circle(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    return text + rng.choice(
        ("rtc: &a {turn_servers: [*a]}\n", "x: &a [*a]\n", "rtc: &a {<<: *a}\n", "limit: &a\n  <<: *a\n")
    )


def _tab(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    places = [index for index, char in enumerate(text) if char in " \n"]
    index = rng.choice(places)
    return text[:index] + rng.choice(("\t", " \t", "\t ")) + text[index + 1 :]


def _mark(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    if rng.random() < 0.6:
        return "\ufeff" + text
    index = rng.randrange(len(text))
    return text[:index] + "\ufeff" + text[index:]


def _documents(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    return rng.choice(
        (
            "---\n{}",
            "{}---\nfoo: 1\n",
            "{}...\n",
            "{}---\n[\n",
            "---\n---\n{}",
            "%YAML 1.1\n---\n{}",
            "{}--- a: b\n",
            "{}---\n@\n",
            "{}... x\n",
            "# c\n---\n{}...\n}}",
        )
    ).replace("{}", text, 1)


def _windows(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    return text.replace("\n", rng.choice(("\r\n", "\r\n", "\r")))


def _flow(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    return _as_flow(tree).replace("\n", " ") + "\n"


def _as_flow(tree: Tree) -> str:
    items = (f"{key}: {_as_flow(value) if isinstance(value, dict) else value}" for key, value in tree.items())
    return f"{{{', '.join(items)}}}"


def _noise(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    index = rng.randrange(len(text) + 1)
    return text[:index] + rng.choice("\"'{}[],:&*!|>%@`#-?~\x07\x85é\u00a0\u2028") + text[index:]


def _cut(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    return text[: rng.randrange(len(text))]


def _dedent(rng: random.Random, schema: Schema, tree: Tree, text: str) -> str:
    lines = text.splitlines(keepends=True)
    index = rng.randrange(len(lines))
    lines[index] = rng.choice(("", " ", "   ", "    ")) + lines[index].lstrip()
    return "".join(lines)


MUTATIONS: tuple[Mutation, ...] = (
    *(_typo, _typo, _unknown, _missing, _value_gone, _twice, _section_twice, _anchor, _merge, _circle),
    *(_tab, _mark, _documents, _windows, _flow, _noise, _cut, _dedent),
)
