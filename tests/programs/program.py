"""Random programs: what an instruction is, how hypothesis draws them, and how they are run on any
set of operations.

An instruction is a kind of operation and three small numbers, which pick its operands among all
that was computed before (so that results are used many times, or never) and its variant. Whatever
they are, it can be carried out: shapes that do not fit are made to, and what would grow without
bound is damped first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

import tinygrad_edu as tg
from tinygrad_edu import ops

BINARY = [
    "add",
    "sub",
    "mul",
    "maximum",
    "minimum",
    "div",
    "power",
    "where",
    "mod",
    "hypot",
    "arctan2",
    "logaddexp",
]
UNARY = [
    "neg",
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "softplus",
    "relu",
    "abs",
    "arctan",
    "arcsinh",
    "silu",
    "gelu",
    "log_sigmoid",
    "hard_tanh",
    "floor",
    "rint",
    "sign",
]
DAMPED = ["exp", "sinh", "cosh", "expm1"]  # of tanh a
POSITIVE = ["log", "sqrt", "log1p", "cbrt", "reciprocal"]  # of a² + 1/4
REDUCTIONS = ["sum", "mean", "max", "min", "logsumexp", "var", "std", "prod", "euclidean_norm"]
# along one axis
ROWS = ["softmax", "log_softmax", "cumsum", "cumprod", "flip", "sort", "repeat", "take"]
MATRICES = [
    "matmul",
    "outer",
    "einsum",
    "tril",
    "triu",
    "diagonal",
    "swapaxes",
    "moveaxis",
    "transpose",
]
SHAPES = [
    "reshape",
    "getitem",
    "mask",
    "broadcast_to",
    "concatenate",
    "stack",
    "tile",
    "pad",
    "roll",
    "expand_dims",
    "squeeze",
]
NUMBERS = ["square", "cube", "number", "clip", "leaky_relu", "elu"]
KINDS = BINARY + UNARY + DAMPED + POSITIVE + REDUCTIONS + ROWS + MATRICES + SHAPES + NUMBERS

SMOOTH = [k for k in KINDS if k not in {"floor", "rint", "sign", "mod"}]
LARGE = 24


class Catalogue:
    """The operations that are tested, under the reference's names."""

    def __getattr__(self, name: str) -> Any:
        return getattr(ops, name)

    def matmul(self, a: Any, b: Any) -> Any:
        return a @ b

    def einsum(self, text: str, a: Any, b: Any) -> Any:
        return tg.einsum(text, a, b)

    def squeeze(self, a: Any, axis: Any = None) -> Any:
        return np.squeeze(a, axis)  # through NumPy's door

    def floor(self, a: Any) -> Any:
        return np.floor(a)


def carry_out(B: Any, kind: str, a: Any, b: Any, k: int) -> Any:
    """The result of one instruction, with the operations of B."""
    rank, size = len(a.shape), int(np.prod(a.shape))
    # what a mask may leave of an array
    a, b = a if size else B.sum(a), b if np.prod(b.shape) else B.sum(b)
    if not size:
        return B.cos(a)
    if kind in BINARY:
        return _binary(B, kind, a, b, k)
    if kind in UNARY:
        return getattr(B, kind)(a)
    if kind in DAMPED:
        return getattr(B, kind)(B.tanh(a))
    if kind in POSITIVE:
        return getattr(B, kind)(B.add(B.power_of(a, n=2), 0.25))
    if kind in REDUCTIONS:
        axes = [None, *range(-rank, rank), tuple(range(rank)) or None]
        if kind == "euclidean_norm" and rank > 2:
            axes = [None, 0]
        options = {"axis": axes[k % len(axes)], "keepdims": k % 2 == 1}
        if kind == "prod" and size > 8:
            a = B.tanh(a)
        return getattr(B, kind)(a, **options)
    if kind in ROWS:
        if not rank or (kind == "repeat" and size > LARGE):
            return B.sin(a)
        axis = -1 - k % rank
        more = {"repeat": {"repeats": 1 + k % 2}, "take": {"indices": [0, -1, 0]}}.get(kind, {})
        return getattr(B, kind)(
            B.tanh(a) if kind == "cumprod" and size > 8 else a, **more, axis=axis
        )
    if kind in MATRICES:
        return _matrix(B, kind, a, b, k)
    if kind in SHAPES:
        return _shape(B, kind, a, b, k)
    if kind == "clip":
        return B.clip(a, min=-0.5, max=0.75)
    if kind == "square":
        return B.power_of(a, n=2)
    if kind == "cube":
        return B.power_of(B.sin(a), n=3)
    if kind == "leaky_relu":
        return B.leaky_relu(a, slope=[0.01, 0.5, 1.0, -1.0][k % 4])
    if kind == "elu":
        return B.elu(a, alpha=[1.0, 0.5][k % 2])
    if kind == "number":
        return [
            lambda: B.mul(0.5, a),
            lambda: B.sub(1.5, a),
            lambda: B.div(a, -2.0),
            lambda: B.maximum(0.25, a),
            lambda: B.div(1.0, B.add(2.0, B.sin(a))),
        ][k % 5]()
    raise AssertionError(kind)


