"""What a program is made of: a node for each NumPy call, found by running the operations' own
formulas on nodes.

A formula is Python, so it is simply called, with nodes in the place of arrays: each operator, ufunc
and NumPy function that it uses makes another node, and what depends on shapes alone is computed on
the way. Equal calls are one node. A helper that looks at the numbers themselves cannot be opened
so; it stays a call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np

from ...autodiff.operands import in_one_dtype
from ...formula import Op
from ...ops.primitive import PRIMITIVES as HELPERS
from .operators import NAMES, REDUCTIONS, STATIC, SYMBOLS, TRUTHS, run_call
from .primitives import Primitive, is_library_formula, primitive_of

LOG = logging.getLogger(__name__)

_FALSE_FRIENDS = (np.copyto, np.put_along_axis, np.put, np.place, np.putmask, np.fill_diagonal)

_OPERATORS = "+ - * / // % ** @ & | < <= > >= == !=".split()
"""Python's operators that make a node."""

_CLOSED = "bool float int index iter setitem array iadd isub imul itruediv ipow".split()
"""Python's methods that would need the numbers behind a node."""


class ConcretizationError(Exception):
    """A formula asked for the numbers behind a node, which stands for any."""


def _binary(symbol: str, swapped: bool) -> Callable[[Any, Any], Any]:
    if swapped:
        return lambda self, other: self.graph.call("binary", symbol, (other, self))
    return lambda self, other: self.graph.call("binary", symbol, (self, other))


def _closed(self: Any, *args: Any) -> Any:
    raise ConcretizationError


