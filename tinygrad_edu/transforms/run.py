"""How transforms run: a call of the function on inputs of its own, and gradients pulled back to
them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..autodiff import modes, walk
from ..autodiff.messages import describe
from ..autodiff.modes import mode
from ..autodiff.operands import numbers_of
from ..autodiff.record import LENT
from ..ops import identity, stack
from ..tensor import Tensor
from .trees import Restore, flatten

Function = Callable[..., Any]


class Run(NamedTuple):
    """A call of f on inputs of its own.

    >>> r = run(lambda x: x * x, (3.0,), 0)
    >>> r.value(r.out)
    np.float64(9.0)
    """

    out: Any  # what f returned
    xs: list[Tensor]  # its inputs
    restore: Restore  # from one object for each of them to what has the arguments' structure
    arrays: bool  # no tensor was among the arguments, so that arrays are given back
    added: Any = None  # what f returned beside its value, with has_aux

    def value(self, y: Tensor) -> Any:
        """A result of f as the caller gets it. An array is a copy: the graph still reads y, and the
        caller may write into his.

        >>> r = run(lambda x: x * x, (np.array([1.0, 2.0]),), 0)
        >>> r.value(r.out)
        array([1., 4.])
        """
        result = self.given(y)
        return result.copy() if result is numbers_of(y) else result

    def given(self, y: Tensor) -> Any:
        """A tensor as the arguments were: an array where they were arrays. One of which somebody
        else may ask a gradient stays a tensor, as it is.

        >>> r = run(lambda x: x, (Tensor(1.0),), 0)
        >>> r.given(r.out).requires_grad                  # our own inputs are no leaves of his
        False
        """
        if y.requires_grad and depends_on_others([y], self.xs):
            return y
        if y.requires_grad or y.op is not None:
            y = Tensor(numbers_of(y), name=y.name, copy=False)
        if not self.arrays:
            return y
        array = y.data if mode.tape is not None else numbers_of(y)
        if mode.tape is None and not (array.base is None and array.flags.writeable):
            array = array.copy()
        return array if array.ndim else array[()]

    def rebuild(self, gradients: list[Tensor]) -> Any:
        """Gradients in the structure of the arguments.

        >>> run(lambda p: p["a"], ({"a": 1.0, "b": 2.0},), 0).rebuild([Tensor(1.0), Tensor(0.0)])
        {'a': np.float64(1.0), 'b': np.float64(0.0)}
        """
        return self.restore([self.given(g) for g in gradients])

    def with_others(self, others: Any) -> Run:
        """The same with tangents or cotangents: if one of them is a tensor, tensors are given back.

        >>> run(lambda x: x, (1.0,), 0).with_others([Tensor(1.0)]).arrays
        False
        """
        return self._replace(arrays=self.arrays and not tensors_in(others))

    @property
    def aux(self) -> Any:
        """What f returned beside its value, the tensors in it as values.

        >>> run(lambda x: (x, {"x": x}), (2.0,), 0, has_aux=True).aux
        {'x': np.float64(2.0)}
        """
        leaves, restore = flatten(self.added)
        return restore([self.value(x) if isinstance(x, Tensor) else x for x in leaves])


def run(
    f: Function,
    args: tuple[Any, ...],
    argnums: int | tuple[int, ...],
    kwargs: dict[str, Any] | None = None,
    has_aux: bool = False,
) -> Run:
    """Call f with inputs of its own in the place of the arguments that are differentiated.

    Errors: ValueError for argnums that are not among the arguments; TypeError for an argument
    without a gradient, or an f that does not return (value, anything) with has_aux.

    >>> r = run(lambda x, y: x * y, (2.0, 3.0), 0)
    >>> [x.item() for x in r.xs], r.out.item()
    ([2.0], 6.0)
    """
    require_function(f)
    numbers = _positions(f, args, argnums)
    xs: list[Tensor] = []
    restores: list[Restore] = []
    lengths: list[int] = []
    fresh = list(args)
    with modes.recorded():
        for n in numbers:
            leaves, restore = flatten(args[n])
            own = [_input(x, n, f) for x in leaves]
            fresh[n] = restore(own)
            xs += own
            restores.append(restore)
            lengths.append(len(own))
        out = f(*fresh, **(kwargs or {}))
    aux = None
    if has_aux:
        if not isinstance(out, tuple) or len(out) != 2:
            raise TypeError(
                f"with has_aux, {name_of(f)} must return (value, anything), not "
                f"{type(out).__name__}"
            )
        out, aux = out

    def put(gradients: list[Any]) -> Any:
        left, parts = iter(gradients), []
        for restore, length in zip(restores, lengths, strict=True):
            parts.append(restore([next(left) for _ in range(length)]))
        return parts[0] if isinstance(argnums, int) else tuple(parts)

    return Run(out, xs, put, not tensors_in([args[n] for n in numbers]), aux)


def _positions(f: Function, args: tuple[Any, ...], argnums: int | tuple[int, ...]) -> list[int]:
    """The positions of the arguments, counted from 0, each once."""
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)
    for n in numbers:
        if not -len(args) <= n < len(args):
            raise ValueError(
                f"argnums={argnums}: {name_of(f)} was called with {len(args)} positional arguments"
            )
    numbers = [n % len(args) for n in numbers]
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"argnums={argnums} names an argument twice")
    return numbers


def tensors_in(tree: Any) -> bool:
    """Whether a tensor is among the leaves of nested lists, tuples and dicts.

    >>> tensors_in([1.0, {"w": Tensor(2.0)}]), tensors_in([1.0])
    (True, False)
    """
    return any(isinstance(x, Tensor) for x in flatten(tree)[0])


def _input(x: Any, n: int, f: Function) -> Tensor:
    """An input of this transform's own: what an outer one differentiates stays connected to it."""
    if isinstance(x, Tensor) and x.requires_grad:
        return identity(x)
    y = Tensor(x, name=getattr(x, "name", None))
    if y.dtype.kind != "f":
        raise TypeError(
            f"argument {n} of {name_of(f)} is {y.dtype}, and only floating-point numbers have a "
            "gradient; write 2.0 for 2, or x.astype(float)"
        )
    return tracked(y)


