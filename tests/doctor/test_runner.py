"""The runner: at once, bounded, in the order of needs; nothing that a check does stops the others."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.core import exits
from livekit_migrate.core.errors import ConfigError, UsageError
from livekit_migrate.core.result import Finding
from livekit_migrate.core.settings import load
from livekit_migrate.doctor import registry
from livekit_migrate.doctor.context import Asked, Context
from livekit_migrate.doctor.diagnosis import diagnose
from livekit_migrate.doctor.model import OUT_OF_TIME, Check
from livekit_migrate.doctor.report import as_result
from livekit_migrate.doctor.runner import Outcome, run
from livekit_migrate.doctor.source.sources import OutOfTimeError

Run = Callable[[Context], Iterable[Finding]]


def check(name: str, run_it: Run | None = None, **more: Any) -> Check:
    """A check that holds, unless told otherwise; it has time, however busy the machine."""
    category = name.partition(".")[0]
    fields: dict[str, Any] = {"why": "w", "source": "s", "evidence": "e", "remedy": "r", "title": name}
    fields["seconds"] = 300.0
    return Check(id=name, category=category, run=run_it or (lambda _: ()), **{**fields, **more})  # type: ignore[arg-type]


def failing(name: str, title: str = "broken", **more: Any) -> Check:
    made: list[Check] = []
    made.append(check(name, lambda _: [made[0].found("fail", title)], **more))
    return made[0]


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("LKM_STATE_DIR", str(tmp_path / "state"))
    return Context(Asked(load(tmp_path, env={}), timeout=300.0, env={}))


def statuses(outcomes: Iterable[Outcome]) -> dict[str, str]:
    return {one.check.id: one.findings[0].status for one in outcomes}


def test_what_there_was_no_time_for_is_said_without_v(context: Context) -> None:
    """A count of skips alone would pass for all being well."""
    end = threading.Event()

    def hang(_: Context) -> Iterable[Finding]:
        end.wait(300)
        return ()

    def large(_: Context) -> Iterable[Finding]:
        raise OutOfTimeError(
            "too many files", code=OUT_OF_TIME, detail="lkm doctor --all waits for all of them"
        )

    def elsewhere(_: Context) -> Iterable[Finding]:
        raise ConfigError("does not apply", code="x")

    checks = [check("app.a", hang, seconds=0.1), check("app.b", large), check("app.c", elsewhere)]
    outcomes = run(checks, context)
    end.set()
    said = as_result("doctor", context, outcomes, asked=frozenset(one.id for one in checks))
    assert said.closing == "There was no time for 2 checks (-v says which): lkm doctor --all waits"
    assert said.code == 0


def test_checks_run_at_once(context: Context) -> None:
    both = threading.Barrier(2, timeout=300)  # neither gets past it alone

    def meet(_: Context) -> Iterable[Finding]:
        both.wait()
        return ()

    outcomes = run([check("env.a", meet), check("env.b", meet)], context)
    assert statuses(outcomes) == {"env.a": "ok", "env.b": "ok"}


def test_what_needs_a_failed_check_is_skipped_with_the_reason(context: Context) -> None:
    checks = [
        failing("docker.cli"),
        check("docker.engine", needs=("docker.cli",)),
        check("stack.up", needs=("docker.engine",)),
        check("env.file"),
    ]
    outcomes = run(checks, context)
    assert statuses(outcomes) == {
        "docker.cli": "fail", "docker.engine": "skip", "env.file": "ok", "stack.up": "skip",
    }  # fmt: skip
    assert outcomes[1].findings[0].detail == "docker.cli failed"
    found = diagnose(outcomes)
    # One cause, with everything that was not looked at for it below.
    assert [cause.finding.id for cause in found.problems] == ["docker.cli"]
    assert [symptom.id for symptom in found.problems[0].symptoms] == ["docker.engine", "stack.up"]


def test_a_broken_check_stops_nobody_and_names_itself(context: Context, tmp_path: Path) -> None:
    def broken(_: Context) -> Iterable[Finding]:
        raise ZeroDivisionError("on purpose")

    outcomes = run([check("env.bad", broken), check("env.on", needs=("env.bad",)), check("env.c")], context)
    (bad,) = [one for one in outcomes if one.check.id == "env.bad"]
    assert bad.findings[0].id == "doctor.broken-check"
    assert bad.findings[0].title == "the check env.bad itself is broken: ZeroDivisionError: on purpose"
    assert bad.findings[0].status == "warn"  # it says nothing about the project: no failure
    assert statuses(outcomes)["env.on"] == "skip"
    assert statuses(outcomes)["env.c"] == "ok"
    (log,) = (tmp_path / "state" / "crashes").glob("*.log")
    assert "ZeroDivisionError" in log.read_text()


def test_a_user_s_error_inside_a_check_is_a_reason_to_skip(context: Context) -> None:
    def unreadable(_: Context) -> Iterable[Finding]:
        raise ConfigError("x.yaml:3: not YAML", code="yaml")

    (one,) = run([check("env.a", unreadable)], context)
    assert (one.findings[0].status, one.findings[0].detail) == ("skip", "x.yaml:3: not YAML")


def test_a_check_that_hangs_is_given_up_at_its_bound(context: Context) -> None:
    release = threading.Event()

    def hang(_: Context) -> Iterable[Finding]:
        release.wait(300)
        return ()

    try:
        outcomes = run([check("env.slow", hang, seconds=0.05), check("env.b")], context)
    finally:
        release.set()
    assert statuses(outcomes) == {"env.b": "ok", "env.slow": "skip"}
    slow = outcomes[1].findings[0]
    assert slow.detail == "not done within 0.05 s; --all waits for it"


def test_all_checks_of_the_network_share_one_bound(tmp_path: Path) -> None:
    release = threading.Event()

    def hang(_: Context) -> Iterable[Finding]:
        release.wait(300)
        return ()

    context = Context(Asked(load(tmp_path, env={}), timeout=0.1, env={}))
    checks = [check(f"remote.{name}", hang, network=True) for name in "abc"]
    checks.append(check("remote.d", network=True, after=("remote.a",)))
    try:
        outcomes = run(checks, context)
    finally:
        release.set()
    assert [one.findings[0].status for one in outcomes[:3]] == ["skip"] * 3
    assert "--timeout gives them more" in outcomes[0].findings[0].detail


def test_offline_asks_no_other_machine(tmp_path: Path) -> None:
    def ask(_: Context) -> Iterable[Finding]:
        raise AssertionError("it was asked")

    context = Context(Asked(load(tmp_path, env={}), offline=True, env={}))
    outcomes = run([check("remote.a", ask, network=True)], context)
    assert outcomes[0].findings[0].detail == "--offline: no other machine is asked"


def test_symptoms_are_folded_under_the_cause_that_they_name(context: Context) -> None:
    def symptoms(_: Context) -> Iterable[Finding]:
        yield Finding("stack.media", "fail", "no media", category="stack", evidence={"cause": "network.udp"})
        yield Finding("stack.own", "fail", "something else", category="stack", evidence={"cause": "env.none"})

    checks = [
        failing("network.udp", "UDP is blocked"),
        check("stack.a", symptoms),
        failing("app.b", causes=("stack.media",)),  # a symptom of a symptom
    ]
    found = diagnose(run(checks, context))
    assert [cause.finding.title for cause in found.problems] == ["UDP is blocked", "something else"]
    assert [one.id for one in found.problems[0].symptoms] == ["stack.media", "app.b"]
    assert [f.evidence.get("folded_under") for f in found.findings[:3]] == [
        None,
        "network.udp",
        "network.udp",
    ]


def test_causes_in_a_circle_hide_nothing(context: Context) -> None:
    checks = [failing("env.a", causes=("env.b",)), failing("env.b", causes=("env.a",))]
    found = diagnose(run(checks, context))
    assert sorted(f.id for f in found.findings) == ["env.a", "env.b"]


def test_what_was_not_looked_at_explains_no_failure(context: Context) -> None:
    def skipped(_: Context) -> Iterable[Finding]:
        raise ConfigError("unreadable", code="x")

    checks = [check("env.a", skipped), failing("stack.b", causes=("env.a",))]
    assert [one.finding.id for one in diagnose(run(checks, context)).problems] == ["stack.b"]


def test_a_warning_of_the_same_check_explains_no_failure(context: Context) -> None:
    def warns(_: Context) -> Iterable[Finding]:
        yield Finding("config.deprecated", "warn", "an old key", category="config")
        yield Finding("config.docker-ip", "warn", "an address of Docker's", category="config")

    checks = [
        check("config.lint", warns),
        failing("stack.a", causes=("config.lint",)),
        failing("stack.b", causes=("config.lint", "config.docker-ip")),
    ]
    problems = diagnose(run(checks, context)).problems
    assert {cause.finding.id: [s.id for s in cause.symptoms] for cause in problems} == {
        "stack.a": [], "config.deprecated": [], "config.docker-ip": ["stack.b"],
    }  # fmt: skip


def test_failures_come_before_warnings_whatever_their_category(context: Context) -> None:
    made: list[Check] = []
    made.append(check("machine.a", lambda _: [made[0].found("warn", "a warning")]))
    found = diagnose(run([made[0], failing("security.z")], context))
    assert [finding.id for finding in found.findings] == ["security.z", "machine.a"]


def test_the_result_is_the_same_in_every_run(context: Context) -> None:
    def slowly(name: str) -> Run:
        def look(_: Context) -> Iterable[Finding]:
            threading.Event().wait(len(name) % 3 * 0.01)  # so that they end in another order
            return ()

        return look

    checks = [check(f"env.{'x' * n}", slowly("x" * n)) for n in range(1, 12)] + [failing("stack.f")]

    def document() -> str:
        outcomes = run(checks, context)
        result = as_result("doctor", context, outcomes, asked=frozenset(c.id for c in checks))
        whole = result.to_dict()
        for one in (*whole["findings"], *whole["data"]["checks"]):
            one["seconds"] = 0
        return json.dumps(whole)

    assert len({document() for _ in range(5)}) == 1


@pytest.mark.parametrize(
    ("statuses_of", "strict", "code"),
    [
        (["ok", "warn"], False, exits.OK),
        (["ok", "warn"], True, exits.FAILED),
        (["ok", "info"], True, exits.OK),
        (["fail", "warn"], False, exits.FAILED),
    ],
)
def test_exit_codes(context: Context, statuses_of: list[Any], strict: bool, code: int) -> None:
    one = check("env.a")
    outcome = Outcome(one, tuple(one.found(status, "t") for status in statuses_of))
    result = as_result("doctor", context, [outcome], asked=frozenset({"env.a"}), strict=strict)
    assert result.code == code


def test_what_is_not_ready_is_exit_3(context: Context) -> None:
    one = check("docker.cli")
    outcome = Outcome(one, (one.found("fail", "no docker", not_ready=True), one.found("fail", "more")))
    assert as_result("doctor", context, [outcome], asked=frozenset({"docker.cli"})).code == exits.NOT_READY


def test_only_runs_what_is_named_and_what_it_needs() -> None:
    checks = [check("docker.cli"), check("docker.engine", needs=("docker.cli",)), check("env.file")]
    chosen, asked = registry.select(checks, "project", ["docker.engine"])
    assert [one.id for one in chosen] == ["docker.cli", "docker.engine"]
    assert asked == {"docker.engine"}
    chosen, asked = registry.select(checks, "project", ["docker"], ["docker.cli"])
    assert [one.id for one in chosen] == ["docker.engine"]


def test_a_name_that_is_none_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"docker.engin: no such check; did you mean docker.engine\?"):
        registry.select([check("docker.engine")], "project", ["docker.engin"])


def test_a_fact_is_found_out_once_and_its_error_is_kept(context: Context) -> None:
    calls: list[int] = []

    def find() -> int:
        calls.append(1)
        raise ConfigError("no", code="x")

    for _ in range(2):
        with pytest.raises(ConfigError):
            context.once("k", find)
    assert len(calls) == 1


def test_every_check_describes_itself_and_needs_what_there_is() -> None:
    checks = registry.all_checks()
    ids = [one.id for one in checks]
    assert len(ids) == len(set(ids))
    for one in checks:
        assert one.id.startswith(f"{one.category}."), one.id
        assert all((one.why, one.source, one.evidence, one.remedy, one.title)), one.id
        assert set(one.needs) | set(one.after) <= set(ids), one.id
        assert one.faults or one.id == "machine.system", one.id
