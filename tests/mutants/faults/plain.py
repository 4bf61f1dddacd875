"""Faults of what comes out plain: arrays of arrays, NumPy's functions on constants, indices,
names."""

from .fault import fault

fault("plain: tensors of arrays", "transforms/run.py", "        if not self.arrays:\n", "        if True:\n",
      "test_arrays_give_arrays_and_tensors_give_tensors")
fault("plain: arrays of tensors", "transforms/run.py", "not tensors_in([args[n] for n in numbers])", "True",
      "test_arrays_give_arrays_and_tensors_give_tensors")
fault("plain: the other arguments count", "transforms/run.py", "tensors_in([args[n] for n in numbers])",
      "tensors_in(args)", "test_tensors_among_the_others_do_not_count")
fault("plain: cotangents do not count", "transforms/run.py", "self.arrays and not tensors_in(others)", "self.arrays",
      "test_tensors_among_the_others_do_not_count")
fault("plain: what others may differentiate is cut", "transforms/run.py",
      "        if y.requires_grad and depends_on_others([y], self.xs):\n", "        if False:\n",
      "test_parameters_of_a_closure_are_trained_through_the_gradient", "test_a_tracked_input_stays_connected")
fault("plain: the graph's own array is given out", "transforms/run.py", "result.copy() if result is numbers_of(y) else result",
      "result", "test_what_is_given_back_may_be_written_into")
fault("plain: read-only arrays are given out", "transforms/run.py",
      "array.base is None and array.flags.writeable", "array.base is None",
      "test_what_is_given_back_may_be_written_into")
fault("plain: aux keeps its tensors", "transforms/run.py", "self.value(x) if isinstance(x, Tensor) else x for x in leaves",
      "x for x in leaves", "test_arrays_give_arrays_and_tensors_give_tensors")
fault("plain: jvp's inner leaf is the caller's", "transforms/run.py", "y.requires_grad, y.params = True, LENT",
      "y = Tensor(y, requires_grad=True)", "test_jitted_transforms_give_what_plain_ones_give")
fault("plain: an array of tensors in another shape", "transforms/run.py", "stack(list(y.flat)).reshape(y.shape)",
      "stack(list(y.flat))", "test_an_array_of_tensors_is_one_result")
fault("constants: a gradient is lost in silence", "autodiff/protocols.py", "not getattr(x, \"requires_grad\", False)", "True",
      "test_a_function_without_a_rule_is_numpys_where_nothing_needs_a_gradient")
fault("constants: jit runs them once for all", "autodiff/protocols.py", "return mode.tape is None and not getattr",
      "return not getattr", "test_inside_jit_it_is_refused_as_before")
fault("constants: NumPy writes into them", "autodiff/protocols.py", "array.flags.writeable = False", "pass",
      "test_a_constant_is_not_written_behind_the_graphs_back")
fault("constants: ufunc.at writes into them", "autodiff/protocols.py",
      "method == \"at\" and hasattr(type(inputs[0]), \"__record__\")", "False",
      "test_a_constant_is_not_written_behind_the_graphs_back")
fault("index: floats are cut", "autodiff/conversions.py", "if self.ndim or self.dtype.kind not in \"iu\":", "if self.ndim:",
      "test_a_whole_number_is_an_index")
fault("index: one of one entry", "autodiff/conversions.py", "if self.ndim or self.dtype.kind not in \"iu\":",
      "if self.dtype.kind not in \"iu\":", "test_a_whole_number_is_an_index")
fault("array: the library that asks is not looked for", "autodiff/messages.py", "while library() == \"numpy\"", "while False",
      "test_plots_name_the_line_to_write")
fault("names: what is imported late is not listed", "__init__.py", '"jit",', "",
      "test_dir_and_tab_have_what_is_imported_late")
