"""Faults of the walk back: order, sums, memory, broadcasting, dtypes, stale graphs."""

from .fault import COMPLEX_STEP, fault

# The walk: topological order. A tensor that is met too early is met again, with the rest of its
# gradient. The sum is right even so, since rules are linear, but rules run twice: over a ladder of
# n diamonds, 2^n times.

fault("walk: first in, first out", "autodiff/walk.py", "from heapq import heapify, heappop, heappush",
      "heapify, heappop, heappush = list, (lambda heap: heap.pop(0)), list.append",
      "test_a_ladder_of_uneven_diamonds_visits_each_node_once")
fault("walk: last in, first out", "autodiff/walk.py", "from heapq import heapify, heappop, heappush",
      "heapify, heappop, heappush = list, list.pop, list.append",
      "test_a_ladder_of_uneven_diamonds_visits_each_node_once")
fault("walk: the found part overwrites", "autodiff/walk.py", "found[y.step][1] + mine if y.step in found else mine", "mine",
      "test_a_leaf_rewritten_between_two_uses_gets_both_parts")
fault("walk: interior gradients retained", "autodiff/walk.py", "(op is None or y.retains) if wanted is None",
      "True if wanted is None", "test_retained_gradients")
fault("walk: retain_grad ignored", "autodiff/walk.py", "op is None or y.retains", "op is None", "test_retained_gradients")
fault("walk: wanted ignored", "autodiff/walk.py", "(op is None or y.retains) if wanted is None else y.step in wanted",
      "op is None or y.retains", "test_engine_gives_what_is_wanted_only")
fault("walk: wanted adds to the leaves", "autodiff/walk.py", "if wanted is None else y.step in wanted",
      "if wanted is None else op is None or y.step in wanted", "test_rules_run_only_on_the_way_to_what_is_wanted")
fault("walk: constants get gradients", "autodiff/walk.py", 'if not getattr(x, "_requires_grad", False) or',
      'if not hasattr(x, "_requires_grad") or', "test_constants_get_nothing")
fault("walk: rules run that lead to nothing wanted", "autodiff/walk.py", " or (useful is not None and x.step not in useful):",
      ":",
      "test_rules_run_only_on_the_way_to_what_is_wanted")
fault("walk: a wanted leaf written after its use is lost", "autodiff/walk.py", "key=lambda x: (x.op is not None, x.step)",
      "key=lambda x: x.step", "test_the_graph_lists_each_tensor_once_inputs_first")
fault("walk: underflow signals", "autodiff/walk.py", 'np.errstate(under="ignore")', "np.errstate()",
      "test_no_rule_signals_underflow")
fault("walk: the gradient of a gradient is constant", "autodiff/walk.py",
      "        if not symbolic:\n            value = y._data", "        if True:\n            value = y._data",
      "test_second_order")
fault("walk: a missing rule is skipped", "autodiff/walk.py", "            if rule is None:\n",
      "            if rule is None:\n                continue\n            if rule is None:\n",
      "test_backward_through_an_input_without_a_rule")

# Accumulation, and memory that is shared

fault("sum: a second use overwrites", "autodiff/walk.py", "pending[x_step] = pending[x_step] + r", "pending[x_step] = r",
      "test_a_tensor_used_twice")
fault("sum: in place into a shared array", "autodiff/walk.py", "pending[x_step] = pending[x_step] + r", "pending[x_step] += r",
      "test_a_gradient_handed_to_two_is_not_added_to_in_place")
fault("grad: overwritten", "tensor.py", "np.asarray(x._grad + g)", "np.asarray(g)",
      "test_second_backward_is_exactly_twice")
fault("grad: added in place", "tensor.py", "np.asarray(x._grad + g)", "np.add(x._grad, g, out=x._grad)",
      "test_a_gradient_handed_out_does_not_change_later")
fault("grad: a NumPy scalar", "tensor.py", "np.asarray(x._grad + g)", "x._grad + g",
      "test_gradients_are_arrays_however_often")
fault("grad: the buffer adds to what was there", "tensor.py", "buffer[...] = g", "buffer[...] += g",
      "test_gradients_go_into_the_buffer_an_optimizer_gave")
fault("grad: the buffer overwritten", "tensor.py", "np.add(buffer, g, out=buffer)", "np.add(0, g, out=buffer)",
      "test_gradients_go_into_the_buffer_an_optimizer_gave")
fault("alias: a leaf's gradient is a rule's input", "autodiff/walk.py",
      "if x.op is None and not symbolic and (r is g or r is value or id(r) in", "if False and (r is g or id(r) in",
      "test_a_rule_may_return_what_it_was_given", "test_no_two_gradients_share_memory")
