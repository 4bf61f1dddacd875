"""Ctrl-C while a model is trained, evaluated or asked: it waits for a place where everything is
whole."""

from __future__ import annotations

import signal
import threading
from typing import Any


class Interrupts:
    """Inside, a first Ctrl-C is noted, and raises KeyboardInterrupt at the next `check`, between
    two batches: no parameter is updated while another is not yet, no history has one list longer
    than the others. A second Ctrl-C does not wait. One that no `check` has seen is raised at the
    end.

    Inside another (`evaluate` within `fit`) it is the other's. Outside the main thread, where no
    signal arrives, and where somebody else handles Ctrl-C, this does nothing.

    >>> with Interrupts() as ctrl_c:
    ...     for batch in range(3):
    ...         ctrl_c.check()
    """

    def __init__(self) -> None:
        self.asked = self.told = False
        self.outer: Interrupts = self
        self.before: Any = None

    def interrupt(self, number: int, frame: Any) -> None:
        """What Ctrl-C does."""
        if self.asked:
            self.told = True
            # __exit__ may be cut short by what is raised here
            signal.signal(signal.SIGINT, self.before)
            raise KeyboardInterrupt
        self.asked = True

    def check(self) -> None:
        """Here everything is whole."""
        if self.outer.asked:
            self.outer.told = True
            raise KeyboardInterrupt

    # Not by contextlib: between its lines the handler would be set, and nobody there to take it
    # back.

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if isinstance(outer := getattr(before, "__self__", None), Interrupts):
                self.outer = outer
            elif before is signal.default_int_handler:
                self.before = before
                signal.signal(signal.SIGINT, self.interrupt)
        return self

    def __exit__(self, kind: Any, *error: Any) -> None:
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)
        if self.asked and not self.told and kind is None:
            raise KeyboardInterrupt
