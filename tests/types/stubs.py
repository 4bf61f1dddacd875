"""Writes the types of the operations, `tinygrad_edu/ops/*.pyi`, from the catalogue itself.

    python tests/types/stubs.py           writes them anew
    python tests/types/stubs.py --check   says which are stale, and changes nothing

An operation is one line of text, which no type checker can read: each gets a class here whose
`__call__` has its inputs and parameters. A tensor among the inputs makes the result a tensor, arrays
alone an array. `autodiff/methods.pyi` has what the Tensor takes from the catalogue: methods and operators.
A test compares these files with what this script would write.
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import tinygrad_edu as tg
from tinygrad_edu import ops
from tinygrad_edu.formula import OPS, Op

FOLDER = Path(ops.__file__).parent
NEW = "# Written by tests/types/stubs.py from the catalogue: change that, and run it again.\n"
HEAD = """\
# mypy: disable-error-code="overload-overlap, override, misc"
# pyright: reportOverlappingOverload=false, reportIncompatibleMethodOverride=false

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from {dots}formula import Op
from {dots}tensor import Tensor

_Array: TypeAlias = NDArray[Any]
_Data: TypeAlias = ArrayLike | Tensor
_Axes: TypeAlias = int | Sequence[int] | None
_Float: TypeAlias = float
"""

# The type of a parameter by its name; where one name has several, by operation and name.
PARAMETERS = {
    "axis": "_Axes",
    "keepdims": "bool",
    "slope": "_Float",
    "alpha": "_Float",
    "theta": "_Float",
    "n": "_Float",
    "min": "ArrayLike | None",
    "max": "ArrayLike | None",
    "dtype": "DTypeLike",
    "decimals": "int",
    "index": "Any",
    "shape": "int | Sequence[int]",
    "repeats": "int | Sequence[int] | _Array",
    "reps": "int | Sequence[int]",
    "offset": "int",
    "axis1": "int",
    "axis2": "int",
    "pad_width": "ArrayLike",
    "mode": 'Literal["constant", "edge", "reflect", "symmetric", "wrap"]',
    "constant_values": "ArrayLike",
    "subscripts": "str",
    "axes": "Sequence[int] | None",
    "source": "int | Sequence[int]",
    "destination": "int | Sequence[int]",
    "shift": "int | Sequence[int]",
    "k": "int",
    "ddof": "int",
    "p": "_Float",
    "optimize": "Any",
    "ord": 'int | _Float | Literal["fro"] | None',
    "indices_or_sections": "int | Sequence[int] | _Array",
}
PARTICULAR = {
    "expand_dims.axis": "int | Sequence[int]",
    "take.axis": "int | None",
    "repeat.axis": "int | None",
    "take_along_axis.axis": "int | None",
    "sort.axis": "int | None",
    "argsort.axis": "int | None",
    "argmax.axis": "int | None",
    "argmin.axis": "int | None",
    "cumsum.axis": "int | None",
    "cumprod.axis": "int | None",
    "concatenate.axis": "int | None",
    "stack.axis": "int",
    "split.axis": "int",
    "diff.axis": "int",
    "diag.k": "int",
    "diff.n": "int",
    "tensordot.axes": "int | Sequence[Any]",
}

# Functions of composed.py: which of their arguments are arrays or tensors.
COMPOSED = {
    "matmul": ("a", "b"),
    "tensordot": ("a", "b"),
    "dot": ("a", "b"),
    "trace": ("a",),
    "solve": ("a", "b"),
    "norm": ("x",),
    "flatten": ("x",),
    "split": ("x",),
    "diff": ("x",),
    "hstack": ("*xs",),
    "vstack": ("*xs",),
    "diag": ("v",),
    "kron": ("a", "b"),
    "median": ("a",),
    "vdot": ("a", "b"),
}
# Words of NumPy's or PyTorch's signatures that are taken only to be refused.
REFUSED = {"out", "overwrite_input", "dim", "order", "start_dim"}
BY_HAND = {
    "einsum": """\
@overload
def einsum(subscripts: str, *operands: Tensor, optimize: Any = True) -> Tensor: ...
@overload
def einsum(subscripts: str, *operands: _Array, optimize: Any = True) -> _Array: ...
@overload
def einsum(subscripts: str, *operands: _Data, optimize: Any = True) -> Any: ...
""",
    "SlogdetResult": """\
class SlogdetResult(NamedTuple):
    sign: Any
    logabsdet: Any
