"""Faults of the primitives, of recorded graphs as programs, and of what is written for other machines."""

from .fault import fault

fault("primitives: a mistake in a formula is swallowed", "compiler/ir/node.py", "if is_library_formula(function):", "if False:",
      "test_a_mistake_in_a_formula_of_ours_is_raised")
fault("primitives: a helper is run on stand-ins", "compiler/ir/node.py",
      "if function in HELPERS or (known is not None and _draws(kwargs)):", "if known is not None and _draws(kwargs):",
      "test_every_step_of_the_catalogue_is_a_primitive")
fault("graph: the last use alone counts", "compiler/graph.py",
      "gradient[id(x)] = gradient[id(x)] + r if id(x) in gradient else r", "gradient[id(x)] = r",
      "test_all_that_is_between_too")
fault("graph: a root named twice counts once", "compiler/graph.py", "times = sum(r is root for r in roots)", "times = 1",
      "test_two_roots_and_one_that_is_a_leaf")
fault("graph: broadcast gradients stay wide", "compiler/graph.py", "            if r.shape != x.shape:\n", "            if False:\n",
      "test_every_operation", "test_on_other_numbers")
fault("javascript: what is padded comes from the array", "compiler/targets/javascript.py",
      'kwargs["constant_values"] = -1', 'kwargs["constant_values"] = 0', "test_every_operation")
fault("javascript: moments are not handed on", "compiler/targets/step.py", "self.moments[put[m]] = None", "pass",
      "test_training_steps")
fault("javascript: clipping is left out", "compiler/targets/step.py", "        if bound or not optimizer.lines:\n",
      "        if not optimizer.lines:\n", "test_what_is_not_written_says_why")
