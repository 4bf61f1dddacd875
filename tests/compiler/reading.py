"""The text for reading is a program too: here it is run."""

from __future__ import annotations


def readable(compiled):
    """The function that `source` defines."""
    space = dict(compiled.scope)
    exec(compiled.source, space)
    return space[compiled.name]
