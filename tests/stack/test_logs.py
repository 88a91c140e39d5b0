"""The log: written, rotated, masked, read as one, followed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.stack import supervise
from livekit_migrate.stack.logs import Line, Query, files_of, parse, read
from tests.conftest import Ran
from tests.native import Native, until

CONSOLE = (
    "2026-11-22T22:24:46.393Z\tINFO\tlivekit\tservice/server.go:292\tstarting LiveKit server\t"
    '{"portHttp": 17880, "nodeIP": "127.0.0.1", "bindAddresses": ["127.0.0.1"]}'
)
JSON = (
    '{"level":"warn","ts":1795386646.8596256,"logger":"livekit.room","caller":"rtc/room.go:820",'
    '"msg":"closing room","room":"demo two"}'
)


def test_both_forms_of_a_real_line() -> None:
    line = parse(CONSOLE)
    assert (line.level, line.logger, line.caller) == ("info", "livekit", "service/server.go:292")
    assert line.message == "starting LiveKit server"
    assert line.fields["portHttp"] == 17880
    assert line.time == pytest.approx(1795386286.393)
    assert 'portHttp=17880  nodeIP=127.0.0.1  bindAddresses=["127.0.0.1"]' in str(line)

    line = parse(JSON)
    assert (line.level, line.logger, line.message) == ("warn", "livekit.room", "closing room")
    assert str(line).endswith('WARN  [room] closing room  room="demo two"')
    assert line.to_dict()["time"].startswith("2026-11-22T22:30:46.859")


def test_the_supervisor_writes_through_no_link(tmp_path: Path) -> None:
    mine, link = tmp_path / "mine", tmp_path / "livekit.log"
    mine.write_text("precious")
    link.symlink_to(mine)
    log = supervise.RotatingLog(str(link), limit=1000, files=2)
    log.write(b"line\n")
    log.close()
    state = tmp_path / "state.json"
    (tmp_path / f"state.json.{os.getpid()}.tmp").symlink_to(mine)
    with pytest.raises(OSError, match="symbolic"):
        supervise.write_json(str(state), {})
    (tmp_path / supervise.LOCK).symlink_to(tmp_path / "made")
    subprocess.run(
        [sys.executable, "-I", "-S", supervise.__file__, str(tmp_path), "run"],
        input=json.dumps({"cwd": str(tmp_path), "argv": ["/bin/true"], "env": {}, "facts": {}}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert mine.read_text() == "precious"
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "raw",
    [
        '{"level":"info","ts":1e400,"msg":"x"}',
        '{"level":"info","ts":NaN,"msg":"x"}',
        '{"level":"info","ts":1e17,"msg":"x"}',
        f'{{"level":"info","ts":1{"0" * 400},"msg":"x"}}',
        '{"level":"info","ts":1,"msg":"x","n":NaN,"m":[-Infinity,1e400]}',
        f'{{"level":"info","ts":1,"msg":"x","n":{"[" * 5000}{"]" * 5000}}}',
        f'{{"level":"info","ts":1,"msg":"x","n":{"[" * 400}{"]" * 400}}}',
        f'{{"level":"info","ts":1,"msg":"x","n":{"9" * 5000}}}',
        '{"level":"info","ts":1,"msg":"\\ud800"}',
        "0001-01-01T00:00:00+14:00\tINFO\ta\tb\tc",
        "9999-12-31T23:59:59-14:00\tINFO\ta\tb\tc",
        '2026-11-22T22:24:46.393Z\tINFO\tlivekit\ta.go:1\tx\t{"n": NaN}',
    ],
)
def test_no_line_is_too_odd_to_show(raw: str) -> None:
    from livekit_migrate.core.result import Result
    from livekit_migrate.ui.json import dumps

    line = parse(raw)
    assert str(line)
    shown = dumps(Result("logs", data={"line": line.to_dict()}))
    json.loads(shown, parse_constant=pytest.fail)
    shown.encode()


def test_controls_in_the_log_do_not_reach_the_terminal(native: Native) -> None:
    native.folder.mkdir(parents=True)
    log = native.folder / "livekit.log"
    log.write_text(
        'plain \x1b]0;pwned\x07 \x9b31m\n{"level":"info","ts":1,"msg":"m\\u001b[2J","room":"a\\u001bb→"}\n',
        encoding="utf-8",
    )
    for argv in (["logs"], ["logs", "--raw"]):
        ran = native.lkm(*argv)
        assert ran.code == 0, ran.err
        assert not {"\x1b", "\x07", "\x9b"} & set(ran.out)
        assert r"plain \x1b]0;pwned\x07 \x9b31m" in ran.out
    latin = native.lkm("logs", env={"PYTHONIOENCODING": "latin-1"})
    assert latin.code == 0
    assert "->" in latin.out


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "panic: x",
        "{",
        '{"a"',
        "[1]",
        '{"ts": "x"}',
        "2026-99-99T00:00:00Z\tINFO\ta\tb",
        "a\tb\tc\td",
        "\t\t\t",
    ],
)
def test_what_is_no_log_line_stays_as_it_is(raw: str) -> None:
    assert str(parse(raw)) == raw
    assert parse(raw).level == ""


def test_a_line_without_fields_or_logger() -> None:
    assert parse("2026-11-22T22:24:46.388Z\tINFO\tlivekit\thwstats/cpu.go:77\tno stats").message == "no stats"
    assert parse("2026-11-22T22:24:46.388Z\tERROR\tconfig.go:1\tsecret is too short").level == "error"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "livekit.log"


def _line(number: int, level: str = "INFO") -> str:
    stamp = f"2026-11-22T22:{number // 60 % 60:02d}:{number % 60:02d}.000Z"
    return f'{stamp}\t{level}\tlivekit\ta.go:1\tline {number}\t{{"n": {number}}}'


def _write(log: Path, numbers: range, *, limit: int = 400, files: int = 4) -> None:
    with closing(supervise.RotatingLog(str(log), limit=limit, files=files)) as sink:
        for number in numbers:
            sink.write(_line(number).encode() + b"\n")


def _numbers(lines: Iterator[Line]) -> list[int]:
    return [line.fields["n"] for line in lines]


def test_rotated_files_are_read_as_one_and_are_bounded(log: Path) -> None:
    _write(log, range(40))
    assert [file.name for file in files_of(log)] == [
        "livekit.log.3",
        "livekit.log.2",
        "livekit.log.1",
        "livekit.log",
    ]
    assert all(file.stat().st_size <= 400 for file in files_of(log))
    numbers = _numbers(read(log, Query(last=None)))
    assert numbers == list(range(numbers[0], 40))
    assert _numbers(read(log, Query(last=3))) == [37, 38, 39]


def test_a_rotation_keeps_lines_whole(log: Path) -> None:
    data = "".join(_line(number) + "\n" for number in range(12)).encode()
    with closing(supervise.RotatingLog(str(log), limit=300, files=3)) as sink:
        for start in range(0, len(data), 7):  # as pipes do: cut anywhere
            sink.write(data[start : start + 7])
    numbers = _numbers(read(log, Query(last=None)))
    assert numbers == list(range(numbers[0], 12))


def test_a_line_without_an_end_and_one_without_measure(log: Path) -> None:
    with closing(supervise.RotatingLog(str(log), limit=10_000_000, files=3)) as sink:
        sink.write(b"listen udp: address already in use")
        assert log.read_bytes() == b""
        sink.close_line()
        assert log.read_text() == "listen udp: address already in use\n"
        sink.write(b"x" * 200_000)
        assert log.stat().st_size > 100_000


def test_the_mask_holds_across_reads(log: Path) -> None:
    with closing(supervise.RotatingLog(str(log), limit=1000, files=2, masked=(b"canary-secret",))) as sink:
        sink.write(b"keys: canary-")
        sink.write(b"secret\n")
    assert log.read_text() == "keys: ••••••\n"


def test_level_and_time(log: Path) -> None:
    log.write_text(
        "\n".join([_line(0), _line(60, "WARN"), "panic: no level", _line(120, "ERROR"), _line(180)]) + "\n"
    )

    def raws(query: Query) -> list[str]:
        return [line.message or line.raw for line in read(log, query)]

    assert raws(Query(level="warn")) == ["line 60", "panic: no level", "line 120"]
    assert raws(Query(level="error")) == ["panic: no level", "line 120"]
    assert raws(Query(since=parse(_line(120)).time)) == ["line 120", "line 180"]
    assert raws(Query(since=parse(_line(60)).time)) == ["line 60", "panic: no level", "line 120", "line 180"]


def test_following_across_several_rotations(log: Path) -> None:
    _write(log, range(5))
    lines = read(log, Query(last=2, follow=True))
    assert [next(lines).fields["n"] for _ in range(2)] == [3, 4]
    _write(log, range(5, 15))  # two or three rotations between two looks
    assert [next(lines).fields["n"] for _ in range(10)] == list(range(5, 15))
    for part in (_line(15)[:20], _line(15)[20:] + "\n"):
        with log.open("a") as half:
            half.write(part)
    assert next(lines).fields["n"] == 15
    lines.close()  # type: ignore[attr-defined]


def test_a_full_disk_loses_lines_and_not_the_server(log: Path) -> None:
    with closing(supervise.RotatingLog("/dev/full", limit=10_000_000, files=2)) as sink:
        sink.write(b"x" * 100_000 + b"\n")
        sink.write(b"y\n")


# The commands, on a real log.


def _log(native: Native, *lines: str) -> Path:
    native.folder.mkdir(parents=True)
    path = native.folder / "livekit.log"
    path.write_text("".join(line + "\n" for line in lines))
    return path


def test_logs_without_a_log(native: Native) -> None:
    ran = native.lkm("logs")
    assert (ran.code, ran.out) == (0, "")
    assert "no such line" in ran.err
    assert native.lkm("logs", "--json").json["data"]["lines"] == []


def test_one_document_and_one_per_line(native: Native) -> None:
    path = _log(native, CONSOLE, JSON)
    document = native.lkm("logs", "--json").json
    assert [line["level"] for line in document["data"]["lines"]] == ["info", "warn"]
    with native.popen("logs", "-f", "--json") as process:
        assert process.stdout is not None
        first = [json.loads(process.stdout.readline()) for _ in range(2)]
        with path.open("a") as more:
            more.write(JSON + "\n")
        third = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=180)
    assert [each["data"]["line"]["message"] for each in first] == ["starting LiveKit server", "closing room"]
    assert third["schema"] == "lkm/1"
    assert process.returncode == 130
    assert json.loads(rest)["error"]["code"] == "interrupted"


def test_follow_ends_cleanly_when_the_reader_goes(native: Native) -> None:
    path = _log(native, *([CONSOLE] * 50))
    with native.popen("logs", "-f") as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()

        def gone() -> bool:
            with path.open("a") as more:
                more.write(CONSOLE + "\n")
            return process.poll() is not None

        until(gone, "it ends")
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_follow_waits_for_a_log_that_is_not_there_yet(native: Native) -> None:
    with native.popen("logs", "-f") as process:
        native.folder.mkdir(parents=True)
        (native.folder / "livekit.log").write_text(CONSOLE + "\n")
        assert process.stdout is not None
        assert "starting LiveKit server" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=180)
    assert process.returncode == 130


def test_secrets_in_an_old_log_are_masked(native: Native) -> None:
    secret = "canary0secret0that0nobody0may0see0123456789"
    (native.root / ".env").write_text(f"LIVEKIT_API_KEY=APIcanary\nLIVEKIT_API_SECRET={secret}\n")
    _log(native, f"keys: {secret}", "url: redis://user:hunter22@host")
    for flags in ([], ["--raw"], ["--json"]):
        ran = native.lkm("logs", *flags)
        assert secret not in ran.out
        assert "hunter22" not in ran.out


@pytest.mark.parametrize(
    "argv",
    [["--since", "yesterday"], ["--since", "10x"], ["--level", "loud"], ["-n", "-1"], ["--since", "9" * 30]],
)
def test_wrong_options(native: Native, argv: list[str]) -> None:
    ran: Ran = native.lkm("logs", *argv)
    assert ran.code == 2, ran.err


def test_since_as_span_and_as_moment(native: Native) -> None:
    moment = "2026-11-22T22:24:46.393Z"
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    _log(native, CONSOLE.replace(moment, "2020-01-01T00:00:00.000Z"), CONSOLE.replace(moment, now))
    assert native.lkm("logs", "--since", "10m").out.count("\n") == 1
    assert native.lkm("logs", "--since", "2019-12-31").out.count("\n") == 2
    assert native.lkm("logs", "-n", "1").out.count("\n") == 1


def test_a_real_server_rotates(tmp_path: Path, native: Native) -> None:
    """The supervisor itself, with a fake that talks a lot: the real one would need minutes to fill a file."""
    folder = tmp_path / "state folder"
    folder.mkdir()
    spec: dict[str, Any] = {
        "cwd": str(tmp_path),
        "argv": ["/bin/sh", "-c", "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done"],
        "env": {"PATH": os.environ["PATH"]},
        "facts": {},
        "log_bytes": 10_000,
        "log_files": 3,
    }
    done = subprocess.run(
        [sys.executable, "-I", "-S", supervise.__file__, str(folder), "run"],
        input=json.dumps(spec),
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
        check=False,
    )
    assert done.stdout == "started\n"

    def ended() -> dict[str, Any] | None:
        state: dict[str, Any] = json.loads((folder / "state.json").read_text())
        return state if state["phase"] == "ended" else None

    state = until(ended, "the end")
    assert (state["exit_code"], state["signal"]) == (0, None)
    assert sorted(file.name for file in folder.glob("livekit.log*")) == [
        "livekit.log",
        "livekit.log.1",
        "livekit.log.2",
    ]
    assert all(file.stat().st_size <= 10_000 for file in folder.glob("livekit.log*"))
    lines = [line.raw for line in read(folder / "livekit.log", Query(last=None)) if not line.logger]
    assert lines[-1] == "line 2999"
    assert lines == [f"line {number}" for number in range(3000 - len(lines), 3000)]
