"""The reference of the book: a page a room, made of docstrings by Sphinx' autodoc.

`write` lists what each page documents; `setup` makes this module a Sphinx extension, which turns our
docstrings (formula first, plain paragraphs, examples) into reStructuredText, and adds to a function
its curve, where it has one, and the steps of the lecture that use it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import tinygrad_edu as tg
from demos.lesson import Step, steps
from tinygrad_edu.autodiff.captions import NOTATION
from tinygrad_edu.files import write_whole
from tinygrad_edu.formula import OPS, Op

FOLDER = "reference"


class Room(NamedTuple):
    """A page: its file, its title, what it is about, and the full names of what stands on it."""

    file: str
    title: str
    about: str
    names: list[str]


THEMES = {
    "activations": "Activation functions",
    "softmax": "The softmax family",
    "arithmetic": "Arithmetic and comparisons",
    "elementwise": "Functions of every entry",
    "reductions": "Sums, means and extremes",
    "linear": "Products",
    "linalg": "Linear algebra",
    "shape": "Shapes",
    "indexing": "Entries picked out and moved",
    "choice": "Choices",
    "composed": "NumPy's functions made of several operations",
    "numpys": "More of NumPy's functions",
}
MODULES = {
    "losses": ("Losses", "tinygrad_edu.losses"),
    "nn": ("Layers and models", "tinygrad_edu.nn"),
    "optim": ("Optimizers", "tinygrad_edu.optim"),
    "schedules": ("Learning rates", "tinygrad_edu.schedules"),
    "metrics": ("Metrics", "tinygrad_edu.metrics"),
    "callbacks": ("Callbacks", "tinygrad_edu.callbacks"),
    "training": ("Training", "tinygrad_edu.training"),
    "weights": ("Saved weights", "tinygrad_edu.weights"),
    "datasets": ("Data", "tinygrad_edu.datasets"),
    "jit": ("Compiled functions", "tinygrad_edu.compiler"),
    "viz": ("Pictures of graphs", "viz"),
    "plots": ("Plots", "viz.plots"),
}
# Pages that are put together by hand: names below tinygrad_edu.
BY_HAND = {
    "tensor": (
        "The tensor",
        "tensor",
        "Tensor no_grad learning detect_anomaly record_everything AnomalyError StaleGraphError",
    ),
    "derivatives": (
        "Derivatives of functions",
        "transforms",
        "grad value_and_grad vjp jvp jacobian hessian hvp check_gradients GradientError",
    ),
    "operations": ("Operations of your own", "formula", "op Op"),
}
# Operations that stand behind functions of the same name.
BEHIND = "ops.matmul ops.mse ops.bce_with_logits ops.cross_entropy multiply_no_nan"
_FASHION = "load_data cache_folder locate Content DatasetUnavailable".split()
MORE = {"datasets": ["to_categorical", *(f"datasets.fashion_mnist.{n}" for n in _FASHION)]}


def defined(module: ModuleType) -> list[str]:
    """What a module offers: its `__all__`, or what it defines itself."""
    listed = getattr(module, "__all__", None)
    names = listed if listed is not None else list(vars(module))
    found = []
    for name in names:
        value = getattr(module, name)
        own = listed is not None or getattr(value, "__module__", None) == module.__name__
        named = isinstance(value, (type, Op)) or inspect.isroutine(value)
        if own and not name.startswith("_") and named:
            found.append(name)
    return found


def rooms() -> list[Room]:
    """All pages. A thing that several rooms offer stands on the first one's."""
    found: list[Room] = []
    taken: set[int] = set()

    def add(file: str, title: str, module: str, names: list[str]) -> None:
        fresh = [name for name in names if id(_resolved(name)) not in taken]
        taken.update(id(_resolved(name)) for name in fresh)
        found.append(
            Room(file, title, inspect.getdoc(importlib.import_module(module)) or "", fresh)
        )

    for file, (title, module, names) in BY_HAND.items():
        add(file, title, f"tinygrad_edu.{module}", [f"tinygrad_edu.{n}" for n in names.split()])
    losses = [f"tinygrad_edu.losses.{n}" for n in defined(tg.losses)]
    behind_losses = {id(_resolved(name)) for name in losses}
    for theme, title in THEMES.items():
        home = f"tinygrad_edu.ops.{theme}"
        names_of = [n for n in vars(tg) if n in tg.ops.__all__ and _home(n) == home]
        names_of = [n for n in names_of if id(getattr(tg, n)) not in behind_losses]
        add(theme, title, home, [f"tinygrad_edu.{n}" for n in names_of])
    behind = [f"tinygrad_edu.{name}" for name in BEHIND.split()]
    add("behind", "Operations behind functions", "tinygrad_edu.ops.losses", behind)
    for file, (title, home) in MODULES.items():
        names_of = [f"{home}.{n}" for n in defined(importlib.import_module(home))]
        names_of += [f"tinygrad_edu.{n}" for n in MORE.get(file, [])]
        add(file, title, home, names_of)
    return found


