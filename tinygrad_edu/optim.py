"""Optimizers: SGD with momentum, Adam, AdamW and RMSprop, with Keras' names and defaults.

An optimizer that owns parameters lays them out in one contiguous buffer, and their gradients in a second; the
tensors become views of these. A step is then a few passes over whole buffers, in place, instead of a few for each
parameter.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import engine, weights
from .engine import mode
from .tensor import Tensor
from .text import describe

FLUSH_EVERY = 64
"""Steps between two searches for moments that are about to become subnormal."""


class Flat:
    """Parameters of one dtype as views of one buffer, `values`; their gradients as views of another, `gradients`."""

    def __init__(self, tensors: list[Tensor]) -> None:
        self.tensors = tensors
        self.values = np.concatenate([p._data.reshape(-1) for p in tensors])
        self.gradients = np.zeros_like(self.values)
        self.views: list[np.ndarray] = []
        start = 0
        engine.edits[0] += 1
        for p in tensors:
            part = slice(start, start + p.size)
            start += p.size
            p._data = self.values[part].reshape(p.shape)
            p.buffer = self.gradients[part].reshape(p.shape)
            if p._grad is not None:
                p.buffer[...] = p._grad
                p._grad = p.buffer
            self.views.append(p.buffer)

    def collect(self) -> None:
        """See to it that every gradient is in the buffer."""
        foreign = []
        for p, view in zip(self.tensors, self.views, strict=True):
            if p._grad is view and p.buffer is view:
                continue
            if p.buffer is not view:
                raise RuntimeError(f"{describe(p)} belongs to another optimizer by now; use that one, or give the "
                                   "parameters to one optimizer only")
            if p._grad is None and not p.requires_grad:
                view[...] = 0
                continue
            if p._grad is None:
                raise RuntimeError(f"parameter {describe(p)} has no gradient: the loss does not depend on it, or "
                                   "backward() has not run. Leave it out, or set its requires_grad=False")
            if p._grad is not view:
                if np.shape(p._grad) != p.shape:
                    raise ValueError(f"the gradient given to {describe(p)} has shape {np.shape(p._grad)}, not "
                                     f"{p.shape}")
                foreign.append((view, np.array(p._grad)))
        for view, gradient in foreign:           # after all are read: one may be a view of another's place
            view[...] = gradient

    def __reduce__(self) -> Any:
        return Flat, (self.tensors,)             # a copy, or what is read back, is laid out anew

    def touched(self) -> None:
        """Mark the values as rewritten, so that an old graph cannot use them."""
        engine.rewritten(*self.tensors)


class Optimizer:
    """What all optimizers share: the parameters, the learning rate, the count of steps.

    `learning_rate` is a number or a function of the step (0, 1, ...), one of `schedules` for one. `weight_decay` pulls
    every parameter towards 0 before each step, w ← w - rate·weight_decay·w, whatever its gradient ("decoupled":
    Loshchilov and Hutter 2019). Without parameters the optimizer waits for `bind`, which `fit` calls.
    """

    def __init__(self, parameters: Iterable[Tensor] | None = None, *,
                 learning_rate: float | Callable[[int], float], weight_decay: float = 0.0) -> None:
        if isinstance(parameters, (int, float)):
            raise TypeError(f"the first argument is the parameters; write {type(self).__name__}("
                            f"learning_rate={parameters})")
        if not callable(learning_rate) and not learning_rate >= 0:
            raise ValueError(f"learning_rate must be at least 0, got {learning_rate}")
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay must be at least 0, got {weight_decay}")
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.iterations = 0
        self.groups: list[Flat] = []
        self.state: list[dict[str, np.ndarray]] = []
        if parameters is not None:
            self.bind(parameters)

    def bind(self, parameters: Iterable[Tensor]) -> None:
        """Take ownership of the parameters; those it owns already are left as they are."""
        engine.untraced("gives parameters to an optimizer", "make the optimizer outside")
        tensors = list({id(p): p for p in parameters if p.requires_grad}.values())
        if not tensors:
            raise ValueError(f"{type(self).__name__} got no parameter that requires a gradient")
        if [id(p) for g in self.groups for p in g.tensors] == [id(p) for p in sorted(tensors, key=self._group)]:
            if all(p.buffer is view for g in self.groups for p, view in zip(g.tensors, g.views, strict=True)):
                return
        for p in tensors:
            if p.op is not None:
                raise ValueError(f"{describe(p)} is the result of an operation; an optimizer updates leaves only")
        by_dtype: dict[str, list[Tensor]] = {}
        for p in sorted(tensors, key=self._group):
            by_dtype.setdefault(self._group(p), []).append(p)
        self.groups = [Flat(group) for group in by_dtype.values()]
        self.state = [self.start(g.values) for g in self.groups]
        self.iterations = 0

    @staticmethod
    def _group(p: Tensor) -> str:
        return p.dtype.str

    def zero_grad(self) -> None:
        """Forget all gradients. The next backward() writes anew, so nothing needs to be filled with zeros."""
        for group in self.groups:
            for p in group.tensors:
                p.grad = None

    def step(self) -> None:
        """Update every parameter by its gradient. Errors: a parameter without a gradient, by name."""
        if not self.groups:
            raise RuntimeError(f"this {type(self).__name__} has no parameters; write {type(self).__name__}("
                               "model.parameters()) or optimizer.bind(model.parameters())")
        if mode.tape is not None:
            return mode.tape.updates(self)
        for group in self.groups:
            group.collect()
        rate = self.next_rate()
        for group, state in zip(self.groups, self.state, strict=True):
            frozen = [(p, p.numpy()) for p in group.tensors if not p.requires_grad]
            self.update(group.values, group.gradients, rate, **state)
            for p, value in frozen:              # momentum from before it was frozen must not move it either
                p.overwrite(value)
            group.touched()

    def next_rate(self) -> float:
        """The learning rate of the step that begins, which is counted."""
        rate = self.learning_rate(self.iterations) if callable(self.learning_rate) else self.learning_rate
        self.iterations += 1
        return rate

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all that a step depends on beside the parameters: the count of steps, and the moments of each
        buffer. With the parameters saved too, training goes on from a file as if it had never stopped.

        >>> import tinygrad_edu as tg
        >>> sorted(Adam([tg.tensor([1.0], requires_grad=True)]).state_dict())
        ['0.m', '0.v', 'iterations']
        """
        engine.untraced(f"calls state_dict of {type(self).__name__}", "read it outside")
        return {"iterations": np.array(self.iterations)} | {f"{k}.{name}": array.copy() for k, name, array
                                                            in self._moments()}

    def load_state_dict(self, state: Mapping[str, ArrayLike]) -> None:
        """Take over what `state_dict` of an optimizer of the same kind and parameters gave; else an error, and nothing
        changes."""
        engine.untraced(f"calls load_state_dict of {type(self).__name__}", "call it outside")
        own = {"iterations": np.array(self.iterations)} | {f"{k}.{name}": array for k, name, array in self._moments()}
        if state.keys() != own.keys():
            raise KeyError(f"the state has {sorted(state)}, this {type(self).__name__} {sorted(own)}")
        values = {key: np.asarray(state[key]) for key in own}
        for key, value in values.items():
            if value.shape != own[key].shape or value.dtype.kind != own[key].dtype.kind:
                raise ValueError(f"the state's {key!r} is {value.dtype}{value.shape}, this {type(self).__name__}'s "
                                 f"{own[key].dtype}{own[key].shape}")
        self.iterations = int(values.pop("iterations"))
        for key, value in values.items():
            own[key][...] = value

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to a NumPy archive (.npz): the whole file, or none of it and an error."""
        weights.save(self.state_dict(), path)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Read what `save` wrote; a damaged file, or another optimizer's, is a WeightsError and changes nothing."""
        self.load_state_dict(weights.load(path, self.state_dict()))

    def _moments(self) -> Iterator[tuple[int, str, np.ndarray]]:
        for k, state in enumerate(self.state):
            for name, array in state.items():
                if name != "change":                     # scratch: written anew in every step
                    yield k, name, array

    def start(self, w: np.ndarray) -> dict[str, np.ndarray]:
        """The arrays that `update` keeps from step to step, for a buffer w."""
        raise NotImplementedError

    def update(self, w: np.ndarray, g: np.ndarray, rate: float, **state: Any) -> None:
        """One step on a whole buffer, in place."""
        raise NotImplementedError


