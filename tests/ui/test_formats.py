"""GitHub annotations and SARIF: read back as the other side reads them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from livekit_migrate.core.result import ErrorInfo, Finding, Fix, Location, Result
from livekit_migrate.core.secret import Secret
from livekit_migrate.ui.formats import Roots, names, render

FILE = "conf: a,b%/lïve kit.yaml"
SECRET = "canary-secret-2f9c1b77"


@pytest.fixture
def roots(tmp_path: Path) -> Roots:
    """A project that is one folder of a repository."""
    project = tmp_path / "repository" / "apps" / "web"
    (project / FILE).parent.mkdir(parents=True)
    (project / FILE).write_text("port: 1\n")
    (tmp_path / "repository" / ".git").mkdir()
    (tmp_path / "outside.yaml").write_text("port: 1\n")
    return Roots.of(project)


def result(*extra: Finding, line: int = 3) -> Result:
    Secret(SECRET)
    findings = (
        Finding(
            "config.unknown-key",
            "fail",
            "rtc.udp_prot: unknown key, 100% sure",
            detail=f"two\r\nlines, {SECRET}",
            category="config",
            location=Location(FILE, line, 5),
            evidence={"key": "rtc.udp_prot"},
            fix=Fix("rename it", command="lkm config lint --fix", safe=True),
        ),
        Finding("config.log", "warn", "a trap", location=Location(FILE, line + 1)),
        Finding("config.log", "warn", "a trap", location=Location(FILE, line + 9)),
        Finding("config.hint", "info", "good to know", location=Location("LIVEKIT_CONFIG", 2, 1)),
        Finding("config.port", "ok", "nothing to say", location=Location(FILE, 1)),
        Finding("config.tls", "skip", "certificate", detail="no file here"),
        *extra,
    )
    return Result("config lint", findings=findings)


def annotations(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Workflow commands taken apart as actions/runner does it: by line, then split, then unescaped."""

    def back(said: str, *, value: bool) -> str:
        pairs = [("%0D", "\r"), ("%0A", "\n"), *([("%3A", ":"), ("%2C", ",")] if value else []), ("%25", "%")]
        for escape, letter in pairs:
            said = said.replace(escape, letter)
        return said

    found = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(?P<word>[a-z]+) (?P<said>.*?)::(?P<text>.*)", line)
        assert match, line
        given = dict(each.split("=", 1) for each in match["said"].split(","))
        properties = {name: back(each, value=True) for name, each in given.items()}
        found.append((match["word"], properties, back(match["text"], value=False)))
    return found


def test_a_github_runner_reads_back_what_was_found(roots: Roots) -> None:
    text = render("github", result(), roots)
    path = f"apps/web/{FILE}"
    assert annotations(text) == [
        (
            "error",
            {"file": path, "line": "3", "col": "5", "title": "config.unknown-key"},
            "rtc.udp_prot: unknown key, 100% sure\ntwo\nlines, ••••••\n→ rename it\nlkm config lint --fix",
        ),
        ("warning", {"file": path, "line": "4", "title": "config.log"}, "a trap"),
        ("warning", {"file": path, "line": "12", "title": "config.log"}, "a trap"),
        # What is no file cannot be annotated: the place stands in the text.
        ("notice", {"title": "config.hint"}, "LIVEKIT_CONFIG:2:1: good to know"),
    ]
    assert SECRET not in text


def test_nothing_found_is_nothing_said(roots: Roots) -> None:
    assert render("github", Result("x", findings=[Finding("a", "ok", "b")]), roots) == ""


def test_text_of_a_file_can_be_no_workflow_command_of_its_own(roots: Roots) -> None:
    evil = Finding("a.b", "fail", "x\n::add-path::/evil\r::set-env::\x1b[2J", location=Location(FILE, 1))
    text = render("github", Result("x", findings=[evil]), roots)
    assert text.count("\n") == 1
    assert "\r" not in text
    assert "\x1b" not in text


def test_an_error_is_an_annotation_too(roots: Roots) -> None:
    error = ErrorInfo("usage", "no such option", "why", "lkm --help")
    text = render("github", Result("config lint", error=error, exit_code=2), roots)
    assert annotations(text) == [("error", {"title": "lkm config lint"}, "no such option\nwhy\n→ lkm --help")]