def tracked(y: Tensor) -> Tensor:
    """y itself, which requires a gradient from here on, and is an input of a transform.

    >>> tracked(Tensor(1.0)).requires_grad
    True
    """
    # After it was made: inside a function that jit writes down it is ours then.
    y.requires_grad, y.params = True, LENT
    return y


def pull_back(
    roots: list[tuple[Tensor, Any]], xs: list[Tensor], inner: list[Tensor] | None = None
) -> list[Tensor]:
    """Σ uᵀ ∂y/∂x over the roots (y, u), for each x: a tensor of x's shape, 0 where no y depends on
    x.

    It is recorded where it depends on more than the transform's own inputs, `xs` and `inner`.

    >>> r = run(lambda x: x * x, (3.0,), 0)
    >>> pull_back([(r.out, Tensor(1.0))], r.xs)
    [tensor(6., f64[])]
    """
    roots = [(y, u) for y, u in roots if y.requires_grad]
    create_graph = depends_on_others([t for root in roots for t in root], [*xs, *(inner or [])])
    found = gradients(roots, xs, create_graph=create_graph)
    if create_graph:
        return [zeros_like(x) if g is None else g for x, g in zip(xs, found, strict=True)]
    return [
        zeros_like(x) if g is None else Tensor(g, copy=False)
        for x, g in zip(xs, found, strict=True)
    ]


def depends_on_others(results: list[Tensor], own: list[Tensor]) -> bool:
    """Whether the results depend on a leaf that requires a gradient and is not among `own`: the
    input of an outer transform, or a parameter.

    >>> w = Tensor(2.0, requires_grad=True)
    >>> depends_on_others([w * w], own=[]), depends_on_others([w * w], own=[w])
    (True, False)
    """
    mine = {x.step for x in own}
    return mode.recording and any(
        t.op is None and t.requires_grad and t.step not in mine for t in walk.graph(results)
    )


