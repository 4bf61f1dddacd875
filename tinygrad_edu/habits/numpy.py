"""NumPy's functions without a gradient rule, each with the line to write: `np.cov(t)` says it."""

from __future__ import annotations

_CONSTANT = "{0}(x.numpy(){1}), a constant"
_FACTORS = "np.linalg.{0}(x.numpy()) for the numbers alone: a factor of a matrix has no rule here"

LINES = {
    "block": "np.concatenate([np.concatenate(row, axis=1) for row in rows], axis=0)",
    "dstack": "np.stack(xs, axis=2) of matrices, np.concatenate(xs, axis=2) of three axes",
    "meshgrid": "x[:, None] and y[None, :], which broadcast",
    "insert": "np.concatenate([x[:i], value, x[i:]])",
    "delete": "np.concatenate([x[:i], x[i + 1:]])",
    "resize": "np.tile(x, n)[:size].reshape(shape)",
    "rollaxis": "np.moveaxis(x, axis, 0)",
    "rot90": "np.flip(np.swapaxes(x, 0, 1), 0)",
    "compress": "x[np.asarray(condition, bool)]",
    "choose": "tg.where(condition, a, b)",
    "piecewise": "tg.where(condition, a, b)",
    "put": "x.at[index].set(values)",
    "putmask": "tg.where(mask, value, x)",
    "place": "tg.where(mask, value, x)",
    "copyto": "with tg.no_grad(): x[...] = value",
    "fill_diagonal": "tg.where(np.eye(n, dtype=bool), value, x)",
    "apply_along_axis": "np.stack([f(row) for row in x]), or f on the whole array with axis=",
    "vectorize": "f(x): operations work on whole arrays",
    "heaviside": "tg.threshold(x)",
    "copysign": "abs(x) * np.sign(y)",
    "fmax": "np.maximum(a, b), which passes NaN on",
    "fmin": "np.minimum(a, b), which passes NaN on",
    "fmod": "x - np.trunc(x / n) * n",
    "divmod": "x // n and x % n",
    "modf": "x - np.trunc(x) and np.trunc(x)",
    "logaddexp2": "np.logaddexp(a * np.log(2), b * np.log(2)) / np.log(2)",
    "sinc": "np.sin(np.pi * x) / (np.pi * x), away from 0",
    "nan_to_num": "tg.where(np.isnan(x), 0.0, x)",
    "nansum": "tg.where(np.isnan(x), 0.0, x).sum()",
    "nanmean": "tg.where(np.isnan(x), 0.0, x).sum() / (~np.isnan(x)).sum()",
    "nanmax": "tg.where(np.isnan(x), -np.inf, x).max()",
    "nanmin": "tg.where(np.isnan(x), np.inf, x).min()",
    "cov": "d @ d.T / (d.shape[1] - 1) with d = x - x.mean(axis=1, keepdims=True)",
    "corrcoef": "d @ d.T / d.shape[1] with d = (x - x.mean(axis=1, keepdims=True)) / "
    "x.std(axis=1, keepdims=True)",
    "gradient": "(x[2:] - x[:-2]) / (2 * h), and np.diff(x) / h at the ends",
    "vander": "x[:, None] ** np.arange(n)[::-1]",
    "polyfit": "tg.solve(A.T @ A, A.T @ y) with A = x[:, None] ** np.arange(n)",
    "interp": "a, b = y[i], y[i + 1] with i = np.searchsorted(xp, x) - 1, and a + (b - a) * part",
    "partition": "np.sort(x)",
    "sort_complex": "np.sort(x)",
    "imag": "0.0: tensors with gradients are real",
    "angle": "np.arctan2(imaginary, real), of two tensors",
    "unique": _CONSTANT.format("np.unique", ""),
    "histogram": _CONSTANT.format("np.histogram", ", bins"),
    "bincount": _CONSTANT.format("np.bincount", ""),
    "lexsort": "np.argsort(x)",
    "linalg.lstsq": "tg.solve(A.T @ A, A.T @ b)",
    "linalg.pinv": "tg.solve(A.T @ A, A.T), of columns that are independent",
    "linalg.tensorsolve": "tg.solve(A.reshape(n, n), b.reshape(n))",
    "linalg.tensorinv": "tg.inv(A.reshape(n, n))",
    "linalg.cond": "tg.norm(x) * tg.norm(tg.inv(x)), in the norm √Σx²",
}
LINES |= {
    f"linalg.{name}": _FACTORS.format(name)
    for name in ("eig", "eigh", "eigvals", "eigvalsh", "qr", "svd", "svdvals")
}
LINES |= {
    f"fft.{name}": "real and imaginary part as two tensors, np.cos(a) @ x and np.sin(a) @ x"
    for name in ("fft", "ifft", "rfft", "irfft", "fft2", "ifft2", "rfft2", "irfft2")
}
"""By NumPy's name, without `np.`."""
