"""Runs lkm, and kills it at the N-th step that changes something outside of it.

``python rotate_driver.py N ARGV…``. A step is a rename (every state file, .env and the journal are written by
one), a removal, the start of a program, a signal to a process; it is killed before the step, and for signals
also right after. N = ``signal`` is the point right after the first signal: there is no server then.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from livekit_migrate.cli import main as cli

STEPS = {"os.rename", "os.remove", "subprocess.Popen"}


class Steps:
    def __init__(self, last: str) -> None:
        self.last, self.count = last, 0

    def hit(self) -> None:
        self.count += 1
        if str(self.count) == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        # Python's own caches are no steps.
        if event in STEPS and "__pycache__" not in str(args):
            self.hit()

    def install(self) -> None:
        send = signal.pidfd_send_signal  # type: ignore[attr-defined,unused-ignore]

        def watched(*args: Any) -> None:
            self.hit()
            send(*args)
            if self.last == "signal":
                os.kill(os.getpid(), signal.SIGKILL)
            self.hit()

        signal.pidfd_send_signal = watched  # type: ignore[attr-defined,unused-ignore]
        sys.addaudithook(self.audit)


def main() -> int:
    steps = Steps(sys.argv[1])
    steps.install()
    return cli.run(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
