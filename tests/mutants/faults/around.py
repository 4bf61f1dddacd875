"""Callbacks, Dropout, schedules, weight decay, weights of examples."""

from .fault import fault

fault("callbacks: batches counted through the epochs", "training/loop.py",
      '"on_train_batch_end", report.done - 1, means', '"on_train_batch_end", means.count, means',
      "test_the_order_and_the_numbers")
fault("callbacks: stopping is forgotten", "training/loop.py",
      "if model.stop_training:\n                    break\n        except",
      "if False:\n                    break\n        except",
      "test_stop_training_ends_after_the_epoch_and_the_next_fit_begins_anew")
fault("callbacks: stopped for ever", "training/loop.py", "model.history, model.stop_training = history, False",
      "model.history = history; model.stop_training = getattr(model, 'stop_training', False)",
      "test_stop_training_ends_after_the_epoch_and_the_next_fit_begins_anew")
fault("early stopping: patience is one more", "callbacks/monitor.py", "elif self.wait >= self.patience:",
      "elif self.wait > self.patience:", "test_early_stopping_waits_for_its_patience")
fault("early stopping: the last weights come back", "callbacks/monitor.py", "(improved or self.weights is None)", "True",
      "test_the_best_weights_come_back")
fault("early stopping: baseline ignored", "callbacks/monitor.py",
      "if self.baseline is None or value > self.sign() * self.baseline + self.min_delta:", "if True:",
      "test_baseline_and_the_first_epochs")
fault("early stopping: a rising metric falls", "callbacks/monitor.py", 'return 1.0 if mode == "max" else -1.0', "return -1.0",
      "test_which_way_is_better_is_known_of_the_librarys_own")
fault("early stopping: the way is guessed", "callbacks/monitor.py", 'better(known.get(name)) or ""',
      'better(known.get(name)) or "min"',
      "test_of_a_metric_of_ones_own_it_is_asked_before_the_first_epoch")
fault("early stopping: whose weights is not said", "callbacks/monitor.py", "history.restored_epoch = self.best_epoch", "pass",
      "test_restored_weights_are_said_to_be")
fault("early stopping: min_delta ignored", "callbacks/monitor.py", "improved = value > self.best + self.min_delta",
      "improved = value > self.best",
      "test_early_stopping_waits_for_its_patience")
fault("plateau: below its floor", "callbacks/rates.py", "max(self.factor * optimizer.learning_rate, self.min_lr)",
      "self.factor * optimizer.learning_rate", "test_a_plateau_lowers_the_rate_to_its_floor")
fault("plateau: a low rate is raised", "callbacks/rates.py", "if optimizer.learning_rate > self.min_lr:", "if True:",
      "test_a_rate_below_the_floor_is_not_raised")
fault("plateau: no cooldown", "callbacks/rates.py", "self.wait, self.left = 0, self.cooldown", "self.wait = 0",
      "test_a_cooldown_is_waited_for")
fault("nan: only the first fit ends", "callbacks/monitor.py", "        self.stopped_batch = None\n", "        pass\n",
      "test_nan_ends_the_epoch_and_a_second_fit_too")
fault("nan: trains to the end of the epoch", "training/loop.py",
      "if model.stop_training:\n                break\n        return means",
      "if False:\n                break\n        return means", "test_nan_ends_the_epoch_and_a_second_fit_too")
fault("hooks: a step's other name", "callbacks/dispatch.py", "(hook, ALSO.get(hook, hook))", "(hook,)",
      "test_a_step_has_two_names")
fault("hooks: logs in the place of a kept value", "callbacks/dispatch.py", "with_logs and _wants(function, numbers)",
      "with_logs",
      "test_a_default_by_which_a_value_is_kept_stays")
fault("hooks: validation is silent", "training/evaluation.py", '    callbacks.tell("on_test_begin")\n', "",
      "test_all_are_called_as_keras_does")
fault("history: what callbacks add is lost", "training/loop.py",
      "self.history.note({n: value for n, value in self.logs.items() if n not in known})", "pass",
      "test_what_a_callback_adds_to_the_logs_is_seen_by_the_next_and_kept")
fault("dropout: the mean shrinks", "nn/dropout.py", "((rng.random(x.shape) >= rate) / (1 - rate)).astype(x.dtype)",
      "(rng.random(x.shape) >= rate).astype(x.dtype)",
      "test_entries_are_dropped_with_this_probability_and_the_mean_stays")
fault("dropout: in evaluation too", "nn/dropout.py", "mode.training if training is None else training",
      "True if training is None else training", "test_outside_learning_it_is_the_identity")
fault("dropout: never while learning", "training/step.py", "    with learning():\n        prediction = model(x)\n",
      "    prediction = model(x)\n", "test_fit_draws")
fault("jit: learning or not is one program", "compiler/function.py", "[mode.recording, mode.training]",
      "[mode.recording]", "test_a_jitted_function_knows_whether_it_learns")
fault("weight decay: not times the rate", "optim/update.py", "w = w - rate * weight_decay * w", "w = w - weight_decay * w",
      "test_weight_decay_is_decoupled_from_the_gradient")
fault("rmsprop: epsilon outside the root", "optim/rules.py", "if not momentum: w = w - rate * g / sqrt(v + epsilon)",
      "if not momentum: w = w - rate * g / (sqrt(v) + epsilon)", "test_rmsprop_is_its_formula")
fault("schedule: the cosine ends early", "schedules.py", "(1 + math.cos(math.pi * t)) / 2 + self.alpha",
      "(1 + math.cos(math.pi * t)) / 2", "test_schedules")
fault("weights: class weights by position", "training/examples.py", "[class_weight[k] for k in labels.tolist()]",
      "[list(class_weight.values())[k % len(class_weight)] for k in labels.tolist()]",
      "test_class_weights_are_those_of_their_examples")
fault("weights: the mean over their sum", "losses/examples.py", "return weighted_costs.mean()",
      "return weighted_costs.sum() / np.sum(weights)", "test_the_weighted_loss_is_the_weighted_mean_of_single_losses")
fault("weights: -inf times 0", "losses/examples.py",
      "costs: Tensor = ops.where(chosen, ops.log_softmax(z), 0.0)",
      "costs: Tensor = chosen * ops.log_softmax(z)",
      "test_a_class_that_is_impossible_costs_nothing_where_it_is_not_the_label")
