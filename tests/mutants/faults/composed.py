"""Faults of what is composed of operations (ops/composed.py), and of the transforms' bookkeeping."""

from .fault import fault

VALUES = ("test_numpys_result_through_numpys_door", "test_composed::test_value_and_gradients")
FILE = "ops/composed.py"

fault("composed: tensordot pairs the first axes of a", FILE, "range(a.ndim - axes, a.ndim), range(axes)",
      "range(axes), range(axes)", *VALUES)
fault("composed: tensordot pairs the last axes of b", FILE, "range(a.ndim - axes, a.ndim), range(axes)",
      "range(a.ndim - axes, a.ndim), range(b.ndim - axes, b.ndim)", *VALUES)
fault("composed: tensordot of axes that differ in length", FILE, "if [a.shape[k] for k in left] != [b.shape[k] for k in right]:",
      "if False:", "test_composed::test_refusals")
fault("composed: tensordot puts b's axes first", FILE, "[c for c in first if c not in second] + [c for c in second if c not in first]",
      "[c for c in second if c not in first] + [c for c in first if c not in second]", *VALUES)
fault("composed: dot of a number is a matrix product", FILE,
      "    if np.ndim(a) == 0 or np.ndim(b) == 0:\n        return mul(a, b)\n    a, b = _array(a), _array(b)",
      "    a, b = _array(a), _array(b)", *VALUES)
fault("composed: dot of stacks is matmul", FILE, "return matmul(a, b) if b.ndim < 3 else", "return matmul(a, b) if True else",
      *VALUES)
fault("composed: inner sums over the first axis of b", FILE, "tensordot(a, b, axes=(-1, -1))", "tensordot(a, b, axes=(-1, 0))", *VALUES)
fault("composed: trace forgets its offset", FILE, "diagonal(_array(a), offset=offset, axis1", "diagonal(_array(a), offset=0, axis1",
      *VALUES)
fault("composed: trace forgets its axes", FILE, "offset=offset, axis1=axis1, axis2=axis2)", "offset=offset)", *VALUES)
fault("composed: solve of a vector as of a matrix", FILE, "(solve_vector if b.ndim == 1 else solve_matrix)", "(solve_matrix)", *VALUES)
fault("composed: a norm forgets keepdims", FILE, "return euclidean_norm(x, axis=axis, keepdims=keepdims)",
      "return euclidean_norm(x, axis=axis)", *VALUES)
fault("composed: the smallest is the largest norm", FILE, "return (max if ord > 0 else min)(abs(x), axis=axes[0]",
      "return max(abs(x), axis=axes[0]", *VALUES)
fault("composed: a vector's norm without the magnitude", FILE, "(max if ord > 0 else min)(abs(x), axis=axes[0]",
      "(max if ord > 0 else min)(x, axis=axes[0]", *VALUES)
fault("composed: norms of columns are of rows", FILE, "axes if ord in (1, -1) else axes[::-1]", "axes[::-1] if ord in (1, -1) else axes",
      *VALUES)
fault("composed: a matrix' norm keeps its axes", FILE, "return y if keepdims else squeeze(y, axis=axes)", "return y", *VALUES)
fault("composed: clip forgets a_max", FILE, "max=a_max if max is None else max", "max=max", *VALUES)
fault("composed: split into unequal parts", FILE, "if parts < 1 or n % parts:", "if parts < 1:", "test_split", "test_composed::test_refusals")
fault("composed: split along the first axis", FILE, "    before = (slice(None),) * axis\n    return [getitem",
      "    before = ()\n    return [getitem", "test_split", *VALUES)
fault("composed: split drops its last part", FILE, "[0, *(int(p) for p in indices_or_sections), n]",
      "[0, *(int(p) for p in indices_or_sections)]", "test_split", *VALUES)
fault("composed: hstack of vectors along the second axis", FILE, "axis=0 if xs and xs[0].ndim == 1 else 1", "axis=1",
      "test_stacks_beside_and_above", *VALUES)
fault("composed: vstack of vectors end to end", FILE, "expand_dims(ravel(x), axis=0) if x.ndim < 2 else x", "x",
      "test_stacks_beside_and_above", *VALUES)
fault("composed: diff once only", FILE, "    for _ in range(n):\n", "    for _ in range(1):\n", *VALUES)
fault("composed: diff the other way round", FILE,
      "getitem(x, index=(*before, slice(1, None))) - getitem(x, index=(*before, slice(None, -1)))",
      "getitem(x, index=(*before, slice(None, -1))) - getitem(x, index=(*before, slice(1, None)))", *VALUES)

fault("grad: of several numbers", "transforms/derivatives.py", "        if y.size != 1:\n            raise TypeError(\n                f\"grad is",
      "        if False:\n            raise TypeError(\n                f\"grad is", "test_transforms::test_refusals")
fault("grad: the auxiliary is dropped", "transforms/derivatives.py", "return (g, value[1]) if has_aux else g", "return g", "test_has_aux")
fault("vjp: cotangents of another number", "transforms/derivatives.py", "if len(us) != len(ys):", "if False:",
      "test_transforms::test_refusals")
fault("jacobian: its rows are columns", "transforms/derivatives.py", "            unit[k] = 1\n", "            unit[-1 - k] = 1\n",
      "test_jacobian_has_the_shapes_of_output_and_input", "test_hessian_and_its_product_with_a_vector")
fault("jacobian: of nothing", "transforms/derivatives.py", "Tensor(np.zeros(y.shape + x.shape, x.dtype))",
      "Tensor(np.zeros(x.shape + y.shape, x.dtype))", "test_jacobian_has_the_shapes_of_output_and_input")
fault("hessian: of several arguments", "transforms/derivatives.py", "    if not isinstance(argnums, int):\n", "    if False:\n",
      "test_transforms::test_refusals")
fault("transforms: an argument twice", "transforms/run.py", "if len(set(numbers)) < len(numbers):", "if False:",
      "test_transforms::test_refusals")
fault("transforms: arguments that are not there", "transforms/run.py", "if not -len(args) <= n < len(args):", "if False:",
      "test_transforms::test_refusals")
fault("transforms: negative argnums from the front", "transforms/run.py", "numbers = [n % len(args) for n in numbers]",
      "numbers = [abs(n) % len(args) for n in numbers]", "test_grad_of_several_arguments")
fault("transforms: has_aux takes any tuple", "transforms/run.py", "if not isinstance(out, tuple) or len(out) != 2:", "if not isinstance(out, tuple):",
      "test_transforms::test_refusals", "test_has_aux")
fault("transforms: tangents of another shape", "transforms/run.py", "    if given.shape != y.shape:\n", "    if False:\n",
      "test_transforms::test_refusals")
fault("transforms: tangents of another number", "transforms/run.py", "    if len(ts) != len(xs):\n", "    if False:\n",
      "test_transforms::test_refusals")
fault("transforms: a named tuple becomes a tuple", "transforms/trees.py", "cls(*values) if named else cls(values)", "tuple(values)",
      "test_arguments_may_be_nested")
fault("transforms: parts of a tree all begin at the first leaf", "transforms/trees.py", "            start += len(part)\n", "            start += 0\n",
      "test_arguments_may_be_nested")
fault("transforms: integers have gradients", "transforms/run.py", "    if y.dtype.kind != \"f\":\n", "    if False:\n",
      "test_transforms::test_refusals")
