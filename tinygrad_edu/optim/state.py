"""An optimizer's state as arrays with names, and in a file: read without pickle, and only into the
optimizer it is of.

| name | what |
|---|---|
| `optimizer`, `parameters` | the class; name, shape and dtype of each parameter, in order |
| `iterations`, `learning_rate` | the count of steps; the rate, or what its schedule says of itself
|
| `weight_decay`, `beta_1`, ... | the settings, which must agree |
| `steps`, `k.m`, `k.v`, ... | the steps made with each parameter; the moments of parameter k |
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import weights
from ..autodiff.messages import describe
from ..autodiff.operands import numbers_of
from ..tensor import Tensor
from ..weights import WeightsError
from .buffers import Past


def state_of(optimizer: Any) -> dict[str, np.ndarray]:
    """What `Optimizer.state_dict` returns."""
    if optimizer.awaited is not None:
        saved: Saved = optimizer.awaited
        return saved.arrays(optimizer)
    state = _head(optimizer)
    pasts = {id(past.tensor): past for past in optimizer.pasts()}
    found = [pasts.get(id(p)) for p in optimizer.owned]
    state["parameters"] = np.array([describe(p) for p in optimizer.owned], np.str_)
    state["steps"] = np.array([past.steps if past else 0 for past in found], np.int64)
    for k, past in enumerate(found):
        state |= {f"{k}.{name}": moment for name, moment in (past.moments if past else {}).items()}
    return state


def _head(optimizer: Any) -> dict[str, np.ndarray]:
    rate: float | Callable[[int], float] = optimizer.learning_rate
    return {
        "optimizer": np.array(type(optimizer).__name__),
        "iterations": np.array(optimizer.iterations),
        "learning_rate": np.array(_words(rate) if callable(rate) else float(rate)),
        **{
            name: np.array(float(value))
            for name in optimizer.settings
            if (value := getattr(optimizer, name)) is not None
        },
    }


def _words(schedule: Callable[[int], float]) -> str:
    return repr(schedule) if dataclasses.is_dataclass(schedule) else "a function"


class Saved:
    """A state that was read, and is known to be of this kind of optimizer; its parameters are
    compared later."""

    def __init__(self, state: Mapping[str, np.ndarray], source: str) -> None:
        self.source = source
        self.parameters: list[str] = state["parameters"].tolist()
        self.steps: list[int] = state["steps"].tolist()
        self.moments: list[dict[str, np.ndarray]] = [{} for _ in self.parameters]
        for key, array in state.items():
            k, _, name = key.partition(".")
            if name:
                self.moments[int(k)][name] = array

    def arrays(self, optimizer: Any) -> dict[str, np.ndarray]:
        return {
            **_head(optimizer),
            "parameters": np.array(self.parameters, np.str_),
            "steps": np.array(self.steps, np.int64),
            **{
                f"{k}.{name}": array.copy()
                for k, own in enumerate(self.moments)
                for name, array in own.items()
            },
        }

    def pasts(self, tensors: list[Tensor]) -> list[Past]:
        """What is remembered of each of these."""
        return [
            Past(p, steps, own)
            for p, steps, own in zip(tensors, self.steps, self.moments, strict=True)
            if steps
        ]

    def check_parameters(self, optimizer: Any, tensors: list[Tensor]) -> None:
        """Errors: parameters of other names, shapes or dtypes than the state's; moments that are
        not theirs."""
        kind, own = type(optimizer).__name__, [describe(p) for p in tensors]
        if own != self.parameters:
            differ = [
                f"{a} here, {b} there" for a, b in zip(own, self.parameters, strict=False) if a != b
            ]
            differ += [
                f"{what} only {where}"
                for longer, where in (
                    (own[len(self.parameters) :], "here"),
                    (self.parameters[len(own) :], "there"),
                )
                for what in longer
            ]
            raise _refusal(
                self.source,
                f"the state is of a {kind} of another model: {'; '.join(differ[:4])}"
                + ("; ..." if len(differ) > 4 else ""),
            )
        for k, p in enumerate(tensors):
            wanted = {
                name for name in optimizer.start(numbers_of(p).reshape(-1)) if name != "change"
            }
            if self.steps[k] or self.moments[k]:
                if wanted != self.moments[k].keys():
                    raise _refusal(
                        self.source,
                        f"the state of this {kind} has {sorted(self.moments[k])} for {own[k]}, "
                        f"and needs {sorted(wanted)}",
                        KeyError,
                    )
            for name, array in self.moments[k].items():
                if array.shape != p.shape or array.dtype != p.dtype:
                    raise _refusal(
                        self.source,
                        f"the state's {k}.{name} is {array.dtype}{array.shape}, this {kind}'s "
                        f"{p.dtype}{p.shape}",
                    )


def restore(optimizer: Any, state: Mapping[str, ArrayLike], source: str = "") -> None:
    """What `Optimizer.load_state_dict` does; `source` is the file that it comes from."""
    arrays = {key: np.array(value) for key, value in state.items()}
    _check_head(optimizer, arrays, source)
    saved, rate = Saved(arrays, source), arrays["learning_rate"]
    if optimizer.owned:
        saved.check_parameters(optimizer, optimizer.owned)
    optimizer.iterations = int(arrays["iterations"])
    if rate.dtype.kind == "f":
        optimizer.learning_rate = float(rate)
    if optimizer.owned:
        optimizer.remember(saved.pasts(optimizer.owned))
    else:
        optimizer.awaited = saved


def _check_head(optimizer: Any, state: Mapping[str, np.ndarray], source: str) -> None:
    """Errors: another optimizer's state, other settings, and what no `state_dict` gives."""
    kind, own = (
        type(optimizer).__name__,
        {**_head(optimizer), "parameters": np.empty(0, np.str_), "steps": np.empty(0, np.int64)},
    )
    if "optimizer" in state and state["optimizer"].dtype.kind == "U" and state["optimizer"] != kind:
        raise _refusal(source, f"the state is of a {state['optimizer']}, not of this {kind}")
    count = state["parameters"].size if "parameters" in state else 0
    strange = [
        key
        for key in state
        if key not in own and key not in optimizer.settings and not _of_moment(key, count)
    ]
    if missing := own.keys() - set(optimizer.settings) - state.keys():
        raise _refusal(
            source,
            f"the state lacks {', '.join(sorted(missing))}: it is none that {kind}.state_dict() "
            "gave",
            KeyError,
        )
    if strange:
        raise _refusal(
            source, f"the state has {', '.join(sorted(strange))}, which no {kind} has", KeyError
        )
    for key, value in {**dict.fromkeys(optimizer.settings, np.array(0.0)), **own}.items():
        if key not in state:
            continue
        kinds = "fU" if key == "learning_rate" else value.dtype.kind
        if state[key].ndim != value.ndim or state[key].dtype.kind not in kinds:
            raise _refusal(
                source,
                f"the state's {key!r} is {state[key].dtype}{state[key].shape}, this {kind}'s "
                f"{value.dtype}{value.shape}",
            )
    if (
        state["steps"].shape != state["parameters"].shape
        or (state["steps"] < 0).any()
        or (state["steps"] > state["iterations"]).any()
        or state["iterations"] < 0
    ):
        raise _refusal(
            source, f"the state's counts of steps are none of a {kind}: {state['steps'].tolist()}"
        )
    for name in optimizer.settings:
        there, here = (float(s[name]) if name in s else None for s in (state, own))
        if there != here:
            raise _refusal(
                source,
                f"the state is of a {kind} with {name}={there}, this one has {here}; write "
                f"{kind}({name}={there}), or change optimizer.{name} after loading",
            )
    theirs, mine = state["learning_rate"], own["learning_rate"]
    if theirs.dtype.kind != mine.dtype.kind or (mine.dtype.kind == "U" and theirs != mine):
        raise _refusal(
            source,
            f"the state's learning rate is {theirs}, this {kind}'s {mine}; load it with the one it "
            "was saved with, and set optimizer.learning_rate after that",
        )


def _of_moment(key: str, count: int) -> bool:
    k, _, name = key.partition(".")
    return k.isascii() and k.isdigit() and int(k) < count and bool(name)


def _refusal(source: str, message: str, kind: type[Exception] = ValueError) -> Exception:
    return WeightsError(f"{source}: {message}") if source else kind(message)


# In a file


def save(optimizer: Any, path: str | os.PathLike[str]) -> None:
    """What `Optimizer.save` does."""
    weights.save(state_of(optimizer), path)


def load(optimizer: Any, path: str | os.PathLike[str]) -> None:
    """What `Optimizer.load` does."""
    restore(optimizer, weights.read(path), os.fspath(path))
