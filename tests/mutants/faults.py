"""The faults, a line or two each: a name, a file of tinygrad_edu/, its text, the faulty text, and the tests that should
notice. See run.py.

The old text must be in the file exactly once: when the code changes, its faults change with it. A test is given by the
name of its function, `test_file::test_name` where several files have one; no path, so that a file may be split.

What no caller could observe is no fault and is not listed: that op() stores a rule's text twice, for one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    name: str
    file: str
    old: str
    new: str
    killers: tuple[str, ...]

    def applied(self, text: str) -> str:
        assert text.count(self.old) == 1, self.name
        return text.replace(self.old, self.new)


FAULTS: list[Fault] = []


def fault(name: str, file: str, old: str, new: str, *killers: str) -> None:
    assert old != new and name not in {f.name for f in FAULTS}, name
    FAULTS.append(Fault(name, file, old, new, killers))


COMPLEX_STEP = "test_gradient_is_the_complex_step"

# The walk: topological order. A tensor that is met too early is met again, with the rest of its gradient. The sum is
# right even so, since rules are linear, but rules run twice: over a ladder of n diamonds, 2^n times.

fault("walk: first in, first out", "engine.py", "from heapq import heappop, heappush",
      "heappop, heappush = (lambda heap: heap.pop(0)), list.append",
      "test_a_ladder_of_uneven_diamonds_visits_each_node_once")
fault("walk: last in, first out", "engine.py", "from heapq import heappop, heappush",
      "heappop, heappush = list.pop, list.append", "test_a_ladder_of_uneven_diamonds_visits_each_node_once")
fault("walk: the found part overwrites", "engine.py", "found[y.step][1] + mine if y.step in found else mine", "mine",
      "test_a_leaf_rewritten_between_two_uses_gets_both_parts")
fault("walk: interior gradients retained", "engine.py", "(op is None or y.retains) if wanted is None",
      "True if wanted is None", "test_retained_gradients")
fault("walk: retain_grad ignored", "engine.py", "op is None or y.retains", "op is None", "test_retained_gradients")
fault("walk: wanted ignored", "engine.py", "(op is None or y.retains) if wanted is None else y.step in wanted",
      "op is None or y.retains", "test_engine_gives_what_is_wanted_only")
fault("walk: wanted adds to the leaves", "engine.py", "if wanted is None else y.step in wanted",
      "if wanted is None else op is None or y.step in wanted", "test_engine_gives_what_is_wanted_only")
fault("walk: constants get gradients", "engine.py", 'if not getattr(x, "_requires_grad", False):',
      'if not hasattr(x, "_requires_grad"):', "test_constants_get_nothing")
fault("walk: underflow signals", "engine.py", 'np.errstate(under="ignore")', "np.errstate()",
      "test_no_rule_signals_underflow")
fault("walk: the gradient of a gradient is constant", "engine.py", "arrays, value = inputs, y\n",
      "arrays, value = operands(op, inputs), y._data\n", "test_second_order")
fault("walk: a missing rule is skipped", "engine.py", "            if rule is None:\n",
      "            if rule is None:\n                continue\n            if rule is None:\n",
      "test_backward_through_an_input_without_a_rule")

# Accumulation, and memory that is shared

fault("sum: a second use overwrites", "engine.py", "pending[x.step] = pending[x.step] + g", "pending[x.step] = g",
      "test_a_tensor_used_twice")
fault("sum: in place into a shared array", "engine.py", "pending[x.step] = pending[x.step] + g", "pending[x.step] += g",
      "test_a_gradient_handed_to_two_is_not_added_to_in_place")
fault("grad: overwritten", "tensor.py", "np.asarray(x.grad + g)", "np.asarray(g)",
      "test_second_backward_is_exactly_twice")
fault("grad: added in place", "tensor.py", "np.asarray(x.grad + g)", "np.add(x.grad, g, out=x.grad)",
      "test_a_gradient_handed_out_does_not_change_later")
fault("grad: a NumPy scalar", "tensor.py", "np.asarray(x.grad + g)", "x.grad + g",
      "test_gradients_are_arrays_however_often")
fault("grad: the buffer adds to what was there", "tensor.py", "x.buffer[...] = g", "x.buffer[...] += g",
      "test_gradients_go_into_the_buffer_an_optimizer_gave")
fault("grad: the buffer overwritten", "tensor.py", "np.add(x.grad, g, out=x.buffer)", "np.add(0, g, out=x.buffer)",
      "test_gradients_go_into_the_buffer_an_optimizer_gave")
fault("alias: a leaf's gradient is a rule's input", "engine.py", "if x.op is None and not create_graph and any(",
      "if False and any(", "test_a_rule_may_return_what_it_was_given", "test_no_two_gradients_share_memory")
fault("alias: views handed out", "engine.py", "return g.copy() if g.base is not None or y.op is not None else g",
      "return g.copy() if y.op is not None else g", "test_no_two_gradients_share_memory")
fault("alias: interior gradients not copied", "engine.py",
      "return g.copy() if g.base is not None or y.op is not None else g",
      "return g.copy() if g.base is not None else g", "test_no_two_gradients_share_memory")
fault("alias: gradients of create_graph", "engine.py", "g.astype(g.dtype) if create_graph", "g if create_graph",
      "test_no_two_gradients_share_memory_with_create_graph")
fault("alias: the seed", "tensor.py", "seed = np.array(seed, dtype=self.dtype)",
      "seed = np.asarray(seed, dtype=self.dtype)", "test_no_two_gradients_share_memory")
fault("seed: mutated", "tensor.py", "        found = engine.backward([(self, seed)])\n",
      "        found = engine.backward([(self, seed)])\n"
      "        if isinstance(gradient, np.ndarray):\n"
      "            gradient *= 0\n", "test_no_two_gradients_share_memory", "test_a_read_only_seed_and_read_only_data")
fault("seed: the root has no gradient", "tensor.py", "found.setdefault(self.step, (self, seed))", "pass",
      "test_retained_gradients")
fault("seed: any shape is taken", "tensor.py", "if seed.shape != self.shape:", "if False:",
      "test_gradient_of_a_wrong_shape")

# Broadcasting, undone

fault("unbroadcast: not at all", "engine.py", "r = unbroadcast(r, data.shape)", "pass", COMPLEX_STEP)
fault("unbroadcast: keepdims lost", "engine.py", "g.sum(axis=stretched, keepdims=True)", "g.sum(axis=stretched)",
      "test_unbroadcast_is_the_adjoint_of_broadcasting")
fault("unbroadcast: the wrong axes", "engine.py", "tuple(range(extra))", "tuple(range(-extra, 0))",
      "test_unbroadcast_is_the_adjoint_of_broadcasting")
fault("unbroadcast: a mean", "engine.py", "g = g.sum(axis=tuple(", "g = g.mean(axis=tuple(",
      "test_unbroadcast_is_the_adjoint_of_broadcasting")
fault("unbroadcast: what is short stays so", "engine.py", "return g if g.shape == shape else np.broadcast_to(g, shape)",
      "return g", "test_unbroadcast_stretches_what_a_rule_left_short")

# Dtypes: float32 stays float32

fault("dtype: 0-d arrays widen", "engine.py", 'if arrays[i].ndim or arrays[i].dtype.kind == "c"]', "]",
      "test_what_has_no_axis_takes_its_partners_dtype")
fault("dtype: integers widen", "engine.py", 'if arrays[i].dtype.kind in "fc"]', "]",
      "test_integers_and_booleans_take_the_floats_dtype")
fault("dtype: labels are cast too", "engine.py", "and gradients[i] is not None]", "]",
      "test_where_with_a_tensor_as_condition", "test_labels_of_any_integer_type",
      "test_cross_entropy_of_one_row_with_a_plain_label")
fault("dtype: the gradient keeps its own", "engine.py", "r = r.astype(data.dtype)", "pass",
      "test_the_gradient_has_the_dtype_of_its_tensor", "test_a_rule_may_leave_the_shape_to_the_engine")
fault("dtype: NumPy's scalars as parameters widen", "formula.py", "params[key] = value.item()", "pass",
      "test_parameters_do_not_widen")
fault("dtype: layers compute in what comes", "nn/layers.py", "return np.asarray(x, dtype)", "return np.asarray(x)",
      "test_whatever_comes_in_the_layer_stays_float32")

# Stale graphs

fault("stale: not checked", "engine.py", "if written(inputs[j]) > y.step:", "if False:", "test_stale_graph")
fault("stale: the wrong way round", "engine.py", "if written(inputs[j]) > y.step:", "if written(inputs[j]) < y.step:",
      "test_a_tensor_used_twice")
fault("stale: inputs that no rule reads count", "engine.py", "else op.reads[k]:", "else range(len(inputs)):",
      "test_not_stale_when_the_rule_does_not_read_the_value", "test_only_the_rule_that_runs_counts")
fault("stale: only the first of many is checked", "engine.py",
      "range(len(inputs)) if op.variadic and op.reads[0] else op.reads[k]", "op.reads[k]", "test_stale_variadic")
fault("stale: not seen through a view", "engine.py", "while step and x.op is not None and x.op.view:", "while False:",
      "test_stale_graph")
fault("stale: seen through one view only", "engine.py", "x, step = base, max(step, base.step)",
      "return max(step, base.step)", "test_stale_graph")
fault("stale: a copy counts as a view", "engine.py", " or not np.may_share_memory(x._data, base._data)", "",
      "test_not_stale_behind_a_copy")
fault("stale: .data does not tell", "tensor.py", "            self._data[...] = value\n        self.step = tick()",
      "            self._data[...] = value", "test_stale_graph")
fault("stale: x[i] = v does not tell", "tensor.py",
      "if isinstance(value, Tensor) else value\n        self.step = tick()", "if isinstance(value, Tensor) else value",
      "test_stale_graph")
fault("stale: a shape counts as a value", "formula.py", "isinstance(n, ast.Name) and id(n) not in shapes}",
      "isinstance(n, ast.Name)}", "test_reads_says_which_values_a_rule_looks_at")
fault("stale: a value beside its shape does not count", "formula.py",
      "return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in shapes}",
      "hidden = {n.id for n in ast.walk(tree) if id(n) in shapes and isinstance(n, ast.Name)}\n"
      "    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - hidden",
      "test_a_value_read_beside_its_shape_is_read")
fault("stale: an optimizer's step does not tell", "optim.py", "p.step = tick()", "pass",
      "test_a_graph_from_before_the_step_is_stale")
fault("stale: an index array is kept as it is", "tensor.py",
      "return index.copy() if isinstance(index, np.ndarray) else index", "return index",
      "test_an_index_array_changed_afterwards")
fault("stale: an unrecorded view shares memory", "tensor.py", "        y._data = y._data.copy()\n", "",
      "test_a_constants_view_does_not_change_under_a_graph", "test_stale_through_a_write_into_an_unrecorded_view")
fault("stale: an unrecorded view can be written", "tensor.py", "y._data.flags.writeable = False", "pass",
      "test_a_chained_assignment_is_not_lost_in_silence")

# What is recorded

fault("no_grad: no end after an exception", "engine.py", "    finally:\n        setattr(mode, name, before)",
      "    except ImportError:\n        raise\n    else:\n        setattr(mode, name, before)",
      "test_no_grad_ends_with_an_exception")
fault("no_grad: the inner one ends the outer", "engine.py", "setattr(mode, name, before)",
      "setattr(mode, name, not value)", "test_no_grad_and_back")
fault("no_grad: for all threads", "engine.py", "class _Modes(threading.local):", "class _Modes:",
      "test_no_grad_holds_for_its_thread_only")
fault("no_grad: ignored", "tensor.py", "if mode.recording and op.rules:", "if op.rules:", "test_no_grad_and_back")
fault("record: operations without rules", "tensor.py", "if mode.recording and op.rules:", "if mode.recording:",
      "test_a_float_without_a_rule_is_a_constant")
fault("record: comparisons and integers", "tensor.py", 'return y.dtype.kind == "f"', "return True",
      "test_a_cast_to_integers_is_a_constant", "test_without_a_rule_nothing_is_recorded")
fault("record: constants too", "tensor.py", "if y._requires_grad or mode.everything or", "if True or",
      "test_without_a_rule_nothing_is_recorded", "test_no_rule_runs_for_a_constant")
fault("record: the first input decides", "tensor.py",
      "        for x in inputs:\n            if type(x) is Tensor and x._",
      "        for x in inputs[:1]:\n            if type(x) is Tensor and x._", COMPLEX_STEP)
fault("requires_grad: of integers", "tensor.py", 'if value and self._data.dtype.kind != "f":', "if False:",
      "test_integers_do_not_require_a_gradient")
fault("requires_grad: taken from a result", "tensor.py", "if not value and self.op is not None:", "if False:",
      "test_requires_grad_of_a_result_cannot_be_taken_away")
fault("assignment: into what is tracked", "tensor.py",
      "if self.op is not None or (self._requires_grad and engine.mode.recording):", "if self.op is not None:",
      "test_assignment_into_what_is_tracked")
fault("asarray: drops the gradient", "tensor.py",
      "copy: bool | None = None) -> np.ndarray:\n        if self._requires_grad:",
      "copy: bool | None = None) -> np.ndarray:\n        if False:", "test_asarray_of_what_is_tracked")
fault("detach: can be written", "tensor.py", "        view.flags.writeable = False\n", "",
      "test_detach_is_read_only_and_cuts")
fault("numpy(): shares memory", "tensor.py", "return self._data.copy()", "return self._data", "test_numpy_is_a_copy")
fault("tensor(): shares memory", "tensor.py", "copy=copy or None", "copy=None",
      "test_data_comes_in_as_a_copy_unless_it_is_shared")
fault("deepcopy: shares the gradient", "tensor.py", "None if self.grad is None else self.grad.copy()", "self.grad",
      "test_deepcopy_of_leaves")

fault("record: no output units under no_grad", "tensor.py", "or op.output_unit or", "or",
      "test_the_loss_is_the_same_under_no_grad")
fault("record: complex results in silence", "tensor.py", 'if y.dtype.kind == "c":', "if False:",
      "test_a_complex_result_does_not_lose_the_gradient_in_silence")

# Operators

fault("operator: c - x is x - c", "tensor.py", "__sub__, __rsub__ = _operator(ops.sub)",
      "__sub__, __rsub__ = _operator(ops.sub)[:1] * 2", "test_what_has_no_axis_takes_its_partners_dtype")
fault("operator: c / x is x / c", "tensor.py", "__truediv__, __rtruediv__ = _operator(ops.div)",
      "__truediv__, __rtruediv__ = _operator(ops.div)[:1] * 2", "test_what_has_no_axis_takes_its_partners_dtype")
fault("operator: c ** x is x ** c", "tensor.py", "__rpow__ = _operator(ops.power)[1]",
      "__rpow__ = _operator(ops.power)[0]", "test_what_has_no_axis_takes_its_partners_dtype")
fault("operator: A @ x is x @ A", "tensor.py", "record(ops.product_of(other, self), (other, self))",
      "record(ops.product_of(self, other), (self, other))", "test_array_at_tensor")
fault("operator: < and <= exchanged", "tensor.py", "__lt__, __le__ =", "__le__, __lt__ =",
      "test_comparisons_from_both_sides")
fault("T: the last two axes only", "tensor.py", "return record(ops.transpose, (self,))",
      "return self.mT if self.ndim > 2 else record(ops.transpose, (self,))", "test_t_reverses_all_axes")

# A call: inputs and parameters

fault("call: positional parameters ignored", "formula.py", "dict(zip(self.params, rest, strict=False))", "{}",
      "test_binding")
fault("call: keywords ignored", "formula.py", "            params[key] = value\n        for key", "        for key",
      "test_binding")
fault("call: NumPy's keywords swallowed", "formula.py",
      "if key in _NUMPY_KEYWORDS and (value is None or value is np._NoValue):", "if key in _NUMPY_KEYWORDS:",
      "test_out", "test_a_keyword_without_a_rule")
fault("call: a tensor as a parameter", "formula.py", 'if hasattr(type(value), "__record__"):', "if False:",
      "test_clip_with_a_tensor_as_its_bound_works_or_says_why")
fault("call: lists stay lists", "formula.py", "np.asarray(x) if isinstance(x, (list, tuple)) else x for x in inputs",
      "x for x in inputs", "test_lists_are_taken_as_arrays")
fault("call: parentheses lost in a caption", "formula.py", 'return ast.parse(value, mode="eval").body ',
      "return ast.Name(value) ", "test_a_caption_of_expressions_means_what_the_operation_does")
fault("call: the last operation takes NumPy's name", "formula.py", "BY_NUMPY.setdefault(numpy, self)",
      "BY_NUMPY[numpy] = self", "test_the_first_operation_for_a_numpy_function_stays")
fault("call: a rule sees no parameters", "engine.py", "r = rule(g, value, *arrays, **params)",
      'r = rule(g, value, *arrays, **({"i": i} if op.variadic else {}))', COMPLEX_STEP)
fault("variadic: every input is the first", "engine.py", '{**y.params, "i": i}', '{**y.params, "i": 0}',
      "test_variadic")
fault("variadic: one input too far", "engine.py", '{**y.params, "i": i}', '{**y.params, "i": i + 1}', "test_variadic")
fault("variadic: parameters lost", "engine.py", '{**y.params, "i": i}', '{"i": i}', "test_variadic")

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
fault("power_of: nan at x ** 0", "ops/arithmetic.py", "g * n * x ** (n - 1) if n else 0 * g", "g * n * x ** (n - 1)",
      "test_power_zero_is_flat_at_zero_too")
fault("cos: the sign", "ops/elementwise.py", "-g * np.sin(x)", "g * np.sin(x)", COMPLEX_STEP)
fault("where: branches exchanged", "ops/elementwise.py", 'a="np.where(condition, g, 0)", b="np.where(condition, 0, g)"',
      'a="np.where(condition, 0, g)", b="np.where(condition, g, 0)"', COMPLEX_STEP)
fault("where: 0 times infinity", "ops/elementwise.py", 'a="np.where(condition, g, 0)"', 'a="g * condition"',
      "test_where_sends_nothing_to_what_was_not_chosen")
fault("matmul: operands swapped", "ops/linear.py", 'b="a.mT @ g", numpy', 'b="g.mT @ a", numpy', COMPLEX_STEP)
fault("matmul: all axes turned", "ops/linear.py", 'a="g @ b.mT"', 'a="g @ b.T"', COMPLEX_STEP)
fault("softmax: a term dropped", "ops/activations.py", "y * (g - np.sum(g * y, axis=axis, keepdims=True))", "y * g",
      COMPLEX_STEP)
fault("softmax: keepdims lost", "ops/activations.py", "np.sum(g * y, axis=axis, keepdims=True)",
      "np.sum(g * y, axis=axis)", COMPLEX_STEP)
fault("softmax: the wrong axis", "ops/activations.py", "np.sum(g * y, axis=axis, ", "np.sum(g * y, axis=-1, ",
      COMPLEX_STEP)
fault("log_softmax: the wrong axis", "ops/activations.py", "np.sum(g, axis=axis, ", "np.sum(g, axis=-1, ", COMPLEX_STEP)
fault("logsumexp: the wrong axis", "ops/activations.py", "softmax(x, axis=axis)", "softmax(x, axis=-1)", COMPLEX_STEP)
fault("sum: negative axes not kept", "ops/activations.py", "[a % len(shape) for a in np.atleast_1d(axis)]",
      "np.atleast_1d(axis)", COMPLEX_STEP)
fault("mean: over the wrong count", "ops/reductions.py", "math.prod(shape if axis is None else",
      "math.prod(shape if True else", COMPLEX_STEP)
fault("transpose: not inverted", "ops/shape.py", "np.transpose(g, _inverse(axes))", "np.transpose(g, axes)",
      COMPLEX_STEP)
fault("transpose: negative axes inverted wrongly", "ops/shape.py", "[a % len(axes) for a in axes]", "axes",
      COMPLEX_STEP)
fault("getitem: a repeated index assigns", "ops/shape.py", "np.add.at(out, index, v)", "out[index] = v",
      "test_an_index_named_twice_gets_both_gradients")
fault("getitem: a repeated index adds once", "ops/shape.py", "np.add.at(out, index, v)", "out[index] += v",
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
fault("clip: strict at its lower bound", "ops/elementwise.py", "x >= low", "x > low", "test_clip_passes_at_its_bounds")
fault("clip: strict at its upper bound", "ops/elementwise.py", "(x <= high)", "(x < high)",
      "test_clip_passes_at_its_bounds")
fault("clip: the upper bound ignored", "ops/elementwise.py", "return inside if high is None else",
      "return inside if True else", COMPLEX_STEP)
fault("maximum: a tie goes to the first", "ops/elementwise.py", "np.where(a > b, g, np.where(a == b, g / 2, 0))",
      "np.where(a >= b, g, 0)", "test_a_tie_of_two_is_shared")
fault("minimum: a tie goes to neither", "ops/elementwise.py", "np.where(b < a, g, np.where(a == b, g / 2, 0))",
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
fault("logsumexp: no shift", "ops/activations.py",
      "np.clip(np.max(x, axis=axis, keepdims=True, initial=ends.min), ends.min, ends.max)",
      "np.zeros_like(np.max(x, axis=axis, keepdims=True, initial=ends.min))", "test_softmax_and_logsumexp")
fault("logsumexp: one shift for all rows", "ops/activations.py",
      "np.max(x, axis=axis, keepdims=True, initial=ends.min)", "np.max(x, keepdims=True, initial=ends.min)",
      "test_softmax_and_logsumexp", "test_a_whole_batch_in_extremes")
fault("logsumexp: inf - inf", "ops/activations.py",
      "np.clip(np.max(x, axis=axis, keepdims=True, initial=ends.min), ends.min, ends.max)",
      "np.max(x, axis=axis, keepdims=True)", "test_logsumexp_with_minus_infinity")
fault("log_softmax: log of softmax", "ops/activations.py", "return shifted - _log_total(shifted, axis)",
      "return np.log(np.exp(shifted - _log_total(shifted, axis)))", "test_stability::test_log_softmax")
fault("log_softmax: the peak added back", "ops/activations.py", "return shifted - _log_total(shifted, axis)",
      "return x - (_log_total(shifted, axis) + _)", "test_stability::test_log_softmax", "test_cross_entropy")
fault("bce: softplus(z) - t z", "ops/losses.py",
      """_part(t, softplus(-_same_shape(z, t, 'bce_with_logits'))) + _part(1 - t, softplus(z))""",
      """softplus(_same_shape(z, t, 'bce_with_logits')) - t * z""", "test_bce_keeps_small_losses_and_gradients")

# Losses and metrics

fault("mse: the 2 dropped", "ops/losses.py", 'p="g * 2 / p.size * (p - t)"', 'p="g / p.size * (p - t)"', COMPLEX_STEP)
fault("mse: the sign for t", "ops/losses.py", "(t - p)", "(p - t)", COMPLEX_STEP)
fault("mse: shapes may differ", "ops/losses.py", "if p.shape != np.shape(t):", "if False:",
      "test_mse_of_a_column_against_a_row")
fault("bce: mean over the wrong count", "ops/losses.py", "g / z.size * (sigmoid(z) - t)",
      "g / len(np.atleast_1d(z)) * (sigmoid(z) - t)", COMPLEX_STEP)
fault("cross_entropy: mean over the wrong count", "ops/losses.py", "g / np.size(t) *", "g / z.size *", COMPLEX_STEP)
fault("cross_entropy: a sum", "ops/losses.py", '"-np.mean(_pick(', '"-np.sum(_pick(',
      "test_value_shape_and_dtype_are_numpys")
fault("cross_entropy: labels not checked", "ops/losses.py", "if t.size and (t.min() < 0 or t.max() >= z.shape[-1]):",
      "if False:", "test_bad_labels")
fault("cross_entropy: labels may be negative", "ops/losses.py", "if t.size and (t.min() < 0 or t.max()",
      "if t.size and (t.max()", "test_bad_labels")
fault("cross_entropy: labels may be floats", "ops/losses.py", "if not np.issubdtype(t.dtype, np.integer):", "if False:",
      "test_bad_labels")
fault("cross_entropy: one label for all rows", "ops/losses.py", "if t.shape != z.shape[:-1]:", "if False:",
      "test_bad_labels")
fault("loss: softmax of a softmax", "losses.py", "_tensor(logits_of(prediction, ops.softmax)), labels)",
      "_tensor(prediction), labels)", "test_from_logits_and_behind_the_unit_are_equal")
fault("loss: a softmax over another axis undone", "losses.py",
      'if op is unit and prediction.params.get("axis", -1) in (-1, prediction.ndim - 1):', "if op is unit:",
      "test_a_softmax_over_another_axis_is_not_undone")
fault("loss: another unit's output are logits", "losses.py", "if op.output_unit and op is not unit:", "if False:",
      "test_another_units_probabilities_are_no_logits")
fault("loss: uint8 wraps around", "losses.py", 'float if x.dtype.kind in "biu" else x.dtype', "x.dtype",
      "test_integers_do_not_wrap")
fault("loss: one-hot rows against a column", "losses.py", "if np.shape(target) != logits.shape:", "if False:",
      "test_what_does_not_fit_is_refused")
fault("loss: columns of a softmax", "losses.py", "if unit is ops.softmax and not _keeps_rows(prediction, inner):",
      "if False:", "test_columns_of_probabilities_are_refused")
fault("loss: mean over classes", "losses.py", ".sum(axis=-1).mean()", ".mean()",
      "test_soft_targets_of_categorical_cross_entropy")
fault("metric: probabilities split at 0", "metrics.py", "middle = 0.5 if", "middle = 0.0 if",
      "test_accuracy_of_two_classes")
fault("metric: a column against a row", "metrics.py", "if p.shape != t.shape:", "if False:",
      "test_a_column_against_a_row_is_refused")

# Optimizers

fault("adam: no bias correction", "optim.py", "rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)", "rate",
      "test_textbook")
fault("adam: bias correction a step late", "optim.py", "t, root = self.iterations,", "t, root = self.iterations + 1,",
      "test_textbook")
fault("adam: epsilon not scaled", "optim.py", "change += self.epsilon / root", "change += self.epsilon",
      "test_textbook")
fault("adam: betas exchanged", "optim.py", "        m *= self.beta_1\n", "        m *= self.beta_2\n", "test_textbook")
fault("adam: v of |g|", "optim.py", "np.multiply(g, g, out=change)", "np.abs(g, out=change)", "test_textbook")
fault("adam: moments never flushed", "optim.py", "if t % FLUSH_EVERY == 0:", "if False:",
      "test_no_subnormals_after_gradients_vanish")
fault("adam: moments flushed while they count", "optim.py", ".tiny * 1e8] = 0", ".tiny * 1e28] = 0",
      "test_adams_step_does_not_depend_on_the_gradients_scale")
fault("sgd: the sign of momentum", "optim.py", "v -= change", "v += change", "test_textbook")
fault("sgd: momentum not kept", "optim.py", "v *= self.momentum", "v *= 0", "test_textbook")
fault("sgd: nesterov ignored", "optim.py", "if self.nesterov:", "if False:", "test_textbook")
fault("sgd: nesterov without momentum's factor", "optim.py", "np.multiply(v, self.momentum, out=change)",
      "np.multiply(v, 1, out=change)", "test_textbook")
fault("sgd: weight decay", "optim.py", "np.multiply(g, rate, out=change)",
      "np.multiply(g + 1e-3 * w, rate, out=change)", "test_textbook")
fault("optimizer: the schedule counts from 1", "optim.py", "self.learning_rate(self.iterations) if",
      "self.learning_rate(self.iterations + 1) if", "test_the_rate_is_a_function_of_the_step_from_zero")
fault("optimizer: gradients not forgotten", "optim.py",
      "            for p in group.tensors:\n                p.grad = None", "            pass",
      "test_two_backwards_are_a_sum_and_zero_grad_starts_anew")
fault("optimizer: exchanged gradients overwrite", "optim.py", "foreign.append((view, np.array(p.grad)))",
      "foreign.append((view, np.asarray(p.grad)))", "test_exchanged_gradients")
fault("optimizer: a given gradient ignored", "optim.py", "            view[...] = gradient", "            pass",
      "test_an_assigned_gradient_is_used")
fault("optimizer: a missing gradient is 0", "optim.py", "if p.grad is None and not p.requires_grad:",
      "if p.grad is None:", "test_a_missing_gradient_is_named_and_nothing_is_updated")
fault("optimizer: what is frozen moves", "optim.py", "p.overwrite(value)", "pass",
      "test_a_parameter_frozen_on_the_way_stays_and_can_thaw")
fault("optimizer: a parameter named twice", "optim.py",
      "list({id(p): p for p in parameters if p.requires_grad}.values())", "[p for p in parameters if p.requires_grad]",
      "test_a_parameter_named_twice_is_updated_once")
fault("optimizer: results can be bound", "optim.py", "if p.op is not None:", "if False:", "test_optim::test_refusals")
fault("optimizer: binding again forgets its state", "optim.py", "            if all(p.buffer is view for",
      "            if not all(p.buffer is view for", "test_binding_the_same_again_keeps_the_state")
fault("optimizer: another's parameters", "optim.py", "if p.buffer is not view:", "if False:",
      "test_another_optimizer_takes_over_and_the_first_says_so")

# Weights and files: whole, or not at all

fault("load: some are set before another fails", "nn/module.py", '            with np.errstate(over="ignore"):\n',
      '            p.overwrite(v)\n            with np.errstate(over="ignore"):\n',
      "test_what_does_not_fit_changes_nothing")
fault("load: unknown names ignored", "nn/module.py", "if extra := state.keys() - own.keys():", "if extra := set():",
      "test_what_does_not_fit_changes_nothing")
fault("load: shapes broadcast", "nn/module.py", "if v.shape != p.shape:", "if False:",
      "test_what_does_not_fit_changes_nothing")
fault("load: complex to real", "nn/module.py", 'if not np.can_cast(v.dtype, p.dtype, "same_kind"):', "if False:",
      "test_what_does_not_fit_changes_nothing")
fault("load: too large becomes infinite", "nn/module.py",
      "if wraps or (np.isinf(values[name]) & np.isfinite(v)).any():", "if wraps:",
      "test_a_value_that_does_not_fit_the_dtype_changes_nothing")
fault("load: the state is read while written", "nn/module.py", "v.astype(p.dtype)", "v.astype(p.dtype, copy=False)",
      "test_swapping_two_parameters")
fault("state_dict: shares memory", "nn/module.py", "return {name: p.numpy() for", "return {name: p.data for",
      "test_round_trip_is_exact_and_holds_copies")
fault("file: half written takes the name", "_files.py",
      "        os.replace(part, path)\n"
      "    except BaseException:  # Ctrl-C too\n"
      "        part.unlink(missing_ok=True)\n"
      "        raise", "    finally:\n        os.replace(part, path)",
      "test_a_failed_save_leaves_the_old_file_and_no_other")
fault("file: half written is left behind", "_files.py", "part.unlink(missing_ok=True)", "pass",
      "test_a_failed_save_leaves_the_old_file_and_no_other")
fault("file: Ctrl-C leaves it behind", "_files.py", "except BaseException:", "except Exception:",
      "test_a_failed_save_leaves_the_old_file_and_no_other")
fault("file: any size is unpacked", "weights.py", "if entry.file_size > like.nbytes + 4096:", "if False:",
      "test_an_archive_that_unpacks_to_more_than_the_model_is_not_unpacked")
fault("file: any dtype is taken", "weights.py", "if shape != like.shape or dtype != like.dtype:",
      "if shape != like.shape:", "test_another_models_file", "test_strange_arrays_are_refused")
fault("file: Fortran's order ignored", "weights.py", 'order="F" if fortran else "C"', 'order="C"',
      "test_an_array_in_fortran_order_comes_back")
fault("file: missing names", "weights.py", "if entries.keys() != like.keys():", "if False:", "test_another_models_file")

# Initial weights and seeds

fault("glorot: a smaller bound", "nn/initializers.py", "limit = math.sqrt(6 / sum(_fans(shape)))",
      "limit = math.sqrt(3 / sum(_fans(shape)))", "test_uniform_fills_its_interval")
fault("glorot: one side only", "nn/initializers.py",
      "limit = math.sqrt(6 / sum(_fans(shape)))\n    return rng.uniform(-limit,",
      "limit = math.sqrt(6 / sum(_fans(shape)))\n    return rng.uniform(0,", "test_uniform_fills_its_interval")
fault("he_uniform: outputs for inputs", "nn/initializers.py", "math.sqrt(6 / _fans(shape)[0])",
      "math.sqrt(6 / _fans(shape)[1])", "test_uniform_fills_its_interval")
fault("he_normal: outputs for inputs", "nn/initializers.py", "math.sqrt(2 / _fans(shape)[0])",
      "math.sqrt(2 / _fans(shape)[1])", "test_truncated_normal_has_the_variance_it_promises_and_no_tails")
fault("normal: tails not cut", "nn/initializers.py", "np.abs(x) > 2).any()", "np.abs(x) > 3).any()",
      "test_truncated_normal_has_the_variance_it_promises_and_no_tails")
fault("normal: the variance the cut leaves", "nn/initializers.py", "(stddev / 0.87962566103423978)", "stddev",
      "test_truncated_normal_has_the_variance_it_promises_and_no_tails")
fault("seed: a layer's ignored", "nn/layers.py",
      "np.random.default_rng(self._entropy if self.seed is None else self.seed)", "np.random.default_rng()",
      "test_layers::test_seeds")
fault("seed: a layer's own overwritten", "nn/module.py", 'if getattr(module, "seed", part) is None:',
      'if hasattr(module, "seed"):', "test_a_layers_own_seed_wins")
fault("seed: all layers start alike", "nn/module.py", "as_sequence(seed).spawn(len(inside))",
      "[as_sequence(seed)] * len(inside)", "test_sequential::test_seed")
fault("seed: fit's ignored", "training.py", "np.random.default_rng(seed if seed is not None else",
      "np.random.default_rng(", "test_training::test_seeds")
fault("seed: the model's does not order the data", "training.py", '_second_stream(getattr(model, "seed", None))',
      "None", "test_training::test_seeds")

fault("seed: the order of the data from the weights' stream", "training.py", "(*sequence.spawn_key, 2**31)",
      "sequence.spawn_key", "test_the_order_of_the_data_is_another_stream_than_the_weights")

# Training

fault("fit: means over batches, not examples", "training.py", "self.totals[name] += value * n\n        self.count += n",
      "self.totals[name] += value\n        self.count += 1", "test_the_loss_of_an_epoch_is_the_mean_over_examples")
fault("fit: the last, smaller batch left out", "training.py", "for start in range(0, n, size):",
      "for start in range(0, n - size + 1, size):", "test_each_epoch_sees_all_once_in_batches_the_last_smaller")
fault("fit: shuffle ignored", "training.py", "rng.permutation(len(x)) if shuffle else None", "None",
      "test_each_epoch_sees_all_once_in_batches_the_last_smaller")
fault("fit: one order for all epochs", "training.py", "rng.permutation(len(x)) if shuffle else None",
      "np.random.default_rng(seed).permutation(len(x)) if shuffle else None",
      "test_each_epoch_sees_all_once_in_batches_the_last_smaller")
fault("fit: gradients add up", "training.py", "plan.optimizer.zero_grad()", "pass", "test_fit_is_gradient_descent")
fault("fit: validation from the start", "training.py", "x[:cut], (x[cut:], y[cut:]), y[:cut]",
      "x[-cut:], (x[:-cut], y[:-cut]), y[-cut:]", "test_validation_split_is_the_end_before_shuffling")
fault("fit: Ctrl-C within a step", "training.py", "signal.signal(signal.SIGINT, wait)", "pass",
      "test_a_signal_within_a_step_waits_for_its_end")
fault("fit: Ctrl-C is not given back", "training.py", "signal.signal(signal.SIGINT, before)", "pass",
      "test_an_error_within_a_step_gives_ctrl_c_back")
fault("fit: a row of targets for a column", "training.py", "return y[:, None]\n    if", "return y\n    if",
      "test_targets_in_a_row_or_a_column")
fault("fit: validation data trained on", "training.py", "x, validation_data, y = x[:cut], (x[cut:], y[cut:]), y[:cut]",
      "validation_data = (x[cut:], y[cut:])", "test_validation_split_is_the_end_before_shuffling")
fault("predict: the last batch only", "training.py", "return np.concatenate(parts)", "return parts[-1]",
      "test_predict_is_the_models_output")
fault("flatten: columns first", "nn/layers.py", "return x.reshape((x.shape[0], math.prod(x.shape[1:])))",
      "return x.T.reshape((math.prod(x.shape[1:]), x.shape[0])).T if x.ndim > 1 else x.reshape((x.shape[0], 1))",
      "test_flatten")
fault("dense: use_bias ignored", "nn/layers.py", 'made["bias"] if self.use_bias else None', 'made["bias"]',
      "test_without_bias")
