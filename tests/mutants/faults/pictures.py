"""Faults of pictures: what they record, name, write and prove. Files of viz/ stand beside the
package."""

from .fault import fault

fault("pictures: a shared leaf above its first reader", "../viz/recording/roles.py", "len(mine) <= 2 and len(x.users) == 1",
      "len(mine) <= 2", "test_leaves_that_several_operations_read")
fault("pictures: no second plan", "../viz/writers/dot.py", 'PLANS = (Plan(), Plan("line"), Plan("line", simplified=True))',
      "PLANS = (Plan(),)", "test_a_layout_that_fails_is_tried_again_and_the_last_resort_says_so")
fault("pictures: results without a record look like data", "autodiff/record.py",
      "y.op, y.inputs, y.params = None, (), UNRECORDED",
      "y.op, y.inputs, y.params = None, (), _NOTHING", "test_results_that_were_not_recorded_say_so")
fault("pictures: compiled results look like data", "compiler/trace/plain.py",
      "y.inputs, y.params = (), UNRECORDED", "y.inputs, y.params = (), {}",
      "test_a_compiled_function_says_that_its_inside_was_not_recorded")
fault("pictures: a cast ends what is recorded", "nn/casting.py", "if x.requires_grad or x.op is not None:",
      "if x.requires_grad:", "test_a_cast_inside_a_model_is_recorded")
fault("pictures: only what is trained is recorded", "../viz/graph.py",
      "with modes.recorded(), modes.record_everything():", "with autograd.recorded():",
      "test_what_runs_on_plain_data_is_recorded_too")
fault("pictures: every loss sends gradients back", "../viz/assembly/edges.py",
      "return use.y.index in reached and goes_back(use.x, use.y, use.operand)",
      "return self.context.gradients.ran and goes_back(use.x, use.y, use.operand)",
      "test_only_the_loss_that_was_differentiated_sends_gradients_back")
fault("pictures: equations without the sum", "../viz/mathematics/notation.py",
      'return f"{total} {piece.within(POWER)}" if total else piece.text', "return piece.text",
      "test_what_once_was_written_wrong")
fault("pictures: a sum of the first factor only", "../viz/mathematics/notation.py",
      'return f"{total} {piece.within(POWER)}" if total else piece.text',
      'return f"{total} {piece.text}" if total else piece.text', "test_what_once_was_written_wrong")
fault("pictures: ties as if there were none", "ops/reductions.py",
      ' / sum(x == _restored(y, x.shape, axis), axis=axis, keepdims=True)")', '")', "test_what_once_was_written_wrong")
fault("pictures: axes put back anywhere", "../viz/mathematics/simplify.py",
      "ast.Constant(None) if k in axes else ast.Slice() for k in range(len(full))",
      "ast.Slice() if k in axes else ast.Constant(None) for k in range(len(full))", "test_the_catalogue_is_read_back")
fault("pictures: the proof looks at no gradient", "../viz/verify.py",
      'wrong += _compare(f"the gradient of {c.node.name}", again[index], known)', "pass",
      "test_verify_names_a_gradient_that_differs")
fault("pictures: two layers of one name", "../viz/recording/names.py", "while label in self._labels.values():",
      "while label in ():", "test_two_layers_of_one_class_without_names_are_not_a_second_call")
fault("pictures: two weights of one name", "../viz/recording/names.py", "if len(together) > 1:", "if len(together) > 9:",
      "test_two_tensors_of_one_name_are_two_cards_of_two_names")
fault("pictures: an arrow for each folded use", "../viz/assembly/edges.py",
      "e = pairs.get((id(source), id(group)))", "e = None", "test_the_steps_of_a_recurrence_fold")
fault("pictures: names cut at their ends", "../viz/text.py",
      'f"{text[:most // 2]}…{text[-(most - most // 2 - 1):]}"', 'f"{text[:most - 1]}…"',
      "test_names_that_differ_after_letter_39_are_told_apart_and_whole_in_the_tooltip")
fault("pictures: every sigmoid guesses 0", "../viz/plots/classes.py", "return (values >= 0.5).astype(int)",
      "return values.astype(int)", "test_a_sigmoids_predictions_are_cut_at_one_half")
fault("pictures: a title is a template", "../viz/plots/film.py",
      'return re.sub("|".join(map(re.escape, parts)), lambda found: parts[found[0]], PAGE)',
      'return __import__("functools").reduce(lambda page, part: page.replace(*part), parts.items(), PAGE)',
      "test_a_title_is_only_a_title")
fault("pictures: every number is a value", "../viz/writers/svg.py", 'text.set("class", f"number {kind}")',
      'text.set("class", "number value")', "test_every_number_of_the_drawing_has_its_class")
fault("pictures: names end at their equals sign", "../viz/writers/describe.py",
      "names = {c.key: c.name for c in p.cards}", 'names = {c.key: c.title.split(" = ")[0] for c in p.cards}',
      "test_a_name_with_an_equals_sign_stays_whole")
fault("pictures: one cards", "../viz/words.py", 'if n == 1 else f"{grouped(n)} {self[noun]}"',
      'if n == 0 else f"{grouped(n)} {self[noun]}"', "test_one_card_is_not_said_to_be_cards")
fault("pictures: a tensor's numbers can be written through", "autodiff/conversions.py", "return read_only(x._data)",
      "return x._data", "test_nodes_cannot_be_written_through")
