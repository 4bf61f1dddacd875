"""Faults of recording, of operators and calls, and of NumPy's door."""

from .fault import COMPLEX_STEP, fault

# What is recorded

fault("no_grad: no end after an exception", "autodiff/modes.py", "    finally:\n        _set(name, before)",
      "    except ImportError:\n        raise\n    else:\n        _set(name, before)",
      "test_no_grad_ends_with_an_exception")
fault("no_grad: the inner one ends the outer", "autodiff/modes.py", "_set(name, before)",
      "_set(name, not value)", "test_no_grad_and_back")
fault("no_grad: for all threads", "autodiff/modes.py", "class _Modes(threading.local):", "class _Modes:",
      "test_no_grad_holds_for_its_thread_only")
fault("no_grad: ignored", "autodiff/record.py", "tracked and mode.recording and bool", "tracked and bool",
      "test_no_grad_and_back")
fault("record: comparisons and integers", "autodiff/record.py", 'return y.dtype.kind == "f"', "return True",
      "test_a_cast_to_integers_is_a_constant", "test_without_a_rule_nothing_is_recorded")
fault("record: constants too", "autodiff/record.py", "y._requires_grad or mode.everything or", "True or",
      "test_without_a_rule_nothing_is_recorded", "test_no_rule_runs_for_a_constant")
fault("record: the first input decides", "autodiff/record.py",
      "tracked = tracked or x._requires_grad", "tracked = x is inputs[0] and x._requires_grad", COMPLEX_STEP)
fault("requires_grad: of integers", "tensor.py", "if value and self._data.dtype.char not in TRAINED:", "if False:",
      "test_integers_do_not_require_a_gradient")
fault("requires_grad: taken from a result", "tensor.py", "if not value and self.op is not None:", "if False:",
      "test_requires_grad_of_a_result_cannot_be_taken_away")
fault("assignment: into what is tracked", "autodiff/assignment.py",
      "if self.op is not None or (self._requires_grad and mode.recording):", "if self.op is not None:",
      "test_assignment_into_what_is_tracked")
fault("asarray: drops the gradient", "autodiff/conversions.py",
      "copy: bool | None = None) -> np.ndarray:\n        if self._requires_grad and",
      "copy: bool | None = None) -> np.ndarray:\n        if False and", "test_asarray_of_what_is_tracked")
fault("detach: shares memory", "tensor.py", "y = Tensor(self._data, name=self.name)",
      "y = Tensor(self._data, name=self.name, copy=False)", "test_detach_is_a_constant_copy")
fault("numpy(): shares memory", "tensor.py", "return self._data.copy()", "return self._data", "test_numpy_is_a_copy")
fault("tensor(): shares memory", "tensor.py", 'array.copy(order="K") if copy and not fresh else array', "array",
      "test_data_comes_in_as_a_copy_unless_it_is_shared")
fault("deepcopy: shares the gradient", "autodiff/conversions.py", "None if self._grad is None else self._grad.copy()", "self._grad",
      "test_deepcopy_of_leaves")

fault("record: operations without rules", "autodiff/record.py", "mode.plain and op.rules and", "mode.plain and",
      "test_the_gradient_passes_where_the_value_did")
fault("record: no output units under no_grad", "autodiff/record.py", "        or op.output_unit\n", "",
      "test_integers_do_not_wrap_in_activations")
fault("record: complex results in silence", "autodiff/record.py", 'if y.dtype.kind == "c":', "if False:",
      "test_a_complex_result_does_not_lose_the_gradient_in_silence")

# Operators

fault("operator: c - x is x - c", "autodiff/methods.py", "__sub__, __rsub__ = _operator(ops.sub)",
      "__sub__, __rsub__ = _operator(ops.sub)[:1] * 2", "test_what_has_no_axis_takes_its_partners_dtype")
fault("operator: c / x is x / c", "autodiff/methods.py", "__truediv__, __rtruediv__ = _operator(ops.div)",
      "__truediv__, __rtruediv__ = _operator(ops.div)[:1] * 2", "test_what_has_no_axis_takes_its_partners_dtype")
fault("operator: c ** x is x ** c", "autodiff/methods.py", "__rpow__ = _operator(ops.power)[1]",
      "__rpow__ = _operator(ops.power)[0]", "test_what_has_no_axis_takes_its_partners_dtype")
fault("operator: A @ x is x @ A", "autodiff/methods.py", "record(ops.product_of(other, self), (other, self))",
      "record(ops.product_of(self, other), (self, other))", "test_array_at_tensor")
fault("operator: < and <= exchanged", "autodiff/methods.py", "__lt__, __le__ =", "__le__, __lt__ =",
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
fault("call: lists stay lists", "formula.py", "                 else numbers(x, self.name) for x in inputs]",
      "                 else x for x in inputs]", "test_lists_are_taken_as_arrays")
fault("call: parentheses lost in a caption", "autodiff/captions.py", 'return ast.parse(value, mode="eval").body ',
      "return ast.Name(value) ", "test_a_caption_of_expressions_means_what_the_operation_does")
fault("call: the last operation takes NumPy's name", "formula.py", "BY_NUMPY.setdefault(numpy, self)",
      "BY_NUMPY[numpy] = self", "test_the_first_operation_for_a_numpy_function_stays")
fault("call: a rule sees no parameters", "autodiff/walk.py", "rule(g, value, *arrays, **params) if tape",
      'rule(g, value, *arrays, **({"i": i} if op.variadic else {})) if tape', COMPLEX_STEP)
fault("variadic: every input is the first", "autodiff/walk.py", '{**y.params, "i": i}', '{**y.params, "i": 0}',
      "test_variadic")
fault("variadic: one input too far", "autodiff/walk.py", '{**y.params, "i": i}', '{**y.params, "i": i + 1}', "test_variadic")
fault("variadic: parameters lost", "autodiff/walk.py", '{**y.params, "i": i}', '{"i": i}', "test_variadic")

# NumPy's door

fault("door: a dtype is ignored", "autodiff/protocols.py", "if not _changes_nothing(name, given.pop(name)):",
      "if given.pop(name) is None and False:", "test_what_has_no_rule_is_refused")
fault("door: arguments by place, not by NumPy's names", "autodiff/protocols.py", "    signature = _signature(function)\n",
      "    signature = None\n", "test_numpys_result_through_numpys_door")
fault("door: a mask is ignored", "autodiff/protocols.py", "if not _changes_nothing(k, v)}", "if False}",
      "test_what_has_no_rule_is_refused")
fault("door: facts are refused", "autodiff/protocols.py", "if function in _FACTS:", "if False:",
      "test_facts_of_a_tensor_are_numpys")

# Augmented assignment, and operations of one's own

fault("augmented: a new tensor under no_grad", "autodiff/assignment.py",
      "        if not own or (recording and not x._requires_grad):",
      "        if True:", "test_under_no_grad_it_writes_into_the_leaf")
fault("augmented: lost outside", "autodiff/assignment.py", "        if not own or (recording and not x._requires_grad):",
      "        if not own or recording:", "test_of_a_trained_leaf_it_is_refused_where_it_would_be_lost")
fault("augmented: into what a transform lent", "autodiff/assignment.py",
      "x.op is None and x.params is not LENT and", "x.op is None and",
      "test_inside_a_transform_it_makes_a_new_tensor")
fault("op: without a rule the gradient is 0", "autodiff/record.py", "bool(op.rules or op.unruled)", "bool(op.rules)",
      "test_ones_own_operation_without_a_rule_has_no_gradient_of_0")
