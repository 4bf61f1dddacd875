"""Rows of entries picked out, repeated and moved."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .cases import INDICES, Case, Row, real

PADS = [((4,), 1), ((4,), (1, 2)), ((2, 3), 1), ((2, 3), ((1, 0), (0, 2))), ((2, 3), ((0, 1),)), ((3,), 0)]


def _scatter(v: Any, index: Any, shape: tuple[int, ...]) -> Any:
    out = np.zeros(shape, v.dtype)
    for place, value in zip(np.arange(out.size).reshape(shape)[index].ravel(), v.ravel(), strict=True):
        out.ravel()[place] += value
    return out


def _sort(x: Any, axis: Any = -1) -> Any:
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
    return np.take_along_axis(x, np.argsort(x.real, axis=axis, kind="stable"), axis)


def _take_along(x: Any, indices: Any, axis: Any = -1) -> Any:
    return np.take_along_axis(x, indices, axis)


def _pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    return np.pad(x, pad_width, mode, **({"constant_values": constant_values} if mode == "constant" else {}))


ROWS: dict[str, Row] = {
    "getitem": Row(lambda x, index: np.asarray(operator.getitem(x, index)),
                   [Case((real(s),), {"index": i}) for s, i in INDICES]),
    "scatter": Row(_scatter, [Case((real(np.shape(np.empty(s)[i])),), {"index": i, "shape": s}) for s, i in INDICES]),
    "take": Row(np.take, [Case((real(s), np.array(i)), p) for s, i, p in
                          [((4,), 2, {}), ((4,), [0, -1, 0], {}), ((2, 3), 4, {}), ((2, 3), [[0, 5], [5, 1]], {}),
                           ((2, 3), [1, 1], {"axis": 0}), ((2, 3), [[2, -3]], {"axis": 1}), ((2, 3), 1, {"axis": -1}),
                           ((2, 3), np.zeros(0, int), {"axis": 0})]]),
    "take_along_axis": Row(_take_along, [Case((real(s), np.array(i)), p) for s, i, p in
                                         [((4,), [3, 0, 0], {}), ((2, 3), [[0, 0], [2, -1]], {}),
                                          ((2, 3), [[1, 0, 1]], {"axis": 0}), ((2, 3), [5, 0], {"axis": None})]]),
    "repeat": Row(np.repeat, [Case((real(s),), {"repeats": r} | p) for s, r, p in
                              [((), 3, {}), ((4,), 2, {}), ((2, 3), 2, {}), ((2, 3), 2, {"axis": 0}), ((3,), 0, {}),
                               ((2, 3), [1, 0, 2], {"axis": 1}), ((3,), [2, 1, 0], {}), ((0,), 2, {}),
                               ((2, 3), np.array([2, 3]), {"axis": -2})]]),
    "tile": Row(np.tile, [Case((real(s),), {"reps": r}) for s, r in
                          [((), 2), ((3,), 2), ((2, 3), 2), ((2, 3), (2, 1)), ((2, 3), (2, 1, 2)), ((3,), (2, 2)),
                           ((3,), 0), ((0,), 2), ((2, 3), [1, 3]), ((2, 3), ())]]),
    "diagonal": Row(np.diagonal, [Case((real(s),), p) for s, p in
                                  [((3, 3), {}), ((2, 4), {"offset": 1}), ((4, 2), {"offset": -2}),
                                   ((2, 3, 4), {"axis1": 1, "axis2": 2}), ((2, 3, 4), {"offset": 1, "axis1": 0,
                                                                                       "axis2": -1}),
                                   ((2, 3), {"offset": 7}), ((0, 2), {})]]),
    "sort": Row(_sort, [Case((real(s),), p) for s, p in
                        [((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": None}), ((0,), {}),
                         ((2, 3, 4), {"axis": -2})]], analytic=False),
    "pad": Row(_pad, [Case((real(s),), {"pad_width": w, "mode": m}) for s, w in PADS
                      for m in ("constant", "edge", "reflect", "symmetric", "wrap")]
               + [Case((real((2, 3)),), {"pad_width": 2, "constant_values": 7.0}),
                  Case((real((3,)),), {"pad_width": (5, 4), "mode": "reflect"})]),
}
