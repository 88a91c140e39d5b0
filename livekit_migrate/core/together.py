"""Several things at once that each mostly wait: programs, sockets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_TICK_SECONDS = 0.2


def together(*calls: Callable[[], Any]) -> list[Any]:
    """The results of all calls, each made in a thread of its own.

    Raises:
        What the first of them (in the order given) raised. Ctrl-C is heeded at once; the threads are left
        behind then, and end with the process.
    """
    tasks = [Later(call) for call in calls]
    return [task.result() for task in tasks]


class Later:
    """A call that goes on in a thread; nobody waits for it when the process ends."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._value: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(call,), daemon=True)
        self._thread.start()

    def _run(self, call: Callable[[], T]) -> None:
        try:
            self._value = call()
        except BaseException as error:  # handed to whoever asks for the result
            self._error = error

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def result(self) -> Any:
        """Wait for it.

        Raises:
            What the call raised.
        """
        while self._thread.is_alive():
            self._thread.join(_TICK_SECONDS)  # a join without limit would not heed Ctrl-C everywhere
        if self._error is not None:
            raise self._error
        return self._value
