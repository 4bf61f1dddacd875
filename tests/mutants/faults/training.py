"""Faults of losses, optimizers, files, seeds and training."""

from .fault import COMPLEX_STEP, fault

# Losses and metrics

fault("mse: the 2 dropped", "ops/losses.py", 'p="g * 2 / p.size * (p - t)"', 'p="g / p.size * (p - t)"', COMPLEX_STEP)
fault("mse: the sign for t", "ops/losses.py", "(t - p)", "(p - t)", COMPLEX_STEP)
fault("mse: shapes may differ", "ops/losses.py", "if p.shape != np.shape(t):", "if False:",
      "test_mse_of_a_column_against_a_row")
fault("bce: mean over the wrong count", "ops/losses.py", "g / z.size * (sigmoid(z) - t)",
      "g / len(np.atleast_1d(z)) * (sigmoid(z) - t)", COMPLEX_STEP)
fault("cross_entropy: mean over the wrong count", "ops/losses.py", "g / np.size(t) *", "g / z.size *", COMPLEX_STEP)
fault("cross_entropy: a sum", "ops/losses.py", '"-np.mean(_pick(', '"-np.sum(_pick(',
      "test_value_shape_and_dtype_are_numpys")
fault("cross_entropy: labels not checked", "ops/losses.py", "if t.size and np.maximum.reduce(",
      "if False and np.maximum.reduce(", "test_bad_labels")
fault("cross_entropy: labels may be negative", "ops/losses.py", "t.view(_UNSIGNED[t.itemsize])", "t",
      "test_bad_labels")
fault("cross_entropy: labels may be floats", "ops/losses.py", 'if t.dtype.kind not in "iu":', "if False:",
      "test_bad_labels")
fault("cross_entropy: one label for all rows", "ops/losses.py", "if t.shape != z.shape[:-1]:", "if False:",
      "test_bad_labels")
fault("loss: softmax of a softmax", "losses/functions.py", "logits_of(prediction, ops.softmax, from_logits), labels)",
      "as_tensor(prediction), labels)", "test_from_logits_and_behind_the_unit_are_equal")
fault("loss: a softmax over another axis undone", "autodiff/attached.py",
      'Behind(op, x) if params.get("axis", -1) in (-1, x.ndim - 1) else None', "Behind(op, x)",
      "test_a_softmax_over_another_axis_is_not_undone")
fault("loss: another unit's output are logits", "predictions.py", "if behind.unit is not unit:", "if False:",
      "test_another_units_probabilities_are_no_logits")
fault("loss: uint8 wraps around", "predictions.py", 'float if x.dtype.kind in "biu" else x.dtype', "x.dtype",
      "test_integers_do_not_wrap_in_the_other_formulas")
fault("loss: one-hot rows against a column", "losses/functions.py", "if np.shape(target) != z.shape:", "if False:",
      "test_what_does_not_fit_is_refused")
fault("loss: columns of a softmax", "predictions.py",
      "if unit is ops.softmax and not _keeps_rows(change, params, before, z):",
      "if False:", "test_columns_of_probabilities_are_refused")
fault("loss: mean over classes", "losses/functions.py", "return -costs.sum(axis=-1)",
      "return -costs.mean(axis=-1)",
      "test_soft_targets_of_categorical_cross_entropy")
fault("metric: probabilities split at 0", "metrics.py",
      "return _above(p, target, 0.5)", "return _above(p, target, 0.0)",
      "test_accuracy_of_two_classes")
fault("metric: a column against a row", "metrics.py", "if p.shape != t.shape:", "if False:",
      "test_a_column_against_a_row_is_refused")

# Optimizers

fault("adam: no bias correction", "optim/rules.py", "rate * sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t) * m", "rate * m",
      "test_textbook")
fault("adam: bias correction a step late", "optim/update.py", '"t = self.iterations"', '"t = self.iterations + 1"',
      "test_textbook")
fault("adam: betas exchanged", "optim/rules.py", "m = beta_1 * m + (1 - beta_1) * g", "m = beta_2 * m + (1 - beta_2) * g",
      "test_textbook")
fault("adam: v of |g|", "optim/rules.py", "(1 - beta_2) * g ** 2", "(1 - beta_2) * abs(g)", "test_textbook")
fault("adam: moments never flushed", "optim/update.py", "        if self.moments:\n", "        if False:\n",
      "test_no_subnormals_after_gradients_vanish")
fault("adam: moments flushed while they count", "optim/update.py", ".tiny * 1e8] = 0", ".tiny * 1e28] = 0",
      "test_flush_leaves_what_counts")
