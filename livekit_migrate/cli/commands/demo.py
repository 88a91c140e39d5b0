"""`lkm demo`: a call between two participants on a real LiveKit server, from nothing to nothing."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ...core.result import Result, Table
from ..base import Run, command, single

HELP = "Show it all once: a server, keys, a call with real video, and all gone."
ORDER = 5


@command("demo")
def demo(
    run: Run,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the project folder for a look around.")] = False,
) -> Result:
    """Get a LiveKit server, start it, let two participants call each other, and stop it again.

    Each step is named by the command that does it. It works in a folder of its own, changes nothing in
    this project, and takes another port where one is taken. With Docker it runs in containers, without it as
    a process.
    """
    from ...stack.demo import play

    story = play(run.settings.text("server.version"), run.reporter, keep=keep)
    media = story.media
    data = {**story.facts, "media": dict(media)}
    if any(finding.status == "fail" for finding in story.findings):
        again = f"the project is still there: cd {story.folder}" if keep else "look closer: lkm demo --keep"
        return Result(run.command, findings=story.findings, data=data, show_all=True, notes=[again])
    next_steps = (
        ("lkm up", "such a server for the project you are in"),
        ("lkm token --room demo", "a token to join with"),
        ("lkm health --url wss://HOST", "the same proof for any LiveKit"),
    )
    if keep:
        next_steps = ((f"cd {story.folder} && lkm up", "go on from here"), *next_steps[1:])
    tables = [
        Table(("two participants", "called each other"), _rows(data, media)),
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
        ("the whole run", f"{data['seconds']:.1f} s"),
    )


app = single(demo)
