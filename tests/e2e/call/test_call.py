"""What the call app can do, proven on media that flows between real browsers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .app import App
from .page import PATIENCE, Person

Make = Callable[[str], Person]

pytestmark = pytest.mark.slow


@pytest.fixture
def pair(person: Make) -> tuple[Person, Person, str]:
    """Ada, who is the host, and Grace in one call."""
    ada, grace = person("Ada"), person("Grace")
    room = ada.make_room()
    ada.join(room)
    grace.join(room)
    return ada, grace, room


def test_the_lobby_shows_the_camera_and_the_devices(person: Make) -> None:
    ada = person("Ada")
    ada.open(ada.make_room())
    ada.moves(ada.page.get_by_label("Camera preview"))
    for label in ("Camera", "Microphone"):
        choice = ada.page.get_by_role("combobox", name=label)
        expect(choice).to_be_enabled(timeout=PATIENCE)
        devices = choice.locator("option").all()
        assert len(devices) > 0
        choice.select_option(index=len(devices) - 1)
    ada.moves(ada.page.get_by_label("Camera preview"))
    loud = "[...document.querySelectorAll('meter')].some(({ value }) => value > 0.01)"
    ada.page.wait_for_function(loud, polling=20, timeout=PATIENCE)


def test_what_was_off_in_the_lobby_is_off_in_the_call(person: Make) -> None:
    ada, grace = person("Ada"), person("Grace")
    room = ada.make_room()
    ada.join(room)
    grace.open(room)
    for device in ("Camera", "Microphone"):
        grace.press(device)
    expect(grace.page.get_by_label("Camera preview")).to_have_count(0)
    grace.press("Join call")
    grace.is_in_call()
    grace.sees(ada)
    ada.sees_people(ada, grace)
    ada.sees_no_camera_of(grace)
    expect(ada.tile(grace).get_by_label("Microphone off")).to_be_visible()
    for device in ("Camera", "Microphone"):
        grace.press(device)
    ada.sees(grace)
    ada.hears(grace)


def test_two_people_see_and_hear_each_other(pair: tuple[Person, Person, str], signaling_port: int) -> None:
    ada, grace, _ = pair
    for one, other in ((ada, grace), (grace, ada)):
        one.sees_people(ada, grace)
        one.sees(other, width=640)
        one.hears(other)
        one.sees(one, width=640)
        assert one.signaling_ports() == [signaling_port]


def test_the_original_works(original: App, person_of: Callable[[App, str], Person]) -> None:
    ada, grace = person_of(original, "Ada"), person_of(original, "Grace")
    room = ada.make_room()
    ada.join(room)
    grace.join(room)
    for one, other in ((ada, grace), (grace, ada)):
        one.sees(other)
        one.hears(other)


def test_three_people(pair: tuple[Person, Person, str], person: Make) -> None:
    ada, grace, room = pair
    joan = person("Joan")
    joan.join(room)
    people = (ada, grace, joan)
    for one in people:
        one.sees_people(*people)
        for other in people:
            if other is not one:
                one.sees(other)
                one.hears(other)


def test_a_screen_arrives_sharp_and_goes_away(pair: tuple[Person, Person, str]) -> None:
    ada, grace, _ = pair
    ada.press("Share screen")
    grace.sees(ada, "screen")
    grace.sees_sharply(ada)
    grace.sees(ada)
    expect(ada.tile(ada, "screen")).to_be_visible()
    ada.press("Share screen")
    expect(grace.tile(ada, "screen")).to_have_count(0, timeout=PATIENCE)
    grace.sees(ada)


def silent(one: Person, other: Person) -> bool:
    """Whether no sound comes while pictures do, for longer than from beep to beep of the fake microphone."""
    before = one.energy_of(other)
    for _ in range(5):
        one.sees(other)
    return one.energy_of(other) - before < 0.0001


def test_a_microphone_that_is_off_is_silent(pair: tuple[Person, Person, str]) -> None:
    ada, grace, _ = pair
    ada.hears(grace)
    assert not silent(ada, grace)
    grace.press("Microphone")
    expect(ada.tile(grace).get_by_label("Microphone off")).to_be_visible(timeout=PATIENCE)
    # The news is faster than what was said before.
    assert any(silent(ada, grace) for _ in range(5))
    grace.press("Microphone")
    expect(ada.tile(grace).get_by_label("Microphone off")).to_have_count(0, timeout=PATIENCE)
    ada.hears(grace)


def test_a_camera_off_and_on_again(pair: tuple[Person, Person, str]) -> None:
    ada, grace, _ = pair
    ada.sees(grace)
    grace.press("Camera")
    ada.sees_no_camera_of(grace)
    grace.sees_no_camera_of(grace)
    ada.hears(grace)
    grace.press("Camera")
    ada.sees(grace)


def test_chat_goes_both_ways(pair: tuple[Person, Person, str]) -> None:
    ada, grace, _ = pair
    for one in (ada, grace):
        one.press("Chat")
    ada.say("Do you hear me?")
    said = "Do you hear me?"
    for one in (ada, grace):
        message = one.page.get_by_role("log").get_by_role("listitem").filter(has_text=said)
        expect(message).to_contain_text("Ada", timeout=PATIENCE)
    grace.say("Yes, <b>loudly</b>")
    for one in (ada, grace):
        messages = one.page.get_by_role("log").get_by_role("listitem")
        expect(messages.filter(has_text="Yes, <b>loudly</b>")).to_contain_text("Grace", timeout=PATIENCE)
        expect(messages.filter(has_text=said)).to_have_count(1)


def test_the_host_lets_a_guest_in(person: Make) -> None:
    ada, grace = person("Ada"), person("Grace")
    room = ada.make_room(approval=True)
    ada.join(room)
    grace.open(room)
    grace.press("Ask to join")
    expect(grace.page.get_by_text("Waiting for the host")).to_be_visible(timeout=PATIENCE)
    request = ada.page.get_by_role("button", name="Let Grace in")
    request.wait_for(timeout=PATIENCE)
    ada.sees_people(ada)
    request.click()
    grace.is_in_call()
    expect(request).to_have_count(0, timeout=PATIENCE)
    ada.sees(grace)
    grace.sees(ada)
    grace.hears(ada)
    # Who was let in may come back without asking.
    grace.page.reload()
    grace.press("Join call")
    grace.is_in_call()
    ada.sees(grace)


def test_the_host_turns_a_guest_away(person: Make) -> None:
    ada, eve = person("Ada"), person("Eve")
    room = ada.make_room(approval=True)
    ada.join(room)
    eve.open(room)
    eve.press("Ask to join")
    ada.page.get_by_role("button", name="Deny Eve").click()
    expect(eve.page.get_by_text("The host did not let you in")).to_be_visible(timeout=PATIENCE)
    ada.sees_people(ada)
    assert eve.page.evaluate(
        "seen.connections.every(({ connectionState }) => connectionState !== 'connected')"
    ), "no media reaches somebody who was turned away"


def test_leave_and_come_back(pair: tuple[Person, Person, str]) -> None:
    ada, grace, _ = pair
    ada.sees(grace)
    grace.press("Leave call")
    expect(grace.page.get_by_text("You left the call")).to_be_visible(timeout=PATIENCE)
    ada.sees_people(ada)
    grace.press("Join call")
    grace.is_in_call()
    for one, other in ((ada, grace), (grace, ada)):
        one.sees_people(ada, grace)
        one.sees(other)
        one.hears(other)
    grace.page.close()
    ada.sees_people(ada)


def test_a_broken_connection_comes_back_by_itself(pair: tuple[Person, Person, str]) -> None:
    ada, grace, _ = pair
    ada.sees(grace)
    assert grace.break_sockets() > 0
    grace.page.wait_for_function(
        "seen.sockets.at(-1).readyState === 1 && seen.sockets.length > 1", timeout=PATIENCE
    )
    for one, other in ((ada, grace), (grace, ada)):
        one.sees_people(ada, grace)
        one.sees(other)
        one.hears(other)


@pytest.mark.parametrize("call_app", ["mediasoup"], indirect=True)
def test_a_media_worker_that_dies_ends_no_call(pair: tuple[Person, Person, str], call_app: App) -> None:
    ada, grace, _ = pair
    ada.sees(grace)
    before = [one.page.evaluate("seen.connections.length") for one in (ada, grace)]
    call_app.kill_media_worker()
    for one, count in zip((ada, grace), before, strict=True):
        one.page.wait_for_function(f"seen.connections.length > {count}", timeout=PATIENCE)
    for one, other in ((ada, grace), (grace, ada)):
        one.sees_people(ada, grace)
        one.sees(other)
        one.hears(other)