def _home(name: str) -> str:
    return getattr(getattr(tg, name), "__module__", "")


# From our docstrings to reStructuredText

_SPAN = re.compile(r"(`[^`\n]+`|\*\*[^*\n]+\*\*)")


def plain(text: str) -> str:
    """A line of prose: `code` and **bold** stay, all else is taken as it is."""
    parts = _SPAN.split(text)
    parts[1::2] = [f"``{p[1:-1]}``" if p.startswith("`") else p for p in parts[1::2]]
    parts[::2] = [re.sub(r"([\\*|_`])", r"\\\1", p) for p in parts[::2]]
    line = ""
    for k, part in enumerate(parts):
        glued = k % 2 and line and not line[-1].isspace() and line[-1] not in "([{'\"/-"
        line += "\\ " + part if glued else part
        if k % 2 and k + 1 < len(parts) and re.match(r"[^\s'\")\]}>/:.,;!?-]", parts[k + 1]):
            line += "\\ "
    return line


def _items(lines: list[str]) -> list[str]:
    """An indented list of arguments: each begins at the smallest indent."""
    least = min(len(line) - len(line.lstrip()) for line in lines)
    joined: list[str] = []
    for line in lines:
        if len(line) - len(line.lstrip()) == least or not joined:
            joined.append(line.strip())
        else:
            joined[-1] += " " + line.strip()
    found = []
    for line in joined:
        name, colon, rest = line.partition(": ")
        short = colon and len(name) < 40 and "(" not in name
        found.append(f"- **{plain(name)}**: {plain(rest)}" if short else f"- {plain(line)}")
    return found


def _section(lines: list[str]) -> list[str] | None:
    """`Arguments:` with an indented list, `Returns: ...` and so on; None for anything else."""
    head = re.match(r"(Args|Arguments|Returns|Raises|Errors?|Source|Yields)\b:\s*(.*)", lines[0])
    if not head:
        return None
    title = {"Args": "Arguments", "Raises": "Errors", "Error": "Errors"}.get(head[1], head[1])
    inside = [line for line in lines[1:] if line.startswith(" ")]
    after = lines[1 + len(inside) :]
    if head[2] or not inside:
        words = [head[2], *(line.strip() for line in lines[1:])]
        for k, line in enumerate(lines[1:], 1):
            if _section([line]):
                words = [head[2], *(w.strip() for w in lines[1:k])]
                return [f"**{title}:** {plain(' '.join(words))}", "", *(_section(lines[k:]) or [])]
        return [f"**{title}:** {plain(' '.join(words))}", ""]
    result = [f"**{title}**", "", *_items(inside), ""]
    return result + (_block(after) if after else [])


def _block(lines: list[str]) -> list[str]:
    if lines[0].startswith(">>> "):
        return [*lines, ""]
    if len(lines) > 1 and re.fullmatch(r"[|:\s-]+", lines[1]):
        return _table(lines)
    columns = sum(bool(re.search(r"\S {2,}\S", line)) for line in lines)
    if lines[0].startswith(" ") or 2 * columns > len(lines):
        return ["::", "", *(f"    {line}" for line in lines), ""]
    section = _section(lines)
    if section is not None:
        return section
    if lines[0].startswith("- "):
        return _bullets(lines)
    for k, line in enumerate(lines[1:], 1):
        if _section([line]) is not None or line.startswith("- "):
            return [plain(" ".join(lines[:k])), "", *_block(lines[k:])]
    return [plain(" ".join(lines)), ""]