fault("sgd: the sign of momentum", "optim/rules.py", "v = momentum * v - rate * g", "v = momentum * v + rate * g",
      "test_textbook")
fault("sgd: nesterov ignored", "optim/rules.py", "if momentum and nesterov: w = w - rate * g + momentum * v",
      "if momentum and nesterov: w = w + v", "test_textbook")
fault("sgd: nesterov without momentum's factor", "optim/rules.py", "w = w - rate * g + momentum * v",
      "w = w - rate * g + v", "test_textbook")
fault("passes: what is kept divided is read as it is", "optim/passes.py",
      'return [Term(_factor(self.scale.get(node.id, "1")), node)]', "return [Term(Factors(), node)]", "test_textbook")
fault("passes: a number beside a root is not divided", "optim/passes.py",
      "return Term(out, _expression([_times(out**-1, t) for t in terms]))", "return Term(out, _expression(terms))",
      "test_textbook")
fault("passes: the old value is gone before it is read", "optim/passes.py",
      "if any(t.array is not None and target in names_in(t.array) for t in rest) or not own:", "if not own:",
      "test_lines_are_what_they_say")
fault("passes: the scratch buffer is thought to hold what it held", "optim/passes.py",
      "        if changes == SCRATCH or changes in self.holds[1]:\n", "        if False:\n", "test_lines_are_what_they_say",
      "test_textbook")
fault("passes: what w was is what it is", "optim/passes.py", 'copied = ".copy()" if', 'copied = "" if',
      "test_lines_are_what_they_say")
fault("passes: a sign is lost", "optim/passes.py", 'symbol, factor = "-" if', 'symbol, factor = "+" if', "test_textbook")
fault("lines: a moment begins when the optimizer does", "optim/base.py", "if not update.needs <= state.keys():", "if False:",
      "test_momentum_switched_on_later_begins_then")
fault("lines: a switch is not watched", "compiler/trace/guards.py",
      '        *(Switch(f"{key} of {word}", optimizer, key) for key in optimizer.rule().rule.switches),\n', "",
      "test_what_changes_on_the_way_counts_in_compiled_steps_too")
fault("lines: a user's class is not watched", "compiler/trace/guards.py",
      '        *(Body(f"the class {base.__name__}", base) for base in own_classes(cls)),\n', "",
      "test_what_changes_on_the_way_counts_in_compiled_steps_too")
fault("lines: a method of one's own is overlooked", "optim/update.py",
      "and all(map(only_declares, own_classes(type(optimizer))))", "and True", "test_a_plain_update_is_called",
      "test_an_optimizer_of_ones_own")
fault("optimizer: the schedule counts from 1", "optim/base.py", "self.learning_rate(self.iterations) if",
      "self.learning_rate(self.iterations + 1) if", "test_the_rate_is_a_function_of_the_step_from_zero")
fault("optimizer: gradients not forgotten", "optim/base.py",
      "for p in self.owned:  # those that rest too: thawed, they begin anew", "for p in ():",
      "test_two_backwards_are_a_sum_and_zero_grad_starts_anew")
fault("optimizer: a given gradient ignored", "optim/buffers.py", "            view[...] = gradient", "            pass",
      "test_an_assigned_gradient_is_used")
fault("optimizer: a missing gradient is 0", "optim/buffers.py", "            if gradient is None:\n",
      "            if gradient is None:\n                view[...] = 0\n                continue\n"
      "            if False:\n",
      "test_a_missing_gradient_is_named_and_nothing_is_updated")
fault("optimizer: a parameter named twice", "optim/base.py",
      "given = list({id(p): p for p in parameters}.values())", "given = list(parameters)",
      "test_a_parameter_named_twice_is_updated_once")
fault("optimizer: results can be bound", "optim/base.py", "            if p.op is not None:\n",
      "            if False:\n",
      "test_rules::test_refusals")
fault("optimizer: binding again forgets its state", "optim/base.py",
      "        pasts = {id(past.tensor): past for past in self.pasts()}\n",
      "        pasts = {}\n", "test_binding_the_same_again_keeps_the_state")
fault("optimizer: another's parameters", "optim/buffers.py", "if not is_placed(p, view):", "if False:",
      "test_another_optimizer_takes_over_and_the_first_says_so")

# States: whole, or not at all (files: files.py)

fault("load: some are set before another fails", "nn/state.py",
      "values = {name: _converted(name, given[name], p) for name, p in own.items()}",
      "values = {name: (_converted(name, given[name], p), p.overwrite(given[name].astype(p.dtype)))[0] "
      "for name, p in own.items()}",
      "test_a_value_that_does_not_fit_the_dtype_changes_nothing")
