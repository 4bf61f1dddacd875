"""PyTorch's own samples (its OpInfo database) given to this engine: values and gradients beside
PyTorch's, in float64.

    pip install torch==2.13.0 expecttest
    python tests/outside/opinfo.py [name ...]        exit status 1 if anything differs

An adapter translates a sample's arguments to NumPy's words; a sample that says what has no
counterpart here (an `out`, a dtype, a rounding mode) is counted as passed over, with the refusal it
met.
"""

from __future__ import annotations

import collections
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_edu as tg

NAMES = {"dim": "axis", "keepdim": "keepdims", "correction": "ddof"}


class PassedOver(Exception):
    """Arguments without a counterpart."""


def plain(f: Callable) -> Callable:
    """Arguments are the same but for their names."""
    return lambda *a, **k: f(*a, **{NAMES.get(n, n): v for n, v in k.items()})


def axes(f: Callable) -> Callable:
    """PyTorch's `dim` by position or name; dim=() is all axes there, none here."""

    def call(x: Any, *a: Any, **k: Any) -> Any:
        k = {NAMES.get(n, n): v for n, v in k.items() if not (n == "dtype" and v is None)}
        k |= dict(zip(("axis", "keepdims"), a, strict=False))
        if k.get("axis") in ((), []):
            k["axis"] = None
        if isinstance(k.get("axis"), list):
            k["axis"] = tuple(k["axis"])
        return f(x, **k)

    return call


def spread(f: Callable) -> Callable:
    def call(x: Any, *a: Any, unbiased: bool | None = None, correction: Any = 1, **k: Any) -> Any:
        if a and isinstance(a[0], bool):
            raise PassedOver("unbiased by position")
        ddof = correction if unbiased is None else int(unbiased)
        return axes(f)(x, *a, **k, ddof=1 if ddof is None else ddof)

    return call


def extreme(f: Callable) -> Callable:
    def call(x: Any, *a: Any, **k: Any) -> Any:
        if a and isinstance(a[0], (tg.Tensor, np.ndarray)):
            return (tg.maximum if f is tg.max else tg.minimum)(x, a[0])
        if a or "dim" in k:
            raise PassedOver(
                "PyTorch's max along an axis gives all of the gradient to one of a tie"
            )
        return f(x)

    return call


def running(f: Callable) -> Callable:
    def call(x: Any, dim: int, **k: Any) -> Any:
        return f(x, axis=dim, **k) if x.ndim else x * 1  # NumPy's is of shape (1,)

    return call


def diff(x: Any, n: int, dim: int, more: tuple) -> Any:
    if any(v is not None for v in more):
        raise PassedOver("prepend and append")
    return tg.diff(x, n, dim)


def binary(f: Callable) -> Callable:
    def call(
        a: Any, b: Any, *rest: Any, alpha: Any = None, rounding_mode: Any = None, **k: Any
    ) -> Any:
        if rounding_mode:
            raise PassedOver("rounding_mode")
        return f(a, b if alpha is None else b * alpha, *rest, **k)

    return call


def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    if x.ndim == 0:
        return x.reshape(1)
    a, b = start_dim % x.ndim, end_dim % x.ndim
    return x.reshape((*x.shape[:a], int(np.prod(x.shape[a : b + 1])), *x.shape[b + 1 :]))


def pad(x: Any, widths: Any, mode: str = "constant", value: Any = None) -> Any:
    pairs = list(zip(widths[::2], widths[1::2], strict=True))
    if mode == "replicate":
        mode = "edge"
    elif mode == "circular":
        mode = "wrap"
    if min(map(min, pairs), default=0) < 0:
        raise PassedOver("negative widths crop")
    full = [(0, 0)] * (x.ndim - len(pairs)) + pairs[::-1]
    return tg.pad(
        x, full, mode=mode, **({"constant_values": value or 0} if mode == "constant" else {})
    )


def only(**allowed: Any) -> Callable:
    """Passes a sample whose keywords have these values, or are not said."""

    def wrap(f: Callable) -> Callable:
        def call(*a: Any, **k: Any) -> Any:
            for name in [n for n in k if n in allowed]:
                if k.pop(name) != allowed[name]:
                    raise PassedOver(name)
            return f(*a, **k)

        return call

    return wrap