def as_rst(text: str, formula: bool = False) -> list[str]:
    """A docstring as reStructuredText; with `formula`, its first lines are code.

    >>> as_rst("max{x, 0}, of `x` * 2.")
    ['max{x, 0}, of ``x`` \\\\* 2.', '']
    """
    blocks = [b.splitlines() for b in re.split(r"\n\s*\n", inspect.cleandoc(text)) if b.strip()]
    found: list[str] = []
    for k, lines in enumerate(blocks):
        if formula and k == 0:
            found += [".. code-block:: python", "", *(f"    {line}" for line in lines), ""]
        else:
            found += _block(lines)
    return found


def _table(lines: list[str]) -> list[str]:
    """A table of Markdown's: a row goes on in a line that begins without a bar."""
    rows: list[str] = []
    for line in lines:
        if line.startswith("|"):
            rows.append(line)
        else:
            rows[-1] += " " + line.strip()
    cells = [[c.strip() for c in row.strip().strip("|").split("|")] for row in rows]
    cells = [row for row in cells if not all(re.fullmatch(r":?-+:?", c) for c in row)]
    result = [".. list-table::", "   :header-rows: 1", ""]
    for row in cells:
        result += [f"   {'* -' if k == 0 else '  -'} {plain(c)}" for k, c in enumerate(row)]
    return [*result, ""]


def _bullets(lines: list[str]) -> list[str]:
    """A list: a line without a dash goes on with the item above it, as in Markdown."""
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line)
        else:
            items[-1] += " " + line.strip()
    return [*map(plain, items), ""]


def helpers(op: Op) -> list[str]:
    """What the helpers compute that the formula and the rules of an operation call."""
    text = " ".join([op.formula, *op.rules.values()])
    names = [name for name in NOTATION if re.search(rf"(?<!\w){name}\(", text)]
    said = [
        f"``{name}({', '.join(NOTATION[name][0])})`` is ``{NOTATION[name][1]}``" for name in names
    ]
    return [f"Here {'; '.join(said)}, computed with care.", ""] if said else []


# What the steps of the lecture use


