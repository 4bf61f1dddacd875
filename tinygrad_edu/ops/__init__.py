"""The catalogue: every operation, a line each, a theme a file. `formula.OPS` holds them by name."""

from ..autodiff.captions import HELP
from ..formula import OPS
from .activations import elu, gelu, hard_tanh, leaky_relu, log_sigmoid, normal_cdf, normal_pdf, rbf, relu, sigmoid, silu, softplus, tanh, threshold
from .arithmetic import add, bitwise_and, bitwise_or, bitwise_xor, div, equal, floor_divide, greater, greater_equal, identity, invert, isfinite, isinf, isnan, less, less_equal, logical_and, logical_not, logical_or, logical_xor, mod, mul, neg, not_equal, power, power_of, sub
from .choice import astype, clip, maximum, minimum, where
from .elementwise import abs, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, cbrt, ceil, cos, cosh, exp, exp2, expm1, floor, hypot, log, log10, log1p, log2, reciprocal, rint, round, sign, sin, sinh, sqrt, square, tan, trunc
from .indexing import diagonal, getitem, pad, repeat, scatter, sort, take, take_along_axis, tile
from .linalg import cholesky, det, det_sign, inv, log_abs_det, solve_matrix, solve_vector
from .linear import contraction, inner, matmul, matvec, outer, product_of, vecmat
from .losses import bce_with_logits, cross_entropy, mse, multiply_no_nan
from .reductions import all, any, argmax, argmin, argsort, cumprod, cumsum, euclidean_norm, max, mean, min, p_norm, prod, std, sum, var
from .shape import broadcast_to, concatenate, expand_dims, flip, moveaxis, ravel, reshape, roll, squeeze, stack, swapaxes, transpose, tril, triu
from .softmax import log_softmax, logaddexp, logsumexp, softmax
from .composed import diff, dot, einsum, flatten, hstack, norm, solve, split, tensordot, trace, vstack
from .numpys import diag, kron, median, slogdet, vdot

__all__ = [*OPS, "diag", "diff", "dot", "einsum", "flatten", "hstack", "kron", "median", "norm", "slogdet", "solve", "split",
           "tensordot", "trace", "vdot", "vstack"]


def _more(name: str) -> str:
    from .examples import more      # when a docstring is asked for: import stays fast

    return more(name)


HELP.append(_more)
