"""Up, down, restart and status of a real livekit-server on this machine."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import free_port, server_binary
from tests.native import Native, alive, until


def test_up_status_down(native: Native) -> None:
    ran = native.up("--json")
    assert ran.code == 0, ran.err + ran.out
    data = ran.json["data"]
    service = data["services"][0]
    assert service["state"] == "ready"
    assert data["url"] == f"ws://127.0.0.1:{native.ports[0]}"
    assert {(p["number"], p["open"]) for p in service["ports"]} == {(port, True) for port in native.ports}
    assert service["version"] == "1.13.5"
    assert [step["name"] for step in ran.json["steps"]] == ["keys", "ports", "livekit"]

    now = native.service()
    assert (now["state"], now["pid"]) == ("ready", service["pid"])
    assert (now["rooms"], now["participants"]) == ([], 0)
    assert now["memory_bytes"] > 1_000_000

    ran = native.lkm("down")
    assert ran.code == 0, ran.err
    assert "livekit.log" in ran.err
    assert native.processes() == []
    assert native.service()["state"] == "stopped"
    assert native.lkm("status").code == 0


def test_keys_and_env_are_made_once_and_said(native: Native) -> None:
    ran = native.up()
    assert "new API key API" in ran.err
    assert ".env" in ran.err
    first = (native.root / ".env").read_bytes()
    native.lkm("down")
    ran = native.up()
    assert ran.code == 0
    assert "new API key" not in ran.err
    assert (native.root / ".env").read_bytes() == first


def test_a_second_up_finds_it_running(native: Native) -> None:
    native.up()
    pid = native.service()["pid"]
    again = native.up()
    assert again.code == 0
    assert f"runs already (PID {pid})" in again.err
    assert str(native.ports[0]) in again.out
    assert [server.pid for server in native.servers()] == [pid]


def test_two_ups_at_the_same_moment(native: Native) -> None:
    server_binary()
    # The first one is held up by a server that does not answer, until the second one waits for it.
    hanging = native.fake("while [ ! -e 'the second one waits' ]; do sleep 0.05; done\nexit 3\n")
    with native.popen("up", "--no-media", "--timeout", "10m", env=hanging) as first:
        until(native.state, "the first one's server")
        with native.popen("up", "--no-media") as second:
            assert second.stderr is not None
            said = second.stderr.readline()
            assert "waiting: another lkm is at work here: `lkm up`" in said
            assert f"PID {first.pid}" in said
            (native.root / "the second one waits").touch()
            out, err = first.communicate(timeout=180)
            assert first.returncode == 1, out + err
            _, err = second.communicate(timeout=180)
            assert second.returncode == 0, err
    assert len(native.servers()) == 1


def test_nothing_to_stop(native: Native) -> None:
    ran = native.lkm("down")
    assert ran.code == 0
    assert "nothing was running" in ran.err
    assert not (native.root / ".lkm").exists()
    assert native.lkm("status").code == 0
    assert not (native.root / ".lkm").exists()


def test_two_projects_at_once(native: Native, tmp_path: Path, clean_env: dict[str, str]) -> None:
    (tmp_path / "other").mkdir()
    other = Native(tmp_path / "other", clean_env)
    try:
        assert native.up().code == 0
        assert other.up().code == 0
        assert native.lkm("down", "--now").code == 0
        assert other.service()["state"] == "ready"
    finally:
        other.clean_up()


def test_it_obeys_its_file_and_no_variable(native: Native) -> None:
    squatter = free_port()
    ran = native.up(
        env={
            "LIVEKIT_CONFIG": f"port: {squatter}",
            "LIVEKIT_KEYS": "other: key",
            "UDP_PORT": str(squatter),
            "LIVEKIT_LOGGING_LEVEL": "nonsense",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
            "ALL_PROXY": "http://127.0.0.1:9",
        }
    )
    assert ran.code == 0, ran.err
    server = native.servers()[0]
    assert {c.laddr.port for c in server.net_connections() if c.status in ("LISTEN", "NONE")} == set(
        native.ports
    )
    assert native.service()["participants"] == 0  # the room service takes the project's key


def test_the_projects_livekit_yaml_is_used_and_left_alone(native: Native) -> None:
    text = (
        "port: 9999\nlogging:\n  level: warn  # quiet\n"
        "keys:\n  APIother: canary-secret-000000000000000000\n"
        "redis: {address: redis:6379}\n"
        "rtc: {port_range_start: 50000, port_range_end: 50010, node_ip: 10.0.0.1}\n"
    )
    (native.root / "livekit.yaml").write_text(text)
    ran = native.up("-v")
    assert ran.code == 0, ran.err
    assert (native.root / "livekit.yaml").read_text() == text
    assert f"livekit.yaml has port: 9999; {native.ports[0]} is used" in ran.err
    assert "lkm.toml:3" in ran.err
    assert "redis left out" in ran.err
    assert "canary" not in ran.err + ran.out
    assert "starting LiveKit server" not in native.lkm("logs").out  # its level is warn


def test_what_the_server_would_refuse_is_not_started(native: Native) -> None:
    (native.root / "livekit.yaml").write_text("# ours\n\nport: 7880\nrtc:\n  udp_prot: 7882\nregion: [a]\n")
    ran = native.up("--json")
    assert ran.code == 4
    error = ran.json["error"]
    assert "livekit-server 1.13.5 would not start: rtc.udp_prot is no key" in error["message"]
    assert "livekit.yaml:5: rtc.udp_prot is no key" in error["detail"]
    assert "field udp_prot not found" in error["detail"]
    assert "livekit.yaml:6: region takes a text, not a list" in error["detail"]
    assert error["hint"].startswith("lkm config lint")
    assert native.processes() == []
    (native.root / "livekit.yaml").write_text("port: 7880\n")
    assert native.up().code == 0


def test_the_servers_own_refusal_at_the_place_in_the_users_file(native: Native) -> None:
    # What no look at the file shows: a certificate that is none. 1.13.5 ends with 0 here. A timeout of
    # minutes: the failure must not wait for it.
    (native.root / "turn.pem").write_text("-----BEGIN CERTIFICATE-----\nnone\n")
    turn = f"tls_port: {free_port()}, domain: turn.example.com, cert_file: turn.pem, key_file: turn.pem"
    (native.root / "livekit.yaml").write_text(f"port: 7880\nturn: {{enabled: true, {turn}}}\n")
    ran = native.up("--timeout", "10m", "--json")
    assert ran.code == 4
    error = ran.json["error"]
    assert "livekit-server refused to start" in error["message"]
    assert "TURN tls cert required" in error["message"]
    assert "exit 0" in error["detail"]
    assert native.processes() == []
    crashed = native.service()
    assert (crashed["state"], crashed["exit_code"]) == ("crashed", 0)
    assert "TURN tls cert" in crashed["message"]

    (native.root / "livekit.yaml").write_text("port: 7880\n")
    assert native.up().code == 0


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("port: [1\nfoo", "livekit.yaml:2:4: not YAML"),
        ("- a\n- b\n", "livekit.yaml:1: a mapping"),
        ("a: 1\n---\nb: 2\n", "livekit.yaml:2:1: not YAML"),
    ],
)
def test_what_is_no_configuration_at_all(native: Native, text: str, where: str) -> None:
    (native.root / "livekit.yaml").write_text(text)
    ran = native.up("--json")
    assert ran.code == 4
    assert where in ran.json["error"]["message"]


def test_a_named_configuration_that_is_not_there(native: Native) -> None:
    native.write_ports('paths.livekit = "conf/lk.yaml"')
    ran = native.up()
    assert ran.code == 4
    assert "lkm.toml:1: paths.livekit: there is no conf/lk.yaml" in ran.err


def test_a_killed_server_is_a_crash_and_up_starts_it_again(native: Native) -> None:
    native.up()
    pid = native.service()["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: native.state().get("phase") == "ended", "the supervisor saw it")
    status = native.lkm("status", "--json")
    assert status.code == 1
    service = status.json["data"]["services"][0]
    assert (service["state"], service["signal"]) == ("crashed", "SIGKILL")
    assert native.up().code == 0
    assert native.service()["pid"] != pid


def test_a_signal_from_outside_is_no_crash(native: Native) -> None:
    native.up()
    os.kill(native.service()["pid"], signal.SIGTERM)
    until(lambda: native.state().get("phase") == "ended", "the supervisor saw it")
    status = native.lkm("status", "--json")
    assert status.code == 0
    assert status.json["data"]["services"][0]["state"] == "stopped"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the server ends at its next line")
def test_a_killed_supervisor_takes_the_server_with_it(native: Native) -> None:
    # A fake that says nothing: the real one would end by itself, at its next line into the broken pipe.
    with native.popen("up", "--no-media", env=native.fake("exec sleep 600\n")) as process:
        state = until(native.state, "the server")
        process.kill()
        process.communicate()
    os.kill(state["supervisor"]["pid"], signal.SIGKILL)
    until(lambda: not alive(state["server"]["pid"]), "the server's end")
    assert native.service()["state"] == "crashed"
    assert native.up().code == 0


def test_a_supervisor_that_outlives_its_server_record_is_stopped(native: Native) -> None:
    native.up()
    service = native.service()
    os.kill(service["supervisor_pid"], signal.SIGSTOP)
    os.kill(service["pid"], signal.SIGKILL)
    until(lambda: not alive(service["pid"]), "the server's end")
    ran = native.lkm("down")
    assert ran.code == 0, ran.err
    assert native.processes() == []
    assert native.up().code == 0


def test_a_hanging_server_is_killed_in_the_end(native: Native) -> None:
    native.up()
    os.kill(native.service()["pid"], signal.SIGSTOP)
    status = native.lkm("status", "--json")
    assert status.json["data"]["services"][0]["state"] in ("starting", "unresponsive")
    assert native.lkm("down", "--now").code == 0
    assert native.processes() == []


def test_lkm_folder_deleted_while_it_runs(native: Native) -> None:
    native.up()
    for file in sorted((native.root / ".lkm").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    (native.root / ".lkm").rmdir()
    assert native.service()["running"]
    ran = native.lkm("down")
    assert ran.code == 0, ran.err
    assert native.processes() == []


def test_up_after_the_lkm_folder_was_deleted(native: Native) -> None:
    native.up()
    (native.folder / "state.json").unlink()
    ran = native.up()
    assert ran.code == 0, ran.err
    assert "left over" in ran.err
    assert len(native.servers()) == 1
    assert native.service()["supervisor_pid"]


def test_a_strangers_process_with_the_old_pid_is_left_alone(native: Native) -> None:
    native.up()
    native.lkm("down")
    # What a restart of the machine leaves: a record of processes whose PIDs belong to others now.
    state = native.state() | {"phase": "running", "requested": False}
    stranger = psutil.Process()
    state["server"]["pid"] = state["supervisor"]["pid"] = stranger.pid
    (native.folder / "state.json").write_text(json.dumps(state))
    assert native.service()["state"] == "crashed"
    assert native.lkm("down").code == 0
    assert native.up().code == 0
    assert native.service()["pid"] != stranger.pid


@pytest.mark.parametrize("content", ["", "{", "[]", '{"run": 1}', '{"server": {"pid": "x"}}'])
def test_a_record_that_cannot_be_read(native: Native, content: str) -> None:
    native.folder.mkdir(parents=True)
    (native.folder / "state.json").write_text(content)
    assert native.lkm("status").code == 0
    assert native.lkm("down").code == 0


def test_drift_is_named_and_restart_takes_it_over(native: Native) -> None:
    native.up()
    pid = native.service()["pid"]
    assert native.lkm("keys", "new", "--force").code == 0
    (native.root / "livekit.yaml").write_text("logging: {level: debug}\n")
    again = native.up()
    assert again.code == 0
    assert "API key or secret changed" in again.err
    assert "livekit.yaml changed" in again.err
    assert "lkm restart" in again.err
    assert native.service()["pid"] == pid

    old = native.ports[1]
    native.ports = (native.ports[0], free_port(), native.ports[2])
    native.write_ports()
    drift = native.lkm("status", "--json").json["data"]["drift"]
    assert any(f"media over TCP: {old} → {native.ports[1]}" in text for text in drift)

    assert native.lkm("restart", "--no-media").code == 0
    status = native.lkm("status", "--json").json["data"]
    assert status["drift"] == []
    assert status["services"][0]["pid"] != pid
    assert status["services"][0]["rooms"] == []  # it takes the new key


def test_restart_refuses_before_it_stops(native: Native) -> None:
    native.up()
    pid = native.service()["pid"]
    (native.root / "livekit.yaml").write_text("port: [\n")
    ran = native.lkm("restart", "--no-media")
    assert ran.code == 4
    assert native.service()["pid"] == pid


def test_restart_starts_what_does_not_run(native: Native) -> None:
    assert native.lkm("restart", "--no-media").code == 0
    assert native.service()["state"] == "ready"


def test_no_secret_anywhere(native: Native) -> None:
    canary = "canary0secret0that0nobody0may0see0123456789"
    (native.root / ".env").write_text(f"LIVEKIT_API_KEY=APIcanary\nLIVEKIT_API_SECRET={canary}\n")
    said = []
    for argv in (
        ("up", "-v"),
        ("up", "--json"),
        ("status",),
        ("status", "--json"),
        ("status", "-o", "env"),
        ("logs",),
    ):
        ran = native.lkm(*argv, *(["--no-media"] if argv[0] == "up" else []))
        assert ran.code == 0, ran.err
        said.append(ran.out + ran.err)
    said += [" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])]
    native.lkm("down")
    files = [file.read_bytes() for file in (native.root / ".lkm").rglob("*") if file.is_file()]
    assert not any(canary in text for text in said)
    assert files
    assert not any(canary.encode() in content for content in files)
    assert canary in native.lkm("status", "-o", "env", "--reveal").out


def test_what_the_server_says_of_the_secret_is_masked_in_the_log(native: Native) -> None:
    # A fake: the real one does not echo its keys, but a later one may.
    ran = native.up("--json", env=native.fake('echo "keys are: $LIVEKIT_KEYS"\n'))
    assert ran.code == 4
    log = (native.folder / "livekit.log").read_text()
    assert "keys are: API" in log
    secret = (native.root / ".env").read_text().split("LIVEKIT_API_SECRET=")[1].split("\n")[0]
    assert secret not in log + ran.out + ran.err
    assert "••••••" in log


def test_it_survives_its_terminal(native: Native) -> None:
    import pty

    leader, follower = pty.openpty()
    process = native.popen("up", "--no-media", stdout=follower, stderr=follower, start_new_session=True)
    os.close(follower)
    said = b""
    with process:
        while process.poll() is None:
            try:
                said += os.read(leader, 4096)
            except OSError:
                break
        process.wait(timeout=180)
    assert process.returncode == 0, said
    session = os.getsid(0)
    os.close(leader)  # the terminal is gone
    server = native.servers()[0]
    supervisor = psutil.Process(native.service()["supervisor_pid"])
    # A hang-up is also sent by hand, as sshd and systemd do.
    for each in (server, supervisor):
        assert os.getsid(each.pid) not in (session, process.pid)
        each.send_signal(signal.SIGHUP)
    assert native.service()["state"] == "ready"


def test_env_output(native: Native) -> None:
    native.up()
    ran = native.lkm("status", "-o", "env")
    assert f"LIVEKIT_URL=ws://localhost:{native.ports[0]}\n" in ran.out
    assert "LIVEKIT_API_KEY=API" in ran.out
    assert "SECRET" not in ran.out
    assert json.loads(native.lkm("status", "-o", "json").out)["data"]["services"][0]["state"] == "ready"


def test_a_url_that_is_not_this_server_is_said(native: Native) -> None:
    (native.root / ".env").write_text("LIVEKIT_URL=wss://livekit.example.com\n")
    ran = native.up()
    assert ran.code == 0
    assert "LIVEKIT_URL is wss://livekit.example.com (.env:1)" in ran.err


def test_native_windows_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    from livekit_migrate.core.errors import NotReadyError
    from livekit_migrate.core.settings import load
    from livekit_migrate.stack.runtime import pick
    from livekit_migrate.stack.runtimes import native as runtime

    # Only the runtime's own look at the system: pathlib would not work with a wrong os.name.
    monkeypatch.setattr(runtime, "os", type("os", (), {"name": "nt"}))
    with pytest.raises(NotReadyError) as refused:
        pick(load(project))
    assert refused.value.exit_code == 3
    assert "WSL2" in refused.value.hint


def test_an_unknown_runtime(native: Native) -> None:
    ran = native.lkm("up", "--runtime", "podman")
    assert ran.code == 2
    assert "native" in ran.err


HTTP_FAKE = """exec python3 - "$2" <<'PY'
import http.server, pathlib, re, sys, time
config = pathlib.Path(sys.argv[1])
port = int(re.search(r"^port: (\\d+)", config.read_text(), re.M)[1])
asked = []
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/":
            time.sleep(600)
        asked.append(1)
        config.with_name("asked").write_text(str(len(asked)))
        self.send_response(200 if len(asked) > 5 else 406)
        self.end_headers()
    do_POST = do_GET
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
PY
"""


def test_only_200_is_ready(native: Native) -> None:
    # A fake: it answers 406 first, as the real one does when it has lost Redis.
    ran = native.up(env=native.fake(HTTP_FAKE))
    assert ran.code == 0, ran.err
    assert int((native.folder / "asked").read_text()) >= 6


def test_ctrl_c_during_the_check_of_media_leaves_the_server_running(native: Native) -> None:
    # A fake: ready, and then it leaves every other question unanswered.
    with native.popen("up", env=native.fake(HTTP_FAKE)) as process:
        assert process.stderr is not None
        until(lambda: "ready in" in process.stderr.readline(), "ready")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=180)
    assert process.returncode == 130
    pid = native.state()["server"]["pid"]
    assert alive(pid)
    assert f"livekit keeps running (PID {pid}): lkm down\n" in err
    assert native.lkm("down").code == 0
    assert native.processes() == []


def test_up_looks_at_the_way_of_media(native: Native) -> None:
    server_binary()
    ran = native.lkm("up", "--json")
    assert ran.code == 0, ran.out
    found = {finding["id"]: finding["status"] for finding in ran.json["findings"]}
    assert found["health.ice"] == "ok"
    assert "health.media" not in found or found["health.media"] == "skip"
