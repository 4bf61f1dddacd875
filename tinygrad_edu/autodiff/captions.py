"""Formulas with names put in: how pictures and messages write what ran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Captions:
    """The part of an operation that says its formula."""

    formula: str
    rules: Mapping[str, str]
    inputs: tuple[str, ...]
    params: Mapping[str, Any]
    variadic: bool

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
