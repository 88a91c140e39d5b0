"""`lkm demo`: a call between two participants on a real LiveKit server, from nothing to nothing."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ...core.result import Result, Table
from ..base import Run, command, single

HELP = "Show it all once: a call with real video, an app moved and cleaned up, all gone."
ORDER = 4


@command("demo")
def demo(
    run: Run,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the project folder for a look around.")] = False,
) -> Result:
    """Get a LiveKit server, start it, let two participants call each other, and stop it again.

    Then an app on Mediasoup is taken to LiveKit and cleaned up, with nothing but Python. Each step is named
    by the command that does it. It works in a folder of its own, changes nothing in this project, and takes
    another port where one is taken. With Docker it runs in containers, without it as a process.
    """
    import time

    from ...stack.demo import play
    from ..demo_app import play as play_app

    began = time.monotonic()
    story = play(run.settings.text("server.version"), run.reporter, keep=keep)
    media = story.media
    data = {**story.facts, "media": dict(media)}
    if any(finding.status == "fail" for finding in story.findings):
        again = f"the project is still there: cd {story.folder}" if keep else "look closer: lkm demo --keep"
        return Result(run.command, findings=story.findings, data=data, show_all=True, notes=[again])
    data["app"] = play_app(run.reporter, keep=story.folder if keep else None)
    data["seconds"] = round(time.monotonic() - began, 2)
    next_steps: tuple[tuple[str, str], ...] = (
        ("lkm up", "such a server for the project you are in"),
        ("lkm token --room demo", "a token to join with"),
        ("lkm health --url wss://HOST", "the same proof for any LiveKit"),
        ("lkm scan", "what it takes to move the app you are in"),
    )
    if keep:
        next_steps = (
            (f"cd {story.folder} && lkm up", "go on from here"),
            (f"cd {story.folder}/call-app && lkm undo --list", "the app, and the way back"),
            *next_steps[1:],
        )
    tables = [
        Table(("two participants", "called each other"), _rows(data, media)),
        Table(("an app on Mediasoup", "on LiveKit alone"), _app_rows(data)),
        Table(("next", ""), next_steps),
    ]
    return Result(run.command, findings=story.findings, data=data, tables=tables)


def _rows(data: dict[str, Any], media: Any) -> tuple[tuple[str, str], ...]:
    rtt = media["rtt_ms"]
    return (
        ("server", f"livekit-server {data['server']['version']}"),
        ("both connected after", f"{media['connect_ms'] / 1000:.2f} s"),
        ("first video frame after", f"{media['first_frame_ms'] / 1000:.2f} s"),
        ("video frames counted", f"{media['frames']} of {media['size']}"),
        (
            "packets",
            f"{media['video_packets']} video, {media['audio_packets']} audio, {media['lost_packets']} lost",
        ),
        ("round trip", f"{f'{rtt:.0f}' if rtt >= 1 else '<1'} ms over {media['over']}"),
    )


def _app_rows(data: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    found = data["app"]
    folded, references = found["folded"]
    return (
        ("imports of Mediasoup", f"{found['sites_before']} before, {found['sites_after']} after"),
        ("places where the flag decided", f"{folded} of {references} folded"),
        ("files", f"{found['edited']} edited, {found['deleted']} deleted"),
        ("packages removed", ", ".join(found["packages"])),
        ("left for a person", f"{found['left']} places"),
        ("the whole demo", f"{data['seconds']:.1f} s"),
    )


app = single(demo)
