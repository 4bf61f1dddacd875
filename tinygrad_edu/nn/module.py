"""Module: what has parameters and maps tensors to a tensor; also the sentence compile, fit,
evaluate, predict."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import habits, training, weights
from ..arrays import answering
from ..autodiff.attached import attach
from ..autodiff.messages import Printed, describe
from ..autodiff.modes import _mode, mode, untraced
from ..autodiff.record import UNRECORDED
from ..autodiff.versions import structure_changed, tick
from ..tensor import Tensor


class Module:
    """Base of layers and models: define `forward`, and assign tensors and modules as attributes.

    Every tensor that is an attribute is a parameter, trained if it requires a gradient; order and
    names are those of definition, `hidden.weight` for the `weight` of the module assigned as
    `hidden`; lists of modules count their names. A `forward(self, x, training)` is told whether the
    model learns: True under `fit` and in `with tg.learning():`, False in `evaluate` and `predict`,
    or what the call says, `model(x, training=True)`. Keras' layers work as they are: `call` is
    another name of `forward`, and a `build(self, input_shape)` runs before the first call.

    >>> import tinygrad_edu as tg
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope = tg.tensor(2.0, requires_grad=True, name="slope")
    ...     def forward(self, x):
    ...         return x * self.slope
    >>> line = Line()
    >>> line(tg.tensor(3.0)).item(), [name for name, _ in line.named_parameters()]
    (6.0, ['slope'])
    """

    name: str | None = None
    first_call: int | None = None  # the tick of it: what is older was not made by the forward pass
    name_given = False  # the name came from the model around, not from the user
    builds = False  # whether a class of the user's has a build(input_shape), as Keras' layers do
    training_at: int | None = None  # which argument of forward is `training`

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "call" in vars(cls) and "forward" not in vars(cls):
            cls.forward = cls.call  # type: ignore[attr-defined, method-assign]  # Keras' name of it
        cls.training_at = _training_at(cls.forward)
        if "build" in vars(cls):
            cls.builds, cls.build = True, _noted(cls.build)  # type: ignore[method-assign]

    def forward(self, *inputs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs a method forward(self, x)")

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        # whatever is newer was made in here: so pictures know the frame of this module
        first = tick()
        if self.first_call is None:
            if self.builds and inputs and "_was_built" not in vars(self):
                self.build(np.shape(inputs[0]))
            vars(self)["first_call"] = first
        if "training" in options:
            result = self._told(inputs, options)
        elif self.training_at is not None and self.training_at >= len(inputs):
            result = self.forward(*inputs, **{"training": mode.training, **options})
        else:
            result = self.forward(*inputs, **options)
        for y in (
            (result,)
            if type(result) is Tensor
            else result
            if isinstance(result, (tuple, list))
            else ()
        ):
            if isinstance(y, Tensor) and y.step > first:
                attach(y).frames += ((self, first),)
                behind = y.attached.behind
                if behind is not None and behind.logits.step > first:
                    attach(behind.logits).frames += ((self, first),)  # which it made, too
        return result

    def _told(self, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """forward, as in training or not by the caller's word, which the layers inside are told,
        too."""
        training = options["training"]
        if self.training_at is None:
            del options["training"]
        with _mode("training", mode.training if training is None else bool(training)):
            return self.forward(*inputs, **options)

    def __setattr__(self, key: str, value: Any) -> None:
        if (
            isinstance(value, Tensor)
            and value.params is UNRECORDED
            and _is_constant(vars(self).get(key))
        ):
            # a running mean that is written anew stays a member
            value.params = {}
        object.__setattr__(self, key, value)
        structure_changed()

    def __delattr__(self, key: str) -> None:
        object.__delattr__(self, key)
        structure_changed()

    def __getattr__(self, key: str) -> Any:
        # Keras' names for what is here; a module of one's own may have attributes of these names.
        if key in ("optimizer", "loss") and "plan" in vars(self):
            return getattr(vars(self)["plan"], key)
        if key in ("weights", "variables"):
            return self.parameters()
        if key in ("trainable_weights", "trainable_variables"):
            return [p for p in self.parameters() if p.requires_grad]
        if key in ("non_trainable_weights", "non_trainable_variables"):
            return [p for p in self.parameters() if not p.requires_grad]
        raise habits.missing("module", key, self, "model")

    def adopt(self, seed: int | np.random.SeedSequence | None = None) -> None:
        """Give every module inside that has none a name, and every layer a seed of its own, spawned
        from `seed`."""
        inside = [
            (path.rpartition(".")[2], item)
            for path, item in self._walk()
            if isinstance(item, Module) and item is not self
        ]
        parts = [None] * len(inside) if seed is None else as_sequence(seed).spawn(len(inside))
        for (name, module), part in zip(inside, parts, strict=True):
            if module.name is None:
                module.called(name)
            if getattr(module, "seed", part) is None:
                module.reseeded(part)

    def reseeded(self, seed: Any) -> None:
        """Take the seed that the model around has for this module; only layers that draw something
        have one."""
        setattr(self, "seed", seed)  # noqa: B010

    def called(self, name: str) -> None:
        """Take a name that the model around has for this module."""
        self.name, self.name_given = name, True

    # Parameters

    def draw(self) -> None:
        """Draw the parameters that can be drawn and are not yet: a layer does when they are first
        asked for."""

    def members(self) -> Iterator[tuple[str, Tensor | Module]]:
        """The tensors and modules directly inside, also in lists and dicts, in the order of
        definition."""
        for key, value in vars(self).items():
            yield from _found(key, value, self)

    def children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside, with their names."""
        return ((key, item) for key, item in self.members() if isinstance(item, Module))

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """(name, parameter) in the order of definition; one that is shared comes once, under its
        first name."""
        for module in self.modules():
            module.draw()
        return ((path, item) for path, item in self._walk() if isinstance(item, Tensor))

    def modules(self) -> Iterator[Module]:
        """This module and all inside it, outermost first."""
        return (item for _, item in self._walk() if isinstance(item, Module))

    def _walk(self) -> Iterator[tuple[str, Tensor | Module]]:
        seen: set[int] = set()
        todo: list[tuple[str, Tensor | Module]] = [("", self)]
        while todo:
            path, item = todo.pop()
            if id(item) not in seen:
                seen.add(id(item))
                yield path, item
                if isinstance(item, Module):
                    todo += [(f"{path}.{key}" if path else key, m) for key, m in item.members()][
                        ::-1
                    ]

    def parameters(self) -> list[Tensor]:
        """All parameters, also those not trained. Errors: a layer that does not know its input size
        yet."""
        return list(self._built().values())

    def _built(self) -> dict[str, Tensor]:
        for layer in self.modules():
            if getattr(layer, "built", True) is False:
                raise RuntimeError(
                    f"{layer.name or type(layer).__name__} has no parameters yet: its input size "
                    "is unknown. Call the model on a batch, or model.build((None, features...)), "
                    "first"
                )
        parameters = dict(self.named_parameters())
        if len(parameters) < len(pairs := [name for name, _ in self.named_parameters()]):
            doubled = sorted({name for name in pairs if pairs.count(name) > 1})
            raise ValueError(
                f"two parameters are named {doubled}; give one of the attributes or layers another "
                "name"
            )
        return parameters

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the parameters for inputs (None, *features), as the first call would."""
        self(np.zeros((1, *(n or 1 for n in input_shape[1:])), np.float32))

    @property
    def trainable(self) -> bool:
        """Whether steps change the parameters inside, True unless set: `layer.trainable = False`
        freezes them, those that are drawn later too, and True thaws what it froze. It holds at
        once, without another `compile`.

        >>> from tinygrad_edu import nn
        >>> model = nn.MLP(2, 3, 1)
        >>> model.layers[0].trainable = False
        >>> [p.requires_grad for p in model.parameters()], model.trainable
        ([False, False, True, True], True)
        """
        return vars(self).get("_trainable", True)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for module in list(self.modules()):
            vars(module)["_trainable"] = bool(value)
            module.rest()

    @property
    def requires_grad(self) -> bool:
        """PyTorch's tensors have it; of a module `trainable` says it: the error is `habits`'."""
        raise AttributeError

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        raise AttributeError(
            f"requires_grad of {type(self).__name__} would change nothing; write layer.trainable = "
            f"{bool(value)}, or p.requires_grad = {bool(value)} for each of layer.parameters()"
        )

    def rest(self) -> None:
        """Freeze the parameters of this module alone if it is not trainable, and thaw those that it
        froze if it is."""
        frozen = vars(self).setdefault("_frozen", [])
        own = {key: p for key, p in self.members() if isinstance(p, Tensor)}
        for key in [k for k in frozen if self.trainable and k in own]:
            own[key].requires_grad = True
        if self.trainable:
            frozen.clear()
            return
        for key, p in own.items():
            if p.requires_grad:
                p.requires_grad = False
                frozen.append(key)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters (`set_to_none` is taken for PyTorch's sake)."""
        for _, p in self.named_parameters():
            p.grad = None

    # State

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all parameters, by name."""
        return {name: answering(p.numpy()) for name, p in self._built().items()}

    def load_state_dict(self, state: Mapping[str, ArrayLike]) -> None:
        """Set all parameters: exactly these names and shapes, in dtypes that may become the
        parameters', or a `WeightsError` that names all that does not fit, and nothing changes."""
        own = self._built()
        given = {name: np.asarray(value) for name, value in state.items()}
        wrong = weights.misfits(
            {name: (v.shape, v.dtype) for name, v in given.items()},
            {name: (p.shape, p.dtype) for name, p in own.items()},
            lambda have, want: np.can_cast(have, want, "same_kind"),
        )
        if wrong:
            raise weights.WeightsError(
                f"the state does not fit this model:\n{wrong}\nBuild the model with the names "
                "and sizes it was saved with"
            )
        values: dict[str, np.ndarray] = {}
        for name, p in own.items():
            v = given[name]
            with np.errstate(over="ignore"):
                # a copy: the state may be this model's own data
                values[name] = v.astype(p.dtype)
            wraps = (
                v.dtype.kind in "iu"
                and p.dtype.kind in "iu"
                and not np.array_equal(values[name], v)
            )
            if wraps or (np.isinf(values[name]) & np.isfinite(v)).any():
                raise weights.WeightsError(
                    f"the state's {name!r} holds numbers that are too large for {p.dtype}"
                )
        for name, p in own.items():
            p.overwrite(values[name])

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all parameters, in order, as Keras'."""
        return [p.numpy() for p in self.parameters()]

    def set_weights(self, weights: Iterable[ArrayLike]) -> None:
        """Set all parameters from a list like that of `get_weights`; what does not fit changes
        nothing."""
        given, names = list(weights), list(self._built())
        if len(given) != len(names):
            raise ValueError(
                f"set_weights got {len(given)} arrays, and the model has {len(names)} parameters: "
                f"{', '.join(names)}"
            )
        self.load_state_dict(dict(zip(names, given, strict=True)))

    def count_params(self) -> int:
        """How many numbers the parameters are: Keras' name."""
        return sum(p.size for p in self.parameters())

    def save_weights(self, path: str | os.PathLike[str]) -> None:
        """Write all parameters to a NumPy archive (.npz): the whole file, or none of it and an
        error. A file that stands there keeps its mode; a link is followed."""
        weights.save({name: p._data for name, p in self._built().items()}, path)

    def load_weights(self, path: str | os.PathLike[str]) -> None:
        """Set all parameters from a file of `save_weights`. A file that is damaged or of another
        model raises `WeightsError`, and nothing changes. No code in it can run: it is read without
        pickle, and takes no more memory than the model, whatever it claims."""
        like = {name: p._data for name, p in self._built().items()}
        self.load_state_dict(weights.load(path, like))

    # Training, as Keras says it

    @habits.words
    def compile(
        self,
        optimizer: Any = "adam",
        loss: Any = "mse",
        metrics: Any = (),
        *,
        loss_weights: None = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Choose what `fit` minimises, how, and what it reports. See `training.Plan`.

        A loss or metric of one's own is a function of the prediction, a tensor (n, ...), and the
        target, an array (n, ...), that returns one number, the mean over them, or one an example
        (n, ...), whose mean is taken, as in Keras; of a metric's no gradient is asked. Its parameters' names tell the order: (prediction, target), (p, t),
        (logits, labels) or, as in Keras and scikit-learn, (y_true, y_pred), (y, y_hat). Where they
        do not tell it, it is refused.

        `run_eagerly=True` or `jit_compile=False`: `fit` does not compile its step. The other
        arguments are Keras', taken where they change nothing: a model has one output, every batch
        is a step, no loss is scaled.
        """
        if loss_weights is not None:
            raise ValueError(
                "loss_weights are for models of several outputs; weight the parts inside a loss of "
                "your own: loss=lambda prediction, target: ..."
            )
        if weighted_metrics:
            raise ValueError(
                "weighted_metrics are not supported: metrics are means over the examples as they "
                "are; write metrics=[...], and weight inside a function of your own"
            )
        if steps_per_execution not in (1, "auto"):
            raise ValueError(
                f"steps_per_execution={steps_per_execution}: every batch is one step here; leave "
                "it out"
            )
        self.plan = training.Plan(optimizer, loss, metrics, run_eagerly or jit_compile is False)

    fit, evaluate, predict = training.fit, training.evaluate, training.predict

    def program(self) -> str:
        """The program of the step that `fit` ran last, to be read; or why it ran plainly. See
        `training.program`."""
        return training.program(self)

    def summary(self) -> str:
        """Print, and return, the parameters with their shapes and their count."""
        untraced("prints a summary", "print it outside")
        text = Printed(self._summary())
        print(text)
        return text

    def _repr_html_(self) -> str:
        """What a notebook shows of a model: its summary."""
        return f"<pre>{escape(self._summary())}</pre>"

    def _summary(self) -> str:
        rows = [(name, describe(p).split()[-1], p.size) for name, p in self.named_parameters()]
        lines = [f"{name:<32}{shape:<20}{size:>12,}" for name, shape, size in rows]
        return "\n".join([f"Model: {self.name or type(self).__name__!r}", *lines, *self.counts()])

    def counts(self) -> list[str]:
        """The last lines of a summary: how many parameters there are, and how many are trained."""
        parameters = [p for _, p in self.named_parameters()]
        total, trained = (
            sum(p.size for p in parameters),
            sum(p.size for p in parameters if p.requires_grad),
        )
        return [
            f"Total params: {total:,}",
            f"Trainable params: {trained:,}",
            f"Non-trainable params: {total - trained:,}",
        ]

    def __repr__(self) -> str:
        try:
            parts = [
                f"{key}={item!r}"
                if isinstance(item, Module)
                else f"{key}={describe(item).split()[-1]}"
                for key, item in self.members()
            ]
        # members that are none: an error of another moment
        except RuntimeError:
            parts = []
        line = f"{type(self).__name__}({', '.join(parts)})"
        if len(line) <= 100:
            return line
        inside = ",\n".join(parts).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {inside})"


def _noted(build: Callable[..., None]) -> Callable[..., None]:
    """A build(input_shape) of the user's, which notes that it ran: the first call needs it no
    more."""

    @functools.wraps(build)
    def noted(self: Module, *args: Any, **kwargs: Any) -> None:
        vars(self)["_was_built"] = True
        build(self, *args, **kwargs)

    return noted


def _training_at(forward: Any) -> int | None:
    """The position of the argument `training` of a method `forward`; far away where it is given by
    name only."""
    try:
        parameters = list(inspect.signature(forward).parameters.values())[1:]
    except (TypeError, ValueError):
        return None
    for position, p in enumerate(parameters):
        if p.name == "training" and p.kind is not p.VAR_KEYWORD:
            return sys.maxsize if p.kind is p.KEYWORD_ONLY else position
    return None


def _is_constant(x: Any) -> bool:
    return (
        isinstance(x, Tensor)
        and x.op is None
        and x.params is not UNRECORDED
        and not x.requires_grad
    )


def _found(path: str, value: Any, owner: Module) -> Iterator[tuple[str, Tensor | Module]]:
    if isinstance(value, Module):
        yield path, value
    elif isinstance(value, Tensor):
        made = value.op is not None or value.params is UNRECORDED
        if not made:
            yield path, value
        elif value.requires_grad and (owner.first_call is None or value.step < owner.first_call):
            # What a forward pass stored is no parameter, and this is older.
            raise RuntimeError(
                f"{type(owner).__name__}.{path} is the result of an operation, {describe(value)}, "
                "which no optimizer can train; write tg.tensor(0.1 * array, requires_grad=True) "
                "for tg.tensor(array, requires_grad=True) * 0.1, and compute what follows from "
                "parameters in forward()"
            )
    elif isinstance(value, (list, tuple, dict)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _found(f"{path}.{key}", item, owner)


def as_sequence(seed: int | np.random.SeedSequence) -> np.random.SeedSequence:
    """A seed in the form that others can be spawned from."""
    return seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(int(seed))
