"""Derivatives of functions: each transform takes a function of tensors and gives another one.

    tg.grad(lambda x: tg.tanh(x))(0.5)             1 - tanh(0.5)²
    tg.grad(tg.grad(tg.tanh))(0.5)                 and so on, to any order

Functions take tensors, arrays and numbers, alone or in lists, tuples and dicts, and return tensors.
Derivatives at plain arrays and numbers are plain arrays and numbers, as SciPy wants them;
derivatives at tensors are tensors, and so are those that depend on anything else that requires a
gradient, and are recorded then: on the input of an outer transform, or on the parameters of a model
that the function closes over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from .autodiff import modes, walk
from .autodiff.messages import describe
from .autodiff.modes import mode
from .autodiff.record import LENT
from .ops import identity, stack
from .tensor import Tensor

Function = Callable[..., Any]


def grad(
    f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False, **others: Any
) -> Function:
    """∇f: the gradient of a function that returns one number, with respect to argument `argnums`
    (or several).

    The result has the argument's structure, and each part its shape and dtype. With `has_aux`, f
    returns `(value, anything)` and the result is `(gradient, anything)`. What f does not depend on
    has the gradient 0.

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

    return _called(gradient, f, "grad")


def value_and_grad(
    f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False, **others: Any
) -> Function:
    """(f, ∇f) of a function that returns one number, from one pass forward and one back; see
    `grad`.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (np.float64(9.0), np.float64(6.0))
    """
    _refuse_others("grad", others)

    def both(*args: Any, **kwargs: Any) -> Any:
        run = _run(f, args, argnums, kwargs, has_aux)
        y = _tensor(run.out, f)
        if y.size != 1:
            raise TypeError(
                f"grad is for functions that return one number, and {_name(f)} returned "
                f"{describe(y)}; write its .sum() or .mean(), or use tg.jacobian"
            )
        g = run.rebuild(_pull([(y, Tensor(np.ones(y.shape, y.dtype)))], run.xs))
        return ((run.value(y), run.aux) if has_aux else run.value(y)), g

    return _called(both, f, "value_and_grad")


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """f(*primals), and the function u ↦ uᵀJ: the vector-Jacobian product, one pass back for each
    call.

    The returned function takes a cotangent of the output's shape (and structure), and gives a
    tuple: for each primal uᵀ ∂f/∂primal, in its structure, shape and dtype.

    >>> y, back = vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> y, back(np.array([1.0, 10.0]))
    (array([1., 4.]), (array([ 2., 40.]),))
    """
    run = _run(f, primals, tuple(range(len(primals))), {}, False)
    ys, restore = _flatten(run.out)
    ys = [_tensor(y, f) for y in ys]

    def back(cotangent: Any) -> tuple[Any, ...]:
        us, _ = _flatten(cotangent)
        if len(us) != len(ys):
            raise ValueError(f"{_name(f)} returned {len(ys)} tensors and got {len(us)} cotangents")
        pulled = _pull(
            [(y, _matching(u, y, "cotangent")) for y, u in zip(ys, us, strict=True)], run.xs
        )
        return run.with_others(us).rebuild(pulled)

    return restore([run.value(y) for y in ys]), back


def jvp(f: Function, primals: Iterable[Any], tangents: Iterable[Any]) -> tuple[Any, Any]:
    """f(*primals) and J·t: the derivative of f along `tangents`, of which there is one for each
    primal.

    Found by reverse mode twice: u ↦ uᵀJ is linear in u, and its own vector-Jacobian product is J·t.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (np.float64(6.0), np.float64(23.0))
    """
    primals, tangents = tuple(primals), tuple(tangents)
    run = _run(f, primals, tuple(range(len(primals))), {}, False).with_others(tangents)
    xs, (ys, restore) = run.xs, _flatten(run.out)
    ys = [_tensor(y, f) for y in ys]
    ts = _paired(xs, tangents)
    with modes.recorded():
        us = [_tracked(_zeros(y)) if y.requires_grad else None for y in ys]
        gs = _gradients(
            [(y, u) for y, u in zip(ys, us, strict=True) if u is not None], xs, create_graph=True
        )
    forward = [(g, t) for g, t in zip(gs, ts, strict=True) if g is not None and g.requires_grad]
    inner = [u for u in us if u is not None]
    found = _pull(forward, inner, xs) if forward else []
    run = run._replace(xs=[*xs, *inner])
    pushed = iter(found)
    tangents_out = [
        next(pushed) if u is not None and forward else _zeros(y)
        for y, u in zip(ys, us, strict=True)
    ]
    return restore([run.value(y) for y in ys]), restore([run.given(t) for t in tangents_out])


