"""Faults of what newcomers write: names, imports, NumPy's functions, gradients that answer."""

from .fault import fault

# NumPy's functions

fault("cholesky: both mirrored entries", "ops/linalg.py", "    return _half_below(s + s.mT)\n", "    return s + s.mT\n",
      "test_gradient_is_the_complex_step")
fault("cholesky: the whole diagonal", "ops/linalg.py", "np.tril(m) * (1 - np.eye(m.shape[-1], dtype=m.dtype) / 2)",
      "np.tril(m)", "test_gradient_is_the_complex_step")
fault("slogdet: not transposed", "ops/linalg.py", 'x="g[..., None, None] * np.linalg.inv(x).mT",\n                 doc="log |det x|',
      'x="g[..., None, None] * np.linalg.inv(x)",\n                 doc="log |det x|', "test_gradient_is_the_complex_step")
fault("median: the upper of two", "ops/numpys.py", "found = below + (above - below) * part", "found = above",
      "test_numpys::test_value_and_gradients")
fault("average: weights not divided by", "ops/numpys.py", "keepdims=keepdims) / total", "keepdims=keepdims)",
      "test_numpys::test_value_and_gradients")
fault("diag: below is above", "ops/numpys.py", "(at, at + k) if k >= 0 else (at - k, at)", "(at, at + abs(k))",
      "test_numpys::test_value_and_gradients")
fault("convolve: not turned round", "ops/numpys.py", "@ flip(v, axis=0)", "@ v", "test_numpys::test_value_and_gradients")
fault("kron: the other order", "ops/numpys.py", "    blocks = mul(", "    a, b = b, a\n    blocks = mul(",
      "test_numpys::test_value_and_gradients")
fault("places: refused", "autodiff/protocols.py", "if function in _PLACES and mode.tape is None:", "if False:",
      "test_places_are_plain")

# Names and imports

fault("imports: Python's own message", "habits/__init__.py", "    if frame is not None and _imports(frame):\n", "    if False:\n",
      "test_import_lines_that_are_refused_say_what_to_write")
fault("imports: hasattr is an ImportError", "habits/__init__.py", "    if frame is not None and _imports(frame):\n", "    if True:\n",
      "test_asking_by_getattr_stays_an_attribute_error")
fault("keywords: unknown ones let through", "habits/__init__.py", "if not kwargs.keys() <= set(known):", "if False:",
      "test_what_is_refused_says_what_to_write")
fault("rate: a name without effect", "optim/base.py", "        self.learning_rate = value\n", "        pass\n",
      "test_a_rate_by_pytorchs_name")
fault("order: *args is taken", "order.py", 'if names == ("*", "*"):', "if False:", "test_a_loss_that_is_none_says_so")

# Gradients, sizes, entries

fault("gradient: another one at each look", "tensor.py", "            self._grad = answering(self._grad)\n",
      "            return answering(self._grad)\n", "test_a_gradient_is_an_array_that_answers")
fault("gradient: results answer too", "habits/arrays.py", "        plain = np.asarray(array)\n", "        plain = array.view(Array)\n",
      "test_a_gradient_is_an_array_that_answers")
fault("at: added where set", "habits/at.py", 'where(self._hits("set") == 1, self._spread(values), self.x)', "self.x + self._spread(values)",
      "test_entries_are_set_in_a_new_tensor")
fault("at: twice named", "habits/at.py", "        if (hits > 1).any():\n", "        if False:\n",
      "test_entries_keep_their_dtype_and_are_named_once")
fault("numbers: of ones own kind recur", "autodiff/operands.py", "return int(x) if isinstance(x, int) else float(x)", "return x",
      "test_numbers_of_ones_own_kind")
fault("transpose: negative axes are NumPy's", "tensor.py", "[a % 2 for a in axes] == [0, 1]", "axes == (0, 1)",
      "test_two_of_three_axes_change_places")
fault("np.testing: all of NumPy may", "autodiff/messages.py", '.startswith("numpy.testing"):', '.startswith("numpy"):',
      "test_asarray_of_what_is_tracked", "test_numpy_testing_compares_what_is_tracked")

# Losses and layers of one's own

fault("loss: any shape is averaged", "losses/examples.py", "if value.shape != prediction.shape[: value.ndim]:", "if False:",
      "test_a_loss_that_is_none_says_so")
fault("loss: target first is taken", "order.py", "    if swapped:\n        raise TypeError(\n            \"a loss is called here",
      "    if False:\n        raise TypeError(\n            \"a loss is called here", "test_a_loss_called_with_the_target_first_says_so")
fault("loss: a soft target that is trained is refused", "order.py",
      'not hasattr(prediction, "requires_grad") or _zeros_and_ones(prediction)', "True",
      "test_the_gradient_for_a_target_of_0_is_not_lost")
fault("build: at every first call", "nn/call.py", 'if self.builds and inputs and "_was_built" not in vars(self):',
      "if self.builds and inputs:", "test_build_and_call_as_keras_has_them")
fault("jit: static arrays are taken", "compiler/function.py", "        if self.static:\n", "        if False:\n",
      "test_static_arguments_are_values")
fault("jit: methods forget what is static", "compiler/function.py", "            found.static = self.static\n", "            pass\n",
      "test_static_arguments_of_methods_and_copies")
