"""Tensors in words: for messages, and for a notebook."""

from __future__ import annotations

from typing import Any

import numpy as np


def harmless(text: str, longest: int = 80) -> str:
    r"""A user's text as it may stand in a comment or a message: on one line, each character
    visible, cut in the middle.

    >>> harmless("a\nb"), harmless("x" * 200, longest=9)
    ('a\\nb', 'xxxx…xxxx')
    """
    if len(text) > longest:
        half = longest // 2
        text = f"{text[:half]}…{text[-half:]}"
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode()
        for c in text
    )


def describe(x: Any) -> str:
    """A tensor in a few words for messages: `'W' f32[784,128]`, `relu f64[4,2]`."""
    kind = {"float": "f", "int": "i", "uint": "u", "complex": "c"}
    dtype, array = np.asarray(getattr(x, "_data", x)).dtype, getattr(x, "_data", x)
    name = dtype.name.rstrip("0123456789")
    short = kind.get(name, name) + dtype.name[len(name) :]
    if getattr(x, "name", None):
        label = f"'{harmless(x.name, 60)}'"
    elif getattr(x, "op", None):
        label = x.op.name
    else:
        label = "tensor" if hasattr(x, "requires_grad") else "array"
    return f"{label} {short}[{','.join(map(str, np.shape(array)))}]"


_ARRAY_INSTEAD = {
    "matplotlib": "plt.plot(x.numpy()) to draw the numbers",
    "pandas": "df.to_numpy() @ w for df @ w, pd.DataFrame(w.numpy()) for the numbers alone",
    "scipy": "the operation of tinygrad_edu by that name (tg.logsumexp, tg.softmax, tg.solve), "
    "A.toarray() @ x for a "
    "sparse A, .numpy() for the numbers alone",
    "_pytest": "x.item() == pytest.approx(1.0), x.numpy() == pytest.approx(array)",
}


def only_compared(frame: Any) -> bool:
    """Whether np.testing asks for an array: it compares, and nothing goes on from there."""
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith("numpy"):
        if frame.f_globals["__name__"].startswith("numpy.testing"):
            return True
        frame = frame.f_back
    return False


def array_instead(frame: Any) -> str:
    """What to write where an array is made of a tensor that requires a gradient, by the library
    that asks."""

    def library() -> str:
        return str(frame.f_globals.get("__name__", "")).split(".")[0]

    while library() == "numpy" and frame.f_back is not None:
        frame = frame.f_back
    return _ARRAY_INSTEAD.get(
        library(),
        "np.stack(xs) or np.concatenate(xs) to join tensors, .numpy() for the numbers "
        "alone (to print, to draw, to hand to another library)",
    )


def represent(x: Any) -> str:
    """What `repr(tensor)` says: small arrays in full, large ones as their least, mean and greatest
    entry.

    >>> import tinygrad_edu as tg
    >>> represent(tg.tensor([0.5, 1.0], name="w"))
    "tensor([0.5, 1. ], f64[2], name='w')"
    """
    data = x._data
    notes = [describe(x).split(" ")[-1]]
    notes += [f"name={x.name!r}"] if x.name else []
    if x.op:
        notes.append(f"op={x.op.name}")
    elif x.requires_grad:
        notes.append("requires_grad=True")
    if data.size <= 100:
        text = np.array2string(
            data, separator=", ", prefix="tensor(", precision=4, suppress_small=True
        )
    elif data.dtype.kind == "f":
        text = f"min {data.min():.4g}, mean {data.mean():.4g}, max {data.max():.4g}"
    else:
        text = f"min {data.min()}, max {data.max()}"
    return f"tensor({text}, {', '.join(notes)})"


class Printed(str):
    """A text that has been printed already: as the last line of a notebook's cell it is not shown a
    second time."""

    def _ipython_display_(self) -> None:
        pass