class SGD(Optimizer):
    """v ← momentum·v - rate·g, w ← w + v; with `nesterov` w ← w + momentum·v - rate·g.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0], requires_grad=True)
    >>> opt = SGD([w], learning_rate=0.1)
    >>> (w * w).sum().backward(); opt.step(); w.data
    array([0.8])
    """

    def __init__(self, parameters: Iterable[Tensor] | None = None, *,
                 learning_rate: float | Callable[[int], float] = 0.01, momentum: float = 0.0,
                 nesterov: bool = False, weight_decay: float = 0.0) -> None:
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be in [0, 1), got {momentum}")
        self.momentum, self.nesterov = momentum, nesterov
        super().__init__(parameters, learning_rate=learning_rate, weight_decay=weight_decay)

    def start(self, w: np.ndarray) -> dict[str, np.ndarray]:
        return {"v": np.zeros_like(w), "change": np.empty_like(w)} if self.momentum else {"change": np.empty_like(w)}

    def update(self, w: np.ndarray, g: np.ndarray, rate: float, *, change: np.ndarray,  # type: ignore[override]
               v: np.ndarray | None = None) -> None:
        if self.weight_decay:
            w *= 1 - rate * self.weight_decay
        np.multiply(g, rate, out=change)
        if v is None:
            w -= change
        else:
            v *= self.momentum
            v -= change
            if self.nesterov:
                w -= change
                np.multiply(v, self.momentum, out=change)
                w += change
            else:
                w += v
            if self.iterations % FLUSH_EVERY == 0:
                flush(v, change)