def sized(x: Any) -> Any:
    return tuple(x) if isinstance(x, (list, tuple)) else x


UNARY = {
    n: getattr(tg, n)
    for n in (
        "abs exp exp2 expm1 log log1p log2 log10 sqrt square reciprocal sin cos tan sinh cosh tanh floor ceil trunc "
        "sign neg sigmoid isnan isinf isfinite"
    ).split()
}
UNARY |= {
    "asin": tg.arcsin,
    "acos": tg.arccos,
    "atan": tg.arctan,
    "asinh": tg.arcsinh,
    "acosh": tg.arccosh,
    "atanh": tg.arctanh,
    "positive": tg.identity,
    "ravel": tg.ravel,
    "nn.functional.relu": tg.relu,
    "nn.functional.silu": tg.silu,
    "nn.functional.logsigmoid": tg.log_sigmoid,
    "t": lambda x: x.T,
}
MAP: dict[str, Callable] = {n: plain(f) for n, f in UNARY.items()} | {
    "add": binary(tg.add),
    "sub": binary(tg.sub),
    "mul": binary(tg.mul),
    "div": binary(tg.div),
    "true_divide": tg.div,
    "pow": lambda a, b: a**b,
    "remainder": tg.mod,
    "floor_divide": tg.floor_divide,
    "hypot": tg.hypot,
    "atan2": tg.arctan2,
    "logaddexp": tg.logaddexp,
    "maximum": tg.maximum,
    "minimum": tg.minimum,
    "eq": tg.equal,
    "ne": tg.not_equal,
    "lt": tg.less,
    "le": tg.less_equal,
    "gt": tg.greater,
    "ge": tg.greater_equal,
    "where": lambda a, c, b: tg.where(c, a, b),
    "clamp": lambda x, min=None, max=None: clamp(x, min, max),
    "round": plain(tg.round),
    "sum": axes(tg.sum),
    "mean": axes(tg.mean),
    "prod": axes(tg.prod),
    "var": spread(tg.var),
    "std": spread(tg.std),
    "amax": axes(tg.max),
    "amin": axes(tg.min),
    "max": extreme(tg.max),
    "min": extreme(tg.min),
    "argmax": axes(tg.argmax),
    "argmin": axes(tg.argmin),
    "all": axes(tg.all),
    "any": axes(tg.any),
    "logsumexp": axes(tg.logsumexp),
    "softmax": axes(tg.softmax),
    "log_softmax": axes(tg.log_softmax),
    "cumsum": running(tg.cumsum),
    "cumprod": running(tg.cumprod),
    "diff": only(prepend=None, append=None)(lambda x, n=1, dim=-1, *more: diff(x, n, dim, more)),
    "reshape": lambda x, s: x.reshape(sized(s)),
    "view": lambda x, s: x.reshape(sized(s)),
    "flatten": flatten,
    "permute": lambda x, d: tg.transpose(x, axes=sized(d)),
    "transpose": tg.swapaxes,
    "movedim": tg.moveaxis,
    "squeeze": lambda x, *a: tg.squeeze(x, axis=kept(x, *a)) if x.ndim else x,
    "unsqueeze": tg.expand_dims,
    "broadcast_to": lambda x, s: tg.broadcast_to(x, sized(s)),
    "flip": lambda x, dims: tg.flip(x, axis=sized(dims)) if x.ndim else x,
    "roll": lambda x, shifts, dims=None: tg.roll(
        x, shift=sized(shifts), axis=None if dims in (None, ()) else dims
    ),
    "tril": lambda x, k=0: tg.tril(x, k=k),
    "triu": lambda x, k=0: tg.triu(x, k=k),
    "tile": lambda x, r: tg.tile(x, r),
    "repeat": lambda x, r: tg.tile(x, r),
    "diagonal": plain(
        lambda x, offset=0, dim1=0, dim2=1: tg.diagonal(x, offset=offset, axis1=dim1, axis2=dim2)
    ),
    "cat": plain(lambda xs, axis=0: tg.concatenate(xs, axis=axis)),
    "stack": plain(lambda xs, axis=0: tg.stack(xs, axis=axis)),
    "hstack": tg.hstack,
    "vstack": tg.vstack,
    "mT": lambda x: x.mT,
    "index_select": lambda x, d, i: tg.take(x, i, axis=d) if x.ndim else x * 1,
    "take": lambda x, i: tg.take(x, i),
    "take_along_dim": lambda x, i, dim=None: along(x, i, dim),
    "__getitem__": lambda x, i: x[i],
    "matmul": tg.matmul,
    "mm": tg.matmul,
    "bmm": tg.matmul,
    "mv": tg.matmul,
    "dot": tg.dot,
    "inner": lambda a, b: np.inner(a, b),
    "outer": tg.outer,
    "trace": tg.trace,
    "einsum": lambda xs, text: tg.einsum(text, *xs),
    "tensordot": lambda a, b, dims=2: tg.tensordot(a, b, axes=dims),
    "linalg.inv": tg.inv,
    "linalg.det": tg.det,
    "linalg.solve": only(left=True)(lambda a, b: solve(a, b)),
    "linalg.norm": lambda x, ord=None, dim=None, keepdim=False: tg.norm(
        x, ord, axis=sized(dim), keepdims=keepdim
    ),
    "linalg.vector_norm": lambda x, ord=2, dim=None, keepdim=False: vector_norm(
        x, ord, dim, keepdim
    ),
    "nn.functional.leaky_relu": lambda x, negative_slope=0.01: tg.leaky_relu(
        x, slope=negative_slope
    ),
    "nn.functional.elu": lambda x, alpha=1.0: tg.elu(x, alpha=alpha),
    "nn.functional.gelu": only(approximate="none")(tg.gelu),
    "nn.functional.hardtanh": only(min_val=-1.0, max_val=1.0)(tg.hard_tanh),
    "nn.functional.softplus": only(beta=1, threshold=20)(tg.softplus),
    "nn.functional.pad": pad,
    "nn.functional.mse_loss": only(reduction="mean", weight=None)(tg.mse),
    "nn.functional.binary_cross_entropy_with_logits": only(
        reduction="mean", weight=None, pos_weight=None
    )(tg.bce_with_logits),
    "nn.functional.cross_entropy": only(reduction="mean", weight=None, label_smoothing=0.0)(
        lambda z, t, ignore_index=None: cross_entropy(z, t, ignore_index)
    ),
}


