"""A stack with a recorder: the stand-in of tests/fakes/egress in a container, and what a user asks of it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, need
from tests.native import until

from .running import Running

_SOURCE = ROOT / "tests" / "fakes" / "egress"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lkm-dev" / "egress"


def program() -> Path:
    """The stand-in, as tools/provision.sh built it from these sources."""
    read = b"".join((_SOURCE / name).read_bytes() for name in ("main.go", "go.mod", "go.sum"))
    found = _CACHE / hashlib.sha256(read).hexdigest()[:12] / "egress"
    if not found.is_file():
        need("docker", f"no {found.name} in the cache (tools/provision.sh builds it)")
    return found


def image(folder: Path, name: str) -> None:
    """Give the engine an image of that name with this one program in it."""
    packed = folder / "egress.tar"
    with tarfile.open(packed, "w") as tar:
        tar.add(program(), "egress")
    argv = ["docker", "import", "--change", 'ENTRYPOINT ["/egress"]', str(packed), name]
    subprocess.run(argv, check=True, capture_output=True)
    packed.unlink()


@dataclass(frozen=True)
class Recorder:
    """A running stack whose egress can be told other things."""

    stack: Running
    url: str
    key: str
    secret: str

    @contextmanager
    def told(self, old: str, new: str) -> Iterator[None]:
        """Let it be told other things for a while, and start it anew before and after."""
        try:
            self._change(old, new)
            yield
        finally:
            self._change(new, old)

    def _change(self, old: str, new: str) -> None:
        self.stack.edit("docker-compose.yml", old, new)
        self.stack.compose("up", "--detach", "--no-deps", "egress")
        until(lambda: "service ready" in self.stack.compose("logs", "egress"), "the recorder", 60)

    def record(self) -> Mapping[str, Any]:
        """What becomes of a recording that an app asks for: its status and error, or the refusal."""
        return asyncio.run(self._record())

    async def _record(self) -> Mapping[str, Any]:
        from livekit import api

        async with api.LiveKitAPI(self.url.replace("ws", "http"), self.key, self.secret) as asked:
            room = await asked.room.create_room(api.CreateRoomRequest(name="recorded"))
            file = api.EncodedFileOutput(file_type=api.EncodedFileType.MP4, filepath="call.mp4")
            wish = api.RoomCompositeEgressRequest(room_name=room.name, file_outputs=[file])
            try:
                begun = await asked.egress.start_room_composite_egress(wish)
            except api.TwirpError as error:
                return {"refused": f"{error.code}: {error.message}"}
            deadline = asyncio.get_running_loop().time() + 60
            while asyncio.get_running_loop().time() < deadline:
                found = await asked.egress.list_egress(api.ListEgressRequest(egress_id=begun.egress_id))
                status = api.EgressStatus.Name(found.items[0].status) if found.items else ""
                if status not in ("", "EGRESS_STARTING"):
                    return {"status": status, "error": found.items[0].error}
                await asyncio.sleep(0.05)  # between two looks, bounded by the deadline
        raise AssertionError("the recording neither began nor ended")
