"""Which file of viz may know which: imports run one way, and nobody's underscore names are used."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import tinygrad_edu
import viz

HERE = Path(viz.__file__).parent
FILES = sorted(HERE.rglob("*.py"))

# Each room, or file at the top, may import those that stand before it.
ORDER = [
    "words",
    "text",
    "palette",
    "numbers",
    "mathematics",
    "recording",
    "model",
    "assembly",
    "verify",
    "writers",
    "graph",
    "explorer",
    "plots",
    "viz",
]


def name_of(file):
    parts = file.relative_to(HERE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(f) for f in FILES}


def imported(file):
    """The files of viz that a file imports, at its top or inside a function."""
    package = file.relative_to(HERE.parent).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.split(".")[0] == "viz"}
        elif isinstance(node, ast.ImportFrom):
            base = (node.module or "").split(".") if not node.level else []
            if node.level:
                base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
            name = ".".join(filter(None, base))
            if name.split(".")[0] == "viz":
                members = {f"{name}.{a.name}" for a in node.names}
                found |= members & NAMES or {name}
                found |= {name} if members - NAMES else set()
    return found


def room(name):
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "viz"


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(HERE)))
def test_a_room_knows_only_those_before_it(file):
    mine = room(name_of(file))
    for other in imported(file):
        assert ORDER.index(room(other)) <= ORDER.index(mine), f"{file.name} imports {other}"
        assert room(other) != "viz", f"{file.name} imports the whole package"


def test_there_are_no_circles():
    edges = {name_of(f): imported(f) for f in FILES}
    done, path = set(), []

    def visit(name):
        assert name not in path, " -> ".join([*path, name])
        if name in done:
            return
        path.append(name)
        for other in edges.get(name, ()):
            visit(other)
        done.add(path.pop())

    for name in edges:
        visit(name)
    assert done == NAMES


def test_the_reader_of_imports_reads_them():
    assert imported(HERE / "numbers.py") == {"viz.words"}
    assert {"viz.writers.layout", "viz.assembly", "viz.palette"} <= imported(HERE / "graph.py")
    assert "viz.explorer.entries" in imported(HERE / "explorer" / "steps.py")


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(HERE)))
def test_nobodys_underscore_names_are_used(file):
    """A name with an underscore belongs to the file, or to the object, that it stands in."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    own = {a.attr for a in ast.walk(tree) if isinstance(a, ast.Attribute) and is_self(a.value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(a.name for a in node.names)]
            assert not [n for n in names if is_private(n)], f"line {node.lineno}: {names}"
        elif isinstance(node, ast.Attribute) and is_private(node.attr):
            assert is_self(node.value) or node.attr in own, f"line {node.lineno}: {node.attr}"
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr":
            asked = node.args[1]
            assert not (isinstance(asked, ast.Constant) and is_private(asked.value)), node.lineno


PUBLIC = {"_replace", "_repr_png_", "_repr_mimebundle_"}  # Python's and Jupyter's names for all


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name not in PUBLIC


def is_self(node):
    return (isinstance(node, ast.Name) and node.id in ("self", "cls")) or (
        isinstance(node, ast.Call) and getattr(node.func, "id", "") == "super"
    )


def test_the_engine_does_not_know_viz():
    for file in Path(tinygrad_edu.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = (
                [getattr(node, "module", None) or ""] if isinstance(node, ast.ImportFrom) else []
            )
            names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            assert not [n for n in names if n.split(".")[0] == "viz"], file


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(HERE)))
def test_a_file_has_one_theme_and_no_nested_choice(file):
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.IfExp):
            inner = [n for n in ast.walk(node) if isinstance(n, ast.IfExp) and n is not node]
            assert not inner, f"line {node.lineno}: a choice inside a choice"