""",
    "slogdet": "def slogdet(a: _Data) -> SlogdetResult: ...\n",
}

BINARY = "add sub mul truediv floordiv mod and or xor matmul".split()
COMPARED = "eq ne lt le gt ge".split()
# Methods of the Tensor that are no operation of the catalogue and have no types where they stand.
UNTYPED = {
    **{f"__{n}__": "(self, other: _Data, /) -> Tensor" for n in (*BINARY, "pow")},
    **{f"__r{n}__": "(self, other: ArrayLike, /) -> Tensor" for n in (*BINARY, "pow")},
    **{
        f"__i{n}__": "(self, other: _Data, /) -> Tensor"
        for n in "add sub mul truediv floordiv mod pow".split()
    },
    **{f"__{n}__": "(self, other: Any, /) -> Tensor" for n in COMPARED},
    "__hash__": "(self) -> int",
    **{n: "(self, other: _Data, /) -> Tensor" for n in ("pow", "matmul", "mm", "bmm", *COMPARED)},
    "permute": "(self, *axes: Any) -> Tensor",
    "cpu": "(self) -> Tensor",
    "contiguous": "(self) -> Tensor",
    "t": "(self) -> Tensor",
    "tolist": "(self) -> Any",
    "numel": "(self) -> int",
    "dim": "(self) -> int",
}
# What `__getattr__` answers, since the class would hide Python's names: x.float().
CASTS = ("float", "double", "long")


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return ""
    return f" = {json.dumps(value) if isinstance(value, str) else repr(value)}"


def _parameters(name: str, params: Any) -> list[str]:
    return [
        f"{k}: {PARTICULAR.get(f'{name}.{k}', PARAMETERS.get(k))}{_default(d)}"
        for k, d in params.items()
    ]


def _line(name: str, arguments: list[str], result: str, several: bool, indent: str) -> list[str]:
    text = f"def {name}({', '.join(arguments)}) -> {result}: ..."
    if len(text) + len(indent) > 100:
        text = "\n".join(
            [
                f"def {name}(",
                *(f"{indent}    {a}," for a in arguments),
                f"{indent}) -> {result}: ...",
            ]
        )
    return [*([f"{indent}@overload"] if several else []), indent + text]


def calls(
    name: str, inputs: tuple[str, ...], params: list[str], own: list[str], indent: str, called: str
) -> list[str]:
    """The overloads of one operation: its results by what its inputs are."""
    result = ("list[Tensor]", "list[_Array]") if name == "split" else ("Tensor", "_Array")
    lines: list[str] = []
    if inputs[0].startswith("*"):
        xs = inputs[0][1:]
        optional = [p if "=" in p else f"*, {p}" for p in params]
        for entry, y in (("Tensor", result[0]), ("_Array", result[1]), ("_Data", "Any")):
            lines += _line(called, [*own, f"{xs}: Sequence[{entry}]", *optional], y, True, indent)
        if name in OPS:
            for entry, y in (("Tensor", result[0]), ("_Data", "Any")):
                lines += _line(called, [*own, f"*{xs}: {entry}", *params], y, True, indent)
        return lines
    for k in range(len(inputs)):
        kinds = ["_Data"] * k + ["Tensor"] + ["_Data"] * (len(inputs) - k - 1)
        given = [f"{n}: {t}" for n, t in zip(inputs, kinds, strict=True)]
        lines += _line(called, [*own, *given, *params], result[0], True, indent)
    given = [f"{n}: ArrayLike" for n in inputs]
    return lines + _line(called, [*own, *given, *params], result[1], True, indent)


def _class_name(name: str) -> str:
    return "_" + "".join(part.capitalize() for part in name.split("_"))


def operation(op: Op) -> str:
    inputs = tuple(f"*{n}" for n in op.inputs) if op.variadic else op.inputs
    own = calls(op.name, inputs, _parameters(op.name, op.params), ["self"], "    ", "__call__")
    rules = "".join(f"\ndL/d{n} = {r}" for n, r in op.rules.items())
    words = f"{op.name}{op.signature} = {op.formula}{rules}".replace("\\", "\\\\")
    return "\n".join(
        [
            f"class {_class_name(op.name)}(Op):",
            *own,
            "",
            f'{op.name}: {_class_name(op.name)}\n"""{words}"""\n',
        ]
    )


def _composed(name: str, function: Any) -> str:
    """A function that chooses among operations, with its docstring's first lines."""
    if name in BY_HAND:
        return BY_HAND[name]
    inputs = COMPOSED[name]
    names = {n.lstrip("*") for n in inputs}
    params = {
        k: p.default
        for k, p in inspect.signature(function).parameters.items()
        if k not in names | REFUSED
    }
    return "\n".join(calls(name, inputs, _parameters(name, params), [], "", name)) + "\n"