def clamp(x: Any, low: Any, high: Any) -> Any:
    if any(isinstance(v, (tg.Tensor, np.ndarray)) and np.ndim(v) for v in (low, high)):
        x = x if low is None else tg.maximum(x, low)
        return x if high is None else tg.minimum(x, high)
    return tg.clip(x, min=low, max=high)


def kept(x: Any, axis: Any = None) -> Any:
    """PyTorch leaves an axis that is not of length 1."""
    if axis is None:
        return None
    return tuple(a % x.ndim for a in np.atleast_1d(np.array(axis, int)) if x.shape[a] == 1)


def along(x: Any, i: Any, axis: Any) -> Any:
    if axis is None:
        return tg.take(x, i.ravel())
    if x.ndim == 0 or any(
        a != b for k, (a, b) in enumerate(zip(x.shape, i.shape, strict=False)) if k != axis % x.ndim
    ):
        raise PassedOver("broadcast indices")
    return tg.take_along_axis(x, i, axis=axis)


def solve(a: Any, b: Any) -> Any:
    if b.ndim == a.ndim - 1 and b.ndim > 1:
        raise PassedOver("a stack of vectors")
    return tg.solve(a, b)


def vector_norm(x: Any, ord: Any, dim: Any, keepdim: bool) -> Any:
    if dim in (None, (), []):
        if keepdim:
            raise PassedOver("keepdim of all")
        return tg.norm(tg.ravel(x), ord)
    if isinstance(dim, (tuple, list)):
        if len(dim) > 1:
            raise PassedOver("several axes")
        dim = dim[0]
    return tg.norm(x, ord, axis=dim, keepdims=keepdim)


