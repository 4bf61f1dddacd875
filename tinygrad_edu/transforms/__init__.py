"""Derivatives of functions: each transform takes a function of tensors and gives another one.

    tg.grad(lambda x: tg.tanh(x))(0.5)             1 - tanh(0.5)²
    tg.grad(tg.grad(tg.tanh))(0.5)                 and so on, to any order

Functions take tensors, arrays and numbers, alone or in lists, tuples and dicts, and return tensors.
Derivatives at plain arrays and numbers are plain arrays and numbers, as SciPy wants them.
Derivatives at tensors are tensors. So are derivatives that depend on something else that requires
a gradient, the input of an outer transform or the parameters of a model; these are recorded.

    derivatives.py   grad, value_and_grad, vjp, jvp, jacobian, hessian, hvp
    run.py           how they run: a call of the function on inputs of its own
    trees.py         nested lists, tuples and dicts as one list, and back
"""

from .derivatives import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]
