"""Faults of gradient rules: terms, signs, operands, axes, kinks, and formulas that are right on
paper only."""

from .fault import COMPLEX_STEP, fault

# Rules: terms, signs, operands, axes

fault("sub: the sign", "ops/arithmetic.py", 'sub = op("sub", "a - b", a="g", b="-g"',
      'sub = op("sub", "a - b", a="g", b="g"', COMPLEX_STEP)
fault("mul: operands swapped", "ops/arithmetic.py", 'a="g * b", b="g * a", numpy', 'a="g * a", b="g * b", numpy',
      COMPLEX_STEP)
fault("div: a factor dropped", "ops/arithmetic.py", 'b="-g * y / b"', 'b="-g * y"', COMPLEX_STEP)
fault("power: the exponent dropped", "ops/arithmetic.py", "return b * a ** np.where(", "return a ** np.where(",
      COMPLEX_STEP)
fault("power: infinite at 0 ** 0", "ops/arithmetic.py", "np.where((a == 0) & (b == 0), 1, b - 1)", "(b - 1)",
      "test_power_zero_is_flat_at_zero_too")
fault("power: nan for the exponent of 0", "ops/arithmetic.py",
      "return np.where(origin, 0, np.log(np.where(origin, 1, a)))", "return np.log(a)", "test_gradient_for_an_exponent")
fault("power_of: nan at x ** 0", "ops/arithmetic.py", "g * n * x ** (n - 1) if n else np.where(True, 0, g)",
      "g * n * x ** (n - 1)",
      "test_power_zero_is_flat_at_zero_too")
fault("cos: the sign", "ops/elementwise.py", "-g * np.sin(x)", "g * np.sin(x)", COMPLEX_STEP)
fault("where: branches exchanged", "ops/choice.py", 'a="np.where(condition, g, 0)", b="np.where(condition, 0, g)"',
      'a="np.where(condition, 0, g)", b="np.where(condition, g, 0)"', COMPLEX_STEP)
fault("where: 0 times infinity", "ops/choice.py", 'a="np.where(condition, g, 0)"', 'a="g * condition"',
      "test_where_sends_nothing_to_what_was_not_chosen")
fault("matmul: operands swapped", "ops/linear.py", 'b="a.mT @ g",', 'b="g.mT @ a",', COMPLEX_STEP)
fault("matmul: all axes turned", "ops/linear.py", 'a="g @ b.mT"', 'a="g @ b.T"', COMPLEX_STEP)
fault("softmax: a term dropped", "ops/softmax.py", "y * (g - np.sum(g * y, axis=axis, keepdims=True))", "y * g",
      COMPLEX_STEP)
fault("softmax: keepdims lost", "ops/softmax.py", "np.sum(g * y, axis=axis, keepdims=True)",
      "np.sum(g * y, axis=axis)", COMPLEX_STEP)
fault("softmax: the wrong axis", "ops/softmax.py", "np.sum(g * y, axis=axis, ", "np.sum(g * y, axis=-1, ",
      COMPLEX_STEP)
fault("log_softmax: the wrong axis", "ops/softmax.py", "np.sum(g, axis=axis, ", "np.sum(g, axis=-1, ", COMPLEX_STEP)
fault("logsumexp: the wrong axis", "ops/softmax.py", "softmax(x, axis=axis)", "softmax(x, axis=-1)", COMPLEX_STEP)
fault("sum: negative axes not kept", "ops/shape.py", "tuple(a % ndim for a in named)", "named", COMPLEX_STEP)
fault("mean: over the wrong count", "ops/reductions.py", "math.prod(shape[a] for a in _axes(len(shape), axis))",
      "math.prod(shape)", COMPLEX_STEP)
fault("transpose: not inverted", "ops/shape.py", "np.transpose(g, _inverse(axes))", "np.transpose(g, axes)",
      COMPLEX_STEP)
fault("transpose: negative axes inverted wrongly", "ops/shape.py", "[a % len(axes) for a in axes]", "axes",
      COMPLEX_STEP)
fault("getitem: a repeated index assigns", "ops/indexing.py", "np.add.at(out, index, v)", "out[index] = v",
      "test_an_index_named_twice_gets_both_gradients")
fault("getitem: a repeated index adds once", "ops/indexing.py", "np.add.at(out, index, v)", "out[index] += v",
      "test_an_index_named_twice_gets_both_gradients")
fault("concatenate: pieces of one size", "ops/shape.py", "start = sum(sizes[:i])", "start = sizes[i] * i", COMPLEX_STEP)
fault("concatenate: the wrong axis", "ops/shape.py", "index[axis] = slice(start, start + sizes[i])",
      "index[0] = slice(start, start + sizes[i])", COMPLEX_STEP)
fault("stack: the wrong axis", "ops/shape.py", "index[axis] = i", "index[0] = i", COMPLEX_STEP)

