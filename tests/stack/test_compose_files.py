"""The default stack in a project: which files lkm writes, keeps up to date, and leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from livekit_migrate.core import journal, settings
from livekit_migrate.core.errors import LkmError
from livekit_migrate.core.settings import Settings
from livekit_migrate.stack import compose_files
from livekit_migrate.stack.compose_files import App
from tests.conftest import ROOT


def of(project: Path, text: str = "", env: dict[str, str] | None = None) -> Settings:
    (project / "lkm.toml").write_text(text)
    return settings.load(project, env=env or {})


def bring_up_to_date(mine: Settings, *, complete: bool = False) -> compose_files.Planned:
    """What `lkm up` does with the files."""
    planned = compose_files.plan(mine, "lkm up", complete=complete)
    journal.apply(planned.changes)
    compose_files.remember(mine.root, {name: planned.texts[name] for name in planned.changes.files})
    return planned


def test_a_project_without_settings_gets_the_files_of_this_repository(project: Path) -> None:
    texts = compose_files.render(of(project))
    assert set(texts) == {
        "docker-compose.yml",
        "livekit.yaml",
        "livekit.Dockerfile",
        ".env.example",
        ".dockerignore",
    }
    for name, text in texts.items():
        assert text == (ROOT / name).read_text(encoding="utf-8")


def test_ports_of_lkm_toml_are_in_every_file(project: Path) -> None:
    texts = compose_files.render(
        of(
            project,
            "rtc = 'range'\n[ports]\nsignal = 8880\nrtc_tcp = 8881\nrtc_range_end = 50010\nredis = 6400\n",
        )
    )
    config = yaml.safe_load(texts["livekit.yaml"])
    assert (config["port"], config["rtc"]["tcp_port"]) == (8880, 8881)
    assert (config["rtc"]["port_range_start"], config["rtc"]["port_range_end"]) == (50000, 50010)
    services = yaml.safe_load(texts["docker-compose.yml"])["services"]
    assert services["livekit"]["ports"] == [
        "127.0.0.1:8880:8880",
        "127.0.0.1:8881:8881",
        "127.0.0.1:50000-50010:50000-50010/udp",
    ]
    assert services["livekit"]["healthcheck"]["test"][-1] == "http://127.0.0.1:8880/"
    # What is not media keeps its number inside: other services name it there.
    assert services["redis"]["ports"] == ["127.0.0.1:6400:6379"]
    assert services["postgres"]["ports"] == ["127.0.0.1:5434:5432"]
    assert "LIVEKIT_URL=ws://localhost:8880\n" in texts[".env.example"]


def test_an_app_comes_with_its_ports(project: Path) -> None:
    mine = of(project, "[ports]\nmediasoup_rtc = 44451\nbackend = 1292\n")
    text = compose_files.render(mine, App("api", "front", "/ready", mediasoup=True))["docker-compose.yml"]
    backend = yaml.safe_load(text)["services"]["backend"]
    assert backend["build"] == "./api"
    assert "127.0.0.1:44451:44451/udp" in backend["ports"]
    assert "1292/ready" in backend["healthcheck"]["test"][-1]


def test_only_what_the_stack_needs_is_written_unasked(project: Path) -> None:
    planned = bring_up_to_date(of(project))
    assert planned.changes.files == ("docker-compose.yml", "livekit.yaml")
    assert bring_up_to_date(of(project), complete=True).changes.files == (
        "livekit.Dockerfile",
        ".env.example",
        ".dockerignore",
    )
    assert compose_files.plan(of(project), "lkm up", complete=True).changes.empty


def test_files_that_lkm_wrote_follow_lkm_toml(project: Path) -> None:
    bring_up_to_date(of(project, "ports.signal = 8000\n"))
    planned = bring_up_to_date(of(project, "ports.signal = 9000\n"))
    assert planned.changes.files == ("docker-compose.yml", "livekit.yaml")
    assert "127.0.0.1:9000:9000" in (project / "docker-compose.yml").read_text()


def test_so_do_the_defaults_in_a_clone_without_a_record(project: Path) -> None:
    for name in ("docker-compose.yml", "livekit.yaml"):
        (project / name).write_bytes((ROOT / name).read_bytes())
    planned = compose_files.plan(of(project, "rtc = 'range'\n"), "lkm up")
    assert planned.changes.files == ("docker-compose.yml", "livekit.yaml")


def test_what_undo_brought_back_is_still_ours(project: Path) -> None:
    bring_up_to_date(of(project, "ports.signal = 8000\n"))
    bring_up_to_date(of(project, "ports.signal = 9000\n"))
    journal.undo(project)
    assert "127.0.0.1:8000:8000" in (project / "docker-compose.yml").read_text()
    planned = bring_up_to_date(of(project, "ports.signal = 9999\n"))
    assert planned.edited == ()
    assert "127.0.0.1:9999:9999" in (project / "docker-compose.yml").read_text()


@pytest.mark.parametrize("name", ["livekit.yaml", "docker-compose.yml"])
def test_an_edited_file_is_the_users_and_the_other_goes_on_agreeing_with_it(project: Path, name: str) -> None:
    bring_up_to_date(of(project), complete=True)
    with (project / name).open("a") as file:
        file.write("# mine\n")
    planned = compose_files.plan(of(project, "ports.signal = 9000\n"), "lkm up")
    assert planned.edited == (name,)
    assert planned.changes.files == (".env.example",)
    assert "9000" in planned.texts[name]


def test_other_files_of_the_project_are_not_even_read(project: Path) -> None:
    (project / ".env.example").write_bytes(b"caf\xe9=1\n")
    (project / ".dockerignore").mkdir()
    planned = bring_up_to_date(of(project), complete=True)
    assert planned.changes.files == ("docker-compose.yml", "livekit.yaml", "livekit.Dockerfile")


def test_a_configuration_that_was_there_first_stays(project: Path) -> None:
    (project / "livekit.yaml").write_text("port: 7880\n")
    planned = bring_up_to_date(of(project))
    assert planned.changes.files == ("docker-compose.yml",)
    assert (project / "livekit.yaml").read_text() == "port: 7880\n"


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"files": 3}', '{"files": {"livekit.yaml": 3}}'])
def test_a_broken_record_leaves_files_alone(project: Path, broken: str) -> None:
    bring_up_to_date(of(project, "ports.signal = 8000\n"))
    (project / ".lkm" / "stack.json").write_text(broken)
    planned = compose_files.plan(of(project, "ports.signal = 9000\n"), "lkm up")
    assert planned.changes.empty
    assert set(planned.edited) == {"docker-compose.yml", "livekit.yaml"}


def test_a_link_in_place_of_the_record_is_not_followed(project: Path, tmp_path: Path) -> None:
    mine = of(project)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("theirs")
    (project / ".lkm").mkdir()
    (project / ".lkm" / "stack.json").symlink_to(elsewhere)
    with pytest.raises(LkmError, match=r"stack\.json"):
        compose_files.remember(mine.root, {"docker-compose.yml": "x"})
    assert elsewhere.read_text() == "theirs"


def test_the_servers_configuration_may_lie_elsewhere(project: Path) -> None:
    planned = bring_up_to_date(of(project, "paths.livekit = 'config/sfu.yaml'\n"))
    assert planned.changes.files == ("docker-compose.yml", "config/sfu.yaml")
    livekit = yaml.safe_load((project / "docker-compose.yml").read_text())["services"]["livekit"]
    assert livekit["volumes"] == ["./config/sfu.yaml:/etc/livekit.yaml:ro"]
    assert compose_files.plan(of(project, "paths.livekit = 'config/sfu.yaml'\n"), "lkm up").changes.empty
