"""``lkm`` and ``python -m livekit_migrate``."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys

TYPE_CHECKING = False  # typing would be an import before Ctrl-C is heeded
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_INTERRUPTED = 130
_interrupts = 0
_lost = False


def _watch_interrupts() -> None:
    """Ctrl-C speaks at once; a second one skips the clean-up that the first one began.

    Here, before the imports: they are most of the first tenth of a second.
    """

    def on_interrupt(_signal: int, frame: FrameType | None) -> None:
        global _interrupts, _lost  # noqa: PLW0603 - a signal handler has nowhere else to count
        if _lost and _within(frame, on_unraisable):  # a machine that stands still: it would be dropped again
            raise_later()
            return
        if not _lost:
            _interrupts += 1
            if _interrupts > 1:
                os._exit(_INTERRUPTED)
            with contextlib.suppress(OSError):
                os.write(2, b"\nstopping (Ctrl-C again: at once)\n")
        _lost = False
        raise KeyboardInterrupt

    def on_unraisable(said: sys.UnraisableHookArgs, /) -> None:
        """Raise a Ctrl-C again that fell into a destructor or a weak reference's callback.

        Python drops what is raised there and goes on. The import system has such a callback for every module
        (``_get_module_lock.<locals>.cb`` in 3.11): two of a thousand interrupts during imports end in it.
        """
        global _lost  # noqa: PLW0603
        if not issubclass(said.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(said)
            return
        _lost = True
        raise_later()

    def raise_later() -> None:
        """A moment later: raised from in there it would be dropped as well."""
        import threading

        again = threading.Timer(0.01, _interrupt, [threading.main_thread().ident])
        again.daemon = True
        again.start()

    # Where it is ignored (a shell's background job), it stays so; elsewhere than in the main thread
    # it is an embedding program's business.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGINT, on_interrupt)
            sys.unraisablehook = on_unraisable


def _within(frame: FrameType | None, function: Callable[..., object]) -> bool:
    """Whether what runs in the frame was called by the function."""
    while frame is not None and frame.f_code is not function.__code__:
        frame = frame.f_back
    return frame is not None


def _interrupt(main_thread: int) -> None:
    if os.name == "posix":
        signal.pthread_kill(main_thread, signal.SIGINT)  # wakes it where it waits
    else:
        import _thread

        _thread.interrupt_main()


def main() -> None:
    """Run the command line and exit with its code."""
    # Imports make many objects and no garbage: collecting at every 700 of them takes a tenth of `lkm token`.
    gc.set_threshold(50_000, 20, 20)
    _watch_interrupts()
    try:
        from .cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # during the imports: nothing was begun
        code = _INTERRUPTED
    # All memory goes back with the process: the interpreter's last search for garbage takes as long as
    # an empty Python.
    gc.freeze()
    if code == _INTERRUPTED:
        # A KeyboardInterrupt that ever crossed an exec() of text (as dataclasses do while they are imported)
        # makes Python end itself by SIGINT in the end, whatever code it was told.
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
