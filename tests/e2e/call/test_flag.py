"""Both servers side by side, and the flag turned back while people are in a call."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Server

from .app import App
from .conftest import OFF, ON
from .page import Person

pytestmark = pytest.mark.slow


def test_the_flag_is_turned_back_while_a_call_runs(
    migrated: App, person_of: Callable[[App, str], Person], livekit_server: Server
) -> None:
    migrated.serve("livekit", ON)
    ada, grace = person_of(migrated, "Ada"), person_of(migrated, "Grace")
    first = ada.make_room()
    for one in (ada, grace):
        one.join(first)
    ada.sees(grace)

    migrated.serve("mediasoup", OFF)
    # Who comes now is on the other server; nobody notices in the call that runs.
    joan, radia = person_of(migrated, "Joan"), person_of(migrated, "Radia")
    second = joan.make_room()
    for one in (joan, radia):
        one.join(second)
    for one, other, port in (
        (joan, radia, migrated.ports.signaling),
        (radia, joan, migrated.ports.signaling),
        (ada, grace, livekit_server.port),
        (grace, ada, livekit_server.port),
    ):
        one.sees(other)
        one.hears(other)
        assert one.signaling_ports() == [port]

    # They come back to the same room on the other server with a reload.
    for one in (ada, grace):
        one.join(first)
    for one, other in ((ada, grace), (grace, ada)):
        one.sees_people(ada, grace)
        one.sees(other)
        one.hears(other)
        assert one.signaling_ports() == [migrated.ports.signaling]
