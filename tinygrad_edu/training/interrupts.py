"""Ctrl-C while a model is trained, evaluated or asked for predictions: it waits for the end of the
step."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class DeferInterrupt:
    """Inside this block Ctrl-C waits for the next `check()`, and raises KeyboardInterrupt there.

    `fit` checks between two batches. So no parameter is updated while another is not yet, and no
    list of the history is longer than the others. A second Ctrl-C does not wait. One that comes
    after the last `check` is raised at the end of the block.

    A block inside another (`evaluate` within `fit`) leaves Ctrl-C to the outer one. Outside the
    main thread, where no signal arrives, and where somebody else handles Ctrl-C, nothing changes.

    >>> with DeferInterrupt() as ctrl_c:
    ...     for batch in range(3):
    ...         ctrl_c.check()
    """

    def __init__(self) -> None:
        self.requested: bool = False
        self.raised: bool = False
        self.outer: DeferInterrupt = self
        self.handler_before: Any = None

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """What Ctrl-C does: the first is noted, the second raises KeyboardInterrupt at once.

        >>> ctrl_c = DeferInterrupt()
        >>> ctrl_c.interrupt(signal.SIGINT, None)
        >>> ctrl_c.requested
        True
        """
        if self.requested:
            self.raised = True
            # __exit__ may be cut short by what is raised here
            signal.signal(signal.SIGINT, self.handler_before)
            raise KeyboardInterrupt
        self.requested = True

    def check(self) -> None:
        """Raise KeyboardInterrupt if Ctrl-C has come: to be called where nothing is half done.

        >>> ctrl_c = DeferInterrupt()
        >>> ctrl_c.interrupt(signal.SIGINT, None)
        >>> try:
        ...     ctrl_c.check()
        ... except KeyboardInterrupt:
        ...     print("the run ends here")
        the run ends here
        """
        if self.outer.requested:
            self.outer.raised = True
            raise KeyboardInterrupt

    # Not by contextlib: between its lines the handler would be set, and nobody there to take it
    # back.

    def __enter__(self) -> DeferInterrupt:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if isinstance(outer := getattr(before, "__self__", None), DeferInterrupt):
                self.outer = outer
            elif before is signal.default_int_handler:
                self.handler_before = before
                signal.signal(signal.SIGINT, self.interrupt)
        return self

    def __exit__(self, kind: Any, *error: Any) -> None:
        if self.handler_before is not None:
            signal.signal(signal.SIGINT, self.handler_before)
        if self.requested and not self.raised and kind is None:
            raise KeyboardInterrupt
