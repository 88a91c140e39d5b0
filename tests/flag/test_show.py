"""`lkm flag show`: which file wins for whom, and where two places disagree."""

from __future__ import annotations

from typing import Any

from tests.conftest import Lkm, Ran

from .conftest import NEXT, READS, ROOT, VITE, Write

NAME = "NEXT_PUBLIC_USE_LIVEKIT"
ON, OFF = f"{NAME}=true\n", f"{NAME}=false\n"


def _effective(ran: Ran) -> dict[str, tuple[Any, str]]:
    assert ran.code == 0, ran.err
    return {each["mode"]: (each["value"], each["from"]) for each in ran.json["data"]["effective"]}


def _ids(ran: Ran) -> list[str]:
    return [finding["id"] for finding in ran.json["findings"]]


def test_next_reads_local_above_the_mode_s_file(app: Write, lkm: Lkm) -> None:
    app({"package.json": NEXT, "a.ts": READS, ".env": OFF, ".env.production": OFF, ".env.local": ON})
    assert _effective(lkm("flag", "show", "--json")) == {
        "development": ("true", ".env.local:1"),
        "production": ("true", ".env.local:1"),
    }


def test_vite_reads_the_mode_s_file_above_local(app: Write, lkm: Lkm) -> None:
    reads = 'export const on = import.meta.env.VITE_USE_LIVEKIT === "true";\n'
    app(
        {
            "package.json": VITE,
            "a.ts": reads,
            ".env.local": "VITE_USE_LIVEKIT=true\n",
            ".env.production": "VITE_USE_LIVEKIT=false\n",
        }
    )
    ran = lkm("flag", "show", "--json")
    assert ran.json["data"]["name"] == "VITE_USE_LIVEKIT"
    assert _effective(ran) == {
        "development": ("true", ".env.local:1"),
        "production": ("false", ".env.production:1"),
    }
    assert _ids(ran) == ["flag.disagree"]
    assert ran.json["data"]["value"] is None


def test_vite_with_its_files_elsewhere(app: Write, lkm: Lkm) -> None:
    app(
        {
            "package.json": ROOT,
            "apps/web/package.json": VITE,
            "apps/web/vite.config.ts": 'export default defineConfig({ envDir: "../..", plugins: [] });\n',
            "apps/web/a.ts": 'export const on = import.meta.env.VITE_USE_LIVEKIT === "true";\n',
            ".env": "VITE_USE_LIVEKIT=true\n",
        }
    )
    assert _effective(lkm("flag", "show", "--json"))["production"] == ("true", ".env:1")


def test_what_a_script_gives_comes_first(app: Write, lkm: Lkm) -> None:
    manifest = NEXT[:-1] + ', "scripts": {"dev": "dotenv -e ../../.env -- next dev", "build": "next build"}}'
    app(
        {
            "package.json": ROOT,
            "apps/web/package.json": manifest,
            "apps/web/a.ts": READS,
            "apps/web/.env.local": OFF,
            ".env": ON,
        }
    )
    assert _effective(lkm("flag", "show", "--json")) == {
        "development": ("true", ".env:1"),
        "production": ("false", "apps/web/.env.local:1"),
    }


def test_a_file_that_next_does_not_read(app: Write, lkm: Lkm) -> None:
    app({"package.json": ROOT, "apps/web/package.json": NEXT, "apps/web/a.ts": READS, ".env": ON})
    ran = lkm("flag", "show", "--json")
    assert ran.json["data"]["value"] == "false"
    (finding,) = ran.json["findings"]
    assert (finding["id"], finding["location"]["file"]) == ("flag.idle", ".env")
    assert "apps/web" in finding["detail"]