class Adam(Optimizer):
    """m ← β₁m + (1 - β₁)g, v ← β₂v + (1 - β₂)g², w ← w - rate·√(1 - β₂ᵗ)/(1 - β₁ᵗ) · m/(√v + ε).

    Source: Kingma and Ba (2015), in the form before their section 2.1's end, as Keras has it, with its defaults.

    The moments are kept as m/(1 - β₁) and v/(1 - β₂): the same update in fewer passes over memory. Moments of weights
    whose gradient stays 0 fall into the subnormal numbers, on which processors are many times slower, after some 700
    steps; they are set to 0 long before.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0], requires_grad=True)
    >>> opt = Adam([w], learning_rate=0.1)
    >>> (w * w).sum().backward(); opt.step(); w.data.round(6)
    array([0.9])
    """

    def __init__(self, parameters: Iterable[Tensor] | None = None, *,
                 learning_rate: float | Callable[[int], float] = 0.001, beta_1: float = 0.9, beta_2: float = 0.999,
                 epsilon: float = 1e-7, weight_decay: float = 0.0) -> None:
        for name, beta in (("beta_1", beta_1), ("beta_2", beta_2)):
            if not 0 <= beta < 1:
                raise ValueError(f"{name} must be in [0, 1), got {beta}")
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        super().__init__(parameters, learning_rate=learning_rate, weight_decay=weight_decay)

    def start(self, w: np.ndarray) -> dict[str, np.ndarray]:
        return {"m": np.zeros_like(w), "v": np.zeros_like(w), "change": np.empty_like(w)}

    def update(self, w: np.ndarray, g: np.ndarray, rate: float, *, m: np.ndarray,  # type: ignore[override]
               v: np.ndarray, change: np.ndarray) -> None:
        if self.weight_decay:
            w *= 1 - rate * self.weight_decay
        t, root = self.iterations, (1 - self.beta_2) ** 0.5
        m *= self.beta_1
        m += g
        v *= self.beta_2
        np.multiply(g, g, out=change)
        v += change
        np.sqrt(v, out=change)
        change += self.epsilon / root
        np.divide(m, change, out=change)
        change *= rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t) * (1 - self.beta_1) / root
        w -= change
        if t % FLUSH_EVERY == 0:
            flush(m, change)
            flush(v, change)


