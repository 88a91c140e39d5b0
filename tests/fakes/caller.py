"""A participant: ``caller.py URL``, with the token as the first line of standard input.

Says `joined`, stays until the next line (or the end) of standard input, and leaves.
"""

from __future__ import annotations

import asyncio
import sys

from livekit import rtc


async def main() -> None:
    loop = asyncio.get_running_loop()
    token = (await loop.run_in_executor(None, sys.stdin.readline)).strip()
    room = rtc.Room()
    await room.connect(sys.argv[1], token)
    sys.stdout.write("joined\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.readline)
    await room.disconnect()


asyncio.run(main())
