"""Faults of transforms, of the search for NaN, and of the lecture's proofs."""

from .fault import COMPLEX_STEP, fault

# Transforms

fault(
    "grad: what f does not depend on is None",
    "transforms/run.py",
    "zeros_like(x) if g is None else Tensor(g, copy=False)",
    "Tensor(g, copy=False)",
    "test_what_it_does_not_depend_on_is_zero",
)
fault(
    "grad: nested gradients are constants",
    "transforms/run.py",
    "create_graph = depends_on_others(",
    "create_graph = False and depends_on_others(",
    "test_six_derivatives",
)
fault(
    "grad: perturbations confused",
    "transforms/run.py",
    "        return identity(x)\n",
    "        return x\n",
    "test_perturbations_are_not_confused",
)
fault(
    "grad: the outer input is cut off",
    "transforms/run.py",
    "if isinstance(x, Tensor) and x.requires_grad:",
    "if False:",
    "test_transforms_nest_in_every_way",
)
fault(
    "grad: records within no_grad",
    "transforms/run.py",
    "return mode.recording and any(",
    "return any(",
    "test_no_grad_around_gives_the_derivative_and_records_nothing",
)
fault(
    "grad: always recorded",
    "transforms/run.py",
    "and t.step not in mine",
    "",
    "test_arrays_give_arrays_and_tensors_give_tensors",
)
fault(
    "grad: argnums from the wrong end",
    "transforms/run.py",
    "[n % len(args) for n in numbers]",
    "[(n + 1) % len(args) for n in numbers]",
    "test_grad_of_several_arguments",
)
fault(
    "jacobian: transposed",
    "transforms/derivatives.py",
    "unit[k] = 1",
    "unit[y.size - 1 - k] = 1",
    "test_jacobian_has_the_shapes_of_output_and_input",
)
fault(
    "vjp: tangents of another shape",
    "transforms/run.py",
    "if given.shape != y.shape:",
    "if False:",
    "test_transforms::test_refusals",
)
fault(
    "check: the step is ignored",
    "check.py",
    "if not any(_agree(*d, rtol, atol) for d in _differences(value, arrays, us, found)):",
    "if False:",
    "test_what_is_wrong_is_named",
)
fault(
    "check: one order only",
    "check.py",
    "    if order == 2:",
    "    if False:",
    "test_a_rule_right_at_first_order_only",
)
fault(
    "check: nobody is blamed",
    "check.py",
    "for y in walk.graph([result]):",
    "for y in []:",
    "test_what_is_wrong_is_named",
)

# Anomalies

fault(
    "anomaly: results are not looked at",
    "autodiff/record.py",
    "    if mode.watching:",
    "    if False:",
    "test_forward_names_operation_formula_step_and_place",
)
fault(
    "anomaly: rules are not looked at",
    "autodiff/walk.py",
    "            if watching:",
    "            if False:",
    "test_backward_names_the_rule",
)
fault(
    "anomaly: infinities pass",
    "autodiff/anomaly.py",
    "not np.isfinite(array).all()",
    "bool(np.isnan(array).any())",
    "test_backward_names_the_rule",
)
fault(
    "anomaly: the data is not blamed",
    "autodiff/anomaly.py",
    "    if carriers:",
    "    if False:",
    "test_what_was_in_the_data_is_said_to_be",
)
fault(
    "anomaly: not turned off",
    "autodiff/modes.py",
    "        _set(name, before)",
    "        pass",
    "test_only_inside_and_only_in_this_thread",
)

# The lecture

fault(
    "collapse: biases forgotten",
    "nn/linear.py",
    "b = b if b is None else b @ weight",
    "b = None",
    "test_collapse_is_exact_in_whole_numbers",
)
fault(
    "collapse: biases not carried through",
    "nn/linear.py",
    "b = b if b is None else b @ weight",
    "pass",
    "test_collapse_is_exact_in_whole_numbers",
)
fault(
    "collapse: any slope",
    "nn/linear.py",
    't.params.get("slope") == 1',
    "True",
    "test_leaky_relu_collapses_with_slope_one_only",
)
fault(
    "collapse: any activation",
    "nn/linear.py",
    "        if not same:",
    "        if False:",
    "test_what_is_not_the_identity_is_refused_with_the_reason",
)
fault(
    "collapse: shares its parameters",
    "nn/linear.py",
    "weight=Tensor(W, requires_grad",
    "weight=Tensor(W, copy=False, requires_grad",
    "test_the_collapsed_layer_is_its_own",
)
fault(
    "silu': nan at -inf",
    "ops/activations.py",
    "g * (sigmoid(x) + _faded(y, sigmoid(-x)))",
    "g * sigmoid(x) * (1 + x * sigmoid(-x))",
    "test_at_infinity_and_nan",
)
fault(
    "sort: the gradient's order is not stable",
    "ops/indexing.py",
    'kind="stable"',
    'kind="quicksort"',
    "test_sorting_is_stable_in_value_and_gradient",
)
fault(
    "std: nan at a constant",
    "ops/reductions.py",
    "* _ratio(_centered(x, axis), _restored(y, x.shape, axis))",
    "* _centered(x, axis) / _restored(y, x.shape, axis)",
    "test_the_deviation_of_a_constant_has_gradient_zero",
)
fault(
    "var: ddof ignored",
    "ops/reductions.py",
    "2 / (_count(x.shape, axis) - ddof)",
    "2 / _count(x.shape, axis)",
    COMPLEX_STEP,
)
fault(
    "prod: by division",
    "ops/reductions.py",
    "_restored(g, x.shape, axis) * _others(x, axis)",
    "_restored(g * y, x.shape, axis) / x",
    "test_products_with_zeros_are_exact",
)
fault(
    "einsum: a diagonal is not put back",
    "ops/linear.py",
    "        if letter in target:",
    "        if False:",
    COMPLEX_STEP,
)
fault(
    "det: singular matrices by the inverse",
    "ops/linalg.py",
    "    if n > 5:",
    "    if n > 0:",
    "test_the_gradient_of_a_determinant_is_its_cofactors_for_singular_matrices_too",
)
