"""The letters of Einstein's sum: which axis of which operand each of them names."""

from __future__ import annotations

import string
from collections.abc import Sequence


def letters(subscripts: str, ranks: Sequence[int]) -> tuple[list[str], str, list[str]]:
    """The subscripts of each operand and of the output, one letter for each axis, and the letters
    that are left: `...` is written out, and so is an output that was not given.

    >>> letters("...ij,jk", [3, 2])[:2]
    (['aij', 'jk'], 'aik')
    """
    read, arrow, out = subscripts.replace(" ", "").partition("->")
    terms = read.split(",")
    free = [c for c in string.ascii_letters if c not in subscripts]
    widths = [n - len(t.replace("...", "")) for t, n in zip(terms, ranks, strict=True)]
    dots = "".join(free[: max((w for t, w in zip(terms, widths, strict=True) if "..." in t), default=0)])
    if not arrow:
        named = "".join(terms).replace("...", "")
        out = "..." + "".join(sorted(c for c in set(named) if named.count(c) == 1))
    terms = [t.replace("...", dots[len(dots) - w:]) for t, w in zip(terms, widths, strict=True)]
    return terms, out.replace("...", dots), free[len(dots):]