def _binary(B: Any, kind: str, a: Any, b: Any, k: int) -> Any:
    try:
        shape = np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        b, shape = B.mean(b), a.shape
    if kind in ("div", "mod"):
        return getattr(B, kind)(a, B.add(B.mul(b, b), 0.5))
    if kind == "power":
        # + 0.1: the exponent 0 has a test of its own (tests/ops/test_conventions.py)
        return B.power(B.add(B.mul(a, a), 0.5), B.add(B.tanh(b), 0.1))
    if kind == "where":
        return B.where(np.arange(int(np.prod(shape))).reshape(shape) % 2 == k % 2, a, b)
    return getattr(B, kind)(a, b)


def _matrix(B: Any, kind: str, a: Any, b: Any, k: int) -> Any:
    rank, size = len(a.shape), int(np.prod(a.shape))
    if kind == "outer":
        return B.outer(a, b) if size * int(np.prod(b.shape)) <= LARGE else B.mul(a, a)
    if kind == "matmul":
        if rank in (1, 2) and len(b.shape) in (1, 2) and a.shape[-1] == b.shape[0]:
            return B.matmul(a, b)
        return B.matmul(a, B.transpose(a)) if rank == 2 else B.mul(a, a)
    if kind == "transpose" or rank < 2:
        return B.transpose(a)
    if kind == "einsum":
        names = "abcdefgh"[:rank]
        return B.einsum(f"{names},{names}->{[names[:-1], names[-1], names[::-1]][k % 3]}", a, a)
    if kind in ("tril", "triu"):
        return getattr(B, kind)(a, k=k % 3 - 1)
    if kind == "diagonal":
        return B.diagonal(a, offset=k % 3 - 1, axis1=-2, axis2=-1)
    if kind == "swapaxes":
        return B.swapaxes(a, axis1=0, axis2=-1)
    return B.moveaxis(a, source=0, destination=-1)


def _shape(B: Any, kind: str, a: Any, b: Any, k: int) -> Any:
    rank, size = len(a.shape), int(np.prod(a.shape))
    if kind == "reshape":
        return B.reshape(a, shape=[(-1,), (1, -1), (-1, 1)][k % 3])
    if kind == "getitem":
        places: list[Any] = [(..., None), (None,), ...]
        if rank and a.shape[0]:
            places += [0, slice(None, None, -1), [0, -1, 0], slice(-1, None), np.array([[0], [-1]])]
        return B.getitem(a, index=places[k % len(places)])
    if kind == "mask":
        return B.getitem(a, index=np.arange(size).reshape(a.shape) % 3 != k % 3)
    if kind == "expand_dims":
        return B.expand_dims(a, axis=-1 - k % (rank + 1)) if rank < 4 else B.neg(a)
    if kind == "squeeze":
        return B.squeeze(a)
    if kind == "roll":
        return B.roll(a, shift=k - 3, axis=None if k % 2 or not rank else -1)
    if size > LARGE:
        return B.max(a, axis=0)
    if kind == "broadcast_to":
        return B.broadcast_to(a, shape=(2, *a.shape))
    if kind == "tile":
        return B.tile(a, reps=[2, (2, 1)][k % 2])
    if kind == "pad":
        return (
            B.pad(a, pad_width=1, mode=["constant", "edge", "symmetric", "wrap"][k % 4])
            if rank
            else B.neg(a)
        )
    b = b if a.shape == b.shape else a
    if kind == "stack":
        return B.stack([a, b, a], axis=k % (rank + 1))
    return B.concatenate([a, b, a], axis=-1 - k % rank) if rank else B.add(a, b)


CATALOGUE = Catalogue()


@dataclass
class Program:
    arrays: list[np.ndarray]
    instructions: list[tuple[str, int, int, int]]
    ends: list[tuple[int, float]]  # which results the loss sums, each with its weight

    def run(self, B: Any, leaves: list[Any]) -> tuple[Any, list[Any]]:
        """The loss, and all results."""
        env = list(leaves)
        for kind, i, j, k in self.instructions:
            env.append(carry_out(B, kind, env[-1 - i % len(env)], env[j % len(env)], k))
        loss = None
        for place, weight in self.ends:
            term = B.mul(weight, B.sum(env[-1 - place % len(env)]))
            loss = term if loss is None else B.add(loss, term)
        return loss, env


# Quarters hit kinks, bounds and ties exactly. The others are no nearer to one than a thousandth:
# curvature is bounded.
ENTRIES = st.one_of(
    st.integers(-8, 8).map(lambda n: n / 4), st.floats(-2, 2).map(lambda v: round(v, 3))
)


@st.composite
def programs(draw: Any, kinds: list[str] = KINDS) -> Program:
    n = draw(st.integers(1, 3))
    shapes = draw(
        st.lists(
            st.sampled_from([(n, n), (n, n), (1, n), (n, 1), (), (n,), (2, 3)]),
            min_size=1,
            max_size=4,
        )
    )
    arrays = []
    for s in shapes:
        size = int(np.prod(s))
        arrays.append(
            np.array(draw(st.lists(ENTRIES, min_size=size, max_size=size)), float).reshape(s)
        )
    small = st.integers(0, 11)
    length = draw(st.integers(1, 12))  # as often long as short
    instructions = draw(
        st.lists(
            st.tuples(st.sampled_from(kinds), small, small, small), min_size=length, max_size=length
        )
    )
    ends = draw(
        st.lists(st.tuples(small, st.sampled_from([1.0, -1.0, 0.5, 2.0])), min_size=1, max_size=3)
    )
    return Program(arrays, instructions, ends)
