"""A program in JAX: plain Python over `jax.numpy`, to be jitted, differentiated again, or run on
other devices there.

Almost every primitive is the function of `jax.numpy` by its name. What has no such function is a
line of the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..ir.node import Node
from .base import NamingPrinter, Unsupported

LINALG = frozenset("inv solve norm".split())
SILENT = frozenset("out order casting subok kind where".split())


def function_text(
    name: str, nodes: Iterable[Node], inputs: Iterable[Node], outputs: Iterable[Any]
) -> str:
    """A function of the inputs that computes the nodes, in order, and returns the outputs."""
    printer = JaxPrinter()
    given = [printer.named(node) for node in inputs]
    lines = []
    for node in nodes:
        if node.kind != "input":
            expression = printer.line(node)  # before its name: it reads others
            lines.append(f"    {printer.named(node)} = {expression}")
    returned = ", ".join(printer.operand(x) for x in outputs)
    head = f"def {name}({', '.join(given)}):"
    return "\n".join([IMPORTS, "", "", head, *lines, f"    return [{returned}]", ""])


IMPORTS = "import jax\nimport jax.numpy as jnp\nimport numpy as np"


class JaxPrinter(NamingPrinter):
    """Writes a node as an expression of jax.numpy."""

    target = "jax"

    def line(self, node: Node) -> str:
        """The expression of a node, in its dtype: JAX promotes otherwise than NumPy does."""
        text = self.write(node)
        if node.dtype.kind in "biuf":
            return f"jnp.asarray({text}, {node.dtype.name!r})"
        raise Unsupported(self.target, node)

    def write(self, node: Node) -> str:
        if not node.primitive.known:
            raise Unsupported(self.target, node)
        return super().write(node)

    def binary(self, node: Node) -> str:
        left, right = map(self.operand, node.args)
        return f"{left} {node.function} {right}"

    def unary(self, node: Node) -> str:
        return f"{node.function}{self.operand(node.args[0])}"

    def attribute(self, node: Node) -> str:
        return f"{self.operand(node.args[0])}.{node.function}"

    def item(self, node: Node) -> str:
        x, index = node.args
        return f"{self.array(x)}[{self.index(index)}]"

    def call(self, node: Node) -> str:
        """jax.numpy's function of the primitive's name, on all that the call says."""
        name = node.primitive.name
        full = f"linalg.{name}" if name in LINALG else name
        if node.primitive.shape == "reduced" and np.ndim(_value(node.args[0])) == 0:
            return self.called(full, node.args[0], **{**node.kwargs, "axis": None})
        return self.called(full, *node.args, **node.kwargs)

    method = call

    def helper(self, node: Node) -> str:
        raise Unsupported(self.target, node)

    def called(self, name: str, *args: Any, **kwargs: Any) -> str:
        """A call of jax.numpy's; what changes no result is left out."""
        given = [self.operand(a) for a in args]
        given += [f"{k}={self.operand(v)}" for k, v in kwargs.items() if k not in SILENT]
        return f"jnp.{name}({', '.join(given)})"

    def array(self, x: Any) -> str:
        """An operand that is an array in any case."""
        return self.operand(x) if isinstance(x, Node) else f"jnp.asarray({self.operand(x)})"

    def operand(self, x: Any) -> str:
        """An argument: a name, a number, an array, a list."""
        if isinstance(x, Node):
            return self.names[id(x)]
        if isinstance(x, (list, tuple)):
            inside = "".join(f"{self.operand(part)}, " for part in x)
            return f"({inside})"
        if isinstance(x, np.ndarray):
            return f"np.array({x.tolist()!r}, {x.dtype.name!r})".replace("nan", "np.nan").replace(
                "inf", "np.inf"
            )
        if isinstance(x, np.generic):
            return f"np.{x.dtype.name}({self.operand(x.item())})"
        if isinstance(x, float) and not np.isfinite(x):
            return f"float({str(x)!r})"
        if isinstance(x, (type, np.dtype)):
            return repr(np.dtype(x).name)
        return repr(x)

    def index(self, x: Any) -> str:
        """An index, as it stands between brackets."""
        if isinstance(x, tuple):
            return ", ".join(map(self.index, x)) + ("," if len(x) == 1 else "") if x else "()"
        if isinstance(x, slice):
            parts = ("" if part is None else self.operand(part) for part in (x.start, x.stop))
            return ":".join(parts) + ("" if x.step is None else f":{self.operand(x.step)}")
        if isinstance(x, list):
            return self.operand(np.asarray(x, None if x else np.intp))
        return "..." if x is ... else self.operand(x)


