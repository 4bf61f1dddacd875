"""One row an operation: a reference written without the catalogue, and the inputs it is tried on; a
theme a file, as in tinygrad_edu/ops/."""

from . import activations, arithmetic, elementwise, indexing, linear, losses, reductions, shapes
from .cases import Case, Row

_FILES = (arithmetic, elementwise, activations, reductions, shapes, indexing, linear, losses)
TABLE: dict[str, Row] = {name: row for file in _FILES for name, row in file.ROWS.items()}
assert len(TABLE) == sum(len(file.ROWS) for file in _FILES)

__all__ = ["TABLE", "Case", "Row"]
