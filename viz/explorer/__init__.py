"""A picture made live: one HTML file in which the passes are stepped through, number by number."""

from .page import explore

__all__ = ["explore"]
