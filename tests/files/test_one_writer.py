"""No place of the project puts a file in its place by other means than the one writer."""

from __future__ import annotations

import ast

import pytest
from writers import ROOT

OWN = {
    "write_text",
    "write_bytes",
    "savez",
    "savez_compressed",
    "savetxt",
    "tofile",
    "imsave",
    "mkstemp",
    "rename",
    "renames",
    "NamedTemporaryFile",
}


def writes(tree):
    """Lines of a source that put a file in place by other means than the one writer."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        owner = getattr(getattr(node.func, "value", None), "id", "")
        texts = [
            a.value
            for a in [*node.args, *(k.value for k in node.keywords)]
            if isinstance(a, ast.Constant)
        ]
        opened = name == "open" and any(
            isinstance(t, str) and t[:1] in ("w", "a", "x") and len(t) < 4 for t in texts
        )
        figure = name == "savefig" and not (
            node.args and getattr(node.args[0], "id", "") in ("file", "out")
        )
        if (
            opened
            and owner != "archive"
            or figure
            or name in OWN
            or (owner, name)
            in (
                ("os", "replace"),
                ("np", "save"),
                ("shutil", "move"),
                ("shutil", "copyfile"),
                ("shutil", "copy"),
            )
        ):
            yield node.lineno


def test_there_is_one_writer():
    files = [
        f
        for part in ("tinygrad_edu", "viz", "demos", "tests/bench")
        for f in (ROOT / part).rglob("*.py")
    ]
    assert len(files) > 80
    found = {
        f.relative_to(ROOT).as_posix(): list(writes(ast.parse(f.read_text(encoding="utf-8"))))
        for f in files
    }
    own = {name for name, lines in found.items() if lines}
    assert own == {"tinygrad_edu/files.py"}, {name: found[name] for name in own}


@pytest.mark.parametrize(
    "line",
    [
        "open(p, 'w')",
        "p.open(mode='xb')",
        "p.write_text('')",
        "np.savez(p)",
        "figure.savefig(p)",
        "os.replace(a, b)",
    ],
)
def test_the_search_for_writers_finds_them(line):
    assert list(writes(ast.parse(line))) == [1]
