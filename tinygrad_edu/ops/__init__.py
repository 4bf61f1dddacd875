"""The catalogue: every operation, a line each, a theme a file. `formula.OPS` holds them by name."""

from ..formula import OPS
from .activations import log_softmax, logsumexp, relu, sigmoid, softmax, softplus, tanh
from .arithmetic import (
    add, div, equal, greater, greater_equal, less, less_equal, logical_and, logical_not, logical_or, mul, neg,
    not_equal, power, power_of, sub,
)
from .elementwise import abs, astype, clip, cos, exp, log, maximum, minimum, sign, sin, sqrt, where
from .linear import inner, matmul, matvec, product_of, vecmat
from .losses import bce_with_logits, cross_entropy, mse
from .reductions import argmax, argmin, max, mean, min, sum
from .shape import broadcast_to, concatenate, getitem, reshape, scatter, stack, swapaxes, transpose

__all__ = list(OPS)