fault("alias: views handed out", "autodiff/walk.py", "return g.copy() if g.base is not None or y.op is not None else g",
      "return g.copy() if y.op is not None else g", "test_no_two_gradients_share_memory")
fault("alias: interior gradients not copied", "autodiff/walk.py",
      "return g.copy() if g.base is not None or y.op is not None else g",
      "return g.copy() if g.base is not None else g", "test_no_two_gradients_share_memory")
fault("alias: gradients of create_graph", "autodiff/walk.py", "return g.astype(g.dtype)", "return g",
      "test_no_two_gradients_share_memory_with_create_graph")
fault("alias: the seed", "tensor.py", "seed = np.array(seed, dtype=self.dtype)",
      "seed = np.asarray(seed, dtype=self.dtype)", "test_no_two_gradients_share_memory")
fault("seed: mutated", "tensor.py", "        found = walk.backward([(self, seed)])\n",
      "        found = walk.backward([(self, seed)])\n"
      "        if isinstance(gradient, np.ndarray):\n"
      "            gradient *= 0\n", "test_no_two_gradients_share_memory", "test_a_read_only_seed_and_read_only_data")
fault("seed: the root has no gradient", "tensor.py", "found.setdefault(self.step, (self, seed))", "pass",
      "test_retained_gradients")
fault("seed: any shape is taken", "tensor.py", "if seed.shape != self.shape:", "if False:",
      "test_gradient_of_a_wrong_shape")

# Broadcasting, undone

fault("unbroadcast: not at all", "autodiff/walk.py", "r = unbroadcast(r, data.shape)", "pass", COMPLEX_STEP)
fault("unbroadcast: keepdims lost", "autodiff/walk.py", "g.sum(axis=stretched, keepdims=True)", "g.sum(axis=stretched)",
      "test_unbroadcast_is_the_adjoint_of_broadcasting")
fault("unbroadcast: the wrong axes", "autodiff/walk.py", "tuple(range(extra))", "tuple(range(-extra, 0))",
      "test_unbroadcast_is_the_adjoint_of_broadcasting")
fault("unbroadcast: a mean", "autodiff/walk.py", "g = g.sum(axis=tuple(", "g = g.mean(axis=tuple(",
      "test_unbroadcast_is_the_adjoint_of_broadcasting")
fault("unbroadcast: what is short stays so", "autodiff/walk.py", "return g if g.shape == shape else np.broadcast_to(g, shape)",
      "return g", "test_unbroadcast_stretches_what_a_rule_left_short")

# Dtypes: float32 stays float32

fault("dtype: 0-d arrays widen", "autodiff/operands.py", 'if a.ndim or a.dtype.kind == "c"]', "]",
      "test_what_has_no_axis_takes_its_partners_dtype")
fault("dtype: integers widen", "autodiff/operands.py", 'if arrays[i].dtype.kind in "fc"]', "]",
      "test_integers_and_booleans_take_the_floats_dtype")
fault("dtype: labels are cast too", "autodiff/operands.py", "and rule is not None\n    ]", "\n    ]",
      "test_where_with_a_tensor_as_condition", "test_labels_of_any_integer_type",
      "test_cross_entropy_of_one_row_with_a_plain_label")
fault("dtype: the gradient keeps its own", "autodiff/walk.py", "r = r.astype(data.dtype)", "pass",
      "test_the_gradient_has_the_dtype_of_its_tensor", "test_a_rule_may_leave_the_shape_to_the_engine")
fault("dtype: NumPy's scalars as parameters widen", "formula.py", "params[key] = value.item()", "pass",
      "test_parameters_do_not_widen")
fault("dtype: layers compute in what comes", "nn/casting.py",
      "return as_array(x, \"a layer\", dtype)", "return as_array(x, \"a layer\")",
      "test_whatever_comes_in_the_layer_stays_float32")

# Stale graphs

fault("stale: not checked", "autodiff/walk.py", "if last_change(x) > y.step:", "if False:", "test_stale_graph")
fault("stale: the wrong way round", "autodiff/walk.py", "if last_change(x) > y.step:", "if last_change(x) < y.step:",
      "test_stale_graph_names_the_tensor_and_the_result")
fault("stale: inputs that no rule reads count", "autodiff/walk.py", "else reads[k]\n", "else range(len(inputs))\n",
      "test_not_stale_when_the_rule_does_not_read_the_value", "test_only_the_rule_that_runs_counts")
fault("stale: only the first of many is checked", "autodiff/walk.py",
      "range(len(inputs)) if op.variadic and reads[0] else reads[k]", "reads[k]", "test_stale_variadic")