fault("load: too large becomes infinite", "nn/state.py",
      "if wraps or (np.isinf(converted) & np.isfinite(value)).any():", "if wraps:",
      "test_a_value_that_does_not_fit_the_dtype_changes_nothing")
fault("load: the state is read while written", "nn/state.py", "value.astype(p.dtype)",
      "value.astype(p.dtype, copy=False)",
      "test_swapping_two_parameters")
fault("state_dict: shares memory", "nn/state.py", "return {name: answering(p.numpy()) for",
      "return {name: answering(p.data) for",
      "test_round_trip_is_exact_and_holds_copies")

# Initial weights and seeds

fault("glorot: a smaller bound", "nn/initializers.py", "limit = math.sqrt(6 / sum(_fans(shape)))",
      "limit = math.sqrt(3 / sum(_fans(shape)))", "test_uniform_fills_its_interval")
fault("glorot: one side only", "nn/initializers.py",
      "limit = math.sqrt(6 / sum(_fans(shape)))\n    return rng.uniform(-limit,",
      "limit = math.sqrt(6 / sum(_fans(shape)))\n    return rng.uniform(0,", "test_uniform_fills_its_interval")
fault("he_uniform: outputs for inputs", "nn/initializers.py", "math.sqrt(6 / _fans(shape)[0])",
      "math.sqrt(6 / _fans(shape)[1])", "test_uniform_fills_its_interval")
fault("he_normal: outputs for inputs", "nn/initializers.py", "math.sqrt(2 / _fans(shape)[0])",
      "math.sqrt(2 / _fans(shape)[1])", "test_truncated_normal_has_the_variance_it_promises_and_no_tails")
fault("normal: tails not cut", "nn/initializers.py", "np.abs(x) > 2).any()", "np.abs(x) > 3).any()",
      "test_truncated_normal_has_the_variance_it_promises_and_no_tails")
fault("normal: the variance the cut leaves", "nn/initializers.py", "(stddev / 0.87962566103423978)", "stddev",
      "test_truncated_normal_has_the_variance_it_promises_and_no_tails")
fault("seed: a layer's ignored", "nn/dense.py",
      "np.random.default_rng(self._entropy if self.seed is None else self.seed)", "np.random.default_rng()",
      "test_layers::test_seeds")
fault("seed: a layer's own overwritten", "nn/tree.py", 'if getattr(module, "seed", part) is None:',
      'if hasattr(module, "seed"):', "test_a_layers_own_seed_wins")
fault("seed: all layers start alike", "nn/tree.py", "as_sequence(seed).spawn(len(inside))",
      "[as_sequence(seed)] * len(inside)", "test_sequential::test_seed")
fault("seed: fit's ignored", "training/loop.py", "EpochOrders(seed if seed is not None else",
      "EpochOrders(", "test_epochs::test_seeds")
fault("seed: the model's does not order the data", "training/loop.py",
      'seed if seed is not None else getattr(model, "seed", None)',
      "seed", "test_epochs::test_seeds")
fault("seed: the order of the data from the weights' stream", "training/examples.py",
      "(*self.sequence.spawn_key, 2**31, position)",
      "self.sequence.spawn_key", "test_the_order_of_the_data_is_another_stream_than_the_weights")
fault("seed: every call has the same order", "training/examples.py", "2**31, position)", "2**31, 0)",
      "test_each_call_of_one_epoch_has_an_order_of_its_own")

# Training

fault("fit: means over batches, not examples", "progress.py", "self.totals[name] += value * n\n        self.count += n",
      "self.totals[name] += value\n        self.count += 1", "test_the_loss_of_an_epoch_is_the_mean_over_examples")
fault("fit: the last, smaller batch left out", "training/examples.py", "for start in range(0, n, size):",
      "for start in range(0, n - size + 1, size):", "test_each_epoch_sees_all_once_in_batches_the_last_smaller")
fault("fit: shuffle ignored", "training/loop.py",
      "orders=orders if shuffle else None", "orders=None",
      "test_each_epoch_sees_all_once_in_batches_the_last_smaller")
fault("fit: one order for all epochs", "training/loop.py", "self.orders.order(len(data.x), self.plan.optimizer.iterations)",
      "self.orders.order(len(data.x), 0)", "test_each_epoch_sees_all_once_in_batches_the_last_smaller")
fault("fit: gradients add up", "training/step.py", "    optimizer.zero_grad()\n", "", "test_fit_is_gradient_descent")
fault("fit: validation from the start", "training/examples.py",
      "training.part(slice(None, cut)), training.part(slice(cut, None))",
      "training.part(slice(cut, None)), training.part(slice(None, cut))",
      "test_validation_split_is_the_end_before_shuffling")
