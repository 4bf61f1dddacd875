"""What importing the package does and does not do, and which file may know which."""

from __future__ import annotations

import ast
import importlib
import io
import json
import subprocess
import sys
import tokenize
import types
from pathlib import Path

import pytest

import tinygrad_edu
from tinygrad_edu import formula

PACKAGE = Path(tinygrad_edu.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

WATCH = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
np.random.seed(7)
before, state = set(sys.modules), np.random.get_state()[1].tobytes()
written, connected, started = [], [], []

def watch(event, args):
    if event == "open" and (set(str(args[1])) & set("wax+") or (args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
        written.append(str(args[0]))
    elif event in ("os.mkdir", "os.rename", "os.remove", "os.symlink", "os.truncate", "shutil.copyfile"):
        written.append(event)
    elif event.startswith(("socket.", "urllib.", "http.")):
        connected.append(event)
    elif event.startswith(("subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "_thread.start")):
        started.append(event)

sys.addaudithook(watch)
import tinygrad_edu
print(json.dumps({"new": sorted(set(sys.modules) - before), "written": written, "connected": connected,
                  "started": started, "random": np.random.get_state()[1].tobytes() == state,
                  "stdlib": sorted(sys.stdlib_module_names)}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """One fresh interpreter that imports the package and watches what happens."""
    folder = tmp_path_factory.mktemp("import")
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", WATCH, str(PACKAGE.parent)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout) | {"left": [p.name for p in folder.iterdir()]}


def test_only_numpy_and_the_standard_library_are_loaded(seen):
    tops = {name.split(".")[0] for name in seen["new"]}
    assert "tinygrad_edu" in tops
    assert tops - set(seen["stdlib"]) - {"numpy", "tinygrad_edu"} == set()


def test_no_network_is_loaded_or_touched(seen):
    assert not set(seen["new"]) & {
        "socket",
        "ssl",
        "http.client",
        "urllib.request",
        "ftplib",
        "requests",
    }
    assert seen["connected"] == []


def test_nothing_is_written_or_started(seen):
    assert (seen["written"], seen["started"], seen["left"]) == ([], [], [])


def test_numpys_random_state_is_left_alone(seen):
    assert seen["random"]


def test_the_watch_sees_what_it_should(tmp_path):
    """The hook itself: a write, a draw and a connection are noticed."""
    noisy = WATCH.replace(
        "import tinygrad_edu\n",
        "open('x', 'w').close(); np.random.rand(); import socket\nsocket.socket().close()\n",
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", noisy, str(PACKAGE.parent)],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=tmp_path,
    )
    result = json.loads(done.stdout)
    assert result["written"] == ["x"]
    assert not result["random"]
    assert result["connected"]
    assert "socket" in result["new"]


# Imports run one way


def imports(file):
    """The modules of the package, and the others, that a file imports anywhere in it."""
    own, foreign = set(), set()
    here = file.relative_to(PACKAGE.parent).with_suffix("").parts
    package = here[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found = [(alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = (
                ".".join((*package[: len(package) - node.level + 1], *filter(None, [node.module])))
                if node.level
                else node.module
            )
            found = [(base, [alias.name for alias in node.names])]
        else:
            continue
        for name, members in found:
            if name.split(".")[0] != "tinygrad_edu":
                foreign.add(name.split(".")[0])
                continue
            for member in members or [None]:
                full = f"{name}.{member}" if member and is_module(f"{name}.{member}") else name
                own.add(full.removeprefix("tinygrad_edu").removeprefix(".") or "tinygrad_edu")
    return own, foreign


def is_module(name):
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


# The core, from the bottom up: what each file may import of the package.
LAYERS = {
    "autodiff.inputs": set(),
    "autodiff.messages": set(),
    "autodiff.snapshots": set(),
    "autodiff.anomaly": {"autodiff.messages"},
    "autodiff.attached": set(),
    "autodiff.recorder": set(),
    "autodiff.modes": {"autodiff.inputs", "autodiff.recorder"},
    "autodiff.operands": {"autodiff.inputs"},
    "autodiff.versions": {"autodiff.attached", "autodiff.snapshots"},
    "autodiff.conversions": {"autodiff.messages", "autodiff.modes"},
    "autodiff.walk": {
        "autodiff.anomaly",
        "autodiff.messages",
        "autodiff.modes",
        "autodiff.operands",
        "autodiff.versions",
    },
    "autodiff.captions": set(),
    "formula": {"autodiff.captions", "autodiff.inputs"},
    "ops": {"autodiff.captions", "formula"},
    "habits.arrays": {"habits"},
    "habits.at": {"ops"},
    "autodiff.protocols": {"autodiff.modes", "formula", "habits.numpy"},
    "autodiff.record": {
        "autodiff.anomaly",
        "autodiff.attached",
        "autodiff.messages",
        "autodiff.modes",
        "autodiff.operands",
        "autodiff.snapshots",
        "autodiff.versions",
        "formula",
    },
    "autodiff.assignment": {
        "autodiff.inputs",
        "autodiff.messages",
        "autodiff.modes",
        "autodiff.record",
        "autodiff.versions",
        "formula",
        "ops",
    },
    "autodiff.methods": {"autodiff.record", "formula", "ops"},
    "tensor": {
        "autodiff.assignment",
        "autodiff.attached",
        "autodiff.conversions",
        "autodiff.inputs",
        "autodiff.messages",
        "autodiff.methods",
        "autodiff.modes",
        "autodiff.protocols",
        "autodiff.record",
        "autodiff.snapshots",
        "autodiff.versions",
        "autodiff.walk",
        "habits.arrays",
        "habits.at",
        "formula",
        "habits",
        "ops",
    },
}


def files_of(name):
    path = PACKAGE.joinpath(*name.split("."))
    return [path.with_suffix(".py")] if path.with_suffix(".py").exists() else path.rglob("*.py")


@pytest.mark.parametrize("layer, below", LAYERS.items())
def test_the_core_is_in_layers(layer, below):
    files = list(files_of(layer))
    assert files
    for file in files:
        own, _ = imports(file)
        own = {name for name in own if name.split(".")[0] != layer} - {"autodiff"}
        assert own <= below, file.name


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_nothing_knows_viz_the_demos_or_another_package(file):
    _, foreign = imports(file)
    assert foreign <= set(sys.stdlib_module_names) | {"numpy"}


def test_training_knows_no_layers_and_datasets_no_training():
    for file in FILES:
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        own = {name.split(".")[0] for name in imports(file)[0]}
        if parts[0] in ("losses", "metrics", "optim", "training", "weights"):
            assert "nn" not in own, file
        if parts[0] == "datasets":
            assert own <= {"datasets", "files", "habits"}, file


def test_no_circles():
    def name_of(file):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "tinygrad_edu"

    edges = {name_of(f): imports(f)[0] for f in FILES}
    done, stack = set(), []

    def visit(name):
        if name in done:
            return
        assert name not in stack, f"{' -> '.join([*stack, name])}"
        stack.append(name)
        for other in edges.get(name, ()):
            if other != name:
                visit(other)
        done.add(stack.pop())

    for name in edges:
        visit(name)
    assert len(done) >= len(FILES)


def test_the_reader_of_imports_reads_them():
    own, foreign = imports(PACKAGE / "tensor.py")
    assert own - {"autodiff"} == LAYERS["tensor"]
    assert "numpy" in foreign
    assert imports(PACKAGE / "nn" / "module.py")[0] >= {"training", "losses", "nn.state"}


def tokens(file):
    """Tokens of a file's code: names, numbers, operators, texts; no comments, docstrings, blanks."""
    source = file.read_text(encoding="utf-8")
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {
        node.body[0].lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None
    }
    layout = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    found = tokenize.generate_tokens(io.StringIO(source).readline)
    return sum(
        token.type not in layout and not (token.type == tokenize.STRING and token.start[0] in docs)
        for token in found
    )


def test_the_core_can_be_read_in_an_evening():
    """What makes operations work stays short however many they are; an operation is a line, with
    what it needs. Tokens, not lines: air costs nothing."""
    core = ["formula.py", "tensor.py", "autodiff/record.py", "autodiff/walk.py"]
    assert sum(tokens(PACKAGE / name) for name in core) < 7_000
    assert sum(map(tokens, (PACKAGE / "autodiff").glob("*.py"))) < 10_600
    composed = ("composed.py", "numpys.py", "examples.py")
    catalogue = [f for f in (PACKAGE / "ops").glob("*.py") if f.name not in composed]
    assert len(catalogue) > 8
    assert sum(map(tokens, catalogue)) < 60 * len(formula.OPS)


def test_tokens_are_counted_without_words(tmp_path):
    file = tmp_path / "file.py"
    file.write_text('"""Words."""\n\n\ndef f(x):  # words\n    """Words."""\n    return x + 1\n')
    assert tokens(file) == len("def f ( x ) : return x + 1".split())


# Names


@pytest.mark.parametrize(
    "name",
    [
        "datasets",
        "losses",
        "metrics",
        "nn",
        "optim",
        "training",
        "weights",
        "autodiff",
        "formula",
        "ops",
    ],
)
def test_a_submodule_is_what_the_package_calls_by_its_name(name):
    module = importlib.import_module(f"tinygrad_edu.{name}")
    assert getattr(tinygrad_edu, name) is module


def test_star_import_gives_operations_not_files():
    """`from .ops import *` must not bring along ops' own files."""
    # losses is a file of the package too
    files = {f.stem for f in (PACKAGE / "ops").glob("*.py")} - {"losses"}
    assert not [
        name for name in files if isinstance(vars(tinygrad_edu).get(name), types.ModuleType)
    ]


def test_operations_at_the_top_are_the_catalogues_and_losses_those_of_nn():
    from tinygrad_edu import nn, ops

    names = {name for name in formula.OPS if hasattr(tinygrad_edu, name)} & set(vars(ops))
    assert len(names) > 20
    losses = {"mse", "cross_entropy", "bce_with_logits"}
    for name in names:
        expected = getattr(nn, name) if name in losses else formula.OPS[name]
        assert name in ("matmul", "op") or getattr(tinygrad_edu, name) is expected, name


# What is private stays so

CORE = ("tensor.py", "autodiff", "compiler")
HELD = {"_data", "_grad", "_requires_grad"}


def private_reads(file):
    """The underscore names of other files that a file imports, or reads from a module. The files of
    the catalogue share the helpers that their formulas call: they are one room."""
    room = file.parent.name == "ops"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    modules, found = set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or node.module.startswith("tinygrad")):
            names = [alias.name for alias in node.names]
            if not (room and node.level == 1):
                found += [n for n in names if n.startswith("_") and not n.startswith("__")]
            modules |= {alias.asname or alias.name for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = node.attr
            if node.value.id in modules and name.startswith("_") and not name.startswith("__"):
                found.append(f"{node.value.id}.{name}")
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_no_file_reads_anothers_private_names(file):
    assert private_reads(file) == []


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_only_the_core_knows_how_a_tensor_holds_its_data(file):
    if file.relative_to(PACKAGE).parts[0] not in CORE:
        tree = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        assert not [n for n in tree if isinstance(n, ast.Attribute) and n.attr in HELD]


def test_private_names_are_seen(tmp_path):
    file = tmp_path / "file.py"
    file.write_text("from . import modes\nfrom .modes import _set, mode\nmodes._mode\nmode.tape\n")
    assert private_reads(file) == ["_set", "modes._mode"]


# Readable


SHOWN = sorted(
    [*FILES, *(PACKAGE.parent / "viz").rglob("*.py"), *(PACKAGE.parent / "demos").rglob("*.py")]
)


@pytest.mark.parametrize("file", SHOWN, ids=lambda f: str(f.relative_to(PACKAGE.parent)))
def test_no_choice_stands_inside_a_choice(file):
    """`a if p else b if q else c` is read twice; `if` statements are read once."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.IfExp):
            parts = (node.test, node.body, node.orelse)
            assert not any(isinstance(part, ast.IfExp) for part in parts), node.lineno
