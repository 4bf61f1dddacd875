"""grad and its relatives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..autodiff import modes
from ..autodiff.messages import describe
from ..ops import stack
from ..tensor import Tensor
from .run import (
    Function,
    gradients,
    matching,
    name_of,
    one_tensor,
    paired,
    pull_back,
    require_function,
    run,
    tracked,
    zeros_like,
)
from .trees import flatten


def grad(
    f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False, **others: Any
) -> Function:
    """∇f: the gradient of a function that returns one number.

    `argnums` is the number of the argument to differentiate by, or a tuple of several. The result
    is a function of f's arguments; what it returns has the structure of that argument (a tuple of
    them for several), and each part its shape and dtype. With `has_aux` f returns `(value,
    anything)` and the result `(gradient, anything)`. What f does not depend on has the gradient 0.

    Errors: TypeError for an f that does not return one number, and for arguments that are no
    floating-point numbers. Source: JAX's grad.

    >>> grad(lambda x: (x ** 3).sum())(np.array([1.0, 2.0]))
    array([ 3., 12.])
    >>> grad(lambda x: (x ** 3).sum())(Tensor([1.0, 2.0]))
    tensor([ 3., 12.], f64[2])
    >>> grad(lambda x, p: p["w"] * x + p["b"], argnums=1)(2.0, {"w": 3.0, "b": 1.0})
    {'w': np.float64(2.0), 'b': np.float64(1.0)}
    """
    both = value_and_grad(f, argnums, has_aux, **others)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, g = both(*args, **kwargs)
        return (g, value[1]) if has_aux else g

    return _named(gradient, f, "grad")


def value_and_grad(
    f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False, **others: Any
) -> Function:
    """(f, ∇f): the value and the gradient, from one pass forward and one back.

    `argnums`, `has_aux` and errors: see `grad`. Returns a function that returns `(value,
    gradient)`; with `has_aux`, `((value, anything), gradient)`. SciPy takes it as `minimize(...,
    jac=True)`.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (np.float64(9.0), np.float64(6.0))
    """
    _refuse_others("grad", others)

    def both(*args: Any, **kwargs: Any) -> Any:
        call = run(f, args, argnums, kwargs, has_aux)
        y = one_tensor(call.out, f)
        if y.size != 1:
            raise TypeError(
                f"grad is for functions that return one number, and {name_of(f)} returned "
                f"{describe(y)}; write its .sum() or .mean(), or use tg.jacobian"
            )
        g = call.rebuild(pull_back([(y, Tensor(np.ones(y.shape, y.dtype)))], call.xs))
        value = call.value(y)
        return ((value, call.aux) if has_aux else value), g

    return _named(both, f, "value_and_grad")


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """f(*primals), and the function u ↦ uᵀJ, J = ∂f/∂primals: the vector-Jacobian product.

    The function takes a cotangent u of the shape (and structure) of f's result, and returns a
    tuple: for each primal uᵀ ∂f/∂primal, in its structure, shape and dtype. Each call of it is one
    pass back. Errors: ValueError for a cotangent of another shape. Source: JAX's vjp.

    >>> y, back = vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> y, back(np.array([1.0, 10.0]))
    (array([1., 4.]), (array([ 2., 40.]),))
    """
    call = run(f, primals, tuple(range(len(primals))))
    results, restore = flatten(call.out)
    ys = [one_tensor(y, f) for y in results]

    def back(cotangent: Any) -> tuple[Any, ...]:
        us, _ = flatten(cotangent)
        if len(us) != len(ys):
            raise ValueError(
                f"{name_of(f)} returned {len(ys)} tensors and got {len(us)} cotangents"
            )
        roots = [(y, matching(u, y, "cotangent")) for y, u in zip(ys, us, strict=True)]
        pulled: tuple[Any, ...] = call.with_others(us).rebuild(pull_back(roots, call.xs))
        return pulled

    return restore([call.value(y) for y in ys]), back


def jvp(f: Function, primals: Iterable[Any], tangents: Iterable[Any]) -> tuple[Any, Any]:
    """f(*primals) and J·t, J = ∂f/∂primals: the derivative of f in the direction `tangents`.

    `tangents` has one t for each of `primals`, of its shape. Returns the value and the product,
    both in the structure of f's result. It is computed by reverse mode twice: u ↦ uᵀJ is linear in
    u, and its own vector-Jacobian product is J·t. Errors: ValueError for tangents of another number
    or shape. Source: JAX's jvp; the trick is J. Townsend's, 2017.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (np.float64(6.0), np.float64(23.0))
    """
    primals, tangents = tuple(primals), tuple(tangents)
    call = run(f, primals, tuple(range(len(primals)))).with_others(tangents)
    xs, (results, restore) = call.xs, flatten(call.out)
    ys = [one_tensor(y, f) for y in results]
    ts = paired(xs, tangents)
    with modes.recorded():
        us = [tracked(zeros_like(y)) if y.requires_grad else None for y in ys]
        roots = [(y, u) for y, u in zip(ys, us, strict=True) if u is not None]
        gs = gradients(roots, xs, create_graph=True)
    forward = _with_gradient(gs, ts)
    inner = [u for u in us if u is not None]
    pushed = iter(pull_back(forward, inner, xs) if forward else ())
    call = call._replace(xs=[*xs, *inner])
    tangents_out = [
        next(pushed) if u is not None and forward else zeros_like(y)
        for y, u in zip(ys, us, strict=True)
    ]
    return restore([call.value(y) for y in ys]), restore([call.given(t) for t in tangents_out])


def jacobian(f: Function, argnums: int | tuple[int, ...] = 0, **others: Any) -> Function:
    """J[i, j] = ∂f_i/∂x_j: all derivatives of a function that returns a tensor.

    Returns a function of f's arguments, whose result has the shape (*output, *input), in the
    structure of the argument `argnums`. It takes one pass back for each entry of the output.
    Errors: TypeError for an f that does not return one tensor. Source: JAX's jacrev.

    >>> jacobian(lambda x: x ** 2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    _refuse_others("jacobian", others)

    def matrix(*args: Any, **kwargs: Any) -> Any:
        call = run(f, args, argnums, kwargs)
        xs, y = call.xs, one_tensor(call.out, f)
        rows = []
        for k in range(y.size):
            unit = np.zeros(y.size, y.dtype)
            unit[k] = 1
            rows.append(pull_back([(y, Tensor(unit.reshape(y.shape)))], xs))
        if not rows:
            return call.rebuild([Tensor(np.zeros(y.shape + x.shape, x.dtype)) for x in xs])
        return call.rebuild(
            [stack([row[i] for row in rows]).reshape(y.shape + x.shape) for i, x in enumerate(xs)]
        )

    return _named(matrix, f, "jacobian")


def hessian(f: Function, argnums: int = 0, **others: Any) -> Function:
    """H[i, j] = ∂²f/∂x_i∂x_j of a function that returns one number.

    Returns a function of f's arguments, whose result has the shape (*input, *input), x being the
    argument `argnums`. Errors: those of `grad`; TypeError for several argnums. Source: JAX's
    hessian.

    >>> hessian(lambda x: x[0] * x[0] * x[1])(np.array([3.0, 2.0]))
    array([[4., 6.],
           [6., 0.]])
    """
    require_function(f)
    _refuse_others("hessian", others)
    if not isinstance(argnums, int):
        raise TypeError(
            "hessian takes one argument's number; write jacobian(grad(f, i), j) for mixed blocks"
        )
    return _named(jacobian(grad(f, argnums), argnums), f, "hessian")


def hvp(f: Function, primals: Iterable[Any], tangents: Iterable[Any]) -> tuple[Any, ...]:
    """H·t, the Hessian of f times a vector, without the Hessian: the gradient of ⟨∇f, t⟩.

    `tangents` has one t for each of `primals`, of its shape. Returns a tuple: for each primal p the
    sum Σ ∂²f/∂p∂q · t_q over all primals q. Errors: those of `grad` and `jvp`. Source: Pearlmutter
    1994.

    >>> hvp(lambda x: (x ** 3).sum(), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    (array([ 6., 12.]),)
    """
    primals, tangents = tuple(primals), tuple(tangents)
    call = run(f, primals, tuple(range(len(primals)))).with_others(tangents)
    xs, y = call.xs, one_tensor(call.out, f)
    if y.size != 1:
        raise TypeError(
            f"hvp is for functions that return one number, and {name_of(f)} returned {describe(y)}"
        )
    ts = paired(xs, tangents)
    with modes.recorded():
        gs = gradients([(y, Tensor(np.ones(y.shape, y.dtype)))], xs, create_graph=True)
    forward = _with_gradient(gs, ts)
    product: tuple[Any, ...] = call.rebuild(
        pull_back(forward, xs) if forward else [zeros_like(x) for x in xs]
    )
    return product


def _with_gradient(gs: list[Any], ts: list[Tensor]) -> list[tuple[Tensor, Any]]:
    """The pairs (gradient, tangent) whose gradient depends on something."""
    return [(g, t) for g, t in zip(gs, ts, strict=True) if g is not None and g.requires_grad]


_OTHERS = {
    "argnum": "argnums=",
    "holomorphic": "a function of real numbers: complex ones have no gradient here",
    "allow_int": "x.astype(float)",
    "has_aux": "(y, aux), back = tg.vjp(f, x) for what comes beside the value",
    "x": "tg.grad(f)(x): the point is an argument of the result",
    "create_graph": "grad of grad: it is recorded",
}


def _refuse_others(word: str, others: dict[str, Any]) -> None:
    """Keywords of other libraries, by name."""
    for name in others:
        cure = "known: argnums, and has_aux of grad; leave it out"
        if name in _OTHERS:
            cure = f"write {_OTHERS[name]}"
        raise TypeError(f"{word} has no keyword {name!r}; {cure}")


def _named(new: Function, f: Function, word: str) -> Function:
    """The new function with a name and a docstring that say what it was made of."""
    require_function(f)
    new.__name__ = new.__qualname__ = f"{word}({name_of(f)})"
    new.__doc__ = f"{word} of {name_of(f)}; see tinygrad_edu.{word}."
    return new
