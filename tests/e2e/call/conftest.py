"""The stacks that the tests of the call app run on: each is built and started once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.conftest import need

from . import app
from .app import Ports, Running, Stores

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from .page import Person


@pytest.fixture(scope="session")
def call_browser() -> Iterator[Browser]:
    """A Chromium whose camera, microphone and screen are test patterns."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        need("browser", "there is no Chromium (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        )
        try:
            yield running
        finally:
            running.close()


@pytest.fixture(scope="session")
def call_stores() -> Iterator[Stores]:
    with app.stores() as running:
        yield running


@pytest.fixture(scope="session")
def on_mediasoup(call_stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The example as it is in the checkout."""
    app.worker()
    ports = Ports.free()
    folder = app.copy("call-app", tmp_path_factory.mktemp("mediasoup"))
    app.build(folder, ports, {})
    with Running(folder, ports, call_stores, {}) as running:
        yield running


@pytest.fixture(scope="session", params=["mediasoup"])
def call_app(request: pytest.FixtureRequest) -> Running:
    running = request.getfixturevalue(f"on_{request.param}")
    assert isinstance(running, Running)
    return running


@pytest.fixture
def person(call_app: Running, call_browser: Browser) -> Iterator[Callable[[str], Person]]:
    """Makes people, each with a browser profile of their own; all of them are gone after the test."""
    from .page import Person

    people: list[Person] = []

    def make(name: str) -> Person:
        people.append(Person(call_browser, call_app.ports, name))
        return people[-1]

    try:
        yield make
    finally:
        for one in people:
            one.close()
