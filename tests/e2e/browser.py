"""A real browser for tests: the system's Chromium, driven by Playwright."""

from __future__ import annotations

import contextlib
import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.conftest import need

if TYPE_CHECKING:
    from playwright.sync_api import Browser


PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Its camera, microphone and screen are test patterns; skips (or fails) where there is none.

    Only one at a time, and no event loop beside it in the same thread: keep the scope of fixtures small.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        need("browser", "there is no Chromium (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
            timeout=120_000,  # ms
        )
        try:
            yield running
        finally:
            running.close()


@contextlib.contextmanager
def pages(folder: Path) -> Iterator[str]:
    """A folder's files over HTTP; http://127.0.0.1 is a secure context, so a page there may use a camera."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            pass

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=folder)
    ) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
