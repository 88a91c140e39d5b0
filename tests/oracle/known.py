"""Configurations whose findings are known. That the servers agree is a test of its own."""

from __future__ import annotations

from dataclasses import dataclass

KEYS = "keys: {APIoracle0001: oracle-secret-0123456789abcdefghijkl}\n"


@dataclass(frozen=True, slots=True)
class Known:
    """A configuration, and the ids of what is said of it by status; ``since`` from which version on."""

    text: str | bytes
    fail: tuple[str, ...] = ()
    warn: tuple[str, ...] = ()
    since: str = "1.8.4"
    info: tuple[str, ...] = ()

    @property
    def data(self) -> bytes:
        return self.text.encode() if isinstance(self.text, str) else self.text


def with_keys(
    text: str, *fail: str, warn: tuple[str, ...] = (), since: str = "1.8.4", info: tuple[str, ...] = ()
) -> Known:
    return Known(KEYS + text, fail, warn, since, info)


KNOWN: tuple[Known, ...] = (
    # The parser: keys and types.
    with_keys(""),
    with_keys("kyes: {}\n", "unknown-key"),
    with_keys("rtc: {tcp-port: 7881}\n", "unknown-key"),
    with_keys("udp_port: 7882\n", "unknown-key"),
    with_keys("room: {room_configurations: {a: {emptytimeout: 5}}}\n", "unknown-key"),
    with_keys("room: {room_configurations: {a: {empty_timeout: 5, maxParticipants: 1k}}}\n"),
    with_keys("room: {room_configurations: {a: {sync_streams: yes}}}\n", "bad-value"),
    with_keys('port: "7880"\n', "wrong-type"),
    with_keys("port: !!int '7880'\n"),
    with_keys("port: 0x1EC8\n"),
    with_keys("port: 7_880\n"),
    with_keys("port: 0o17310\n"),
    with_keys("port: 017310\n", warn=("odd-value",)),
    with_keys("port: 08080\n"),
    with_keys("port: 7880.9\n", warn=("odd-value",)),
    with_keys("port: 7.88e3\n"),
    with_keys("port: -1\n", "wrong-type"),
    with_keys("port: ~\n"),
    with_keys("port:\n"),
    with_keys("port: [7880]\n", "wrong-type"),
    with_keys("port: 4294967296\n", "wrong-type"),
    with_keys("room: {auto_create: yes}\n"),
    with_keys('room: {auto_create: "yes"}\n'),
    with_keys('room: {auto_create: "true"}\n', "wrong-type"),
    with_keys("room: {auto_create: 1}\n", "wrong-type"),
    with_keys("room: {create_room_timeout: 10}\n", "wrong-type"),
    with_keys("room: {create_room_timeout: 1m30s}\n"),
    with_keys("room: {create_room_timeout: 1d}\n", "wrong-type"),
    with_keys("region: 2001-01-01\n"),
    with_keys("region: !!binary '@'\n", "bad-value"),
    with_keys("rtc: {stun_servers: [~, 127.0.0.1:3478]}\n", warn=("odd-value",)),
    with_keys("rtc: {stun_servers: 127.0.0.1:3478}\n", "wrong-type"),
    with_keys("rtc: ~\n"),
    with_keys("rtc: 5\n", "wrong-type"),
    with_keys("~: 5\n", warn=("odd-value",)),
    Known("keys: APIabc:0123456789012345678901234567890123\n", ("wrong-type",)),
    # The parser: twice, aliases, merges.
    with_keys("port: 1\nport: 1\n", "duplicate-key"),
    with_keys("port: &p 7880\nrtc: {tcp_port: *p}\n", "port-clash"),
    with_keys("port: *p\n", "alias"),
    with_keys("rtc: &r {turn_servers: [*r]}\n", "unknown-key"),
    with_keys("rtc: &r {<<: *r}\n", "alias"),
    with_keys("region: a?b\n"),
    with_keys("rtc: {stun_servers: [a?b]}\n", "syntax"),
    with_keys("rtc: {?tcp_port: 7881}\n"),
    with_keys("<<: {port: 7000}\n"),
    with_keys("<<: [{port: 7000}, {port: x}]\n"),
    with_keys("<<: {prot: 7000}\n", "unknown-key"),
    with_keys("<<: 5\n", "merge"),
    with_keys('"<<": {port: 7000}\n', "unknown-key"),
    # The text.
    with_keys("\tport: 7880\n", "syntax"),
    with_keys("rtc:\n\ttcp_port: 7881\n", "syntax"),
    with_keys("port: [\n", "syntax"),
    with_keys("region: \x07\n", "characters"),
    with_keys("---\nfoo: 1\n", warn=("second-document",)),
    with_keys("...\n}}}\n"),
    with_keys("--- [\n", warn=("second-document",)),
    with_keys("--- foo: 1\n", "syntax"),
    with_keys("...\n---\n@\n", "syntax"),
    Known((KEYS + "--- a: b\n").replace("\n", "\r"), ("syntax",)),
    with_keys("---\nfoo: 1\nbar: @\n", warn=("second-document",)),
    Known("\ufeff" + KEYS),
    Known(KEYS.replace("\n", "\r\n") + "port: 7880\r\n"),
    Known((KEYS + "region: b\u00fcro\n").encode("utf-16")),
    Known(KEYS.encode() + b"region: b\xfcro\n", ("encoding",)),
    Known('{"keys": {"APIoracle0001": "oracle-secret-0123456789abcdefghijkl"}, "port": 7880}'),
    Known("# only a comment\n", ("empty",)),
    Known("\n", ("empty",)),
    Known("", ("keys-missing",)),
    Known("---\n", ("keys-missing",)),
    Known("x\n", ("wrong-type",)),
    Known("- x\n", ("wrong-type",)),
    # What the server itself looks at.
    Known("port: 7880\n", ("keys-missing",)),
    Known("keys: {a: }\n", (), ("short-secret",)),
    Known("keys: {a: b}\n", (), ("short-secret",)),
    Known("development: true\n", (), ("development",)),
    with_keys("key_file: nowhere.yaml\n", "key-file", warn=("keys-and-file",)),
    with_keys("webhook: {urls: [http://127.0.0.1:1]}\n", "webhook-key"),
    with_keys("webhook: {urls: [http://127.0.0.1:1], api_key: x}\n", "webhook-key"),
    with_keys("webhook: {urls: [http://127.0.0.1:1], api_key: APIoracle0001}\n"),
    with_keys("webhook: {api_key: x}\n"),
    with_keys("webhook: {urls: [127.0.0.1], api_key: APIoracle0001}\n", warn=("webhook-url",)),
    with_keys("turn: {enabled: true}\n", "turn-ports"),
    with_keys("turn: {enabled: true, udp_port: 3478}\n"),
    with_keys(
        "turn: {enabled: true, tls_port: 443}\n", "turn-certificate", "turn-certificate", "turn-domain"
    ),
    with_keys("turn: {enabled: true, tls_port: 443, external_tls: true, domain: localhost}\n", "turn-domain"),
    with_keys("turn: {enabled: true, tls_port: 5349, external_tls: true, domain: turn.example.com}\n"),
    with_keys(
        "turn: {enabled: true, tls_port: 5349, domain: turn.example.com, cert_file: x, key_file: y}\n",
        *("turn-certificate", "turn-certificate"),
        warn=("turn-tls-port",),
    ),
    with_keys("turn: {enabled: true, udp_port: 3478, bind_addresses: []}\n", "turn-bind", since="1.11.0"),
    with_keys(
        'turn: {enabled: true, udp_port: 3478, bind_addresses: ["::1"]}\n', "turn-bind", since="1.11.0"
    ),
    with_keys(
        "turn: {enabled: true, udp_port: 3478, relay_range_start: 9, relay_range_end: 8}\n",
        warn=("turn-relay-range",),
    ),
    with_keys(
        "turn: {enabled: true, udp_port: 3478, deny_peer_cidrs: [10.0.0.1]}\n",
        warn=("turn-cidr",),
        since="1.13.5",
    ),
    with_keys("turn: {enabled: true, udp_port: 3478, ttl_seconds: 0}\n", warn=("turn-ttl",), since="1.13.5"),
    with_keys(
        "turn: {enabled: true, udp_port: 3478}\nrtc: {node_ip: 10.99.7.2}\n",
        warn=("turn-private",),
        since="1.13.5",
    ),
    with_keys("rtc: {ips: {includes: [10.99.7.2]}}\n", "cidr"),
    with_keys("rtc: {ips: {includes: [10.99.7.2/24]}}\n"),
    with_keys("rtc: {port_range_start: 50010, port_range_end: 50000}\n", "port-range"),
    with_keys("rtc: {port_range_start: 50000}\n", warn=("port-range-half",)),
    with_keys("rtc: {port_range_end: 50000}\n", warn=("port-range-half",)),
    with_keys(
        "rtc: {port_range_start: 65000, port_range_end: 66000}\n", "port-range", warn=("port-range-half",)
    ),
    with_keys(
        "rtc: {port_range_start: 50000, port_range_end: 50010, udp_port: 7882}\n", warn=("udp-port-ignored",)
    ),
    with_keys("rtc: {udp_port: 7000-7010}\n"),
    with_keys("rtc: {udp_port: 7010-7000}\n", "bad-value"),
    with_keys("rtc: {udp_port: 7_882}\n", "bad-value"),
    with_keys('rtc: {udp_port: "7882"}\n'),
    with_keys("rtc: {udp_port: {start: 7882}}\n", warn=("odd-value",)),
    with_keys("rtc: {udp_port: 70000}\n", "port-number"),
    with_keys("port: 70000\n", "port-number"),
    with_keys("rtc: {tcp_port: 7880}\n", "port-clash"),
    with_keys("prometheus: {port: 7881}\n", "port-clash"),
    with_keys("prometheus: {port: 6789, username: x}\n", warn=("prometheus-open",)),
    with_keys("bind_addresses: [127.0.0.1, 127.0.0.1]\n", "port-clash"),
    with_keys('bind_addresses: [127.0.0.1, "::1"]\n'),
    with_keys('bind_addresses: [127.0.0.1, ""]\n', "port-clash"),
    with_keys("bind_addresses: [127.0.0.1]\nrtc: {tcp_port: 7880}\n", "port-clash"),
    with_keys("bind_addresses: [127.0.0.1]\nport: 0\nprometheus: {port: 7882}\nrtc: {udp_port: 7882}\n"),
    with_keys("bind_addresses: []\n", warn=("bind-nowhere",)),
    with_keys("bind_addresses: [10.0.0.0/8]\n", "bind-address"),
    with_keys("bind_addresses: [999.1.1.1]\n", "bind-address"),
    with_keys("rtc: {force_tcp: true}\n"),
    with_keys("rtc: {force_tcp: true, tcp_port: 0}\n", "no-transport"),
    with_keys("node_selector: {kind: nearest}\n", "node-selector"),
    with_keys("node_selector: {kind: regionaware}\n", "node-selector"),
    with_keys("node_selector: {sort_by: age}\n", warn=("node-selector-words",)),
    with_keys("rtc: {node_ip: example.com}\n", "bad-value", since="1.11.0"),
    with_keys("rtc: {node_ip: 127.0.0.1}\n", info=("loopback-node-ip",)),
    with_keys("rtc: {node_ip: 0.0.0.0}\n", warn=("loopback-node-ip",)),
    with_keys("rtc: {node_ip: 127.0.0.1, enable_loopback_candidate: true}\n", info=("loopback-node-ip",)),
    with_keys("rtc: {node_ip: 172.18.0.2}\n", warn=("docker-node-ip",)),
    with_keys("rtc: {stun_servers: [stun:127.0.0.1:3478]}\n", warn=("stun-scheme",)),
    with_keys("rtc: {use_external_ip: true, stun_servers: ['stun:127.0.0.1:3478']}\n", "stun-scheme"),
    with_keys("rtc: {use_external_ip: true, stun_servers: [127.0.0.1]}\n", "stun-scheme"),
    with_keys("rtc: {turn_servers: [{host: a, protocol: sctp, port: 1}]}\n", warn=("turn-server",)),
    with_keys(
        "rtc: {turn_servers: [{host: a, port: 1, secret_file: x}]}\n", "turn-secret-file", since="1.13.5"
    ),
    with_keys("psrpc: {buffer_size: -1}\n", "buffer-size", since="1.11.0"),
    with_keys("signal_relay: {stream_buffer_size: -1}\n", "buffer-size"),
    with_keys("node_stats: {stats_update_interval: 0s}\n", "node-stats", since="1.11.0"),
    with_keys("node_stats: {stats_rate_measurement_intervals: []}\n", warn=("node-stats",), since="1.11.0"),
    with_keys('trace: {jaeger_url: "a b"}\n', "jaeger-url", since="1.11.0"),
    with_keys("log_level: debug\n", info=("deprecated",)),
    with_keys("log_level: debug\nlogging: {level: info}\n", warn=("deprecated",)),
    with_keys("region: ${REGION}\n", warn=("template",)),
    with_keys("port: ${PORT}\n", "template"),
    with_keys("port: {{ .Values.port }}\n", "template"),
    with_keys("{{- if .Values.tls }}\nport: 1\n{{- end }}\n", "template"),
)

# Of these the answer depends on the world: nobody may ask a real server in a namespace.
WORLDLY: tuple[Known, ...] = (
    with_keys("redis: {address: redis:6379}\n"),
    with_keys("redis: {address: redis}\n", warn=("redis-address",)),
    with_keys("redis: {address: redis://redis:6379}\n", warn=("redis-address",)),
    with_keys("redis: {address: a:1, cluster_addresses: [b:1]}\n", warn=("redis-address",)),
    with_keys("rtc: {use_external_ip: true}\n"),
    with_keys("rtc: {use_external_ip: true, node_ip: 203.0.113.7}\n", warn=("external-ip-beats",)),
    with_keys("bind_addresses: [signal.internal]\n", warn=("bind-address",)),
    Known("", (), (), info=("keys-missing",)),
)