def _aliases(tree: ast.Module) -> dict[str, str]:
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                found[name.asname or name.name.split(".")[0]] = (
                    name.name if name.asname else name.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for name in node.names:
                found[name.asname or name.name] = f"{node.module}.{name.name}"
    return {k: v for k, v in found.items() if v.split(".")[0] in ("tinygrad_edu", "viz")}


def _resolved(dotted: str) -> Any:
    value: Any = importlib.import_module(dotted.split(".")[0])
    for part in dotted.split(".")[1:]:
        value = getattr(value, part, None)
    return value


def used(path: Path, index: dict[int, str]) -> set[str]:
    """The documented names that the code of a step uses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    aliases, found = _aliases(tree), set()
    for node in ast.walk(tree):
        parts: list[str] = []
        inner: Any = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and inner.id in aliases:
            value = _resolved(".".join([aliases[inner.id], *reversed(parts)]))
            if id(value) in index:
                found.add(index[id(value)])
    return found


class Reference:
    """What stands where, and who uses it."""

    def __init__(self) -> None:
        self.rooms = rooms()
        self.page = {name: room.file for room in self.rooms for name in room.names}
        index: dict[int, str] = {}
        for name in self.page:
            index.setdefault(id(_resolved(name)), name)
        self.used: dict[str, list[str]] = {
            step.path.stem: sorted(used(step.path, index)) for step in steps()
        }

    def users(self, name: str) -> list[str]:
        return [stem for stem, names in self.used.items() if name in names]

    def links(self, step: Step, lang: str) -> str:
        """The line of a step's page that leads to what its code uses."""
        folder = FOLDER if lang == "en" else f"../en/{FOLDER}"
        names = self.used[step.path.stem]
        words = {"en": "In the reference", "es": "En la referencia (en inglés)"}[lang]
        links = [
            f'<a href="{folder}/{self.page[n]}.html#{n}"><code>{n.removeprefix("tinygrad_edu.")}</code></a>'
            for n in names
        ]
        return f'<p class="in-the-reference">{words}: {", ".join(links)}.</p>' if links else ""

    def contents(self, lang: str) -> str:
        """The page that leads to the rooms, in Markdown."""
        if lang == "en":
            files = "\n".join(f"{FOLDER}/{room.file}" for room in self.rooms)
            return (
                "# Reference\n\nEvery public function, class and operation, made of what "
                f"`help(...)` shows.\n\n```{{toctree}}\n:maxdepth: 1\n\n{files}\n```\n"
            )
        lines = [
            f'- <a href="../en/{FOLDER}/{room.file}.html" lang="en">{room.title}</a>'
            for room in self.rooms
        ]
        return (
            "# Referencia\n\nTodas las funciones, clases y operaciones, hechas de lo que muestra "
            "`help(...)`. La referencia está en inglés.\n\n" + "\n".join(lines) + "\n"
        )

    def write(self, source: Path) -> None:
        """The pages as reStructuredText, and the curves of the activations."""
        folder = source / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        for room in self.rooms:
            lines = [room.title, "=" * len(room.title), "", *as_rst(room.about)]
            for name in room.names:
                lines += list(_directive(name))
            write_whole(folder / f"{room.file}.rst", "\n".join(lines) + "\n")
        for name in curves():
            _curve(name, folder / f"{name}.svg")


def _directive(name: str) -> Iterator[str]:
    value = _resolved(name)
    yield ""
    if isinstance(value, type):
        yield f".. autoclass:: {name}"
        yield "   :members:"
        yield "   :member-order: bysource"
    else:
        yield f".. autofunction:: {name}"
    yield ""


def curves() -> list[str]:
    """The activations that are functions of one number."""
    from viz.plots.activations import CATALOGUE

    return [name for name in CATALOGUE if name in OPS and _home(name).endswith(".activations")]


def _curve(name: str, path: Path) -> None:
    """f solid and f' dashed, small."""
    import matplotlib

    from viz.plots import activations

    figure = activations([name])
    figure.suptitle("")
    figure.set_size_inches(3.2, 2.6)
    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    write_whole(path, file.getvalue())


# As an extension of Sphinx


def signature_of(value: Any) -> str:
    """A signature as it is written, types by their names in the code."""
    try:
        text = str(inspect.signature(value))
    except (TypeError, ValueError):
        return ""
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", text)


def setup(app: Any) -> dict[str, Any]:
    """Sphinx calls this: our docstrings instead of reStructuredText."""
    reference = Reference()

    def signature(
        app: Any, what: str, name: str, obj: Any, options: Any, args: Any, result: Any
    ) -> tuple[str, str] | None:
        if what not in ("function", "class", "method") or _is_exception(obj):
            return None
        text, arrow, result = signature_of(obj).partition(" -> ")
        text = re.sub(r"^\(self(, )?", "(", text) if what == "method" else text
        return text, result if arrow and what != "class" else ""

    def docstring(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
        lines[:] = as_rst("\n".join(lines), isinstance(obj, Op))
        below = lines.index("", 2) + 1 if isinstance(obj, Op) else 0
        short = name.removeprefix("tinygrad_edu.")
        if isinstance(obj, Op):
            lines[below:below] = helpers(obj)
        if isinstance(obj, Op) and short in curves():
            lines += [f".. image:: {short}.svg", f"   :alt: {short} and its derivative, dashed", ""]
        users = reference.users(name)
        if users:
            titles = {s.path.stem: f"{s.number}. {s.title['en']}" for s in steps()}
            links = [f":doc:`{titles[stem]} </{stem}>`" for stem in users if _built(app, stem)]
            if links:
                lines += [f"**Used in** {', '.join(links)}.", ""]

    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-signature", signature)
    app.connect("autodoc-process-docstring", docstring)
    return {"parallel_read_safe": True}


def _is_exception(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


def _built(app: Any, stem: str) -> bool:
    return (Path(app.srcdir) / f"{stem}.md").exists()
