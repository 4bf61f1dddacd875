"""Faults of jit: of what is traced, watched, compiled and run."""

from .fault import fault

BITS = ("test_compiled_is_eager_to_the_bit", "test_backward_inside")

fault("jit: in place where the mask is the other way round", "compiler/fast.py", "where=~{say(mask)})",
      "where={say(mask)})", "test_a_choice_is_written_over_what_it_chooses_from")
fault("jit: a buffer is free one reader too early", "compiler/fast.py", "self.last.get(memory, -1) <= k",
      "self.last.get(memory, -1) <= k + 1", "test_in_buffers_too", "test_large_batches_use_their_memory_again")
fault("jit: results lie in buffers", "compiler/fast.py",
      "node.value.nbytes >= LARGE and self.memory[id(node)] not in self.kept", "node.value.nbytes >= LARGE",
      "test_results_do_not_share_memory_with_later_ones")
fault("jit: the second place of a gradient stays empty", "compiler/fast.py",
      "if id(value) not in self.placed or self.places[id(value)] is not view:", "if id(value) not in self.placed:",
      "test_one_gradient_for_two_parameters")
fault("jit: a mean is a sum", "compiler/fast.py",
      'f"\\n{name} /= {count}" if out else f"\\n{name} = {name} / {count}"', '""', *BITS)
fault("jit: writes do not part equal calls", "compiler/node.py", "_key(kwargs), self.writes)", "_key(kwargs))",
      "test_a_view_made_before_a_write_sees_it")
fault("jit: globals are not watched", "compiler/surroundings.py", "self.globals += [", "self.unwatched = [",
      "test_what_the_function_finds_around_itself_is_watched")
fault("jit: attributes of modules are not watched", "compiler/compiled.py",
      "return self.trace.surroundings.unchanged()", "return True", "test_attributes_of_modules_are_watched")
fault("jit: frozen parameters are trained", "compiler/compiled.py",
      "if t._requires_grad is not requires_grad or t.buffer is not buffer:", "if t.buffer is not buffer:",
      "test_attributes_of_modules_are_watched", "test_options_of_an_optimizer_are_seen")
fault("jit: gradients are not added up", "compiler/tape.py", "total = g if before is None else before + g", "total = g",
      "test_gradients_accumulate_unless_set_to_none", "test_compiled_is_eager_to_the_bit")
fault("jit: an old graph is not stale", "compiler/compiled.py", 'body += ["engine.last_write = tick()"]', "pass",
      "test_a_compiled_update_makes_old_graphs_stale")
fault("jit: random arrays are frozen", "compiler/function.py",
      'elif not np.array_equal(twin, array, equal_nan=array.dtype.kind == "f"):', "elif False:",
      "test_random_arrays_are_refused")
fault("jit: masks by a tensor", "compiler/tape.py", 'if op.name == "getitem" and self._chooses(params["index"]):',
      "if False:", "test_shapes_that_depend_on_numbers_are_refused")
