"""jit: a function of tensors, run once and written down, forward and backward, as straight-line
NumPy.

    @tg.jit
    def step(x, t):
        loss = tg.mse(model(x), t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    print(step.source)      after the first call: the backpropagation that you would have written

What runs is `step.program`, the same calls with memory used again. Both are made of the operations'
own formulas.
"""

from .compiled import Compiled
from .function import Jitted, jit
from .trace.entry import TraceError

__all__ = ["Compiled", "Jitted", "TraceError", "jit"]
