"""Rows of other shapes for the same entries, and of joined arrays."""

from __future__ import annotations

import numpy as np

from .cases import Case, Row, real, unary

ROWS: dict[str, Row] = {
    "reshape": Row(lambda x, shape: np.reshape(x, shape),
                   [Case((real(s),), {"shape": t}) for s, t in
                    [((), (1, 1)), ((1,), ()), ((2, 3), (3, 2)), ((2, 3), -1), ((2, 3), (1, -1, 2)), ((6,), (2, 3)),
                     ((0, 3), (3, 0, 2)), ((2, 3), (2, 3)), ((2, 3), [6])]]),
    "ravel": Row(np.ravel, unary()),
    "squeeze": Row(np.squeeze, [Case((real(s),), p) for s, p in
                                [((), {}), ((1, 3, 1), {}), ((1, 3, 1), {"axis": 0}), ((1, 3, 1), {"axis": -1}),
                                 ((1, 3, 1), {"axis": (0, 2)}), ((1, 0), {}), ((2, 3), {"axis": ()})]]),
    "expand_dims": Row(np.expand_dims, [Case((real(s),), {"axis": a}) for s, a in
                                        [((), 0), ((3,), 0), ((3,), -1), ((2, 3), 1), ((2, 3), (0, 2)), ((0,), 1)]]),
    "moveaxis": Row(np.moveaxis, [Case((real(s),), {"source": a, "destination": b}) for s, a, b in
                                  [((2, 3, 4), 0, -1), ((2, 3, 4), -1, 0), ((2, 3, 4), (0, 1), (2, 0)),
                                   ((2, 3, 4), [2], [1]), ((2, 0), 0, 1), ((3,), 0, 0)]]),
    "flip": Row(np.flip, [Case((real(s),), p) for s, p in
                          [((), {}), ((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1}),
                           ((2, 3, 4), {"axis": (0, 2)}), ((0, 3), {}), ((2, 3), {"axis": ()})]]),
    "roll": Row(np.roll, [Case((real(s),), {"shift": k} | p) for s, k, p in
                          [((), 1, {}), ((4,), 1, {}), ((4,), -2, {}), ((2, 3), 4, {}), ((2, 3), 1, {"axis": 0}),
                           ((2, 3), (1, -1), {"axis": (0, 1)}), ((2, 3), 2, {"axis": -1}), ((0,), 1, {}),
                           ((2, 3), (1, 2), {"axis": (1, 1)}), ((2, 3), 1, {"axis": (0, 1)})]]),
    "tril": Row(np.tril, [Case((real(s),), p) for s, p in
                          [((3, 3), {}), ((2, 4), {"k": 1}), ((4, 2), {"k": -1}), ((2, 3, 3), {}), ((0, 3), {})]]),
    "triu": Row(np.triu, [Case((real(s),), p) for s, p in
                          [((3, 3), {}), ((2, 4), {"k": 1}), ((4, 2), {"k": -1}), ((2, 3, 3), {}), ((0, 3), {})]]),
    "transpose": Row(np.transpose, [Case((real(s),), p) for s, p in
                                    [((), {}), ((3,), {}), ((2, 3), {}), ((2, 3, 4), {}),
                                     ((2, 3, 4), {"axes": (1, 2, 0)}), ((2, 3, 4), {"axes": (2, 0, 1)}),
                                     ((2, 3, 4), {"axes": (-1, 0, -2)}), ((2, 3, 4), {"axes": [0, 2, 1]}),
                                     ((0, 3), {}), ((2, 3), {"axes": None})]]),
    "swapaxes": Row(np.swapaxes, [Case((real(s),), {"axis1": a, "axis2": b}) for s, a, b in
                                  [((2, 3), 0, 1), ((2, 3, 4), -1, 0), ((2, 3, 4), 1, 1), ((0, 3), 0, 1)]]),
    "broadcast_to": Row(np.broadcast_to, [Case((real(s),), {"shape": t}) for s, t in
                                          [((3,), (2, 3)), ((2, 1), (2, 4)), ((), (3,)), ((), ()), ((1,), (0,)),
                                           ((2, 3), (2, 3)), ((1, 3), (4, 2, 3)), ((1,), (1, 1))]]),
    "concatenate": Row(lambda *xs, axis=0: np.concatenate(xs, axis=axis),
                       [Case(tuple(real(s, k) for k, s in enumerate(shapes)), p) for shapes, p in
                        [([(2,), (3,)], {}), ([(2, 3), (1, 3)], {}), ([(2, 3), (2, 1), (2, 2)], {"axis": 1}),
                         ([(2, 3), (2, 1)], {"axis": -1}), ([(2, 3)], {}), ([(0, 3), (2, 3)], {})]]),
    "stack": Row(lambda *xs, axis=0: np.stack(xs, axis=axis),
                 [Case(tuple(real(s, k) for k in range(n)), p) for s, n, p in
                  [((), 3, {}), ((2,), 2, {}), ((2, 3), 2, {"axis": 1}), ((2, 3), 3, {"axis": -1}), ((3,), 1, {}),
                   ((2, 3), 2, {"axis": -3}), ((0,), 2, {})]]),
}
