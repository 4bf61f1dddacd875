"""Faults of what would be wrong in silence: lost gradients, data that wraps, costs that mean
something else."""

from .fault import fault

# Gradients that are lost

fault("float(): of what is tracked", "autodiff/conversions.py",
      "mode.recording and (self.op is None or self._grad is None) and self.size == 1", "False",
      "test_a_number_made_of_what_is_tracked_is_refused")
fault("float(): of a loss that was differentiated", "autodiff/conversions.py",
      "(self.op is None or self._grad is None) and self.size",
      "self.size", "test_a_loss_that_was_differentiated_is_a_number_again")
fault("float(): of a weight with a gradient", "autodiff/conversions.py", "(self.op is None or self._grad is None) and self.size",
      "self._grad is None and self.size", "test_a_number_made_of_a_weight_in_a_second_step")
fault("float(): under no_grad too", "autodiff/conversions.py", "self._requires_grad and mode.recording and (",
      "self._requires_grad and (", "test_what_loses_nothing_stays")
fault("tensor(): of what is tracked", "tensor.py",
      "source is not None and source._requires_grad and not requires_grad and mode.recording", "False",
      "test_copies_of_what_is_tracked")
fault("grad: the optimizer's buffer is given out", "tensor.py",
      "self._grad = self._grad.copy()      # in", "pass      # in", "test_gradients_kept_from_step_to_step")
fault("grad: a copy that nobody reads", "tensor.py", "self._grad = self._grad.copy()      # in",
      "return self._grad.copy()      # in", "test_what_is_written_into_a_gradient_counts_in_the_step",
      "test_a_gradient_is_itself")
fault("module: a weight that is a result", "nn/tree.py",
      "value.requires_grad and (owner.first_call is None or value.step < owner.first_call)", "False",
      "test_a_weight_that_is_a_result_is_refused_by_name")
fault("module: a stored result is refused", "nn/tree.py",
      "(owner.first_call is None or value.step < owner.first_call)", "True", "test_a_stored_result_is_no_parameter",
      "test_what_a_forward_pass_stores_is_no_parameter")
fault("module: what is not recorded is a parameter", "nn/tree.py",
      "made = value.op is not None or value.params is UNRECORDED", "made = value.op is not None",
      "test_a_stored_result_is_no_parameter")
fault("dense: a late seed changes nothing", "nn/dense.py", "p.overwrite(fresh[key].astype(p.dtype))", "pass",
      "test_a_seed_reaches_layers_that_share_a_weight")
fault("dense: a late seed draws used weights anew", "nn/dense.py",
      "seed is None or not self._first_values or self.first_call is not None or",
      "seed is None or not self._first_values or",
      "test_a_layer_that_was_called_keeps_its_weights")


# Differences

fault("check: one step for all entries", "check.py", "return [h * np.maximum(size, 1),",
      "return [h * np.maximum(size.max(initial=1), 1) + 0 * size] * 3 or [", "test_large_entries_beside_small_ones")
fault("check: large entries hide small ones", "check.py", "size = np.floor(np.log10(", "size = 0 * np.floor(np.log10(",
      "test_a_fault_beside_a_large_entry_is_seen")
fault("check: nothing to differentiate", "check.py", "if not any(x.size for x in arrays):", "if False:",
      "test_nothing_to_differentiate_is_no_fault")
fault("check: where the function is infinite", "check.py", "if not np.isfinite(here).all():", "if False:",
      "test_where_the_function_is_not_finite_differences_say_nothing")

# Logits and probabilities

fault("prediction: arrays are logits", "predictions.py",
      "return not keras or not _probabilities_by_numbers(p, unit, graph=False)", "return True",
      "test_what_could_be_either_is_asked_for", "test_probabilities_of_a_softmax_of_ones_own")
fault("prediction: the graph is not read", "predictions.py", "if low < 0 and not open_ and not bounded:", "if True:",
      "test_probabilities_of_a_sigmoid_of_ones_own")