def _repeat(printer: JaxPrinter, node: Node) -> str:
    x, counts, *axis = node.args
    counts = np.asarray(counts) if isinstance(counts, (list, tuple)) else counts
    return printer.called("repeat", x, counts, *axis, **node.kwargs)


def _value(x: Any) -> Any:
    return getattr(x, "value", x)


def _scatter_add(printer: JaxPrinter, node: Node) -> str:
    v, index, shape = [*node.args, *node.kwargs.values()]
    zeros = f"jnp.zeros({printer.operand(shape)}, {node.dtype.name!r})"
    return f"{zeros}.at[{printer.index(index)}].add({printer.operand(v)})"


def _scatter_to_numbers(printer: JaxPrinter, node: Node) -> str:
    g, numbers, shape = [*node.args, *node.kwargs.values()]
    size = int(np.prod(shape))
    home = f"jnp.zeros({size + 1}, {node.dtype.name!r}).at[jnp.ravel({printer.array(numbers)})]"
    return f"{home}.add(jnp.ravel({printer.operand(g)}))[:{size}].reshape({printer.operand(shape)})"


def _take_x(printer: JaxPrinter, node: Node) -> str:
    """Each entry of g goes back to the place that it was taken from."""
    g, _, x, indices = node.args
    shape, axis = tuple(np.shape(_value(x))), node.kwargs.get("axis")
    size = int(np.prod(shape))
    numbers = f"np.arange({size}).reshape({printer.operand(shape)})"
    places = f"jnp.take({numbers}, {printer.array(indices)}, axis={axis!r})"
    home = f"jnp.zeros({size}, {node.dtype.name!r}).at[jnp.ravel({places})]"
    return f"{home}.add(jnp.ravel({printer.operand(g)})).reshape({printer.operand(shape)})"


def _sorted_numbers(printer: JaxPrinter, node: Node) -> str:
    """The number of the entry, counted through x, that stands at each place after sorting."""
    x, axis = node.args
    order = f"jnp.argsort({printer.operand(x)}, axis={axis!r}, stable=True)"
    if axis is None:
        return order
    shape = tuple(np.shape(_value(x)))
    numbers = f"np.arange({int(np.prod(shape))}).reshape({printer.operand(shape)})"
    return f"jnp.take_along_axis(jnp.asarray({numbers}), {order}, axis={axis!r})"


def _labelled_loss(printer: JaxPrinter, node: Node) -> str:
    t, loss = map(printer.operand, node.args)
    return f"{t} * jnp.where({t} == 0, 0, {loss})"


def _pick(printer: JaxPrinter, node: Node) -> str:
    z, t = map(printer.array, node.args)
    return f"jnp.take_along_axis({z}, {t}[..., None], axis=-1)[..., 0]"


def _one_hot(printer: JaxPrinter, node: Node) -> str:
    t, classes = printer.array(node.args[0]), node.shape[-1]
    return f"jax.nn.one_hot({t}, {classes}, dtype={node.dtype.name!r}).reshape({node.shape!r})"


def _det(printer: JaxPrinter, node: Node) -> str:
    x = node.args[0]
    if np.size(_value(x)) == 0:  # of a matrix without rows it is 1
        return f"jnp.ones({node.shape!r})"
    return printer.called("linalg.det", x)


JaxPrinter.table = {
    "normal_cdf": lambda p, n: f"jax.scipy.special.ndtr({p.array(n.args[0])})",
    "cholesky": lambda p, n: f"jnp.linalg.cholesky({p.operand(n.args[0])}, symmetrize_input=False)",
    "log_abs_det": lambda p, n: f"jnp.linalg.slogdet({p.operand(n.args[0])})[1]",
    "det_sign": lambda p, n: f"jnp.linalg.slogdet({p.operand(n.args[0])})[0]",
    "det": _det,
    "repeat": _repeat,
    "scatter_add": _scatter_add,
    "scatter_to_numbers": _scatter_to_numbers,
    "take_x": _take_x,
    "sorted_numbers": _sorted_numbers,
    "labelled_loss": _labelled_loss,
    "pick": _pick,
    "one_hot": _one_hot,
}
