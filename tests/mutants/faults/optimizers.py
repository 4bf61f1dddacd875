"""Faults of clipping, of what rests, of an optimizer's state, and of the arguments of fit."""

from .fault import fault

# Clipping

fault("clip: the norm of all for each", "optim/base.py", "clip_norm([gradient], self.clipnorm)",
      "clip_norm(group.views, self.clipnorm)", "test_a_step_is_that_of_the_clipped_gradients")
fault("clip: each buffer by itself", "optim/base.py",
      "clip_norm([g.gradients for g in self.groups], self.global_clipnorm)",
      "[clip_norm([g.gradients], self.global_clipnorm) for g in self.groups]",
      "test_a_step_is_that_of_the_clipped_gradients")
fault("clip: never", "optim/base.py", "        self.clip()\n", "", "test_a_step_is_that_of_the_clipped_gradients")
fault("clip: not in compiled steps", "compiler/targets/updates.py", 'f"{me}.clip()", ', "",
      "test_fit_clips_compiled_as_it_does_plainly")
fault("clip: short gradients grow", "optim/clipping.py", "    if norm <= bound:\n        return\n", "",
      "test_a_step_is_that_of_the_clipped_gradients")
fault("clip: one side only", "optim/clipping.py", "np.clip(g, -bound, bound, out=g)", "np.minimum(g, bound, out=g)",
      "test_a_step_is_that_of_the_clipped_gradients")
fault("clip: the norm overflows", "optim/clipping.py", "if 1e-30 < squares < math.inf:", "if True:",
      "test_a_norm_whose_squares_leave_float32_is_right")
fault("clip: an infinite norm is hidden", "optim/clipping.py", "bound / norm if math.isfinite(norm) else math.nan",
      "bound / norm if math.isfinite(norm) else 0.0", "test_a_norm_that_is_no_number_is_not_hidden")

# What rests

fault("rest: moments are lost", "optim/base.py",
      "self.resting = [pasts[id(p)] for p in self.owned if id(p) in pasts and not p.requires_grad]",
      "self.resting = []",
      "test_what_rests_goes_on_as_if_there_had_been_no_time_between")
fault("rest: one count of steps for all", "optim/base.py", "self.iterations -= group.born", "pass",
      "test_a_parameter_that_is_thawed_for_the_first_time_begins_as_one_of_its_own")
fault("rest: compiled with one count for all", "compiler/targets/updates.py",
      "and not any(g.born for g in optimizer.groups)", "and True",
      "test_a_parameter_that_is_thawed_for_the_first_time_begins_as_one_of_its_own")
fault("rest: not seen on the way", "optim/base.py", "if self._edits != versions.structure_version:", "if False:",
      "test_what_rests_goes_on_as_if_there_had_been_no_time_between")
fault("optimizer: trains a second model", "optim/base.py",
      "if self.iterations and known and not any(id(p) in known for p in owned):", "if False:",
      "test_an_optimizer_trains_one_model")

# Its state

fault("state: the learning rate is lost", "optim/state.py", "optimizer.learning_rate = float(rate)", "pass",
      "test_the_learning_rate_comes_back")
fault("state: another model's", "optim/state.py", "if own != self.parameters:", "if False:",
      "test_what_is_anothers_is_refused_and_changes_nothing")
fault("state: other settings", "optim/state.py", "if there != here:", "if False:",
      "test_what_is_anothers_is_refused_and_changes_nothing")
fault("state: not taken over at bind", "optim/base.py",
      "self.resting, self.awaited = self.awaited.pasts(owned), None", "self.awaited = None",
      "test_fit_goes_on_from_a_file_as_if_it_had_never_stopped")
fault("state: what rests is not in it", "optim/base.py",
      "return found + [past for past in self.resting if all(past.tensor is not other.tensor for other in found)]",
      "return found", "test_what_rests_is_saved_too")

fault("arguments: validation without its weights", "training/examples.py", "return training, read_examples(*given)",
      "return training, read_examples(*given[:2])", "test_weights_of_the_validation_data")
fault("arguments: a split leaves its weights behind", "training/examples.py", "[w[where] for w in self.weights]", "[]",
      "test_a_split_takes_its_weights_along")
fault("arguments: validation after every epoch", "training/arguments.py", "return lambda epoch: (epoch + 1) % every == 0",
      "return lambda epoch: True", "test_validation_freq")
fault("arguments: epochs counted from 0", "training/arguments.py", "epoch + 1 in validation_freq", "epoch in validation_freq",
      "test_validation_freq")

fault("arguments: initial_epoch ignored", "training/loop.py", "loop.run(range(begin, end))", "loop.run(range(end))",
      "test_initial_epoch")
fault("arguments: run_eagerly ignored", "training/loop.py", "not plan.eager if jit is None else jit",
      "True if jit is None else jit", "test_run_eagerly_and_jit_compile")
fault("printed: isatty is needed", "progress.py", 'isatty = getattr(stream, "isatty", None)', "isatty = stream.isatty",
      "test_without_a_terminal_it_trains_all_the_same")
