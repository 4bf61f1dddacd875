"""From the recorded graph to cards and edges: what is written on each, in words and numbers."""

from .whole import picture

__all__ = ["picture"]