def sarif(found: Result, roots: Roots) -> dict[str, Any]:
    """The one run of a SARIF document, after the rules of SARIF 2.1.0 that a consumer relies on."""
    text = render("sarif", found, roots)
    assert text.isascii()
    document = json.loads(text)
    assert set(document) == {"$schema", "version", "runs"}
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("/sarif-schema-2.1.0.json")
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "lkm"
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", driver["semanticVersion"])
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    for rule in driver["rules"]:
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
    for one in run["results"]:
        assert ids[one["ruleIndex"]] == one["ruleId"]
        assert one["level"] in ("error", "warning", "note")
        assert one["message"]["text"]
        assert all(isinstance(mark, str) and mark for mark in one["partialFingerprints"].values())
        (location,) = one["locations"]  # code scanning refuses a result without one
        place = location["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        parts = urlsplit(uri)
        assert re.fullmatch(r"[A-Za-z0-9._~/:%-]+", uri), "a URI, percent-encoded"
        assert (parts.query, parts.fragment) == ("", "")
        if parts.scheme:
            assert parts.scheme == "file"
            assert parts.path.startswith("/")
        else:
            assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
            assert not uri.startswith(("/", ".."))
        region = place.get("region", {"startLine": 1})
        assert all(isinstance(number, int) and number >= 1 for number in region.values())
        assert "startLine" in region
    marks = [one["partialFingerprints"]["findingHash/v1"] for one in run["results"]]
    assert len(set(marks)) == len(marks), "two findings with one fingerprint would be shown as one"
    (invocation,) = run["invocations"]
    assert invocation["exitCode"] == found.code
    assert invocation["executionSuccessful"] is (found.error is None)
    return dict(run)


def test_sarif_says_what_and_where(roots: Roots) -> None:
    run = sarif(result(), roots)
    first, _, _, variable = run["results"]
    assert [one["level"] for one in run["results"]] == ["error", "warning", "warning", "note"]
    assert first["ruleId"] == "config.unknown-key"
    place = first["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == f"apps/web/{FILE}"
    assert place["region"] == {"startLine": 3, "startColumn": 5}
    assert "rtc.udp_prot: unknown key" in first["message"]["text"]
    assert SECRET not in json.dumps(run)
    assert variable["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "LIVEKIT_CONFIG:2:1"}]
    (skipped,) = run["invocations"][0]["toolExecutionNotifications"]
    assert skipped == {
        "descriptor": {"id": "config.tls"},
        "level": "note",
        "message": {"text": "certificate: no file here"},
    }


def test_a_file_outside_of_the_repository_has_its_whole_path(roots: Roots, tmp_path: Path) -> None:
    outside = Finding("a.b", "fail", "x", location=Location("../../../outside.yaml", 1))
    run = sarif(Result("config lint", findings=[outside]), roots)
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": (tmp_path / "outside.yaml").as_uri()}


def marks(found: Result, roots: Roots) -> list[str]:
    return [one["partialFingerprints"]["findingHash/v1"] for one in sarif(found, roots)["results"]]


def test_a_fingerprint_outlives_lines_put_in_above(roots: Roots) -> None:
    assert marks(result(line=3), roots) == marks(result(line=40), roots)


def test_a_fingerprint_outlives_other_findings_and_tells_subjects_apart(roots: Roots) -> None:
    def unknown(key: str) -> Finding:
        return Finding(
            "config.unknown-key", "fail", "unknown", location=Location(FILE, 1), evidence={"key": key}
        )

    one, both = [unknown("a")], [unknown("b"), unknown("a")]
    assert marks(Result("x", findings=one), roots) == marks(Result("x", findings=both), roots)[1:]


def test_an_error_under_sarif_is_a_document_that_says_so(roots: Roots) -> None:
    error = ErrorInfo("config.syntax", "not YAML", "why", "mend it")
    run = sarif(Result("config lint", error=error, exit_code=4), roots)
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["descriptor"] == {"id": "config.syntax"}
    assert told["level"] == "error"
    assert told["message"]["text"] == "not YAML\nwhy\n→ mend it"


def test_a_format_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, roots: Roots) -> None:
    from livekit_migrate.ui import formats

    (tmp_path / "words.py").write_text("def render(result, roots):\n    return result.command + '\\n'\n")
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    assert names() == ["github", "html", "junit", "md", "sarif", "words"]
    assert render("words", Result("config lint"), roots) == "config lint\n"