fault("prediction: in bounds is not enough", "predictions.py", "return not (bounded and unit is ops.sigmoid) and not",
      "return not", "test_probabilities_of_a_sigmoid_of_ones_own")
fault("prediction: a unit further back is not seen", "intervals.py",
      "open_[id(x)] = any(open_[id(i)] for i in inner) and not _over_features(x)", "open_[id(x)] = False",
      "test_what_could_be_either_is_asked_for")
fault("prediction: a sum over features keeps it open", "intervals.py", "if x.op is not ops.sum:", "if True:",
      "test_a_linear_unit_returns_logits_wherever_they_lie")
fault("prediction: PyTorch's names take probabilities", "predictions.py",
      "        if bounded:\n", "        if False:\n",
      "test_what_contradicts_itself_is_refused")
fault("prediction: detach() forgets", "tensor.py", "if behind is not None:\n            attach(y).behind = behind._replace", "if False:\n            attach(y).behind = behind._replace",
      "test_probabilities_of_a_sigmoid_of_ones_own", "test_the_reference_is_on_the_result_and_marks_nothing")
fault("prediction: rows need not sum to 1", "predictions.py",
      "not (np.abs(x.sum(axis=-1, dtype=float) - 1) > 1e-3).any()",
      "True", "test_rows_in_01_that_do_not_sum_to_1_are_asked_for")
fault("prediction: jit looks at numbers once", "predictions.py",
      "        if mode.tape is not None:\n            mode.tape.esc",
      "        if False:\n            mode.tape.esc", "test_a_jitted_cost_asks_for_what_it_cannot_see")
fault("prediction: probabilities of 1 are not bounded", "predictions.py", "max=1 - EPSILON)", "max=1.0)",
      "test_probabilities_of_0_and_1_cost_what_keras_says")
fault("accuracy: entries of rows", "metrics.py", "if function in losses.CATEGORICAL or (len(shape) > 1 and shape[-1] > 1):",
      "if function in losses.CATEGORICAL:", "test_accuracy_counts_rows_where_there_are_classes")
fault("bce: inf times 0", "ops/losses.py", "return t * np.where(t == 0, 0, loss)", "return t * loss",
      "test_infinite_logits")

# Data

fault("data: integers wrap in a formula", "autodiff/record.py", 'op.real and dtype is not None and dtype.kind in "biu" and',
      "False and", "test_integers_do_not_wrap_in_activations")
fault("data: integers wrap in plain arrays", "formula.py", "        if self.real:\n", "        if False:\n",
      "test_integers_do_not_wrap_in_activations")
fault("data: foreign byte order", "autodiff/inputs.py",
      'return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))',
      "return array", "test_byte_order_is_the_machines_own")
fault("data: foreign byte order in a product", "autodiff/record.py", 'x.dtype.kind in "biufc" and x.dtype.isnative:',
      'x.dtype.kind in "biufc":', "test_labels_of_any_byte_order")
fault("data: a mask is lost", "autodiff/inputs.py", "if isinstance(x, np.ma.MaskedArray):", "if False:",
      "test_a_masked_array_is_refused_by_name")
fault("data: half floats are trained", "autodiff/record.py", 'TRAINED = "fdg"', 'TRAINED = "efdg"',
      "test_float16_is_data_and_has_no_gradient")
fault("data: NumPy scalars are Python's", "autodiff/operands.py", "number = x.item() if floating and", "number = x.item() if",
      "test_numpy_scalars_keep_their_dtype_where_no_array_of_floats_is")
fault("logical_and: bitwise", "ops/arithmetic.py", '"np.logical_and(a, b)"', '"a & b"',
      "test_logical_functions_are_numpys")
fault("diff: a negative order is none", "ops/composed.py", "    if n < 0:\n", "    if False:\n",
      "test_orders_and_axes_that_are_not_there")
fault("axes: too far is counted around", "ops/shape.py", "if not -ndim <= a < ndim:", "if False:",
      "test_orders_and_axes_that_are_not_there")