class Node:
    """One value of the program: `kind` and `function` say how it comes from `args` and `kwargs`."""

    __slots__ = (
        "graph",
        "kind",
        "function",
        "args",
        "kwargs",
        "value",
        "quiet",
        "entry",
        "after",
        "epoch",
        "scalar",
        "boxed",
        "number",
    )

    graph: Graph
    kind: str  # input, binary, unary, call, helper, method, attribute, item
    function: Any  # the operator's symbol, the function, the method's or attribute's name
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    # what it was while the tape ran: for its shape, its dtype, and whose memory it shares
    value: Any
    quiet: tuple[str, ...]  # the floating-point warnings that are off
    entry: Any  # the entry of the tape it belongs to
    after: int  # how many effects come before it
    epoch: int  # how many of them wrote into memory
    # NumPy gave a number, not an array of no axes: inside a formula, not between operations
    scalar: bool
    boxed: bool  # its first argument was an array of no axes
    number: bool  # it is Python's own number

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.value.dtype

    @property
    def ndim(self) -> int:
        return self.value.ndim

    @property
    def size(self) -> int:
        return self.value.size

    @property
    def primitive(self) -> Primitive:
        """What it is one use of."""
        return primitive_of(self.kind, self.function)

    @property
    def mT(self) -> Any:
        return self.graph.call("attribute", "mT", (self,))

    @property
    def T(self) -> Any:
        return self.graph.call("attribute", "T", (self,))

    def __neg__(self) -> Any:
        return self.graph.call("unary", "-", (self,))

    def __pos__(self) -> Any:
        return self.graph.call("unary", "+", (self,))

    def __invert__(self) -> Any:
        return self.graph.call("unary", "~", (self,))

    def __abs__(self) -> Any:
        return self.graph.call("call", np.abs, (self,))

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, index: Any) -> Any:
        return self.graph.call("item", "[]", (self, index))

    def reshape(self, *shape: Any) -> Any:
        shape = shape[0] if len(shape) == 1 else shape
        return self if shape == self.shape else self.graph.call("method", "reshape", (self, shape))

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        if self.dtype == dtype:
            return self
        return self.graph.call("method", "astype", (self, np.dtype(dtype).type))

    def copy(self) -> Any:
        return self.graph.call("method", "copy", (self,))

    def item(self) -> Any:
        return self.graph.call("method", "item", (self,))

    def sum(self, **options: Any) -> Any:
        return self.graph.call("call", np.sum, (self,), options)

    def __getattr__(self, key: str) -> Any:
        raise ConcretizationError

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "reduce" and ufunc in REDUCTIONS:
            return self.graph.call("call", REDUCTIONS[ufunc], inputs, kwargs)
        if method != "__call__" or kwargs:
            raise ConcretizationError
        if ufunc in SYMBOLS and len(inputs) == 2:  # a NumPy scalar times a node comes here
            return self.graph.call("binary", SYMBOLS[ufunc], inputs)
        return self.graph.call("call", ufunc, inputs)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if function in STATIC:
            return STATIC[function](*args, **kwargs)
        if function is np.reshape and len(args) == 2 and isinstance(args[0], Node) and not kwargs:
            return args[0].reshape(args[1])
        if function in _FALSE_FRIENDS:
            raise ConcretizationError
        return self.graph.call(
            "call", function, args, {k: v for k, v in kwargs.items() if v is not np._NoValue}
        )

    @staticmethod
    def __record__(op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        graph = next(x.graph for x in inputs if isinstance(x, Node))
        return graph.operation(op, inputs, params)


for _symbol in _OPERATORS:
    setattr(Node, f"__{NAMES[_symbol]}__", _binary(_symbol, False))
    if _symbol not in TRUTHS:
        setattr(Node, f"__r{NAMES[_symbol]}__", _binary(_symbol, True))
for _name in _CLOSED:
    setattr(Node, f"__{_name}__", _closed)


class Graph:
    """The nodes of one program, in the order in which they are computed."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.known: dict[Any, Node] = {}
        self.entry: Any = None
        self.effects = self.writes = 0

    def input(self, value: np.ndarray, name: str) -> Node:
        """A value from outside."""
        return self._node("input", name, (), {}, value)

    def operation(
        self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any], known: Any = None
    ) -> Any:
        """A whole operation: its formula, on operands in one dtype. `known` is its value, for one
        that draws random numbers."""
        if _draws(params):
            return self.call("helper", op.forward, inputs, params, known)
        if known is not None and next(nodes_in([*inputs, *params.values()]), None) is None:
            return known
        return self.opened(op.forward, self._in_one_dtype(op, inputs), params)

    def rule(
        self,
        op: Op,
        i: int,
        g: Any,
        y: Any,
        inputs: tuple[Any, ...],
        params: dict[str, Any],
        known: Any = None,
    ) -> Any:
        """The gradient rule of an operation's i-th input, whose value is `known` where nothing that
        it reads is a node."""
        operands = self._in_one_dtype(op, inputs)
        rule = op.gradients[0 if op.variadic else i]
        if rule is None:
            raise TypeError(f"{op.name} has no gradient rule for its input number {i}")
        if known is not None and next(nodes_in([g, y, *operands]), None) is None:
            return known
        return self.opened(rule, (g, y, *operands), params)

    def _in_one_dtype(self, op: Op, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        values = [_value(x) for x in inputs]
        return tuple(
            x if getattr(v, "dtype", None) == getattr(p, "dtype", None) else x.astype(p.dtype)
            for x, v, p in zip(inputs, values, in_one_dtype(op, tuple(values)), strict=True)
        )

    def opened(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        known: Any = None,
    ) -> Any:
        """The result of a formula or a helper: through its own calls if it can be run on nodes,
        else as one call, whose value is `known` or is found by calling it."""
        length, before = len(self.nodes), dict(self.known)
        if function in HELPERS or (known is not None and _draws(kwargs)):
            return self.call("helper", function, args, kwargs, known)
        try:
            return _with_nodes(function)(*args, **kwargs)
        except ConcretizationError:  # it asked for numbers
            pass
        except Exception as error:
            # It ran on the arrays, so it is the stand-ins that it cannot work with; in a formula of
            # ours that is a mistake.
            if is_library_formula(function):
                raise
            LOG.info("%s stays one call of the program: %r", function.__name__, error)
        del self.nodes[length:]
        self.known = before
        return self.call("helper", function, args, kwargs, known)

    def call(
        self,
        kind: str,
        function: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any] | None = None,
        value: Any = None,
    ) -> Any:
        """The node of a call; an earlier one where the same was called."""
        kwargs = kwargs or {}
        key = (
            kind,
            function if isinstance(function, str) else id(function),
            _key(args),
            _key(kwargs),
            self.writes,
        )
        if key in self.known and not _draws(kwargs):
            return self.known[key]
        if value is None:
            value = run_call(
                kind, function, [_value(a) for a in args], {k: _value(v) for k, v in kwargs.items()}
            )
        number = (kind, function) == ("method", "item")
        if not isinstance(value, (np.ndarray, np.generic)) and not number:
            raise ConcretizationError
        node = self._node(kind, function, args, kwargs, value)
        self.known[key] = node
        return node

    def _node(
        self, kind: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], value: Any
    ) -> Node:
        node = Node.__new__(Node)
        node.graph, node.kind, node.function, node.args, node.kwargs = (
            self,
            kind,
            function,
            args,
            kwargs,
        )
        node.value, node.entry, node.after = np.asarray(value), self.entry, self.effects
        node.epoch = self.writes
        node.scalar = isinstance(value, np.generic)
        node.number = not isinstance(value, (np.ndarray, np.generic))
        node.boxed = (
            kind == "binary"
            and isinstance(args[0], Node)
            and args[0].ndim == 0
            and not args[0].scalar
        )
        node.quiet = tuple(k for k, v in np.geterr().items() if v == "ignore")
        self.nodes.append(node)
        return node


def nodes_in(x: Any) -> Iterator[Node]:
    """The nodes in an argument: itself, or inside lists, tuples, dicts and slices."""
    if isinstance(x, Node):
        yield x
    elif isinstance(x, (list, tuple)):
        for part in x:
            yield from nodes_in(part)
    elif isinstance(x, dict):
        yield from nodes_in(list(x.values()))


def inputs_of(node: Node) -> Iterator[Node]:
    """The nodes that a node reads."""
    yield from nodes_in(node.args)
    yield from nodes_in(node.kwargs)


def _value(x: Any) -> Any:
    if isinstance(x, Node):
        if x.number:
            return x.value.item()
        return x.value[()] if x.scalar else x.value
    if isinstance(x, (list, tuple)):
        parts = [_value(part) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return x


def _key(x: Any) -> Any:
    if isinstance(x, (Node, np.ndarray)) or callable(x):
        return id(x)
    if isinstance(x, dict):
        return tuple((k, _key(v)) for k, v in sorted(x.items()))
    if isinstance(x, (list, tuple)):
        return type(x), tuple(_key(part) for part in x)
    return type(x), repr(x)


def _draws(params: dict[str, Any]) -> bool:
    """Whether an operation draws random numbers: then it must not be run to see what it does."""
    return any(isinstance(v, (np.random.Generator, np.random.RandomState)) for v in params.values())


def _with_nodes(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with the helpers that it calls opened as well."""
    if not isinstance(function, FunctionType):
        raise ConcretizationError
    scope = dict(function.__globals__)
    for name in function.__code__.co_names:
        helper = scope.get(name)
        if isinstance(helper, FunctionType):
            scope[name] = _opening(helper)
        elif isinstance(helper, Op):
            scope[name] = _opening_operation(helper)
    twin = FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__, function.__closure__
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin


def _opening(helper: FunctionType) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        found = next(nodes_in([*args, *kwargs.values()]), None)
        if found is None:
            return helper(*args, **kwargs)
        return found.graph.opened(helper, args, kwargs)

    return call


def _opening_operation(op: Op) -> Callable[..., Any]:
    def call(*args: Any, **params: Any) -> Any:
        inputs = tuple(args[0]) if op.variadic else args
        found = next(nodes_in([*inputs, *params.values()]), None)
        return op(*args, **params) if found is None else found.graph.operation(op, inputs, params)

    return call
