"""What a fault is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Fault:
    name: str
    file: str
    old: str
    new: str
    killers: tuple[str, ...]

    def count(self, text: str) -> int:
        """How often the old text stands in a file."""
        return len(self._pattern.findall(text))

    def applied(self, text: str) -> str:
        """The file's text with the fault in it."""
        assert self.count(text) == 1, self.name
        _, new = self._edges
        return self._pattern.sub(lambda match: new, text)

    @cached_property
    def _edges(self) -> tuple[str, str]:
        """Old and new text without the white space at either end that they share."""
        old, new = self.old, self.new
        while old[:1].isspace() and old[:1] == new[:1]:
            old, new = old[1:], new[1:]
        while old[-1:].isspace() and old[-1:] == new[-1:]:
            old, new = old[:-1], new[:-1]
        return old, new

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """The old text however its lines are broken: white space, and a comma before a closing
        bracket, may differ."""
        old, _ = self._edges
        first, last = len(old) - len(old.lstrip()), len(old.rstrip())
        pieces = re.findall(r"\w+|\S", old)
        joined = "".join(
            (r",?\s*" if piece in ")]}" else r"\s*" if k else "") + re.escape(piece)
            for k, piece in enumerate(pieces)
        )
        return re.compile(re.escape(old[:first]) + joined + re.escape(old[last:]))


FAULTS: list[Fault] = []


def fault(name: str, file: str, old: str, new: str, *killers: str) -> None:
    assert old != new and name not in {f.name for f in FAULTS}, name
    FAULTS.append(Fault(name, file, old, new, killers))


COMPLEX_STEP = "test_gradient_is_the_complex_step"