def jacobian(f: Function, argnums: int | tuple[int, ...] = 0, **others: Any) -> Function:
    """J[i, j] = ∂f_i/∂x_j, of shape (*output, *input): one pass back for each entry of the output.

    >>> jacobian(lambda x: x ** 2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    _refuse_others("jacobian", others)

    def matrix(*args: Any, **kwargs: Any) -> Any:
        run = _run(f, args, argnums, kwargs, False)
        xs, y = run.xs, _tensor(run.out, f)
        rows = []
        for k in range(y.size):
            unit = np.zeros(y.size, y.dtype)
            unit[k] = 1
            rows.append(_pull([(y, Tensor(unit.reshape(y.shape)))], xs))
        return run.rebuild(
            [
                stack([row[i] for row in rows]).reshape(y.shape + x.shape)
                if rows
                else Tensor(np.zeros(y.shape + x.shape, x.dtype))
                for i, x in enumerate(xs)
            ]
        )

    return _called(matrix, f, "jacobian")


def hessian(f: Function, argnums: int = 0, **others: Any) -> Function:
    """H[i, j] = ∂²f/∂x_i∂x_j of a function that returns one number, of shape (*input, *input).

    >>> hessian(lambda x: x[0] * x[0] * x[1])(np.array([3.0, 2.0]))
    array([[4., 6.],
           [6., 0.]])
    """
    _function(f)
    _refuse_others("hessian", others)
    if not isinstance(argnums, int):
        raise TypeError(
            "hessian takes one argument's number; write jacobian(grad(f, i), j) for mixed blocks"
        )
    return _called(jacobian(grad(f, argnums), argnums), f, "hessian")


def hvp(f: Function, primals: Iterable[Any], tangents: Iterable[Any]) -> tuple[Any, ...]:
    """H·t, the Hessian of f times a vector, without the Hessian: the gradient of ⟨∇f, t⟩
    (Pearlmutter 1994).

    A tuple: for each primal Σ over primals p of ∂²f/∂primal∂p · t_p.

    >>> hvp(lambda x: (x ** 3).sum(), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    (array([ 6., 12.]),)
    """
    primals, tangents = tuple(primals), tuple(tangents)
    run = _run(f, primals, tuple(range(len(primals))), {}, False).with_others(tangents)
    xs, y = run.xs, _tensor(run.out, f)
    if y.size != 1:
        raise TypeError(
            f"hvp is for functions that return one number, and {_name(f)} returned {describe(y)}"
        )
    ts = _paired(xs, tangents)
    with modes.recorded():
        gs = _gradients([(y, Tensor(np.ones(y.shape, y.dtype)))], xs, create_graph=True)
    forward = [(g, t) for g, t in zip(gs, ts, strict=True) if g is not None and g.requires_grad]
    return run.rebuild(_pull(forward, xs) if forward else [_zeros(x) for x in xs])


# How they run


class _Run(NamedTuple):
    """A call of f on inputs of its own."""

    out: Any  # what f returned
    xs: list[Tensor]  # its inputs
    restore: Function  # from one object for each of them to what has the arguments' structure
    plain: bool  # no tensor was among the arguments, so that none is given back
    added: Any = None  # what f returned beside its value, with has_aux

    def value(self, y: Tensor) -> Any:
        """A result of f as the caller sees it; an array is a copy: the graph reads y, and he may
        write into it."""
        found = self.given(y)
        return found.copy() if found is y._data else found

    def given(self, y: Tensor) -> Any:
        """A tensor as the arguments were, a plain array of plain ones; but one of which others may
        ask a gradient stays as it is. Our own inputs are no leaves of the caller's."""
        if y.requires_grad and _depends_on_others([y], self.xs):
            return y
        y = Tensor(y._data, name=y.name, copy=False) if y.requires_grad or y.op is not None else y
        if not self.plain:
            return y
        if mode.tape is not None:
            array = y.data
        else:
            array = y._data if y._data.base is None and y._data.flags.writeable else y._data.copy()
        return array if array.ndim else array[()]

    def rebuild(self, gradients: list[Tensor]) -> Any:
        """Gradients in the arguments' structure."""
        return self.restore([self.given(g) for g in gradients])

    def with_others(self, others: Any) -> _Run:
        """The same with tangents or cotangents, which may be tensors too."""
        return self._replace(plain=self.plain and not _tensors_in(others))

    @property
    def aux(self) -> Any:
        """What f returned beside its value, the tensors in it as values."""
        leaves, restore = _flatten(self.added)
        return restore([self.value(x) if isinstance(x, Tensor) else x for x in leaves])


def _run(
    f: Function, args: tuple, argnums: int | tuple[int, ...], kwargs: dict[str, Any], has_aux: bool
) -> _Run:
    """Call f with the arguments that are differentiated as inputs of its own."""
    _function(f)
    alone = isinstance(argnums, int)
    numbers: list[int] = [argnums] if isinstance(argnums, int) else list(argnums)
    for n in numbers:
        if not -len(args) <= n < len(args):
            raise ValueError(
                f"argnums={argnums}: {_name(f)} was called with {len(args)} positional arguments"
            )
    numbers = [n % len(args) for n in numbers]
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"argnums={argnums} names an argument twice")
    args, xs, restores, lengths = tuple(args), [], [], []
    fresh = list(args)
    with modes.recorded():
        for n in numbers:
            leaves, restore = _flatten(args[n])
            own = [_input(x, n, f) for x in leaves]
            fresh[n] = restore(own)
            xs += own
            restores.append(restore)
            lengths.append(len(own))
        out = f(*fresh, **kwargs)
    aux = None
    if has_aux:
        if not isinstance(out, tuple) or len(out) != 2:
            raise TypeError(
                f"with has_aux, {_name(f)} must return (value, anything), not {type(out).__name__}"
            )
        out, aux = out

    def put(gradients: list[Any]) -> Any:
        left, parts = iter(gradients), []
        for restore, length in zip(restores, lengths, strict=True):
            parts.append(restore([next(left) for _ in range(length)]))
        return parts[0] if alone else tuple(parts)

    return _Run(out, xs, put, not _tensors_in([args[n] for n in numbers]), aux)


