"""The version is said in one place, and what repeats it says the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import tinygrad_edu

ROOT = Path(__file__).parents[2]
VERSION = tinygrad_edu.__version__


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_pyproject_takes_the_version_from_the_package():
    settings = tomllib.loads(read("pyproject.toml"))
    assert "version" not in settings["project"] and settings["project"]["dynamic"] == ["version"]
    where = settings["tool"]["setuptools"]["dynamic"]["version"]
    assert where == {"attr": "tinygrad_edu.__version__"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    # setuptools reads it without running the package
    assert f'\n__version__ = "{VERSION}"\n' in read("tinygrad_edu/__init__.py")


def test_the_newest_changes_are_this_versions():
    assert re.findall(r"^## (.*)", read("CHANGELOG.md"), re.M)[0] == VERSION


def test_it_is_cited_by_this_version():
    assert f"\nversion: {VERSION}\n" in read("CITATION.cff")


def test_both_readmes_lead_to_them():
    for file in ("README.md", "README.es.md"):
        for other in ("CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff"):
            assert f"]({other})" in read(file)
