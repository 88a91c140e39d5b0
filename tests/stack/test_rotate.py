"""`lkm keys rotate` on the real server: what works at each point, also when lkm is killed there."""

from __future__ import annotations

import json
import re
import shlex
import signal
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit.keys import KeyPair
from livekit_migrate.livekit.tokens import mint
from tests.conftest import ROOT, Ran, server_binary
from tests.native import Native, alive, hold, release, until

DRIVER = Path(__file__).with_name("rotate_driver.py")
KILLED = -9


def pair_in(path: Path) -> KeyPair:
    text = path.read_text()
    key, secret = (re.search(rf"^LIVEKIT_API_{half}=(.+)$", text, re.MULTILINE) for half in ("KEY", "SECRET"))
    assert key
    assert secret
    return KeyPair(key[1].strip(), Secret(secret[1].strip()))


def answer(native: Native, pair: KeyPair) -> int | None:
    """The status of ``/rtc/validate``, asked of the server directly, not through lkm; None for no answer."""
    token = mint(pair, room="r", identity="i", ttl=60)
    request = urllib.request.Request(
        f"http://127.0.0.1:{native.ports[0]}/rtc/validate", headers={"Authorization": f"Bearer {token}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as said:
            return int(said.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return None


def opens(native: Native, pair: KeyPair) -> bool:
    status = answer(native, pair)
    assert status in (200, 401)
    return status == 200


def listening(native: Native) -> bool:
    return bool(native.servers())


def records(native: Native) -> list[Path]:
    return list((Path(native.env["LKM_STATE_DIR"]) / "rotation").glob("*"))


def env_file(native: Native) -> Path:
    return native.root / ".env"


def rotated(native: Native, *argv: str) -> dict[str, Any]:
    ran = native.lkm("keys", "rotate", *argv, "--json")
    assert ran.code == 0, ran.out
    data = ran.json["data"]
    assert isinstance(data, dict)
    return data


def test_both_keys_open_it_until_the_old_one_is_taken_away(native: Native) -> None:
    assert native.up().code == 0
    old = pair_in(env_file(native))
    first = rotated(native)
    new = pair_in(env_file(native))
    assert (first["phase"], first["old_key"], first["new_key"]) == ("switched", old.key, new.key)
    assert old != new
    assert (opens(native, old), opens(native, new)) == (True, True)
    assert native.service()["state"] == "ready"
    assert native.lkm("status", "--json").json["data"]["drift"] == []
    again = rotated(native)
    assert (again["phase"], again["new_key"], again["down_seconds"]) == ("switched", new.key, None)
    last = rotated(native, "--finish")
    assert last["done"]
    assert last["server_keys"] == [new.key]
    assert (opens(native, old), opens(native, new)) == (False, True)
    assert records(native) == []
    assert rotated(native, "--status")["phase"] == "none"


def test_the_second_key_survives_down_and_up(native: Native) -> None:
    assert native.up().code == 0
    old = pair_in(env_file(native))
    rotated(native)
    assert native.lkm("down").code == 0
    assert native.up().code == 0
    new = pair_in(env_file(native))
    assert (opens(native, old), opens(native, new)) == (True, True)
    assert native.lkm("down").code == 0
    # Without a server the old one goes all the same: nothing is started for it.
    assert rotated(native, "--finish")["down_seconds"] is None
    assert native.servers() == []
    assert native.up().code == 0
    assert (opens(native, old), opens(native, new)) == (False, True)


def test_abort_goes_back_to_the_old_one(native: Native) -> None:
    assert native.up().code == 0
    old = pair_in(env_file(native))
    rotated(native)
    new = pair_in(env_file(native))
    back = rotated(native, "--abort")
    assert back["done"]
    assert pair_in(env_file(native)) == old
    assert (opens(native, old), opens(native, new)) == (True, False)
    assert records(native) == []


def test_undo_of_the_env_leaves_both_working_and_rotate_goes_on(native: Native) -> None:
    assert native.up().code == 0
    old = pair_in(env_file(native))
    new_key = rotated(native)["new_key"]
    new = pair_in(env_file(native))
    assert native.lkm("undo").code == 0
    assert pair_in(env_file(native)) == old
    assert rotated(native, "--status")["phase"] == "server-has-both"
    refused = native.lkm("keys", "rotate", "--finish", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "rotate.too-early")
    assert (opens(native, old), opens(native, new)) == (True, True)
    assert rotated(native)["new_key"] == new_key
    assert pair_in(env_file(native)) == new


def test_the_record_and_env_are_private_and_no_secret_is_shown(native: Native) -> None:
    assert native.up().code == 0
    old = pair_in(env_file(native))
    said = [native.lkm("keys", "rotate", "-v")]
    new = pair_in(env_file(native))
    (record,) = records(native)
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert stat.S_IMODE(record.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(env_file(native).stat().st_mode) == 0o600
    assert old.secret.reveal() in record.read_text(), "otherwise the rest of this test proves nothing"
    said += [
        native.lkm("keys", "rotate", "--status", "--json"),
        native.lkm("keys", "rotate", "--status", "-v"),
        native.lkm("keys", "check", "-v"),
        native.lkm("keys", "check", "--json"),
        native.lkm("keys", "rotate", "--finish", "--json"),
    ]
    told = "".join(ran.out + ran.err for ran in said)
    logs = "".join(path.read_text(errors="replace") for path in native.folder.rglob("*") if path.is_file())
    argv = " ".join(" ".join(process.cmdline()) for process in native.processes())
    for pair in (old, new):
        for text in (told, logs, argv):
            assert pair.secret.reveal() not in text


NAMING = {
    ("livekit.yaml", 4): "port: 7880\nwebhook:\n  urls: [http://127.0.0.1:1/]\n  api_key: {key}\n",
    ("egress.yaml", 2): "api_secret: {secret}\napi_key: {key}\nws_url: ws://localhost:7880\n",
    ("ops/ingress.yaml", 1): "api_key: {key}\napi_secret: {secret}\n",
    ("apps/web/.env.production", 2): "X=1\nLIVEKIT_API_KEY={key}\nLIVEKIT_API_SECRET=another-{secret}\n",
    ("docker-compose.yml", 6): """services:
  agent:
    image: mine
    environment:
      LIVEKIT_API_SECRET: {secret}
      LIVEKIT_API_KEY: {key}
""",
    ("compose.yaml", 7): """services:
  egress:
    image: livekit/egress:v1.9.0
    environment:
      EGRESS_CONFIG_BODY: |
        log_level: info
        api_key: {key}
        api_secret: {secret}
""",
}


def test_finish_refuses_while_a_place_still_names_the_old_key(native: Native) -> None:
    assert native.up().code == 0
    old = pair_in(env_file(native))
    rotated(native)
    new = pair_in(env_file(native))
    for (name, line), text in NAMING.items():
        path = native.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(key=old.key, secret=old.secret.reveal()))
        refused = native.lkm("keys", "rotate", "--finish", "--json")
        assert refused.code == 1, name
        (finding,) = refused.json["findings"]
        assert (finding["id"], finding["status"]) == ("keys.still-named", "fail")
        assert (finding["location"]["file"], finding["location"]["line"]) == (name, line)
        assert opens(native, old), "nothing was taken away"
        assert old.secret.reveal() not in refused.out
        path.write_text(text.format(key=new.key, secret=new.secret.reveal()))
        if "compose" in name:
            path.unlink()
    assert rotated(native, "--finish")["done"]
    assert not opens(native, old)


def test_packages_with_the_same_pair_are_switched_too(native: Native) -> None:
    assert native.up().code == 0
    old = pair_in(env_file(native))
    both = f"LIVEKIT_API_KEY={old.key} # the key\r\nLIVEKIT_API_SECRET={old.secret.reveal()}\r\n"
    web, other, elsewhere, link = (
        native.root / "apps" / name / ".env" for name in ("web", "other", "elsewhere", "link")
    )
    for path, text in (
        (web, both),
        (other, "LIVEKIT_API_KEY=APImine\nLIVEKIT_API_SECRET=mine-mine-mine-mine-mine-mine-mine\n"),
        (elsewhere, "LIVEKIT_URL=wss://livekit.example.com\n" + both),
    ):
        path.parent.mkdir(parents=True)
        path.write_bytes(text.encode())
    link.parent.mkdir()
    link.symlink_to("../../.env")
    before = other.read_bytes(), elsewhere.read_bytes()
    data = rotated(native)
    new = pair_in(env_file(native))
    assert sorted(data["files"]) == [".env", "apps/web/.env"]
    assert web.read_bytes() == both.encode().replace(old.key.encode(), new.key.encode()).replace(
        old.secret.reveal().encode(), new.secret.reveal().encode()
    )
    assert (other.read_bytes(), elsewhere.read_bytes()) == before
    assert link.is_symlink()
    # For another server: that is not this rotation's business, but the old key still stands there.
    assert [place["file"] for place in data["naming"]] == ["apps/elsewhere/.env"]


def test_a_server_that_lkm_did_not_start_gets_the_steps_by_hand(native: Native) -> None:
    assert native.lkm("keys", "new").code == 0
    before = env_file(native).read_bytes()
    stack = (ROOT / "docker-compose.yml").read_text()
    line = next(number for number, text in enumerate(stack.splitlines(), 1) if "LIVEKIT_KEYS:" in text)
    (native.root / "docker-compose.yml").write_text(stack)
    compose = native.lkm("keys", "rotate", "--json")
    assert (compose.code, compose.json["error"]["code"]) == (3, "rotate.by-hand")
    assert f"docker-compose.yml:{line}" in compose.json["error"]["detail"]
    assert "docker compose kill livekit && docker compose up -d livekit" in compose.json["error"]["detail"]
    (native.root / "docker-compose.yml").unlink()
    other = hold("tcp", native.ports[0])
    try:
        assert native.lkm("keys", "rotate").code == 3
    finally:
        release(other)
    env_file(native).write_bytes(before.replace(b"ws://localhost:", b"wss://livekit.example.com:"))
    remote = native.lkm("keys", "rotate")
    assert remote.code == 3
    assert "livekit.example.com" in remote.err
    assert records(native) == [], "nothing was begun"


def test_what_cannot_be_rotated_is_refused_before_anything_is_touched(native: Native) -> None:
    assert native.lkm("keys", "rotate").code == 4  # no key
    assert native.up().code == 0
    before = env_file(native).read_bytes()
    shell = {"LIVEKIT_API_KEY": "APIshell", "LIVEKIT_API_SECRET": "s" * 40}
    hidden = native.lkm("keys", "rotate", "--json", env=shell)
    assert (hidden.code, hidden.json["error"]["code"]) == (4, "rotate.shell")
    for option in ("--finish", "--abort"):
        ran = native.lkm("keys", "rotate", option, "--json")
        assert (ran.code, ran.json["error"]["code"]) == (1, "rotate.none")
    assert native.lkm("keys", "rotate", "--finish", "--abort").code == 2
    assert native.lkm("keys", "rotate", "--drain-timeout", "5s").code == 2
    assert env_file(native).read_bytes() == before
    assert records(native) == []


def test_a_broken_record_is_named_and_nothing_is_lost(native: Native) -> None:
    assert native.up().code == 0
    old = pair_in(env_file(native))
    rotated(native)
    (record,) = records(native)
    whole = record.read_text()
    record.write_text(whole[: len(whole) // 2])
    for argv in (("keys", "rotate"), ("keys", "rotate", "--finish"), ("restart", "--no-media")):
        ran = native.lkm(*argv)
        assert ran.code == 4, argv
        assert str(record) in ran.err
        assert old.secret.reveal() not in ran.err
    assert opens(native, old), "no restart that would have lost the second key"


def drive(native: Native, last: int | str, *argv: str) -> Ran:
    """lkm, killed at its N-th step."""
    done = subprocess.run(
        [sys.executable, str(DRIVER), str(last), *argv],
        cwd=native.root,
        env={**native.env, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def check_after_kill(native: Native, what: str) -> tuple[KeyPair, bool]:
    """What must be true wherever lkm was killed: the app's pair opens the server, unless it is away.

    Returns:
        The app's pair, and whether there is a server: one that was just killed is there for a moment more.
    """
    app = pair_in(env_file(native))
    said = until(lambda: answer(native, app) or not listening(native), f"{what}: it answers, or is away")
    assert said in (200, True), what
    for record in records(native):
        assert stat.S_IMODE(record.stat().st_mode) == 0o600, what
        if record.suffix == ".json":
            json.loads(record.read_text())
    return app, said == 200


def test_ctrl_c_in_the_restart_waits_until_the_server_answers(native: Native) -> None:
    # The real server, which waits at its start for as long as there is a file.
    held = native.root / "held"
    real = shlex.quote(str(server_binary()))
    env = native.fake(f'while [ -e held ]; do sleep 0.02; done\nexec {real} "$@"\n')
    assert native.up(env=env).code == 0
    old = pair_in(env_file(native))
    (before,) = native.servers()
    held.touch()
    with native.popen("keys", "rotate", "--timeout", "10m", env=env) as rotate:
        assert rotate.stderr is not None
        until(lambda: not alive(before), "the old server is gone")
        rotate.send_signal(signal.SIGINT)
        for line in rotate.stderr:
            if "stopping as soon as the server answers again" in line:
                break
        held.unlink()
        _, err = rotate.communicate(timeout=180)
        assert rotate.returncode == 130, err
    assert native.service()["state"] == "ready"
    assert opens(native, old)
    assert rotated(native)["old_key"] == old.key


@pytest.mark.slow
def test_killed_at_every_step_it_goes_on(native: Native) -> None:
    assert native.up().code == 0
    killed = {"rotate": 0, "finish": 0}
    away = 0
    for step in range(1, 100):
        old = pair_in(env_file(native))
        ran = drive(native, step, "keys", "rotate")
        what = f"rotate killed at step {step}"
        assert ran.code in (0, KILLED), (what, ran.err)
        killed["rotate"] += ran.code == KILLED
        _, there = check_after_kill(native, what)
        if there:
            # None: that answer was the last one of a server that was killed.
            assert answer(native, old) in (200, None), f"{what}: tokens of the old key are valid"
        away += not there
        assert native.lkm("keys", "rotate").code == 0, what
        new = pair_in(env_file(native))
        assert new != old, what
        assert (opens(native, old), opens(native, new)) == (True, True), what
        through = ran.code == 0

        ran = drive(native, step, "keys", "rotate", "--finish")
        what = f"finish killed at step {step}"
        assert ran.code in (0, KILLED), (what, ran.err)
        killed["finish"] += ran.code == KILLED
        app, there = check_after_kill(native, what)
        assert app == new
        away += not there
        if records(native):
            goes_on = native.lkm("keys", "rotate", "--json")
            assert goes_on.code == 0, (what, goes_on.out)
            if not goes_on.json["data"]["done"]:
                assert native.lkm("keys", "rotate", "--finish").code == 0, what
        assert (opens(native, old), opens(native, new)) == (False, True), what
        assert records(native) == [], what
        if through and ran.code == 0:
            break
    assert min(killed.values()) >= 10, killed
    assert away, "it was also killed while there was no server"


@pytest.mark.slow
def test_an_abort_killed_at_every_step_goes_on(native: Native) -> None:
    assert native.up().code == 0
    old = pair_in(env_file(native))
    killed = 0
    for step in range(1, 100):
        assert native.lkm("keys", "rotate").code == 0
        new = pair_in(env_file(native))
        ran = drive(native, step, "keys", "rotate", "--abort")
        what = f"abort killed at step {step}"
        assert ran.code in (0, KILLED), (what, ran.err)
        killed += ran.code == KILLED
        check_after_kill(native, what)
        if records(native):
            assert native.lkm("keys", "rotate", "--abort").code == 0, what
        assert pair_in(env_file(native)) == old, what
        assert (opens(native, old), opens(native, new)) == (True, False), what
        assert records(native) == [], what
        if ran.code == 0:
            break
    assert killed >= 10
