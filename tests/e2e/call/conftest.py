"""The apps that the tests of the calls run on: each is built and started once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Server
from tests.e2e.browser import chromium

from . import app, cleaned
from .app import App, Stores
from .page import Person

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ON, OFF = {"NEXT_PUBLIC_USE_LIVEKIT": "true"}, {"NEXT_PUBLIC_USE_LIVEKIT": "false"}


@pytest.fixture(scope="package")
def call_browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="package")
def call_stores(call_browser: Browser) -> Iterator[Stores]:
    with app.stores() as running:
        yield running


@pytest.fixture(scope="package")
def original_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with app.copied("call-app", tmp_path_factory.mktemp("original")) as folder:
        yield folder


@pytest.fixture(scope="package")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with app.copied("call-app-migrated", tmp_path_factory.mktemp("migrated")) as folder:
        yield folder


@pytest.fixture(scope="package")
def cleaned_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The original after scan, init, flag on and cleanup, with the packages that its lockfile then has."""
    parent = tmp_path_factory.mktemp("cleaned")
    with app.copied("call-app", parent, installed="call-app-migrated") as folder:
        cleaned.clean(folder, parent)
        yield folder


@pytest.fixture(scope="package")
def original(call_stores: Stores, original_folder: Path) -> Iterator[App]:
    """The example as its team wrote it."""
    with App(original_folder, call_stores, {}) as running:
        running.serve("only", {})
        yield running


@pytest.fixture(scope="package")
def migrated(call_stores: Stores, livekit_server: Server, migrated_folder: Path) -> Iterator[App]:
    """What ``lkm init`` makes of it: one server for both, and a web app that its flag decides for."""
    with App(migrated_folder, call_stores, livekit_server.env) as running:
        yield running


@pytest.fixture(scope="package")
def without_mediasoup(call_stores: Stores, livekit_server: Server, cleaned_folder: Path) -> Iterator[App]:
    """What ``lkm cleanup-mediasoup`` leaves of it: no flag decides any more."""
    with App(cleaned_folder, call_stores, livekit_server.env, mediasoup=False) as running:
        running.serve("livekit", {})
        yield running


@pytest.fixture(scope="package", params=["mediasoup", "livekit", "cleaned"])
def call_app(request: pytest.FixtureRequest) -> App:
    """The app with calls on one of the two, and the one that has no other any more."""
    if request.param == "cleaned":
        alone: App = request.getfixturevalue("without_mediasoup")
        return alone
    migrated: App = request.getfixturevalue("migrated")
    migrated.serve(request.param, ON if request.param == "livekit" else OFF)
    return migrated


@pytest.fixture
def signaling_port(call_app: App, livekit_server: Server) -> int:
    """What a call on the stack under test is connected to."""
    return livekit_server.port if call_app.served == "livekit" else call_app.ports.signaling


@pytest.fixture
def person_of(call_browser: Browser) -> Iterator[Callable[[App, str], Person]]:
    """Makes people, each with a browser profile of their own; all of them are gone after the test."""
    people: list[Person] = []

    def make(app: App, name: str) -> Person:
        people.append(Person(call_browser, app.ports, name))
        return people[-1]

    try:
        yield make
    finally:
        for one in people:
            one.close()


@pytest.fixture
def person(call_app: App, person_of: Callable[[App, str], Person]) -> Callable[[str], Person]:
    return lambda name: person_of(call_app, name)
