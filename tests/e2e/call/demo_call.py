"""A call between two tabs of a browser for `make demo-full`, in a process that can be ended from outside."""

from __future__ import annotations

import sys

from livekit_migrate.stack.demo import gentle_signals
from tests.e2e.browser import chromium

from .app import Ports
from .page import Person

_COMPILED = 300_000  # ms until a development server has compiled its first page


def call(ports: Ports, port: int) -> None:
    """Two people see and hear each other, by the server at that port alone.

    Raises:
        AssertionError: they do not.
    """
    with chromium() as browser:
        ada, grace = people = [Person(browser, ports, name) for name in ("Ada", "Grace")]
        room = ada.make_room()
        ada.page.goto(f"{ports.origin}/rooms/{room}", timeout=_COMPILED)
        for one in people:
            one.join(room)
        for one, other in ((ada, grace), (grace, ada)):
            one.sees(other)
            one.hears(other)
            # A development server has a socket to the page, too.
            on = [each for each in one.signaling_ports() if each != ports.web]
            assert on == [port], f"the call is on port {on}, not on {port}"
            look = one.tile(other).locator("video").evaluate("look")
            sys.stdout.write(
                f"{one.name} sees {other.name} move ({look['frames']} frames, {look['width']} wide)"
                f" and hears them (energy {one.energy_of(other):.3f})\n"
            )


def main() -> int:
    """The ports, and the one that the call has to run on, are the arguments."""
    from playwright.sync_api import Error

    web, api, signaling, media, expected = map(int, sys.argv[1:])
    try:
        with gentle_signals():
            call(Ports(web, api, signaling, media, "localhost"), expected)
    except (AssertionError, Error) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
