"""Faults of jit: of what is traced, watched, compiled and run."""

from .fault import fault

BITS = ("test_compiled_is_eager_to_the_bit", "test_backward_inside")

fault("jit: in place where the mask is the other way round", "compiler/targets/numpy_fast.py", "where=~{say(mask)})",
      "where={say(mask)})", "test_a_choice_is_written_over_what_it_chooses_from")
fault("jit: a buffer is free one reader too early", "compiler/targets/numpy_fast.py", "self.last.get(memory, -1) <= k",
      "self.last.get(memory, -1) <= k + 1", "test_in_buffers_too", "test_large_batches_use_their_memory_again")
fault("jit: results lie in buffers", "compiler/targets/numpy_fast.py",
      "node.value.nbytes >= LARGE and self.memory[id(node)] not in self.kept", "node.value.nbytes >= LARGE",
      "test_results_do_not_share_memory_with_later_ones")
fault("jit: the second place of a gradient stays empty", "compiler/targets/numpy_fast.py",
      "if id(value) not in self.placed or self.places[id(value)] is not view:", "if id(value) not in self.placed:",
      "test_one_gradient_for_two_parameters")
fault("jit: a mean is a sum", "compiler/targets/numpy_fast.py",
      'f"\\n{name} /= {count}" if out else f"\\n{name} = {name} / {count}"', '""', *BITS)
fault("jit: writes do not part equal calls", "compiler/ir/node.py", "_key(kwargs), self.writes)", "_key(kwargs))",
      "test_a_view_made_before_a_write_sees_it")
fault("jit: globals are not watched", "compiler/trace/reach.py", "        if guard is not None and self._once(*key):\n",
      "        if False:\n", "test_globals", "test_what_the_function_finds_around_itself_is_watched")
fault("jit: attributes of modules are not watched", "compiler/compiled.py",
      "return all(guard.holds() for guard in self.members)", "return True", "test_attributes_of_modules_are_watched")
fault("jit: guards are not asked", "compiler/runner.py",
      "found += [guard.condition(name) for guard in compiled.guards]",
      "pass", "test_attributes", "test_what_containers_hold")
fault("jit: many guards are not asked", "compiler/runner.py",
      'found.append(f"{name(all)}({name(_ask)}({name(asked)}))")', "pass", "test_many_settings")
fault("jit: what an object lacks is not watched", "compiler/trace/world.py",
      "self.guards += [guards.Absent(word, x, names) for x, word, names in self.absent.values()]", "pass",
      "test_an_attribute_of_a_class_that_an_instance_hides_later")
fault("jit: slots are not watched", "compiler/trace/objects.py", "guard = guards.Part(what, x, name)", "return",
      "test_attributes")
fault("jit: defaults are not watched", "compiler/trace/guards.py", '            ("defaults", "__defaults__"),\n', "",
      "test_code_and_defaults_of_functions")
fault("jit: -0.0 is 0.0 to a guard", "compiler/trace/guards.py", "is_plain(a) and repr(a) == repr(b)",
      "is_plain(a) and a == b",
      "test_minus_zero_is_another_number_and_nan_is_itself")
fault("jit: -0.0 is 0.0 as an argument", "compiler/arguments.py", "(type(x), repr(x)) if is_plain(x)",
      "(type(x), x) if is_plain(x)", "test_arguments_that_are_equal_or_only_seem_so")
fault("jit: an array is read at the trace only", "compiler/runner.py", "found.append(x.text(self.name))",
      "found.append(self.name(x.array.copy()))", "test_arrays_in_variables_are_inputs")
fault("jit: an array deeper inside is not guarded", "compiler/trace/guards.py",
      "return a.shape, a.strides, a.dtype, a.tobytes()", "return a.shape, a.strides, a.dtype",
      "test_an_array_whose_numbers_are_looked_at_is_guarded")
fault("jit: numbers that are looked at are not guarded", "compiler/trace/tracing.py",
      "self.world.guards.append(Numbers(what, place.array))", "pass",
      "test_an_array_whose_numbers_are_looked_at_is_guarded")
fault("jit: backward reads an array that was refilled", "compiler/compiled.py",
      'self.kept = {k for kind, k in inputs if kind == "argument"}', "self.kept = set()",
      "test_data_changed_between_a_loss_and_its_gradient")
