"""Faults of what the library shows: signatures, docstrings, types."""

from .fault import fault

fault(
    "signature: parameters by keyword only",
    "autodiff/captions.py",
    "p.replace(kind=p.POSITIONAL_OR_KEYWORD)",
    "p",
    "test_a_signature_is_how_an_operation_is_called",
)
fault(
    "signature: none",
    "formula.py",
    'if key == "__signature__":',
    "if False:",
    "test_a_signature_is_how_an_operation_is_called",
)
fault(
    "help: rules are left out",
    "autodiff/captions.py",
    'lines += [f"dL/d{name} = {rule}" for name, rule in self.rules.items()]',
    "pass",
    "test_help_shows_an_operation",
)
fault(
    "help: the example is left out",
    "ops/examples.py",
    'return "\\n\\n".join([*parts, f">>> {call}\\n{printed}"])',
    'return "\\n\\n".join(parts)',
    "test_every_operation_says_it_all",
)
fault(
    "help: the class has an operation's docstring",
    "autodiff/captions.py",
    "return self.words if op is None else op.help()",
    "return self.words",
    "test_help_shows_an_operation",
)
fault(
    "types: a method of the tensor is none in the stub",
    "autodiff/methods.pyi",
    "    def relu(self) -> Tensor: ...\n",
    "",
    "test_the_stubs_are_what_the_catalogue_says",
)