def cross_entropy(z: Any, t: Any, ignore_index: Any) -> Any:
    if ignore_index is not None:
        raise PassedOver("ignore_index")
    if t.dtype.kind == "f" or z.ndim > 2:
        raise PassedOver("probabilities, or classes along the second axis")
    return tg.cross_entropy(z, t)


def translated(x: Any, torch: Any, found: list) -> Any:
    if isinstance(x, torch.Tensor):
        array = x.detach().numpy()
        if x.requires_grad:
            found.append((x, t := tg.tensor(array, requires_grad=True)))
            return t
        return array.copy()
    if isinstance(x, torch.dtype):
        raise PassedOver("dtype")
    if isinstance(x, dict):
        return {k: translated(v, torch, found) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(translated(v, torch, found) for v in x)
    return x


def compare(info: Any, sample: Any, torch: Any) -> str:
    """'agreed', or why not."""
    pairs: list = []
    try:
        ours = MAP[info.name](
            translated(sample.input, torch, pairs),
            *translated(tuple(sample.args), torch, pairs),
            **translated(dict(sample.kwargs), torch, pairs),
        )
    except (PassedOver, TypeError, ValueError) as error:
        return f"passed over: {error}"
    theirs = info.op(sample.input, *sample.args, **sample.kwargs)
    if not isinstance(theirs, torch.Tensor):
        return "passed over: several results"
    got = np.asarray(getattr(ours, "_data", ours))
    expected = theirs.detach().numpy()
    if got.shape != expected.shape or not np.allclose(
        got, expected, rtol=1e-10, atol=1e-10, equal_nan=True
    ):
        return f"DIFFERS in value: {got!r:.80} here, {expected!r:.80} there"
    if not (isinstance(ours, tg.Tensor) and ours.requires_grad and theirs.requires_grad):
        return "agreed"
    v = np.random.default_rng(0).normal(size=got.shape)
    ours.backward(v)
    leaves = [x for x, _ in pairs]
    grads = torch.autograd.grad(theirs, leaves, torch.from_numpy(np.asarray(v)), allow_unused=True)
    for (_, t), g in zip(pairs, grads, strict=True):
        one = np.zeros(t.shape) if t.grad is None else t.grad
        two = np.zeros(t.shape) if g is None else g.numpy()
        if not np.allclose(one, two, rtol=1e-8, atol=1e-9, equal_nan=True):
            return f"DIFFERS in gradient: {one!r:.100} here, {two!r:.100} there"
    return "agreed"


def main(names: list[str]) -> int:
    try:
        import torch
        from torch.testing._internal.common_methods_invocations import op_db
    except ImportError as missing:
        print(f"PyTorch's samples need torch and expecttest: {missing}")
        return 0
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    totals: collections.Counter[str] = collections.Counter()
    failed = []
    for info in op_db:
        if info.name not in MAP or info.variant_test_name or (names and info.name not in names):
            continue
        verdicts: collections.Counter[str] = collections.Counter()
        reasons: dict[str, str] = {}
        for sample in info.sample_inputs(
            "cpu", torch.float64, requires_grad=info.supports_autograd
        ):
            with np.errstate(all="ignore"):
                verdict = compare(info, sample, torch)
            kind = verdict.partition(":")[0]
            verdicts[kind] += 1
            reasons.setdefault(kind, verdict)
        totals += verdicts
        totals["operations"] += 1
        bad = [reasons[k] for k in verdicts if k.startswith("DIFFERS")]
        print(f"{info.name:<46} " + ", ".join(f"{n} {k}" for k, n in sorted(verdicts.items())))
        for reason in bad:
            print(f"    {reason}")
        if bad:
            failed.append(info.name)
        if "agreed" not in verdicts and "passed over" in reasons:
            print(f"    {reasons['passed over']}")
    print(
        f"\n{totals['operations']} operations: "
        + ", ".join(f"{n} samples {k}" for k, n in sorted(totals.items()) if k != "operations")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