fault("fit: validation data trained on", "training/examples.py", "return training.part(slice(None, cut)),", "return training,",
      "test_validation_split_is_the_end_before_shuffling")
fault("fit: Ctrl-C within a step", "training/interrupts.py", "        self.requested = True\n",
      "        raise KeyboardInterrupt\n",
      "test_a_signal_within_a_step_waits_for_its_end")
fault("fit: Ctrl-C is not given back", "training/interrupts.py",
      "        if self.handler_before is not None:\n            signal.signal(signal.SIGINT, self.handler_before)", "        pass",
      "test_an_error_within_a_step_gives_ctrl_c_back")
fault("fit: Ctrl-C after the last step is lost", "training/interrupts.py", "if self.requested and not self.raised and kind is None:",
      "if False:", "test_one_that_comes_after_the_last_step_is_not_lost")
fault("fit: a second Ctrl-C waits", "training/interrupts.py", "        if self.requested:\n            self.raised",
      "        if False:\n            self.raised",
      "test_a_second_signal_does_not_wait")
fault("fit: Ctrl-C of a fit inside ends only that", "training/interrupts.py", "self.outer = outer", "pass",
      "test_a_fit_inside_a_fit_ends_both")
fault("fit: a row of targets for a column", "training/step.py", "return y[:, None]\n    if", "return y\n    if",
      "test_targets_in_a_row_or_a_column")
fault("predict: the last batch only", "training/evaluation.py", "return np.concatenate(parts)", "return parts[-1]",
      "test_predict_is_the_models_output")
fault("flatten: columns first", "nn/layers.py", "return x.reshape((x.shape[0], math.prod(x.shape[1:])))",
      "return x.T.reshape((math.prod(x.shape[1:]), x.shape[0])).T if x.ndim > 1 else x.reshape((x.shape[0], 1))",
      "test_flatten")
fault("dense: use_bias ignored", "nn/dense.py", 'made["bias"] if self.use_bias else None', 'made["bias"]',
      "test_without_bias")

# Habits: losses of one's own, freezing, what a layer is told, scores

fault("order: (y_true, y_pred) called the other way", "order.py", "    if not target_first(function, what):\n",
      "    if target_first(function, what) or True:\n", "test_the_90_percent_quantile",
      "test_the_order_is_told_by_names")
fault("order: what cannot be told is guessed", "order.py", "    if turned == usual:\n", "    if False:\n",
      "test_an_order_that_cannot_be_told_is_refused")
fault("order: one short name is enough", "order.py", "(a in short and b in short_2 for a, b in both)",
      "(a in short or b in short_2 for a, b in both)", "test_an_order_that_cannot_be_told_is_refused")
fault("order: what a jitted loss reads is not followed", "compiler/trace/functions.py",
      '                and not getattr(type(guard.value), "is_jitted", False)\n', "",
      "test_what_a_turned_loss_reads_is_followed")
fault("scores: means over batches", "training/evaluation.py", "    logs |= {name: score.result()",
      "    {name: score.result()", "test_scores_are_of_all_examples_at_once")
fault("scores: equal ones do not share their rank", "scores.py", "(np.cumsum(count) - (count - 1) / 2)",
      "np.cumsum(count)", "test_auc_is_the_share_of_pairs")
fault("trainable: ignored", "nn/tree.py", "            module.apply_trainable()\n", "            pass\n",
      "test_a_frozen_layer_rests")
fault("trainable: what is drawn later learns", "nn/dense.py",
      "        if not self.trainable:\n            self.apply_trainable()\n",
      "", "test_a_frozen_layer_rests")
fault("trainable: constants thawed", "nn/tree.py",
      "            if p.requires_grad:\n                p.requires_grad = False\n",
      "            if True:\n                p.requires_grad = False\n",
      "test_thawing_leaves_a_constant_a_constant")
fault("training: not told", "nn/call.py", "elif self.training_at is not None and self.training_at >= len(inputs):",
      "elif False:", "test_who_is_told_what")
fault("training: those inside are not told", "nn/call.py", "mode.training if training is None else bool(training)",
      "mode.training", "test_dropout_inside_hears_what_the_model_is_told")
fault("buffers: one that is written anew is lost", "nn/tree.py", "            value.params = {}  ",
      "            pass  ",
      "test_a_batch_norm_of_ones_own_keeps_its_running_mean")
fault("huber: squares everywhere", "losses/functions.py", "near = ops.minimum(size, delta)", "near = size",
      "test_losses_for_regression")
