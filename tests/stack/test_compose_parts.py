"""The parts of the Compose runtime that are decided without an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from livekit_migrate.cli.stack import up_result
from livekit_migrate.core.errors import ConfigError, NotReadyError, UsageError
from livekit_migrate.core.process import Completed
from livekit_migrate.core.settings import load
from livekit_migrate.stack.compose import argv, cli, engine, model, reach, says, shift, stats
from livekit_migrate.stack.compose.containers import Row, when
from livekit_migrate.stack.compose.preflight import said
from livekit_migrate.stack.compose.verdict import Expectation, Track, judge
from livekit_migrate.stack.ports import Port
from livekit_migrate.stack.runtime import Outcome, Service

CALL = argv.Call(Path("/p"), (Path("/p/a.yaml"),), "app", (Path("/p/dev.env"),), ("web",))
DOCUMENT: dict[str, Any] = {
    "name": "app",
    "services": {
        "livekit": {
            "image": "livekit/livekit-server:v1.13.5",
            "environment": {"LIVEKIT_KEYS": "APIa: secret-of-a", "EMPTY": None},
            "ports": [
                {"target": 7880, "published": "7880", "protocol": "tcp", "host_ip": "127.0.0.1"},
                {"target": 7881, "published": "7881", "protocol": "tcp"},
                {"target": 7882, "published": "7882", "protocol": "udp"},
                {"target": 80, "published": "4000-4005"},
            ],
            "depends_on": {
                "redis": {"condition": "service_healthy"},
                "job": {"condition": "service_started"},
            },
            "healthcheck": {"test": ["CMD", "true"]},
            "volumes": [
                {"type": "bind", "source": "/p/livekit.yaml", "target": "/etc/livekit.yaml"},
                {"type": "volume", "source": "data", "target": "/data"},
            ],
            "restart": "unless-stopped",
        },
        "redis": {"image": "redis:7", "healthcheck": {"test": ["NONE"]}},
        "job": {"image": "job", "build": {"context": "/p", "target": "dev", "args": {"VITE_A": "1"}}},
        "web": {
            "image": "web",
            "depends_on": {"migrate": {"condition": "service_completed_successfully"}},
            "environment": {"NEXT_PUBLIC_URL": "ws://localhost:7880"},
            "build": {"context": "/p", "args": {"NEXT_PUBLIC_URL": "ws://localhost:7880"}},
        },
        "migrate": {"image": "migrate", "ports": [{"target": 1}]},
        "off": {"image": "off", "deploy": {"replicas": 0}},
    },
    "volumes": {"data": {"name": "app_data"}},
}


def test_what_compose_is_told(golden: Any) -> None:
    lines = [
        argv.version(),
        argv.config(CALL, ["web"]),
        argv.hashes(argv.Call(Path("/p"))),
        argv.pull(CALL, ["a", "b"]),
        argv.build(CALL, ["a"], fresh_base=True),
        argv.up(CALL, ["a"], recreate=True, dependencies=False),
        argv.up(argv.Call(Path("/p")), []),
        argv.restart(CALL, ["a"]),
        argv.down(CALL, volumes=True),
    ]
    golden("compose/argv.txt", "\n".join(" ".join(line) for line in lines) + "\n")


def test_the_document_as_values() -> None:
    stack = model.parse(DOCUMENT)
    livekit = stack.services["livekit"]
    assert [spec.name for spec in stack.wanted(["livekit"])] == ["redis", "job", "livekit"]
    assert "off" not in [spec.name for spec in stack.wanted([])]
    assert [(str(port), port.purpose, port.host) for port in model.host_ports(livekit, "livekit")] == [
        ("TCP 7880", "signalling and API", "127.0.0.1"),
        ("TCP 7881", "media over TCP", ""),
        ("UDP 7882", "media over UDP", ""),
    ]
    assert livekit.checked
    assert not stack.services["redis"].checked
    assert livekit.binds == {"/etc/livekit.yaml": Path("/p/livekit.yaml")}
    assert livekit.environment == {"LIVEKIT_KEYS": "APIa: secret-of-a"}
    assert "secret-of-a" in list(model.secrets_of(livekit.environment))
    assert "secret-of-a" not in repr(livekit)
    assert [name for name in stack.services if stack.one_shot(name)] == ["migrate"]
    assert [name for name in stack.services if stack.may_end(name)] == ["redis", "job", "migrate"]


ROW = Row("id", "app-1", "p", "app", 1, "running", "", None, "i", "i", "h", "/p", (), 0.0)


def row(state: str, health: str = "", code: int | None = None) -> Row:
    from dataclasses import replace

    return replace(ROW, state=state, health=health, exit_code=code)


@pytest.mark.parametrize(
    ("what", "track", "expected", "settled", "kind"),
    [
        (None, Track(), Expectation(), False, "waiting"),
        (None, Track(), Expectation(), True, "ended"),
        (row("running"), Track(started=99.0), Expectation(), False, "ready"),
        (row("running"), Track(started=99.9), Expectation(), False, "waiting"),
        (row("running"), Track(), Expectation(), True, "waiting"),
        (row("running"), Track(started=99.0, dies=[1]), Expectation(restarts=True), False, "waiting"),
        (row("running", "starting"), Track(started=0), Expectation(checked=True), True, "waiting"),
        (
            row("running", "starting"),
            Track(started=0),
            Expectation(checked=True, answers=True),
            True,
            "ready",
        ),
        (row("running", "healthy"), Track(started=99.9), Expectation(checked=True), False, "ready"),
        (
            row("running", "healthy"),
            Track(started=9),
            Expectation(checked=True, answers=False),
            True,
            "waiting",
        ),
        (row("running"), Track(started=99.0), Expectation(listens=False), True, "waiting"),
        (row("running"), Track(started=90.0), Expectation(listens=False), True, "ready"),
        (row("running", "unhealthy"), Track(started=9), Expectation(checked=True), False, "unhealthy"),
        (row("running", "unhealthy"), Track(before=True), Expectation(checked=True), False, "waiting"),
        (row("running", "unhealthy"), Track(before=True), Expectation(checked=True), True, "unhealthy"),
        (row("exited", code=0), Track(dies=[0]), Expectation(), False, "ended"),
        (row("exited", code=0), Track(dies=[0]), Expectation(one_shot=True), False, "ready"),
        (row("exited", code=3), Track(dies=[3]), Expectation(one_shot=True), False, "crashed"),
        (row("running"), Track(started=0), Expectation(one_shot=True), True, "waiting"),
        (row("running"), Track(started=0), Expectation(may_end=True), True, "ready"),
        (row("exited", code=0), Track(dies=[0]), Expectation(may_end=True), True, "ready"),
        (row("exited", code=3), Track(dies=[3]), Expectation(), False, "crashed"),
        (row("exited", code=3), Track(), Expectation(), False, "waiting"),
        (row("exited", code=3), Track(), Expectation(), True, "crashed"),
        (row("exited", code=137), Track(killed=True), Expectation(), False, "waiting"),
        (row("exited", code=137), Track(killed=True), Expectation(), True, "stopped"),
        (row("restarting", code=1), Track(dies=[1]), Expectation(restarts=True), True, "waiting"),
        (row("restarting", code=1), Track(dies=[1] * 5), Expectation(restarts=True), True, "flaps"),
        (row("restarting", code=0), Track(dies=[0]), Expectation(restarts=True), True, "ended"),
        (row("paused"), Track(started=0), Expectation(), True, "stopped"),
        (row("created"), Track(), Expectation(), False, "waiting"),
        (row("created"), Track(), Expectation(), True, "stopped"),
    ],
)
def test_the_verdict(
    what: Row | None, track: Track, expected: Expectation, *, settled: bool, kind: str
) -> None:
    assert judge(what, track, expected, now=100.0, settled=settled).kind == kind


def test_up_says_who_failed_after_it_was_ready(tmp_path: Path) -> None:
    from types import SimpleNamespace

    services = (
        Service("app", "compose", "crashed", exit_code=3, ready_after=0.5),
        Service("db", "compose", "ready", ready_after=0.5),
        Service("slow", "compose", "unresponsive", ready_after=0.5),
        Service("old", "compose", "crashed", exit_code=1),  # nobody asked for it
    )
    run: Any = SimpleNamespace(command="up", verbose=False, settings=load(start=tmp_path))
    result = up_result(run, Outcome("compose", services, changed=True))
    assert [(finding.title, finding.status) for finding in result.findings] == [("app crashed", "fail")]


def test_ports_on_one_line() -> None:
    ports = [Port(number, "udp", "") for number in range(50000, 50201)] + [Port(7880, "tcp", "")]
    assert said(ports) == "TCP 7880, UDP 50000–50200"


@pytest.mark.parametrize(
    ("host", "remote"),
    [
        ("unix:///var/run/docker.sock", False),
        ("tcp://127.0.0.1:2375", False),
        ("tcp://localhost:2375", False),
        ("tcp://[::1]:2375", False),
        ("tcp://10.0.0.7:2376", True),
        ("tcp://build.example:2376", True),
        ("ssh://me@build.example", True),
        ("npipe:////./pipe/docker_engine", False),
    ],
)
def test_which_engine_is_on_another_machine(host: str, remote: bool) -> None:
    assert engine.Endpoint(host, "DOCKER_HOST").remote is remote


def test_where_udp_does_not_arrive() -> None:
    unix = engine.Endpoint("unix:///var/run/docker.sock", "default")
    colima = engine.Endpoint("unix:///Users/me/.colima/default/docker.sock", "context colima")
    assert reach.surroundings({}, unix, {}, "Linux version 6.1") == ""
    assert reach.surroundings({}, colima, {}, "") == "colima"
    assert reach.surroundings({}, unix, {}, "Linux version 5.15-microsoft-standard-WSL2") == "wsl"
    assert reach.surroundings({"SSH_CONNECTION": "a 1 b 2"}, unix, {}, "") == "ssh"
    assert reach.surroundings({"CODESPACES": "true", "SSH_CONNECTION": "x"}, unix, {}, "") == "cloud"
    assert list(reach.told("", [7880, 7881], {}, "")) == []
    assert list(reach.told("ssh", [7880, 7881], {}, "me@10.0.0.7")) == [
        (
            "this is an SSH session: for a browser on your own machine media will use TCP 7881; "
            "forward it there:"
        ),
        "  ssh -N -L 7880:127.0.0.1:7880 -L 7881:127.0.0.1:7881 me@10.0.0.7",
    ]
    assert "media will use TCP 7881" in next(iter(reach.told("wsl", [7880, 7881], {}, "")))
    assert "no TCP media port" in next(iter(reach.told("colima", [7880], {}, "")))
    codespace = {"CODESPACES": "true", "CODESPACE_NAME": "blue-fish"}
    assert list(reach.told("cloud", [7880, 7881], codespace, ""))[1] == (
        "  gh codespace ports forward 7880:7880 7881:7881 --codespace blue-fish"
    )


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ('{"level":"warn","ts":1700000000.5,"msg":"hello","room":"x"}', "warn", "hello"),
        ("2026-11-26T12:00:00.000Z\tINFO\tlivekit\tserver.go:1\tstarting", "info", "starting"),
        ("1:M 26 Nov 2026 12:00:00.000 # Server is out of room", "warn", None),
        ("1:M 26 Nov 2026 12:00:00.000 * Ready to accept connections", "info", None),
        ("2026-11-26 12:00:00.000 UTC [1] FATAL:  no such database", "error", None),
        ("2026-11-26 12:00:00.000 UTC [1] LOG:  ready", "info", None),
        ('{"level":50,"time":1,"msg":"from pino"}', "error", "from pino"),
        ("just words", "info", None),
        ("Error: cannot find module", "error", None),
    ],
)
def test_lines_of_other_services(line: str, level: str, message: str | None) -> None:
    _, found = says.line_of("app", f"2026-11-26T12:00:00.123456789Z {line}".encode())
    assert (found.service, found.level) == ("app", level)
    assert found.message == (message or line)


def test_the_engines_times() -> None:
    assert when("0001-01-01T00:00:00Z") is None
    assert when("2026-11-26T12:00:00.123456789Z") == pytest.approx(1795694400.123456)
    assert when("never") is None


def test_warnings_and_refusals(tmp_path: Path) -> None:
    said_ = (
        'time="2026-11-26T12:00:00Z" level=warning msg="The \\"A\\" variable is not set. Defaulting to a '
        'blank string."\nerror while interpolating: required variable B is missing a value: ask Ann\n'
    )
    assert cli.warnings(said_ * 2) == ('The "A" variable is not set. Defaulting to a blank string.',)
    (tmp_path / "compose.yaml").write_text("services:\n  a:\n    # ${B:?no}\n    image: x${B:?ask Ann}\n")
    error = cli.refusal(Completed((), 1, "", said_), argv.Call(tmp_path))
    assert isinstance(error, ConfigError)
    assert error.message == "compose.yaml:4: B is not set: ask Ann"
    assert isinstance(
        cli.refusal(Completed((), 1, "", "no such service: x"), argv.Call(tmp_path)), UsageError
    )


def test_silence_in_words() -> None:
    where = engine.Endpoint("unix:///x.sock", "default")
    error = engine.silence(where, PermissionError(13, "Permission denied"))
    assert isinstance(error, NotReadyError)
    assert (error.code, "usermod -aG docker" in error.hint) == ("docker.permission", True)
    assert engine.silence(where, ConnectionRefusedError(111, "refused")).detail.endswith("nothing listens")


def test_moved_ports(tmp_path: Path, golden: Any) -> None:
    (tmp_path / "lkm.toml").write_text("[ports]\nsignal = 8880\n")
    (tmp_path / "livekit.yaml").write_text("port: 7880\nrtc:\n  tcp_port: 7881 # media\n  udp_port: 7882\n")
    document = {**DOCUMENT, "services": {**DOCUMENT["services"]}}
    livekit = dict(document["services"]["livekit"])
    livekit["volumes"] = [
        {"type": "bind", "source": str(tmp_path / "livekit.yaml"), "target": "/etc/livekit.yaml"}
    ]
    document["services"]["livekit"] = livekit
    stack = model.parse(document)
    settings = load(tmp_path, env={})
    roles = {"livekit": "livekit", "web": "web"}
    moves = shift.moves(stack, roles, settings, 10)
    assert [(move.before.number, move.after.number, move.after.target) for move in moves] == [
        (7880, 8890, 7880),
        (7881, 7891, 7891),
        (7882, 7892, 7892),
    ]
    assert shift.write(settings, stack, roles, moves, 10)
    assert shift.offset_of(settings) == 10
    text = shift.override_of(settings).read_text().replace(str(tmp_path), "ROOT")
    golden("compose/override.yaml", text)
    copy = (shift.folder_of(settings) / "livekit.yaml").read_text()
    assert copy == "port: 7880\nrtc:\n  tcp_port: 7891 # media\n  udp_port: 7892\n"
    assert not shift.write(settings, stack, roles, ())
    assert not shift.override_of(settings).exists()
    assert shift.offset_of(settings) == 0
    with pytest.raises(UsageError, match="on port"):
        shift.moves(stack, roles, settings, 60000)


def test_media_of_a_back_end_moves_with_the_setting_that_tells_its_port(tmp_path: Path) -> None:
    ports = [
        {"target": number, "published": str(number), "protocol": protocol}
        for number, protocol in ((1285, "tcp"), (44444, "udp"), (44444, "tcp"))
    ]
    environment = {"PORT": "1285", "MEDIASOUP_RTC_PORT": "44444", "SEED": "44444"}
    stack = model.parse(
        {"name": "app", "services": {"backend": {"image": "b", "ports": ports, "environment": environment}}}
    )
    moves = shift.moves(stack, {"backend": "backend"}, load(tmp_path, env={}), 10)
    # It tells browsers one number for UDP and TCP: inside and outside have to be alike.
    assert [(move.after.number, move.after.target) for move in moves] == [
        (1295, 1285),
        (44454, 44454),
        (44454, 44454),
    ]
    document = yaml.safe_load(shift.document(stack, moves, {}).replace("!override", ""))
    assert document["services"]["backend"]["environment"] == {"MEDIASOUP_RTC_PORT": "44454"}


def test_the_load_of_a_control_group(tmp_path: Path) -> None:
    two = tmp_path / "two" / "docker" / "x"
    two.mkdir(parents=True)
    (two / "cpu.stat").write_text("usage_usec 1000000\nuser_usec 1\n")
    (two / "memory.current").write_text("5000000\n")
    (two / "memory.stat").write_text("anon 1\ninactive_file 1000000\n")

    def busy(_: float) -> None:
        (two / "cpu.stat").write_text("usage_usec 1100000\n")

    found = stats.from_groups("0::/docker/x\n", tmp_path / "two", busy)
    assert found is not None
    assert found[0] is not None
    assert found[0] > 100, "0.1 s of work in no time"
    assert found[1] == 4_000_000
    one = tmp_path / "one"
    for controller, name, text in (
        ("cpuacct", "cpuacct.usage", "1000000000\n"),
        ("memory", "memory.usage_in_bytes", "3000000\n"),
        ("memory", "memory.stat", "total_inactive_file 1000000\n"),
    ):
        (one / controller / "y").mkdir(parents=True, exist_ok=True)
        (one / controller / "y" / name).write_text(text)
    assert stats.from_groups("4:memory:/y\n2:cpuacct,cpu:/y\n", one, lambda _: None) == (0.0, 2_000_000)
    assert stats.from_groups("4:pids:/y\n", one, lambda _: None) is None


def test_the_engines_own_sample() -> None:
    sample = {
        "cpu_stats": {"cpu_usage": {"total_usage": 300}, "system_cpu_usage": 2000, "online_cpus": 2},
        "precpu_stats": {"cpu_usage": {"total_usage": 100}, "system_cpu_usage": 1000},
        "memory_stats": {"usage": 900, "stats": {"total_inactive_file": 100}},
    }
    assert (stats.cpu(sample), stats.used(sample)) == (40.0, 800)
    assert (stats.cpu({}), stats.used({})) == (None, None)