# Conventions at kinks, and ties

fault("relu'(0) = 1", "ops/activations.py", "np.where(x > 0, g, 0)", "np.where(x >= 0, g, 0)", "test_kinks")
fault("relu: 0 times infinity", "ops/activations.py", "np.where(x > 0, g, 0)", "g * (x > 0)",
      "test_relu_blocks_an_infinite_gradient")
fault("relu: nan becomes 0", "ops/activations.py", '"np.maximum(x, 0)"', '"np.where(x > 0, x, 0)"',
      "test_relu_of_nan_is_nan")
fault("|0|' = 1", "ops/elementwise.py", 'x="g * np.sign(x)"', 'x="np.where(x >= 0, g, -g)"', "test_kinks")
fault("clip: strict at its lower bound", "ops/choice.py", "x >= low", "x > low", "test_clip_passes_at_its_bounds")
fault("clip: strict at its upper bound", "ops/choice.py", "(x <= high)", "(x < high)",
      "test_clip_passes_at_its_bounds")
fault("clip: the upper bound ignored", "ops/choice.py", "return inside if high is None else",
      "return inside if True else", COMPLEX_STEP)
fault("maximum: a tie goes to the first", "ops/choice.py", "np.where(a > b, g, np.where(a == b, g / 2, 0))",
      "np.where(a >= b, g, 0)", "test_a_tie_of_two_is_shared")
fault("minimum: a tie goes to neither", "ops/choice.py", "np.where(b < a, g, np.where(a == b, g / 2, 0))",
      "np.where(b < a, g, 0)", "test_a_tie_of_two_is_shared")
fault("max: ties not shared", "ops/reductions.py", "return hit / np.sum(hit, axis=axis, keepdims=True)", "return hit",
      "test_ties_of_max_and_min_share_and_sum_to_the_cotangent")
fault("max: ties shared over all slices", "ops/reductions.py", "np.sum(hit, axis=axis, keepdims=True)", "np.sum(hit)",
      "test_ties_of_max_and_min_share_and_sum_to_the_cotangent", COMPLEX_STEP)

# Formulas that are right on paper

fault("sigmoid': y (1 - y)", "ops/activations.py", "g * y * sigmoid(-x)", "g * y * (1 - y)",
      "test_sigmoids_derivative_far_out")
fault("sigmoid: 1 / (1 + exp(-x))", "ops/activations.py", "return np.where(x >= 0, 1, e) / (1 + e)",
      "return 1 / (1 + np.exp(-x))", "test_activations")
fault("tanh': 1 - y²", "ops/activations.py", "g * (1 + y) * (1 - y)", "g * (1 - y * y)",
      "test_the_slope_of_tanh_loses_no_digits_of_y")
fault("softplus: log(1 + exp(x))", "ops/activations.py", "return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))",
      "return np.log(1 + np.exp(x))", "test_activations")
fault("softplus: log for log1p", "ops/activations.py", "np.log1p(np.exp(-np.abs(x)))", "np.log(1 + np.exp(-np.abs(x)))",
      "test_activations")
fault("logsumexp: no shift", "ops/softmax.py",
      "np.minimum(np.maximum.reduce(x, axis=axis, keepdims=True, initial=least), most)",
      "np.zeros_like(np.maximum.reduce(x, axis=axis, keepdims=True, initial=least))", "test_softmax_and_logsumexp")
fault("logsumexp: one shift for all rows", "ops/softmax.py",
      "np.maximum.reduce(x, axis=axis, keep", "np.maximum.reduce(x, axis=None, keep",
      "test_softmax_and_logsumexp", "test_a_whole_batch_in_extremes")
fault("logsumexp: inf - inf", "ops/softmax.py",
      "np.minimum(np.maximum.reduce(x, axis=axis, keepdims=True, initial=least), most)",
      "np.max(x, axis=axis, keepdims=True)", "test_logsumexp_with_minus_infinity")
fault("log_softmax: log of softmax", "ops/softmax.py", "return shifted - np.log(",
      "return np.log(np.exp(shifted)) - np.log(", "test_stability::test_log_softmax")
fault("log_softmax: the peak added back", "ops/softmax.py",
      "return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))",
      "return x - (np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True)) + _)",
      "test_stability::test_log_softmax", "test_cross_entropy")
fault("bce: softplus(z) - t z", "ops/losses.py",
      """_part(t, softplus(-_same_shape(z, t, 'bce_with_logits'))) + _part(1 - t, softplus(z))""",
      """softplus(_same_shape(z, t, 'bce_with_logits')) - t * z""", "test_bce_keeps_small_losses_and_gradients")

fault("bce: labels 1 and 2 taken", "ops/losses.py", "    _probability(t)\n", "",
      "test_labels_are_looked_at_in_every_batch", "test_labels_that_are_no_probabilities_are_refused")