def theme(module: ModuleType) -> str:
    """The stub of one file of the catalogue. Helpers of formulas are named, without types."""
    parts = [NEW, HEAD.format(dots="..")]
    for name, value in vars(module).items():
        if isinstance(value, Op):
            if OPS.get(value.name) is value and value.__module__ == module.__name__:
                parts.append(operation(value))
        elif getattr(value, "__module__", None) != module.__name__:
            continue
        elif name in COMPOSED or name in BY_HAND:
            parts.append(_composed(name, value))
        elif isinstance(value, FunctionType):
            arguments = [f"{n}: Any" for n in inspect.signature(value).parameters]
            result = "Op" if name == "product_of" else "Any"
            if any(
                p.kind > p.POSITIONAL_OR_KEYWORD
                for p in inspect.signature(value).parameters.values()
            ):
                arguments = ["*arguments: Any", "**keywords: Any"]
            parts.append("\n".join(_line(name, arguments, result, False, "")) + "\n")
    return "\n".join(parts)


def package() -> str:
    """What `tinygrad_edu.ops` exports."""
    by_file: dict[str, list[str]] = {}
    for name in sorted(ops.__all__):
        file = vars(ops)[name].__module__.rpartition(".")[2]
        by_file.setdefault(file, []).append(name)
    lines = ["from ..formula import OPS as OPS"]
    for file, names in sorted(by_file.items()):
        lines += [f"from .{file} import (", *(f"    {n} as {n}," for n in names), ")"]
    lines += [
        "from .linear import product_of as product_of",
        "",
        "__all__ = [",
    ]
    lines += [f'    "{name}",' for name in sorted(ops.__all__)] + ["]"]
    return NEW + "\n" + "\n".join(lines) + "\n"


def _all_of(kind: type) -> dict[str, Any]:
    """The attributes of a class and of what it inherits, object's aside."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__[:-1]):
        found |= vars(base)
    return found


def methods() -> str:
    """What the Tensor has from the catalogue, and what stands there without types."""
    lines = ["", "class Methods:"]
    lines += ['    """The operations that a tensor has as methods and operators."""', ""]
    for name, value in sorted(_all_of(tg.Tensor).items()):
        if isinstance(value, Op):
            rest = [f"{n}: _Data" for n in value.inputs[1:]]
            own = ["self", *rest, *_parameters(value.name, value.params)]
            lines += _line(name, own, "Tensor", False, "    ")
        elif name in COMPOSED and value is vars(ops).get(name):
            signature = inspect.signature(value).parameters
            rest = [f"{n}: _Data" for n in COMPOSED[name][1:]]
            params = {
                k: p.default for k, p in signature.items() if k not in {*COMPOSED[name], *REFUSED}
            }
            result = "list[Tensor]" if name == "split" else "Tensor"
            own = ["self", *rest, *_parameters(name, params)]
            lines += _line(name, own, result, False, "    ")
        elif name in UNTYPED:
            lines.append(f"    def {name}{UNTYPED[name]}: ...")
    lines += [f"    def {name}(self) -> Tensor: ..." for name in CASTS]
    return NEW + "\n" + HEAD.format(dots="..") + "\n".join(lines) + "\n"


def stubs() -> dict[Path, str]:
    """Every stub by its path."""
    files = {
        FOLDER / "__init__.pyi": package(),
        FOLDER.parent / "autodiff" / "methods.pyi": methods(),
    }
    names = sorted({vars(ops)[name].__module__ for name in ops.__all__})
    return files | {
        FOLDER / f"{name.rpartition('.')[2]}.pyi": theme(sys.modules[name]) for name in names
    }


def stale() -> list[Path]:
    """The stubs that are not as the catalogue says."""
    return [
        path
        for path, text in stubs().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(f"stale: {', '.join(map(str, stale()))}" if stale() else 0)
    for path, text in stubs().items():
        path.write_text(text, encoding="utf-8")
    print(f"{len(stubs())} files in {FOLDER}")
