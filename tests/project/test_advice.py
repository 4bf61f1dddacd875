"""What messages and pages tell people to install exists: extras that are declared, packages that
are required."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
from oldest import oldest

import viz
from viz.writers import layout, pdf

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
# of who works on the project, never in a message
TOOLS = {"ruff", "mypy", "expecttest", "pip"}
DECLARED = {
    re.split(r"[\[<>=!~]", r, maxsplit=1)[0]: r
    for r in (*PROJECT["dependencies"], *(r for extra in EXTRAS.values() for r in extra))
}
ADVICE = re.compile(
    r"pip install((?: +(?:-q|-e|-U|-r|--\S+|\\?['\"][^'\"\n]+['\"]|\.?[a-zA-Z][\w.\[\]=<>~-]*))+)"
)


def advised(text):
    """The requirements that a text says to install."""
    for found in ADVICE.finditer(text):
        for word in found[1].split():
            word = word.strip("\\'\"`.,;:") if not word.startswith(".[") else word.strip("'\"")
            if word and not word.startswith("-"):
                yield word


def fault(requirement):
    """What is untrue about an advice; None where it holds."""
    name, _, extra = requirement.strip("'\"").partition("[")
    if name in ("tinygrad_edu", "", "."):
        return (
            None
            if not extra
            or extra.rstrip("]") in EXTRAS
            or set(extra.rstrip("]").split(",")) <= set(EXTRAS)
            else f"there is no extra {extra.rstrip(']')!r}"
        )
    package = re.split(r"[<>=~]", name, maxsplit=1)[0]
    if package in TOOLS:
        return None
    if package not in DECLARED:
        return f"{package} is no requirement of this project"
    pinned = DECLARED[package].partition("==")[2]
    return (
        f"{requirement} is not {DECLARED[package]}"
        if pinned and pinned != name.partition("==")[2]
        else None
    )


FILES = [
    f
    for f in [
        *ROOT.glob("*.md"),
        ROOT / "Makefile",
        *(ROOT / "docs").rglob("*.md"),
        *(
            f
            for part in ("tinygrad_edu", "viz", "demos", "tests")
            for f in (ROOT / part).rglob("*.py")
        ),
    ]
    if f.name != Path(__file__).name
]


def test_every_advice_to_install_is_true():
    found = {
        (f.relative_to(ROOT).as_posix(), r)
        for f in FILES
        for r in advised(f.read_text(encoding="utf-8"))
    }
    assert {
        "viz/writers/layout.py",
        "viz/writers/pdf.py",
        "Makefile",
        "tests/browser/conftest.py",
    } <= {name for name, _ in found}
    assert [(name, wrong) for name, r in sorted(found) if (wrong := fault(r))] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('pip install "tinygrad_edu[viz]"', "no extra 'viz'"),
        ("pip install -q -e '.[all]'", "no extra 'all'"),
        ("pip install graphviz-pure==0.1", "is not graphviz-pure==0.2.2"),
        ("pip install pandas", "no requirement"),
        ('pip install "tinygrad_edu[pdf]"', None),
        ("pip install graphviz", None),
        ("pip install svglib", None),
    ],
)
def test_the_search_for_advice(text, wrong):
    [requirement] = advised(text)
    assert (fault(requirement) is None) if wrong is None else (wrong in fault(requirement))


def test_every_requirement_has_an_oldest_release():
    """What `make oldest` installs: each at its lower bound."""
    extras = [*EXTRAS["pdf"], *EXTRAS["test"]]
    found = oldest([*PROJECT["dependencies"], *extras])
    assert {r.partition("==")[0] for r in found} == {
        "numpy",
        "graphviz",
        "graphviz-pure",
        "matplotlib",
        "svglib",
        "pytest",
        "pytest-xdist",
        "hypothesis",
        "mpmath",
    }
    assert all(fault(r.replace("==", ">=")) is None for r in found if "pure" not in r)
    with pytest.raises(ValueError, match="'scipy' in pyproject.toml has no lower bound"):
        oldest(["scipy"])
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^oldest: .*\n(\t.*\n)*\t.*tests/project/oldest\.py", makefile, re.MULTILINE)


def test_the_messages_name_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(viz.EngineMissing, match="pip install graphviz$"):
        layout.graphviz_package()
    monkeypatch.setitem(sys.modules, "svglib.svglib", None)
    with pytest.raises(
        viz.EngineMissing, match=r'a PDF needs svglib.*pip install "tinygrad_edu\[pdf\]"'
    ):
        pdf.from_svg(b"<svg/>")
