"""A recorder beside the server, for real: on another Redis, in another database, told a URL of its own."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose import Project, generation
from tests.conftest import clean_environment

from .conftest import KEY, SECRET, write_stack
from .egress import Recorder, image, program
from .running import Running

HEALTHY = (
    "api_key: ${LIVEKIT_API_KEY}\napi_secret: ${LIVEKIT_API_SECRET}\n"
    "redis: {address: redis:6379}\nws_url: ws://livekit:SIGNAL\n"
)
ACTIVE = {"status": "EGRESS_ACTIVE", "error": ""}
LOOK = ("--only", "project", "--only", "config", "--only", "stack")


@pytest.fixture(scope="module")
def recorder(_stacks: Path) -> Iterator[Recorder]:
    program()
    name = f"lkmt{secrets.token_hex(4)}"
    folder = write_stack(_stacks / name)
    tag = f"livekit/egress:{name}"
    image(_stacks, tag)
    signal = (folder / "livekit.yaml").read_text().partition("port: ")[2].split()[0]
    body = {"EGRESS_CONFIG_BODY": HEALTHY.replace("SIGNAL", signal)}
    told = {"image": tag, "stop_signal": "SIGKILL", "environment": body}
    file = folder / "docker-compose.yml"
    more = f"services:\n  egress: {json.dumps(told)}\n  elsewhere: {{image: redis:7}}\n"
    file.write_text(file.read_text().replace("services:\n", more, 1))
    env = {**clean_environment(_stacks), **generation(5)}
    env = {k: v for k, v in env.items() if not k.startswith(("COMPOSE_", "POSTGRES_"))}
    stack = Running(folder, env)
    try:
        stack.compose("up", "--detach", "--wait")
        found = Recorder(stack, f"ws://127.0.0.1:{signal}", KEY, SECRET)
        assert found.record() == ACTIVE
        yield found
    finally:
        Project(folder, name, env).clean_up()
        subprocess.run(["docker", "rmi", "--force", tag], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def works(recorder: Recorder) -> bool:
    return (
        recorder.record() == {"status": "EGRESS_ACTIVE", "error": ""} and recorder.stack.causes(*LOOK) == []
    )


def test_the_recorder_is_on_another_redis(recorder: Recorder) -> None:
    """Row 23. The server takes its time for it: some 20 s."""
    with recorder.told("address: redis:6379", "address: elsewhere:6379"):
        refused = recorder.record()
        assert "no response from servers" in refused["refused"], refused
        found = recorder.stack.doctor(*LOOK)
    assert [cause["id"] for cause in found["data"]["causes"]] == ["stack.redis-same"]
    top = found["findings"][0]
    assert top["title"] == "egress is on Redis elsewhere:6379, livekit on redis:6379"
    assert top["location"]["file"] == "docker-compose.yml"
    assert "redis.address: redis:6379" in top["fix"]["text"]
    assert works(recorder)


def test_another_database_is_no_fault(recorder: Recorder) -> None:
    """Redis passes messages from one database to all others: a recording works, and nothing fails here."""
    with recorder.told("{address: redis:6379}", "{address: redis:6379, db: 1}"):
        assert works(recorder)


def test_the_recorder_looks_for_the_server_in_its_own_container(recorder: Recorder) -> None:
    """Row 24."""
    signal = recorder.url.rpartition(":")[2]
    with recorder.told(f"ws://livekit:{signal}", f"ws://localhost:{signal}"):
        assert recorder.record() == {"status": "EGRESS_FAILED", "error": "Start signal not received"}
        found = recorder.stack.doctor(*LOOK)
    assert [cause["id"] for cause in found["data"]["causes"]] == ["stack.egress-url"]
    top = found["findings"][0]
    assert f"egress is told to reach the server at ws://localhost:{signal}" in top["title"]
    assert top["fix"]["text"] == f"ws_url: ws://livekit:{signal}"
    assert works(recorder)