def _tensors_in(tree: Any) -> bool:
    return any(isinstance(x, Tensor) for x in _flatten(tree)[0])


def _input(x: Any, n: int, f: Function) -> Tensor:
    """An input of this transform's own: what an outer one differentiates stays connected to it."""
    if isinstance(x, Tensor) and x.requires_grad:
        return identity(x)
    y = Tensor(x, name=getattr(x, "name", None))
    if y.dtype.kind != "f":
        raise TypeError(
            f"argument {n} of {_name(f)} is {y.dtype}, and only floating-point numbers have a "
            "gradient; write 2.0 for 2, or x.astype(float)"
        )
    return _tracked(y)


def _tracked(y: Tensor) -> Tensor:
    # After it was made: inside a function that jit writes down it is ours then.
    y.requires_grad, y.params = True, LENT
    return y


def _pull(
    roots: list[tuple[Tensor, Any]], xs: list[Tensor], inner: list[Tensor] | None = None
) -> list[Tensor]:
    """Σ uᵀ ∂y/∂x for each x: recorded where it depends on more than the transform's own inputs, 0
    where y does not depend on x."""
    roots = [(y, u) for y, u in roots if y.requires_grad]
    create_graph = _depends_on_others([t for root in roots for t in root], [*xs, *(inner or [])])
    gradients = _gradients(roots, xs, create_graph=create_graph)
    return [
        _zeros(x) if g is None else g if create_graph else Tensor(g, copy=False)
        for x, g in zip(xs, gradients, strict=True)
    ]


