"""What an operation says of itself: its formula with names put in, as pictures and messages write
what ran, its docstring, its signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import inspect

HELP: list[Callable[[str], str]] = []
"""What the catalogue adds to an operation's docstring: arguments, results, an example, by its
name."""

NOTATION: dict[str, tuple[tuple[str, ...], str]] = {}
"""What a helper of the catalogue computes, as one would write it on paper: its name -> (its
arguments, the text)."""

_F = TypeVar("_F", bound=Callable[..., Any])


class Captions:
    """The part of an operation that says its formula."""

    name: str
    formula: str
    rules: Mapping[str, str]
    inputs: tuple[str, ...]
    params: Mapping[str, Any]
    variadic: bool  # takes any number of inputs
    _text: str  # the signature, as it was declared
    _words: str  # what `doc=` says

    def caption(self, /, *names: str, **params: Any) -> str:
        """The formula with names put in for the inputs, as a student would write it.

        >>> from tinygrad_edu import ops
        >>> ops.matmul.caption("X", "W"), ops.sum.caption("H", axis=0)
        ('X @ W', 'sum(H, axis=0)')
        """
        return substitute(self.formula, self._values(names, params), self.params)

    def rule_caption(
        self, index: int, /, *names: str, g: str = "g", y: str = "y", **params: Any
    ) -> str:
        """The gradient rule of input number `index`, names put in.

        >>> from tinygrad_edu import ops
        >>> ops.matmul.rule_caption(1, "X", "W")
        'X.mT @ g'
        """
        text = self.rules[self.inputs[0 if self.variadic else index]]
        values = self._values(names, params) | {"g": g, "y": y}
        return substitute(
            text, values | {"i": repr(index)} if self.variadic else values, self.params
        )

    def _values(self, names: tuple[str, ...], params: dict[str, Any]) -> dict[str, str]:
        inputs = (
            {self.inputs[0]: f"[{', '.join(names)}]"}
            if self.variadic
            else dict(zip(self.inputs, names, strict=True))
        )
        return inputs | {k: repr(params.get(k, d)) for k, d in self.params.items()}

    def help(self) -> str:
        """The docstring: formula and rules, its own words, and what the catalogue adds.

        >>> from tinygrad_edu import ops
        >>> ops.tanh.help().splitlines()[:2]
        ['tanh(x) = np.tanh(x)', 'dL/dx = g * (1 + y) * (1 - y)']
        """
        lines = [f"{self._text} = {self.formula}"]
        lines += [f"dL/d{name} = {rule}" for name, rule in self.rules.items()]
        parts = ["\n".join(lines), self._words, *(more(self.name) for more in HELP)]
        return "\n\n".join(part for part in parts if part)


class Documented:
    """The docstring of an operation is made when it is asked for; that of the class is its own."""

    def __init__(self, words: str | None) -> None:
        self.words = words

    def __get__(self, op: Captions | None, owner: type) -> str | None:
        return self.words if op is None else op.help()


def as_called(signature: inspect.Signature) -> inspect.Signature:
    """The signature of a call: parameters also by position, as `bind` takes them."""
    parameters = signature.parameters.values()
    return signature.replace(
        parameters=[
            p.replace(kind=p.POSITIONAL_OR_KEYWORD)
            if p.kind is p.KEYWORD_ONLY and not any(q.kind is q.VAR_POSITIONAL for q in parameters)
            else p
            for p in parameters
        ]
    )


def substitute(
    text: str, values: Mapping[str, str], defaults: Mapping[str, Any] | None = None
) -> str:
    """Put `values` in for the names in a formula; drop `np.`, and keywords that hold their default.

    >>> substitute("np.sum(x, keepdims=k)", {"x": "H", "k": "False"}, {"k": False})
    'sum(H)'
    """
    import ast  # here: `import tinygrad_edu` stays fast

    unset = {k for k, v in (defaults or {}).items() if values.get(k) == repr(v)}

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            value = values.get(node.id, node.id)
            try:
                # so that what is no atom gets its parentheses
                return ast.parse(value, mode="eval").body
            except SyntaxError:
                return ast.Name(value)

        def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
            if isinstance(node.value, ast.Name) and node.value.id == "np":
                return ast.Name(node.attr)
            return self.generic_visit(node)

        def visit_Call(self, node: ast.Call) -> ast.AST:
            node.keywords = [
                k
                for k in node.keywords
                if not (isinstance(k.value, ast.Name) and k.value.id in unset)
            ]
            return self.generic_visit(node)

    return ast.unparse(Put().visit(ast.parse(text, mode="eval")))


def on_paper(text: str) -> Callable[[_F], _F]:
    """Say what a helper that formulas call computes, for pictures: numerical care is not part of
    the mathematics.

    >>> @on_paper("log(1 + exp(x))")
    ... def _careful(x): return np.logaddexp(0, x)
    >>> NOTATION["_careful"]
    (('x',), 'log(1 + exp(x))')
    """

    def note(helper: _F) -> _F:
        code = helper.__code__
        NOTATION[helper.__name__] = (
            code.co_varnames[: code.co_argcount + code.co_kwonlyargcount],
            text,
        )
        return helper

    return note
