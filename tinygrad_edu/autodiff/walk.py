"""The walk back over the graph: reverse-mode differentiation, and nothing else.

Every tensor carries `step`, the tick of one clock at which its data was last written. An
operation's output is newer than its inputs, so going from the newest tensor to the oldest meets
each one after all that used it: a topological order without a search and without recursion.

The walk knows tensors only by what they carry (`op`, `inputs`, `params`, `step`, `_data`,
`_requires_grad`).
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np

from . import anomaly, versions
from .messages import describe
from .modes import mode
from .operands import in_one_dtype
from .versions import last_change


class StaleGraphError(RuntimeError):
    """An array that backward needs was changed in place after the operation that used it.

    The gradient would be computed with other numbers than the result was. Compute the result anew.

    >>> import tinygrad_edu as tg
    >>> x = tg.tensor(3.0, requires_grad=True, name="x")
    >>> y = x * x
    >>> x.data[...] = 5.0
    >>> try:
    ...     y.backward()
    ... except StaleGraphError:
    ...     print("x has changed: compute y again")
    x has changed: compute y again
    """


def backward(
    roots: Iterable[tuple[Any, Any]], *, wanted: set[int] | None = None, create_graph: bool = False
) -> dict[int, tuple[Any, Any]]:
    """Gradients of Σ ⟨seed, root⟩: for each tensor asked for, `{tensor.step: (tensor, gradient)}`.

    dL/dx = Σ over the uses of x of rule(dL/dy), newest use first.

    `wanted` holds the steps of the tensors asked for; None asks for the leaves and for what
    `retain_grad()` marked. Every gradient has its tensor's shape and dtype, and no two of those
    returned share memory. With `create_graph` seeds and gradients are tensors, recorded themselves,
    to be differentiated again. Nothing is written to any tensor, so a pass that fails changes
    nothing.
    """
    if mode.tape is not None and not create_graph:
        return mode.tape.backward(roots, wanted)
    return walk_back(roots, wanted, create_graph)


def walk_back(
    roots: Iterable[tuple[Any, Any]], wanted: set[int] | None, create_graph: bool, tape: Any = None
) -> dict[int, tuple[Any, Any]]:
    """backward(), by a tape if there is one: as with create_graph gradients are tensors then, and
    it runs the rules."""
    pending: dict[int, Any] = {}
    roots = list(roots)
    for root, seed in roots:
        pending[root.step] = pending[root.step] + seed if root.step in pending else seed
        if tape is not None:
            tape.is_gradient(pending[root.step], root)
    heap = [(-step, x) for step, x in {x.step: x for x, _ in roots}.items()]
    heapify(heap)
    found: dict[int, tuple[Any, Any]] = {}
    useful = None if wanted is None else _leading_to(wanted, [x for _, x in heap])
    with np.errstate(under="ignore"):  # a gradient too small for its type is 0
        _walk(heap, pending, found, wanted, useful, create_graph, tape)
    return found


def graph(roots: Iterable[Any]) -> list[Any]:
    """All that the roots were made from, themselves included, inputs before what was made from
    them.

    >>> import tinygrad_edu as tg
    >>> x = tg.tensor(2.0, requires_grad=True, name="x")
    >>> [t.op.name if t.op else t.name for t in graph([x * x + 1])]
    ['x', 'mul', 'add']
    """
    seen: dict[int, Any] = {}
    stack = list(roots)
    while stack:
        x = stack.pop()
        if id(x) not in seen:
            seen[id(x)] = x
            stack.extend(i for i in x.inputs if getattr(i, "step", 0))
    # A leaf may have been written after its use; it comes first all the same.
    return sorted(seen.values(), key=lambda x: (x.op is not None, x.step))


def _leading_to(wanted: set[int], roots: list[Any]) -> set[int]:
    """The steps of all tensors that were made from a wanted one, and of the wanted ones."""
    useful = set(wanted)
    for x in graph(roots):
        if any(getattr(i, "step", 0) in useful for i in x.inputs):
            useful.add(x.step)
    return useful


def _walk(
    heap: list[tuple[int, Any]],
    pending: dict[int, Any],
    found: dict[int, tuple[Any, Any]],
    wanted: set[int] | None,
    useful: set[int] | None,
    create_graph: bool,
    tape: Any,
) -> None:
    """Newest tensor first: hand each one's gradient on to its inputs, through its operation's
    rules."""
    symbolic, watching = create_graph or tape is not None, mode.watching
    while heap:
        step, y = heappop(heap)
        g = pending.pop(-step)
        op = y.op
        if (op is None or y.retains) if wanted is None else y.step in wanted:
            mine = _owned(y, g, create_graph, tape)
            # A leaf met again was rewritten after use: both its parts count.
            found[y.step] = (y, found[y.step][1] + mine if y.step in found else mine)
        if op is None:
            continue
        inputs, params, value, rules, reads = y.inputs, y.params, y, op.gradients, op.reads
        arrays = inputs
        if not symbolic:
            value = y._data
            arrays = [getattr(x, "_data", x) for x in inputs]
            for a in arrays:
                if type(a) is np.ndarray and a.dtype is not value.dtype:
                    arrays = in_one_dtype(op, inputs)  # where dtypes meet
                    break
        for i, x in enumerate(inputs):
            if not getattr(x, "_requires_grad", False) or (
                useful is not None and x.step not in useful
            ):
                continue
            k = 0 if op.variadic else i
            rule = rules[k]
            if rule is None:
                raise _no_rule(op, k)
            if versions.any_exposed or versions.last_write > y.step:
                read = range(len(inputs)) if op.variadic and reads[0] else reads[k]
                _check_fresh(y, [inputs[j] for j in read])
            if op.variadic:
                params = {**y.params, "i": i}
            r = (
                rule(g, value, *arrays, **params)
                if tape is None
                else tape.rule(op, i, g, y, inputs, params)
            )
            if watching:
                anomaly.check_backward(y, k, x, g, r)
            data = x._data
            if not symbolic and type(r) is not np.ndarray:
                r = np.asarray(r)
            if r.shape != data.shape:
                r = unbroadcast(r, data.shape)
            if r.dtype is not data.dtype and r.dtype != data.dtype:
                r = r.astype(data.dtype)
            if x.op is None and not symbolic and (r is g or r is value or id(r) in map(id, arrays)):
                r = r.copy()  # a leaf's gradient is its own
            x_step = x.step
            if x_step in pending:
                pending[x_step] = pending[x_step] + r  # never in place: r may be another's too
            else:
                pending[x_step] = r
                heappush(heap, (-x_step, x))
            if tape is not None:
                tape.is_gradient(pending[x_step], x)


def _no_rule(op: Any, k: int) -> TypeError:
    """What to say where a gradient is asked of an input that has no rule."""
    name = op.inputs[k]
    message = f"{op.name} has no gradient rule for its input {name!r}; pass {name}.detach() if it "
    message += "is a constant"
    if op.unruled:
        message += f', or give op() a rule: {name}="g * ..."'
    return TypeError(message)


def _check_fresh(y: Any, read: list[Any]) -> None:
    """Refuse to differentiate y where an input whose value the rule reads was written since."""
    for x in read:
        if last_change(x) > y.step:
            raise StaleGraphError(
                f"{describe(x)} was changed in place after {describe(y)} was made from it, so the "
                "gradient would be that of other numbers. Call backward() before changing it, or "
                "compute the result again"
            )


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Bring a gradient to its input's shape: sum over the axes that broadcasting added or
    stretched; stretch where a rule left an axis at length 1. Works on arrays and on tensors.

    >>> unbroadcast(np.ones((4, 2)), (2,))
    array([4., 4.])
    """
    extra = g.ndim - len(shape)
    # a bias' gradient: rows added up
    if extra == 1 and type(g) is np.ndarray and g.shape[1:] == shape:
        return np.add.reduce(g, axis=0)
    if extra > 0:
        g = g.sum(axis=tuple(range(extra)))
    short = len(shape) - g.ndim
    stretched = tuple(k for k, n in enumerate(g.shape) if n != 1 and shape[k + short] == 1)
    if stretched:
        g = g.sum(axis=stretched, keepdims=True)
    return g if g.shape == shape else np.broadcast_to(g, shape)


def _owned(y: Any, g: Any, create_graph: bool, tape: Any) -> Any:
    """g as memory of its own; while a function is traced, as it is. A leaf's gradient goes nowhere
    else, so only a view is copied; an interior one may have been handed on as it is."""
    if create_graph:
        return g.astype(g.dtype)
    if tape is not None:
        return g
    g = np.asarray(g)
    return g.copy() if g.base is not None or y.op is not None else g