fault("jit: backward reads an array outside that was refilled", "compiler/compiled.py",
      'self.kept_places = {id(x) for kind, x in inputs if kind == "place"}', "self.kept_places = set()",
      "test_data_changed_between_a_loss_and_its_gradient")
fault("jit: a constant may change before backward", "compiler/compiled.py",
      "self.constants = [x for key, x in read_here.items() if key not in known]", "self.constants = []",
      "test_data_changed_between_a_loss_and_its_gradient")
fault("jit: data given out are dated after the call", "compiler/runner.py", "if compiled.tensors or any(", "if any(",
      "test_a_parameter_written_through_its_data_before_a_call")
fault("jit: effects are lost", "compiler/function.py", "if not tape.problem and changed and not all(",
      "if False and not all(", "test_effects_are_refused")
fault("jit: a list that is an argument is changed at the trace only", "compiler/arguments.py",
      "if mode.tape is not None and not _same_tree(now, then):", "if False:", "test_effects_are_refused")
fault("jit: what is refused may be caught", "compiler/trace/notes.py", "        if self.problem and self.strict:\n",
      "        if False:\n", "test_what_is_refused_stays_refused_though_the_function_catches_it")
fault("jit: unbuilt layers", "compiler/function.py", "if world.unbuilt:", "if False:",
      "test_what_is_made_when_first_used_is_no_effect")
fault("jit: a layer's name may break its line", "autodiff/messages.py", "c if c.isprintable() else", "c if True else",
      "test_a_layer_may_be_called_anything", "test_harmless_text_stays_on_its_line")
fault("jit: a user's name in what runs", "compiler/targets/names.py", 'return f"v{self.count}"', "return identifier(name)",
      "test_a_tensor_may_be_called_anything", "test_a_layer_may_be_called_anything")
fault("jit: the gate is open", "compiler/execute.py", "if not _OURS.fullmatch(name):", "if False:",
      "test_the_gate_lets_only_the_compilers_text_through")
fault("jit: texts are kept", "compiler/execute.py", "weakref.finalize(owner, linecache.cache.pop, where, None)", "pass",
      "test_what_is_dropped_is_freed")
fault("jit: programs are kept", "compiler/function.py", "while sum(map(len, self.programs.values())) > KEPT:",
      "while False:", "test_programs_are_bounded_and_a_function_without_rest_runs_plainly")
fault("jit: fit compiles at every call", "compiler/trace/guards.py", 'frozenset("history plan ', 'frozenset("',
      "test_one_program_for_all_fits")
fault("jit: a user's metric in the program", "training/step.py",
      "return isinstance(metric, FunctionType) and metric.__globals__ is vars(metrics)",
      'return getattr(metric, "__module__", "") == metrics.__name__', "test_a_metric_that_is_wrapped")
fault("jit: a plan that changes", "training/step.py", "if plan.step is None or not plan.step.fits(model, plan):",
      "if plan.step is None:", "test_a_callback_that_changes_the_plan")
fault("jit: frozen parameters are trained", "compiler/compiled.py",
      "if t._requires_grad is not requires_grad or t.attached.buffer is not buffer:", "if t.attached.buffer is not buffer:",
      "test_attributes_of_modules_are_watched", "test_options_of_an_optimizer_are_seen")
fault("jit: gradients are not added up", "compiler/trace/tape.py", "total = g if before is None else before + g", "total = g",
      "test_gradients_accumulate_unless_set_to_none", "test_compiled_is_eager_to_the_bit")
fault("jit: an old graph is not stale", "compiler/runner.py",
      "        if compiled.touched:\n", "        if False:\n",
      "test_a_compiled_update_makes_old_graphs_stale")
fault("jit: random generators are read at the trace only", "compiler/trace/objects.py",
      "        if not seen:\n", "        if False:\n",
      "test_random_arrays_are_refused", "test_what_cannot_be_watched_is_refused_by_name")
fault("jit: masks by a tensor", "compiler/trace/tape.py", 'if op.name == "getitem" and self._chooses(params["index"]):',
      "if False:", "test_shapes_that_depend_on_numbers_are_refused")