def _depends_on_others(results: list[Tensor], own: list[Tensor]) -> bool:
    """Whether a tracked leaf that is not our own was used: an outer transform's input, or a
    parameter."""
    mine = {x.step for x in own}
    return mode.recording and any(
        t.op is None and t.requires_grad and t.step not in mine for t in walk.graph(results)
    )


def _gradients(
    roots: list[tuple[Tensor, Any]], xs: list[Tensor], *, create_graph: bool
) -> list[Any]:
    roots = [(y, u if create_graph else u._data) for y, u in roots]
    found = walk.backward(roots, wanted={x.step for x in xs}, create_graph=create_graph)
    return [found[x.step][1] if x.step in found else None for x in xs]


def _zeros(x: Tensor) -> Tensor:
    return Tensor(np.zeros(x.shape, x.dtype), copy=False)


def _tensor(y: Any, f: Function) -> Tensor:
    if isinstance(y, np.ndarray) and y.dtype == object and y.size:  # an array of tensors
        return stack(list(y.flat)).reshape(y.shape)
    if isinstance(y, (list, tuple)):
        raise TypeError(
            f"{_name(f)} must return one tensor, and returned a {type(y).__name__}; write "
            "return np.stack([...]) of its parts"
        )
    if not isinstance(y, Tensor):
        raise TypeError(
            f"{_name(f)} must return a tensor, computed from its arguments, and returned "
            f"{type(y).__name__}: write it with tinygrad_edu's operations or NumPy's functions, "
            "not with .numpy(), .item() or float(); a constant is tg.tensor(c)"
        )
    return y


def _paired(xs: list[Tensor], tangents: tuple) -> list[Tensor]:
    ts = [t for tangent in tangents for t in _flatten(tangent)[0]]
    if len(ts) != len(xs):
        raise ValueError(f"{len(xs)} primals want as many tangents, got {len(ts)}")
    return [_matching(t, x, "tangent") for t, x in zip(ts, xs, strict=True)]


def _matching(u: Any, y: Tensor, word: str) -> Tensor:
    """A tangent or cotangent for y: of its shape, in its dtype."""
    u = u if isinstance(u, Tensor) else Tensor(u)
    if u.shape != y.shape:
        raise ValueError(f"{word} of shape {u.shape} for {describe(y)}; they must agree")
    return u if u.dtype == y.dtype else u.astype(y.dtype)


def _flatten(tree: Any) -> tuple[list[Any], Function]:
    """The leaves of nested lists, tuples and dicts, and what puts others in their places."""
    if isinstance(tree, dict):
        keys, parts = list(tree), [_flatten(v) for v in tree.values()]
        wrap: Function = lambda values: dict(zip(keys, values, strict=True))
    elif isinstance(tree, (list, tuple)):
        parts = [_flatten(v) for v in tree]
        named = hasattr(tree, "_fields")
        wrap = lambda values: type(tree)(*values) if named else type(tree)(values)
    else:
        return [tree], lambda leaves: leaves[0]

    def restore(leaves: list[Any]) -> Any:
        values, start = [], 0
        for part, put in parts:
            values.append(put(leaves[start : start + len(part)]))
            start += len(part)
        return wrap(values)

    return [leaf for part, _ in parts for leaf in part], restore


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
        cure = (
            f"write {_OTHERS[name]}"
            if name in _OTHERS
            else "known: argnums, and has_aux of grad; leave it out"
        )
        raise TypeError(f"{word} has no keyword {name!r}; {cure}")


def _name(f: Function) -> str:
    return getattr(f, "__name__", None) or getattr(f, "name", None) or type(f).__name__


def _function(f: Any) -> None:
    """Refuse a tensor in the place of the function that is differentiated, as in
    torch.autograd.grad(y, x)."""
    if isinstance(f, Tensor):
        raise TypeError(
            f"grad and its like differentiate functions, and got {describe(f)}; write "
            "tg.grad(lambda x: ...)(x). Of a tensor that is computed already: y.backward(), and "
            "then x.grad"
        )


def _called(new: Function, f: Function, word: str) -> Function:
    _function(f)
    new.__name__ = new.__qualname__ = f"{word}({_name(f)})"
    new.__doc__ = f"{word} of {_name(f)}; see tinygrad_edu.{word}."
    return new