fault("stale: not seen through a view", "autodiff/versions.py", "if x.op is None or not x.op.view:", "if True:",
      "test_stale_graph")
fault("stale: seen through one view only", "autodiff/versions.py", "x, step = base, max(step, base.step)",
      "return max(step, base.step)", "test_stale_graph")
fault("stale: a copy counts as a view", "autodiff/versions.py", " or not np.may_share_memory(x._data, base._data)", "",
      "test_not_stale_behind_a_copy")
fault("stale: .data does not tell", "tensor.py", "            self._data[...] = value\n        versions.mark_changed(self)",
      "            self._data[...] = value", "test_stale_graph")
fault("stale: x[i] = v does not tell",
      "autodiff/assignment.py", "if array is None else array\n        versions.mark_changed(self)",
      "if array is None else array",
      "test_stale_graph")
fault("stale: a write through .data goes unseen", "autodiff/versions.py", "if before is None or same(before, x._data):",
      "if True:", "test_a_write_through_data_is_found")
fault("stale: the array given out first is forgotten", "autodiff/versions.py", "array, before = exposed[1](), _unchanged(x)",
      "before = _unchanged(x)", "test_the_array_given_out_first_is_watched_though_a_second_has_gone")
fault("stale: no copy after a write that was told", "autodiff/versions.py",
      'x.attached.exposed = x._data.copy(order="K"), holder', "pass", "test_what_was_written_before_the_next_use_is_no_reason_to_refuse")
fault("stale: an update by hand is compared", "autodiff/versions.py", "x.attached.exposed = None, x.attached.exposed[1]",
      "pass", "test_an_update_by_hand_compares_nothing")
fault("stale: only whole words are compared", "autodiff/snapshots.py", "return bool((a[whole:] == b[whole:]).all())",
      "return True", "test_one_byte_that_differs_is_found")
fault("stale: only the first block is compared", "autodiff/snapshots.py", "range(0, len(words), _BLOCK)",
      "range(0, min(len(words), 1), _BLOCK)", "test_one_byte_that_differs_is_found")
fault("stale: the watch never ends", "autodiff/versions.py", "gone = holder() is None", "gone = False",
      "test_the_watch_ends_with_the_array")
fault("stale: the watch ends at once", "autodiff/versions.py", "gone = holder() is None", "gone = True",
      "test_a_write_through_data_is_found", "test_through_a_view_of_it",
      "test_what_is_computed_after_the_write_is_right")
fault("stale: what is computed after a write is stale", "autodiff/record.py", "    if versions.any_exposed:\n", "    if False:\n",
      "test_what_is_computed_after_the_write_is_right")
fault("stale: a result's data can be written", "tensor.py", "read_only(self._data) if self.op is not None else", "",
      "test_the_data_of_a_result_is_read_only")
fault("stale: an array's memory goes out of asarray", "autodiff/conversions.py", "np.array(read_only(self._data), dtype",
      "np.array(self._data, dtype", "test_asarray_of_a_constant_is_read_only")
fault("stale: operands are not copied", "autodiff/record.py",
      "tuple(keep(x) if type(x) is np.ndarray else x for x in inputs) if raw else inputs",
      "inputs", "test_an_operand_is_copied_when_recorded")
fault("stale: the copy of an array that has changed is used again", "autodiff/snapshots.py",
      " or not same(copy, array)", "",
      "test_one_array_used_twice_is_kept_once")
fault("stale: a shape counts as a value", "formula.py", "isinstance(n, ast.Name) and id(n) not in shapes}",
      "isinstance(n, ast.Name)}", "test_reads_says_which_values_a_rule_looks_at")
fault("stale: a value beside its shape does not count", "formula.py",
      "return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in shapes}",
      "hidden = {n.id for n in ast.walk(tree) if id(n) in shapes and isinstance(n, ast.Name)}\n"
      "    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - hidden",
      "test_a_value_read_beside_its_shape_is_read")
fault("stale: an optimizer's step does not tell", "optim/buffers.py", "versions.mark_changed(*self.tensors)", "pass",
      "test_a_graph_from_before_the_step_is_stale")
fault("stale: an index array is kept as it is", "autodiff/assignment.py",
      "return index.copy() if isinstance(index, np.ndarray) else index", "return index",
      "test_an_index_array_changed_afterwards")
fault("stale: an unrecorded view shares memory", "autodiff/record.py", "        y._data = y._data.copy()\n", "",
      "test_a_constants_view_does_not_change_under_a_graph", "test_stale_through_a_write_into_an_unrecorded_view")
fault("stale: an unrecorded view can be written", "autodiff/record.py", "y._data.flags.writeable = False", "pass",
      "test_a_chained_assignment_is_not_lost_in_silence")
