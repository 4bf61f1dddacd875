"""The faults, a line or two each: a name, a file of tinygrad_edu/ (or ../viz/), its text, the
faulty text, and the tests that should notice. See run.py.

The old text must be in the file exactly once: when the code changes, its faults change with it. A
test is given by the name of its function, `test_file::test_name` where several files have one; no
path, so that a file may be split.

What no caller could observe is no fault and is not listed: that op() stores a rule's text twice,
for one.
"""

from . import (
    around,
    compiler,
    composed,
    engine,
    face,
    files,
    functions,
    habits,
    optimizers,
    pictures,
    plain,
    rules,
    targets,
    tensor,
    training,
    values,
)
from .fault import FAULTS, Fault

__all__ = ["FAULTS", "Fault"]
