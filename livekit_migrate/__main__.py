"""``lkm`` and ``python -m livekit_migrate``."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    # Imports make many objects and no garbage: collecting at every 700 of them takes a tenth of `lkm token`.
    gc.set_threshold(50_000, 20, 20)
    from .cli.main import run

    code = run(sys.argv[1:])
    # All memory goes back with the process: the interpreter's last search for garbage takes as long as
    # an empty Python.
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