def gradients(
    roots: list[tuple[Tensor, Any]], xs: list[Tensor], *, create_graph: bool
) -> list[Any]:
    """Σ uᵀ ∂y/∂x over the roots (y, u), for each x: an array, a tensor with `create_graph`, None
    where no y depends on x.

    >>> x = Tensor(3.0, requires_grad=True)
    >>> gradients([(x * x, Tensor(1.0))], [x], create_graph=False)
    [array(6.)]
    """
    roots = [(y, u if create_graph else numbers_of(u)) for y, u in roots]
    found = walk.backward(roots, wanted={x.step for x in xs}, create_graph=create_graph)
    return [found[x.step][1] if x.step in found else None for x in xs]


def zeros_like(x: Tensor) -> Tensor:
    """Zeros of x's shape and dtype.

    >>> zeros_like(Tensor([1.0, 2.0]))
    tensor([0., 0.], f64[2])
    """
    return Tensor(np.zeros(x.shape, x.dtype), copy=False)


def one_tensor(y: Any, f: Function) -> Tensor:
    """What f returned, as one tensor; an array of tensors is stacked. Errors: TypeError for
    anything else.

    >>> one_tensor(np.array([Tensor(1.0), Tensor(2.0)], object), f=None)
    tensor([1., 2.], f64[2])
    """
    if isinstance(y, np.ndarray) and y.dtype == object and y.size:  # an array of tensors
        stacked: Tensor = stack(list(y.flat)).reshape(y.shape)
        return stacked
    if isinstance(y, (list, tuple)):
        raise TypeError(
            f"{name_of(f)} must return one tensor, and returned a {type(y).__name__}; write "
            "return np.stack([...]) of its parts"
        )
    if not isinstance(y, Tensor):
        raise TypeError(
            f"{name_of(f)} must return a tensor, computed from its arguments, and returned "
            f"{type(y).__name__}: write it with tinygrad_edu's operations or NumPy's functions, "
            "not with .numpy(), .item() or float(); a constant is tg.tensor(c)"
        )
    return y


def matching(u: Any, y: Tensor, word: str) -> Tensor:
    """A tangent or cotangent u for y, as a tensor in y's dtype. Errors: ValueError for another
    shape.

    >>> matching(np.array([1, 2]), Tensor([0.5, 0.5]), "tangent")
    tensor([1., 2.], f64[2])
    """
    given: Tensor = u if isinstance(u, Tensor) else Tensor(u)
    if given.shape != y.shape:
        raise ValueError(f"{word} of shape {given.shape} for {describe(y)}; they must agree")
    return given if given.dtype == y.dtype else given.astype(y.dtype)


def paired(xs: list[Tensor], tangents: tuple[Any, ...]) -> list[Tensor]:
    """The tangents, one for each input. Errors: ValueError for another number, or another shape.

    >>> paired([Tensor(0.0)], (1.0,))
    [tensor(1., f64[])]
    """
    ts = [t for tangent in tangents for t in flatten(tangent)[0]]
    if len(ts) != len(xs):
        raise ValueError(f"{len(xs)} primals want as many tangents, got {len(ts)}")
    return [matching(t, x, "tangent") for t, x in zip(ts, xs, strict=True)]


def name_of(f: Any) -> str:
    """What a function is called in messages: its name, or its class'.

    >>> name_of(identity), name_of(np.tanh)
    ('identity', 'tanh')
    """
    return str(getattr(f, "__name__", None) or getattr(f, "name", None) or type(f).__name__)


def require_function(f: Any) -> None:
    """Refuse a tensor in the place of the function that is differentiated, as in
    torch.autograd.grad(y, x). Errors: TypeError.

    >>> require_function(np.tanh)
    """
    if isinstance(f, Tensor):
        raise TypeError(
            f"grad and its like differentiate functions, and got {describe(f)}; write "
            "tg.grad(lambda x: ...)(x). Of a tensor that is computed already: y.backward(), and "
            "then x.grad"
        )