def test_code_in_a_shared_package_belongs_to_the_app_that_needs_it(app: Write, lkm: Lkm) -> None:
    needs = NEXT.replace('"react": "19.0.0"', '"react": "19.0.0", "@app/flags": "workspace:*"')
    app(
        {
            "package.json": ROOT,
            "apps/web/package.json": needs,
            "apps/web/.env": ON,
            "packages/flags/package.json": '{"name": "@app/flags"}',
            "packages/flags/index.ts": READS,
        }
    )
    ran = lkm("flag", "show", "--json")
    assert {each["for"] for each in ran.json["data"]["effective"]} == {"apps/web"}
    assert ran.json["data"]["value"] == "true"


def test_comparisons_that_do_not_mean_what_they_seem(app: Write, lkm: Lkm) -> None:
    app(
        {
            "package.json": NEXT,
            "a.ts": f"if (process.env.{NAME}) start();\n",
            "b.ts": f'export const on = process.env.{NAME} !== "false";\n',
            ".env": f"{NAME}=TRUE\n",
        }
    )
    ran = lkm("flag", "show", "--json")
    assert _ids(ran) == ["flag.truthy", "flag.default-on", "flag.value"]
    assert [finding["location"]["file"] for finding in ran.json["findings"]] == ["a.ts", "b.ts", ".env"]


def test_nothing_reads_it(app: Write, lkm: Lkm) -> None:
    app({"package.json": NEXT, ".env": OFF})
    ran = lkm("flag", "show", "--json")
    assert (ran.code, _ids(ran)[0]) == (0, "flag.unread")
    shown = lkm("flag", "show")
    assert "lkm init" in shown.out
    # No table of nobody, and no verdict on what decides nothing.
    assert "value" not in shown.out
    assert "Mediasoup" not in shown.err


def test_two_flags_ask_which(app: Write, lkm: Lkm) -> None:
    app({"package.json": NEXT, "a.ts": READS, "b.ts": READS.replace("NEXT_PUBLIC", "VITE")})
    ran = lkm("flag", "show")
    assert ran.code == 2
    assert "which one is the flag?" in ran.err
    assert lkm("flag", "show", "--name", "VITE_USE_LIVEKIT").code == 0


def test_the_shell_wins_and_is_named(app: Write, lkm: Lkm) -> None:
    app({"package.json": NEXT, "a.ts": READS, ".env": OFF})
    ran = lkm("flag", "show", "--json", env={NAME: "true"})
    assert _ids(ran) == ["flag.shell"]


def test_a_variable_of_another_name(app: Write, lkm: Lkm) -> None:
    app({"package.json": NEXT, "a.ts": 'if (process.env.NEW_UI === "true") go();\n', ".env": "NEW_UI=true\n"})
    assert lkm("flag", "show", "--name", "NEW_UI", "--json").json["data"]["value"] == "true"


def test_a_compose_file_and_what_it_includes(app: Write, lkm: Lkm) -> None:
    app(
        {
            "package.json": NEXT,
            "a.ts": READS,
            ".env": OFF,
            "compose.yaml": "include:\n  - path: compose.app.yaml\nservices:\n  db:\n    image: x\n",
            "compose.app.yaml": (
                "services:\n  web:\n    build:\n      context: .\n      args:\n"
                f"        {NAME}: ${{{NAME}:-true}}\n"
            ),
        }
    )
    ran = lkm("flag", "show", "--json")
    (service,) = [each for each in ran.json["data"]["settings"] if each["via"] == "Compose"]
    assert (service["for"], service["file"], service["line"]) == ("service web", "compose.app.yaml", 6)
    assert (service["value"], service["variable"], service["how"]) == ("false", NAME, "build argument")
    assert f"from ${{{NAME}}}" in lkm("flag", "show").out


def test_a_broken_file_is_named_and_the_rest_is_shown(app: Write, lkm: Lkm) -> None:
    root = app({"package.json": NEXT, "a.ts": READS, ".env": ON})
    (root / ".env.local").write_bytes(b"A=\xff\n")
    ran = lkm("flag", "show", "--json")
    assert ran.json["data"]["value"] == "true"
    assert _ids(ran) == ["flag.unreadable"]
    turned = lkm("flag", "off")
    assert turned.code == 4
    assert ".env.local" in turned.err
    assert (root / ".env").read_text() == ON
