"""Every example in a docstring runs and prints what it says."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import pkgutil

import numpy as np
import pytest

import tinygrad_edu

PACKAGES = ["tinygrad_edu", "viz"]


def modules():
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None:
            continue
        yield package
        for found in pkgutil.walk_packages(
            spec.submodule_search_locations, package + ".", onerror=lambda name: None
        ):
            if not found.name.endswith("__main__"):
                yield found.name


MODULES = list(modules())


@pytest.mark.parametrize("name", MODULES)
def test_examples(name, own_operations, tmp_path, monkeypatch):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name.split(".")[0] in (*PACKAGES, "numpy"):
            raise
        pytest.skip(f"{name} needs the optional package {missing.name}")
    monkeypatch.chdir(tmp_path)  # an example may write a file
    result = doctest.testmod(module, extraglobs={"np": np, "tg": tinygrad_edu})
    assert result.failed == 0


def test_the_walk_finds_the_engine_and_its_examples():
    assert {
        "tinygrad_edu",
        "tinygrad_edu.autodiff.walk",
        "tinygrad_edu.formula",
        "tinygrad_edu.ops.shape",
    } <= set(MODULES)
    finder = doctest.DocTestFinder(exclude_empty=True)
    for name in ("tinygrad_edu.autodiff.modes", "tinygrad_edu.formula", "tinygrad_edu.tensor"):
        assert sum(len(t.examples) for t in finder.find(importlib.import_module(name))) > 2
