"""Callbacks, Dropout, schedules, weight decay, weights of examples."""

from .fault import fault

fault("callbacks: batches counted through the epochs", "training.py", "report.done - 1, means.result()",
      "means.count, means.result()", "test_the_order_and_the_numbers")
fault("callbacks: stopping is forgotten", "training.py", "                if model.stop_training:\n",
      "                if False:\n", "test_stop_training_ends_after_the_epoch_and_the_next_fit_begins_anew")
fault("callbacks: stopped for ever", "training.py", "model.history, model.stop_training = history, False",
      "model.history = history; model.stop_training = getattr(model, 'stop_training', False)",
      "test_stop_training_ends_after_the_epoch_and_the_next_fit_begins_anew")
fault("early stopping: patience is one more", "callbacks.py", "if self.wait >= self.patience:",
      "if self.wait > self.patience:", "test_early_stopping_waits_for_its_patience")
fault("early stopping: the last weights come back", "callbacks.py",
      "            self.best, self.best_epoch, self.wait = value, epoch, 0\n            if self.restore",
      "            self.best, self.best_epoch, self.wait = value, epoch, 0\n        if True:\n"
      "            if self.restore",
      "test_the_best_weights_come_back")
fault("early stopping: min_delta ignored", "callbacks.py", "value > self.best + self.min_delta", "value > self.best",
      "test_early_stopping_waits_for_its_patience")
fault("plateau: below its floor", "callbacks.py", "max(self.factor * optimizer.learning_rate, self.min_lr)",
      "self.factor * optimizer.learning_rate", "test_a_plateau_lowers_the_rate_to_its_floor")
fault("dropout: the mean shrinks", "nn/dropout.py", "((rng.random(x.shape) >= rate) / (1 - rate)).astype(x.dtype)",
      "(rng.random(x.shape) >= rate).astype(x.dtype)",
      "test_entries_are_dropped_with_this_probability_and_the_mean_stays")
fault("dropout: in evaluation too", "nn/dropout.py", "engine.mode.training if training is None else training",
      "True if training is None else training", "test_outside_learning_it_is_the_identity")
fault("dropout: never while learning", "training.py", "    with learning():\n        prediction = model(x)\n",
      "    prediction = model(x)\n", "test_fit_draws")
fault("jit: learning or not is one program", "compiler/function.py", "[mode.recording, mode.training]",
      "[mode.recording]", "test_a_jitted_function_knows_whether_it_learns")
fault("weight decay: not times the rate", "optim.py",
      "        if self.weight_decay:\n            w *= 1 - rate * self.weight_decay\n        v *= self.rho",
      "        if self.weight_decay:\n            w *= 1 - self.weight_decay\n        v *= self.rho",
      "test_weight_decay_is_decoupled_from_the_gradient")
fault("rmsprop: epsilon outside the root", "optim.py",
      "        np.add(v, self.epsilon, out=change)\n        np.sqrt(change, out=change)\n",
      "        np.sqrt(v, out=change)\n        change += self.epsilon\n", "test_rmsprop_is_its_formula")
fault("schedule: the cosine ends early", "schedules.py", "(1 + math.cos(math.pi * t)) / 2 + self.alpha",
      "(1 + math.cos(math.pi * t)) / 2", "test_schedules")
fault("weights: class weights by position", "training.py", "[class_weight[k] for k in labels.tolist()]",
      "[list(class_weight.values())[k % len(class_weight)] for k in labels.tolist()]",
      "test_class_weights_are_those_of_their_examples")
fault("weights: the mean over their sum", "losses.py", "return (each * weights).mean()",
      "return (each * weights).sum() / np.sum(weights)", "test_the_weighted_loss_is_the_weighted_mean_of_single_losses")
fault("weights: -inf times 0", "losses.py",
      "each = -ops.where(chosen, ops.log_softmax(z), 0.0).sum(axis=-1)",
      "each = -(chosen * ops.log_softmax(z)).sum(axis=-1)",
      "test_a_class_that_is_impossible_costs_nothing_where_it_is_not_the_label")
