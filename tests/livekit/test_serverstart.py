"""What a project starts its LiveKit servers with, and what `lkm config lint` says of all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.core.errors import ConfigError
from livekit_migrate.core.result import Finding
from livekit_migrate.core.settings import load
from livekit_migrate.livekit.serverstart.project import look

SECRET = "s123456789012345678901234567890123"
KEYS = f'LIVEKIT_KEYS: "key: {SECRET}"'

Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def write(project: Path) -> Write:
    def into(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return project

    return into


TURN_WITHOUT_ADDRESS = "turn: {enabled: true, udp_port: 3478, bind_addresses: ['127.0.0.1']}\n"


@pytest.mark.parametrize(
    ("address", "fails"),
    [
        ("192.0.2.7", []),
        ("2001:db8::1", ["turn-bind"]),
        ("192.0.2.7,2001:db8::1", []),
        ("2001:db8::1,192.0.2.7", []),
    ],
)
def test_an_address_by_option_alone_is_the_node_s_to_turn(
    write: Write, address: str, fails: list[str]
) -> None:
    text = f'command: --config /l.yaml --node-ip "{address}"\nvolumes: [./l.yaml:/l.yaml]'
    project = write(
        {"compose.yaml": service(text), "l.yaml": f"keys: {{key: {SECRET}}}\n{TURN_WITHOUT_ADDRESS}"}
    )
    assert [rule for status, rule, _ in told(project) if status == "fail"] == fails


def service(text: str, *, image: str = "livekit/livekit-server:v1.13.5", more: str = "") -> str:
    """A Compose file with one server; ``text`` is what stands below the service."""
    inner = "".join(f"    {line}\n" for line in text.splitlines())
    return f"services:\n  sfu:\n    image: {image}\n{inner}{more}"


def findings(
    project: Path, env: Mapping[str, str] | None = None, version: str | None = None
) -> list[Finding]:
    return list(look(load(project, env={}), version, env or {}).findings)


def told(project: Path, env: Mapping[str, str] | None = None) -> list[tuple[str, str, str]]:
    """Status, id and place of what somebody has to do something about."""
    return [
        (one.status, one.id.removeprefix("config."), str(one.location))
        for one in findings(project, env)
        if one.status in ("fail", "warn", "info")
    ]


def test_a_mounted_configuration_is_found_behind_its_path_in_the_container(write: Write) -> None:
    text = f'command: ["--config", "/etc/lk.yaml"]\nvolumes: [./conf:/etc:ro]\nenvironment: {{{KEYS}}}'
    project = write({"compose.yaml": service(text), "conf/lk.yaml": "port: 7880\nrtc:\n  udp_prot: 1\n"})
    assert told(project) == [("fail", "unknown-key", "conf/lk.yaml:3:3")]


@pytest.mark.parametrize(
    ("given", "top"),
    [
        ("configs: [{source: lk, target: /lk.yaml}]", "configs: {lk: {file: ./conf/lk.yaml}}\n"),
        ("secrets: [{source: lk, target: /lk.yaml}]", "secrets: {lk: {file: ./conf/lk.yaml}}\n"),
    ],
)
def test_configs_and_secrets_are_mounts_too(write: Write, given: str, top: str) -> None:
    text = f"command: --config /lk.yaml\n{given}\nenvironment: {{{KEYS}}}"
    project = write({"compose.yaml": service(text, more=top), "conf/lk.yaml": "prot: 1\n"})
    assert told(project) == [("fail", "unknown-key", "conf/lk.yaml:1:1")]


def test_text_in_the_compose_file_has_its_lines_there(write: Write) -> None:
    body = "configs:\n  lk:\n    content: |\n      port: 7880\n      prot: 1\n"
    text = f"command: --config /lk\nconfigs: [lk]\nenvironment: {{{KEYS}}}"
    project = write({"compose.yaml": service(text, more=body)})
    assert told(project) == [("fail", "unknown-key", "compose.yaml:11:7")]
    text = f"environment:\n  {KEYS}\n  LIVEKIT_CONFIG: |\n    port: 7880\n    rtc:\n      prot: 1"
    write({"compose.yaml": service(text)})
    assert told(project) == [("fail", "unknown-key", "compose.yaml:9:11")]


def test_a_text_that_is_no_block_names_its_line_in_words(write: Write) -> None:
    project = write(
        {"compose.yaml": service(f'environment: {{{KEYS}, LIVEKIT_CONFIG: "port: 1\\nprot: 1"}}')}
    )
    (one,) = findings(project)
    assert str(one.location) == "compose.yaml:4"
    assert "in its line 2" in one.detail


def test_livekit_config_with_a_path_is_named_as_that(write: Write) -> None:
    project = write(
        {
            "compose.yaml": service(
                f"environment: {{{KEYS}, LIVEKIT_CONFIG: /etc/lk.yaml}}\nvolumes: [./:/etc]"
            ),
            "lk.yaml": "port: 7880\n",
        }
    )
    (one,) = findings(project)
    assert (one.status, one.id) == ("fail", "config.path-as-text")
    assert "--config /etc/lk.yaml" in (one.fix.text if one.fix else "")
    assert "lk.yaml is on this machine" in one.detail


def test_the_file_beside_livekit_config_is_not_read(write: Write) -> None:
    text = f'command: --config /lk.yaml\nenvironment: {{{KEYS}, LIVEKIT_CONFIG: "port: 7880"}}'
    project = write({"compose.yaml": service(text + "\nvolumes: [./lk.yaml:/lk.yaml]"), "lk.yaml": "prot: 1"})
    assert told(project) == [("warn", "file-ignored", "compose.yaml:5")]


def test_a_mount_without_its_file_becomes_a_folder(write: Write) -> None:
    text = f"command: --config /lk.yaml\nenvironment: {{{KEYS}}}\nvolumes: [./lk.yaml:/lk.yaml]"
    project = write({"compose.yaml": service(text)})
    (one,) = findings(project)
    assert (one.id, str(one.location)) == ("config.file-missing", "compose.yaml:4")
    assert "Docker makes a folder" in one.detail


def test_what_lies_in_a_volume_is_not_judged(write: Write) -> None:
    text = f"command: --config /data/lk.yaml\nenvironment: {{{KEYS}}}\nvolumes: [data:/data]"
    (one,) = findings(write({"compose.yaml": service(text)}))
    assert (one.status, one.id) == ("skip", "config.file-elsewhere")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("{}", ("fail", "keys-missing", "compose.yaml:2")),
        ('{LIVEKIT_KEYS: ""}', ("fail", "keys-missing", "compose.yaml:4")),
        ("{LIVEKIT_KEYS: 'key:nospace'}", ("fail", "keys-form", "compose.yaml:4")),
        ("{LIVEKIT_KEYS: 'key: short'}", ("warn", "short-secret", "compose.yaml:4")),
    ],
)
def test_the_keys_of_a_service(write: Write, environment: str, expected: tuple[str, str, str]) -> None:
    assert told(write({"compose.yaml": service(f"environment: {environment}")})) == [expected]


def test_a_secret_of_digits_is_dropped(write: Write) -> None:
    project = write({"compose.yaml": service("environment: {LIVEKIT_KEYS: 'key: 12345678'}")})
    assert told(project) == [
        ("warn", "key-dropped", "compose.yaml:4"),
        ("fail", "keys-missing", "compose.yaml:4"),
    ]


def test_an_empty_livekit_keys_takes_the_files_keys_away(write: Write) -> None:
    text = "command: --config /lk.yaml\nvolumes: [./lk.yaml:/lk.yaml]\nenvironment: {LIVEKIT_KEYS: ''}"
    project = write({"compose.yaml": service(text), "lk.yaml": f"keys: {{key: {SECRET}}}\n"})
    (one,) = findings(project)
    assert (one.status, one.id) == ("fail", "config.keys-missing")
    assert "replaces the configuration's own keys" in one.title


def test_variables_that_are_set_nowhere_are_not_judged(write: Write) -> None:
    text = 'environment: {LIVEKIT_KEYS: "${KEY}: ${SECRET}"}'
    project = write({"compose.yaml": service(text)})
    (one,) = findings(project)
    assert (one.status, one.id) == ("skip", "config.keys-elsewhere")
    assert "KEY, SECRET is set nowhere here" in one.detail
    write({".env": f"KEY=key\nSECRET={SECRET}\n"})
    assert findings(project) == []


def test_an_env_that_disagrees_with_the_shell(write: Write) -> None:
    text = 'environment: {LIVEKIT_KEYS: "key: ${SECRET}", LIVEKIT_PORT: "${PORT}"}'
    project = write({"compose.yaml": service(text), ".env": f"PORT=7880\nSECRET={SECRET}\n"})
    shell = {"SECRET": SECRET, "PORT": "7000"}
    (one,) = findings(project, shell)
    assert (one.status, one.id, str(one.location)) == ("warn", "config.env-differs", ".env:1")
    assert "PORT" in one.title


def test_a_value_that_an_option_sets_is_judged_where_the_option_stands(write: Write) -> None:
    text = f"command: --config /lk.yaml\nvolumes: [./lk.yaml:/lk.yaml]\nenvironment:\n  {KEYS}\n"
    project = write({"compose.yaml": service(text), "lk.yaml": "turn: {udp_port: 3478}\n"})
    assert told(project) == []
    write({"lk.yaml": "port: 7880\n", "compose.yaml": service(text + '  LIVEKIT_TURN_ENABLED: "true"')})
    assert ("fail", "turn-ports", "compose.yaml:8") in told(project)


def test_options_and_variables_that_do_nothing(write: Write) -> None:
    text = (
        f"command: --dev false --udp-port abc extra\nenvironment:\n  {KEYS}\n"
        '  LIVEKIT_RTC_UDP_PORT: "7882"\n  LIVEKIT_PORTS: "1"\n  LIVEKIT_API_EXECUTION_TIMEOUT: "2"'
    )
    project = write({"compose.yaml": service(text)})
    seen = {one.id.removeprefix("config."): one for one in findings(project) if one.status == "warn"}
    assert {"option-stray", "option-ignored", "variable-unknown", "option-nanoseconds"} <= set(seen)
    fixes = {one.title.split(":")[0]: one.fix.text for one in findings(project) if one.fix}
    assert fixes["LIVEKIT_RTC_UDP_PORT"] == "rtc.udp_port is set by UDP_PORT, or in the configuration"
    assert fixes["LIVEKIT_PORTS"] == "did you mean LIVEKIT_PORT?"
    assert fixes["--dev false"] == "--dev=false"


def test_each_server_is_judged_as_its_images_release(write: Write) -> None:
    text = f"command: --config /lk.yaml\nvolumes: [./lk.yaml:/lk.yaml]\nenvironment: {{{KEYS}}}"
    project = write({"compose.yaml": service(text), "lk.yaml": "enable_data_tracks: true\n"})
    assert told(project) == []
    write({"compose.yaml": service(text, image="livekit/livekit-server:v1.8.4")})
    assert told(project) == [("fail", "unknown-key", "lk.yaml:1:1")]
    write({"compose.yaml": service(text, image="livekit/livekit-server:latest")})
    assert told(project) == [("info", "image-tag", "compose.yaml:2")]
    assert [one.id for one in findings(project, version="1.8.4")] == ["config.unknown-key"]


def test_an_option_of_another_release_is_no_failure_where_the_release_is_not_known(write: Write) -> None:
    text = f"command: --room.create_room_attempts 3\nenvironment: {{{KEYS}}}"
    project = write({"compose.yaml": service(text, image="livekit/livekit-server:v1.9.9")})
    assert [one for one in told(project) if one[0] == "fail"] == []


@pytest.mark.parametrize(
    "text",
    [
        "entrypoint: [/livekit-server]\ncommand: [--config, /lk.yaml]",
        "entrypoint: sh -c 'sleep 1 && exec /livekit-server --config /lk.yaml'",
        "entrypoint: [sh, -c, 'livekit-server --config /lk.yaml; echo ended']",
        "command: --config=/lk.yaml",
        "working_dir: /\ncommand: -config lk.yaml",
    ],
)
def test_forms_of_the_command_line(write: Write, text: str) -> None:
    image = "busybox" if "sh" in text.split() or "[sh" in text else "livekit/livekit-server:v1.13.5"
    text += f"\nvolumes: [./lk.yaml:/lk.yaml]\nenvironment: {{{KEYS}}}"
    project = write({"compose.yaml": service(text, image=image), "lk.yaml": "prot: 1\n"})
    assert told(project) == [("fail", "unknown-key", "lk.yaml:1:1")]


def test_what_starts_no_server_is_not_judged_as_one(write: Write) -> None:
    other = "  egress: {image: livekit/egress, environment: {EGRESS_CONFIG_BODY: 'prot: 1'}}\n"
    project = write({"compose.yaml": service("command: ports", more=other)})
    assert told(project) == [("info", "subcommand", "compose.yaml:2")]


def test_an_image_that_is_built_here(write: Write) -> None:
    files = {
        "compose.yaml": "services:\n  sfu:\n    build: ./sfu\n",
        "sfu/Dockerfile": "ARG V=v1.13.5\nFROM livekit/livekit-server:$V AS base\nFROM base\nWORKDIR /etc\n"
        f'ENV LIVEKIT_KEYS="key: {SECRET}" \\\n    LIVEKIT_PORT=7000x\nCOPY lk.yaml .\n'
        'CMD ["--config", "/etc/lk.yaml"]\n',
        "sfu/lk.yaml": "port: 7880\nprot: 1\n",
    }
    project = write(files)
    assert told(project) == [
        ("fail", "option-value", "sfu/Dockerfile:5"),
        ("fail", "unknown-key", "sfu/lk.yaml:2:1"),
    ]
    (project / "compose.yaml").unlink()
    assert told(project) == [
        ("fail", "option-value", "sfu/Dockerfile:5"),
        ("fail", "unknown-key", "sfu/lk.yaml:2:1"),
    ]


def test_the_shell_and_the_env_file(write: Write) -> None:
    project = write({".env": "LIVEKIT_KEYS=key:nospace\n"})
    assert told(project, {"LIVEKIT_CONFIG": "a.yaml"}) == [
        ("fail", "path-as-text", "LIVEKIT_CONFIG (shell)"),
        ("fail", "keys-form", ".env:1"),
    ]


def test_a_key_file_that_others_may_read(write: Write) -> None:
    project = write({"livekit.yaml": "key_file: keys.yaml\n", "keys.yaml": f"key: {SECRET}\n"})
    (project / "keys.yaml").chmod(0o604)
    assert told(project) == [("fail", "key-file-mode", "keys.yaml:1")]
    (project / "keys.yaml").chmod(0o640)
    assert told(project) == []
    write({"keys.yaml": "key:secret\n"})
    assert told(project) == [("fail", "keys-form", "keys.yaml:1")]


def test_files_that_are_merely_called_like_a_configuration(write: Write) -> None:
    project = write(
        {
            "deploy/livekit.yaml": "apiVersion: v1\nkind: ConfigMap\n",
            "chart/livekit-values.yaml": "replicaCount: 1\n",
            "tpl/livekit.yaml": "port: 7880\nregion: ${REGION}\n",
            "real/livekit-prod.yaml": "rtc:\n  prot: 1\n",
        }
    )
    assert told(project)[-1] == ("fail", "unknown-key", "real/livekit-prod.yaml:2:3")
    assert {place.partition(":")[0] for _, _, place in told(project)} == {"real/livekit-prod.yaml"}


def test_a_configuration_that_two_servers_share_is_complained_of_once(write: Write) -> None:
    one = "image: livekit/livekit-server:v1.13.5, command: --config /l, volumes: [./lk:/l]"
    one += f", environment: {{{KEYS}}}"
    project = write({"compose.yaml": f"services:\n  a: {{{one}}}\n  b: {{{one}}}\n", "lk": "prot: 1\n"})
    assert told(project) == [("fail", "unknown-key", "lk:1:1")]


def test_a_project_without_a_server(write: Write) -> None:
    with pytest.raises(ConfigError, match="no configuration of a LiveKit server here"):
        findings(write({"compose.yaml": "services: {db: {image: postgres}}\n"}))


def test_no_secret_is_told(write: Write, lkm: Any) -> None:
    write(
        {
            "compose.yaml": service(
                f"environment:\n  LIVEKIT_KEYS: 'key: {SECRET}'\n  REDIS_PASSWORD: canary-redis-password\n"
                "  LIVEKIT_CONFIG: 'redis: {passwrd: canary-other-password}'"
            ),
            ".env": "LIVEKIT_KEYS=key:canary-secret-0123456789\n",
        }
    )
    for argv in (
        ("lint", "--json"),
        ("lint", "-v"),
        ("lint", "--format", "sarif"),
        ("show", "--json"),
        ("show",),
    ):
        ran = lkm("config", *argv)
        assert "canary" not in ran.out + ran.err, argv
        assert SECRET not in ran.out + ran.err, argv


def test_fix_without_a_file_mends_every_configuration_of_its_own(write: Write, lkm: Any) -> None:
    text = f"command: --config /lk.yaml\nvolumes: [./conf/lk.yaml:/lk.yaml]\nenvironment: {{{KEYS}}}"
    project = write(
        {
            "compose.yaml": service(text),
            "conf/lk.yaml": "# ours\nport: '7880'\n",
            "livekit.yaml": "rtc: {tcp_prot: 1}\n",
        }
    )
    ran = lkm("config", "lint", "--fix", "--json")
    assert ran.code == 0, ran.out
    assert {(one["file"], one["line"]) for one in ran.json["data"]["mended"]} == {
        ("conf/lk.yaml", 2),
        ("livekit.yaml", 1),
    }
    assert (project / "conf/lk.yaml").read_text() == "# ours\nport: 7880\n"
    assert lkm("undo").code == 0
    assert (project / "conf/lk.yaml").read_text() == "# ours\nport: '7880'\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xff\xfe" + "prot: 1\n".encode("utf-16-le"), ("unknown-key", "livekit.yaml:1:1")),
        (b"port: 1\nx: \xff\n", ("encoding", "livekit.yaml:2")),
        (b"port: [\n", ("syntax", "livekit.yaml:2:1")),
    ],
)
def test_files_that_no_server_reads(write: Write, data: bytes, expected: tuple[str, str]) -> None:
    project = write({})
    (project / "livekit.yaml").write_bytes(data)
    (one,) = (one for one in findings(project) if one.status == "fail")
    assert (one.id.removeprefix("config."), str(one.location)) == expected
    assert str(project) not in one.title + one.detail


def test_a_folder_where_the_mounted_configuration_should_be(write: Write) -> None:
    text = f"command: --config /lk.yaml\nvolumes: [./lk.yaml:/lk.yaml]\nenvironment: {{{KEYS}}}"
    project = write({"compose.yaml": service(text)})
    (project / "lk.yaml").mkdir()
    assert told(project) == [("fail", "unreadable", "compose.yaml:4")]


def test_a_compose_file_that_cannot_be_read(write: Write) -> None:
    with pytest.raises(ConfigError, match="no configuration") as raised:
        findings(write({"compose.yaml": "services: [\n"}))
    assert "compose.yaml:2:1: not YAML" in raised.value.detail
    (one,) = findings(write({"compose.yaml": "services: [\n", "livekit.yaml": f"keys: {{k: {SECRET}}}\n"}))
    assert (one.status, one.id, str(one.location)) == ("skip", "config.unreadable", "compose.yaml:2")