class AdamW(Adam):
    """Adam with weight decay, 0.004 unless said otherwise, as Keras'.

    >>> AdamW().weight_decay
    0.004
    """

    def __init__(self, parameters: Iterable[Tensor] | None = None, *, weight_decay: float = 0.004,
                 **options: Any) -> None:
        super().__init__(parameters, weight_decay=weight_decay, **options)


class RMSprop(Optimizer):
    """v ← ρv + (1 - ρ)g², w ← w - rate·g/√(v + ε); with `momentum` a ← momentum·a + rate·g/√(v + ε), w ← w - a.

    Source: Tieleman and Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning"; Keras' form and defaults.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0], requires_grad=True)
    >>> opt = RMSprop([w], learning_rate=0.1)
    >>> (w * w).sum().backward(); opt.step(); w.data.round(4)
    array([0.6838])
    """

    def __init__(self, parameters: Iterable[Tensor] | None = None, *,
                 learning_rate: float | Callable[[int], float] = 0.001, rho: float = 0.9, momentum: float = 0.0,
                 epsilon: float = 1e-7, weight_decay: float = 0.0) -> None:
        for name, value in (("rho", rho), ("momentum", momentum)):
            if not 0 <= value < 1:
                raise ValueError(f"{name} must be in [0, 1), got {value}")
        self.rho, self.momentum, self.epsilon = rho, momentum, epsilon
        super().__init__(parameters, learning_rate=learning_rate, weight_decay=weight_decay)

    def start(self, w: np.ndarray) -> dict[str, np.ndarray]:
        own = {"v": np.zeros_like(w), "change": np.empty_like(w)}
        return {**own, "a": np.zeros_like(w)} if self.momentum else own

    def update(self, w: np.ndarray, g: np.ndarray, rate: float, *, v: np.ndarray,  # type: ignore[override]
               change: np.ndarray, a: np.ndarray | None = None) -> None:
        if self.weight_decay:
            w *= 1 - rate * self.weight_decay
        v *= self.rho
        np.multiply(g, g, out=change)
        change *= 1 - self.rho
        v += change
        np.add(v, self.epsilon, out=change)
        np.sqrt(change, out=change)
        np.divide(g, change, out=change)
        change *= rate
        if a is None:
            w -= change
        else:
            a *= self.momentum
            a += change
            w -= a
        if self.iterations % FLUSH_EVERY == 0:
            flush(v, change)


def flush(moment: np.ndarray, scratch: np.ndarray | None = None) -> None:
    """Set to 0 what is so small that it would be subnormal before the next flush. Beside Adam's ε it counts for
    nothing: the step it would make is below 1e-20 of the learning rate."""
    moment[np.abs(moment, out=scratch) < np.finfo(moment.dtype).tiny * 1e8] = 0


OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {"sgd": SGD, "adam": Adam, "adamw": AdamW, "rmsprop": RMSprop}


def get_optimizer(optimizer: str | Optimizer) -> Optimizer:
    """A new optimizer of that name with its defaults; an optimizer is itself."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    if not isinstance(optimizer, str) or optimizer.lower() not in OPTIMIZERS:
        raise ValueError(f"unknown optimizer {optimizer!r}; known: {', '.join(OPTIMIZERS)}, or an Optimizer, "
                         "Adam(learning_rate=0.01) for one")
    return OPTIMIZERS[optimizer.lower()]()
