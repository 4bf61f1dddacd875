"""What stands inside a module: its members, their names, and which of them are trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import habits
from ..autodiff import versions
from ..autodiff.messages import describe
from ..autodiff.record import UNRECORDED
from ..tensor import Tensor
from .call import Call

Seed = int | np.random.SeedSequence | None


class Tree(Call):
    """The part of `Module` that knows what is inside it; see there.

    Every attribute that is a tensor is a parameter, every attribute that is a module is a child,
    and lists, tuples and dicts of them count too.

    >>> from tinygrad_edu import nn
    >>> model = nn.Module()
    >>> model.blocks = [nn.Dense(3, input_size=2), nn.Dense(1, input_size=3)]
    >>> [name for name, _ in model.named_parameters()]
    ['blocks.0.weight', 'blocks.0.bias', 'blocks.1.weight', 'blocks.1.bias']
    """

    name: str | None = None
    name_given: bool = False  # the name came from the model around, not from the user

    def __setattr__(self, key: str, value: Any) -> None:
        if (
            isinstance(value, Tensor)
            and value.params is UNRECORDED
            and _is_constant(vars(self).get(key))
        ):
            # a running mean that is written anew stays a member
            value.params = {}
        object.__setattr__(self, key, value)
        versions.structure_changed()

    def __delattr__(self, key: str) -> None:
        object.__delattr__(self, key)
        versions.structure_changed()

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

    # What is inside

    def members(self) -> Iterator[tuple[str, Tensor | Tree]]:
        """The tensors and modules directly inside, with their names, in the order of definition.

        Those in lists, tuples and dicts count too: `blocks.0` is the first of `self.blocks`.

        Errors: RuntimeError for a tensor that requires a gradient and is the result of an
        operation: no optimizer can train it.

        >>> from tinygrad_edu import nn
        >>> [name for name, _ in nn.Dense(1, input_size=2, use_bias=False, seed=0).members()]
        []
        >>> layer = nn.Dense(1, input_size=2, seed=0)
        >>> layer.draw_parameters()                       # else drawn when they are first needed
        >>> [name for name, _ in layer.members()]
        ['weight', 'bias']
        """
        for key, value in vars(self).items():
            if isinstance(value, _MAY_HOLD):
                yield from _members_in(key, value, self)

    def members_of(self, key: str, value: Any) -> Iterator[tuple[str, Tensor | Tree]]:
        """The tensors and modules in one attribute, `key` with its `value`.

        >>> from tinygrad_edu import nn
        >>> model = nn.Module()
        >>> list(model.members_of("blocks", [nn.Flatten(), "text", {"last": nn.Dense(1)}]))
        [('blocks.0', Flatten()), ('blocks.2.last', Dense(1))]
        """
        return _members_in(key, value, self)

    def children(self) -> Iterator[tuple[str, Tree]]:
        """The modules directly inside, with their names.

        >>> from tinygrad_edu import nn
        >>> list(nn.Sequential([nn.Flatten(), nn.Dense(3)]).children())
        [('flatten', Flatten()), ('dense', Dense(3))]
        """
        return ((key, item) for key, item in self.members() if isinstance(item, Tree))

    def contents(self) -> list[tuple[str, Tensor | Tree]]:
        """This module and everything inside it, each once, with its path: modules and parameters.

        The outermost comes first, and its own path is "". What is shared has its first path.

        >>> from tinygrad_edu import nn
        >>> model = nn.Sequential([nn.Dense(1, input_size=2)], seed=0)
        >>> model.build((None, 2))
        >>> [path for path, _ in model.contents()]
        ['', 'dense', 'dense.weight', 'dense.bias']
        """
        seen: set[int] = set()
        found: list[tuple[str, Tensor | Tree]] = []
        todo: list[tuple[str, Tensor | Tree]] = [("", self)]
        while todo:
            path, item = entry = todo.pop()
            if id(item) in seen:
                continue
            seen.add(id(item))
            found.append(entry)
            if isinstance(item, Tree):
                prefix = f"{path}." if path else ""
                inside = [(prefix + key, member) for key, member in item.members()]
                todo += reversed(inside)
        return found

    def modules(self) -> Iterator[Tree]:
        """This module and all modules inside it, the outermost first, each once.

        >>> from tinygrad_edu import nn
        >>> [type(m).__name__ for m in nn.Sequential([nn.Flatten(), nn.Dense(3)]).modules()]
        ['Sequential', 'Flatten', 'Dense']
        """
        return (item for _, item in self.contents() if isinstance(item, Tree))

    # Parameters

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """(name, parameter) in the order of definition.

        A parameter that is shared comes once, under its first name. A layer that does not know its
        input size yet has none.

        >>> from tinygrad_edu import nn
        >>> [(name, p.shape) for name, p in nn.MLP(2, 3, 1, seed=0).named_parameters()]
        ... # doctest: +NORMALIZE_WHITESPACE
        [('dense.weight', (2, 3)), ('dense.bias', (3,)),
         ('dense_1.weight', (3, 1)), ('dense_1.bias', (1,))]
        """
        inside = self._drawn(self.contents())
        return ((path, item) for path, item in inside if isinstance(item, Tensor))

    def parameters(self) -> list[Tensor]:
        """All parameters in the order of definition, also those that are not trained.

        Errors: RuntimeError for a layer that does not know its input size yet; ValueError for two
        parameters with one name.

        >>> from tinygrad_edu import nn
        >>> [p.shape for p in nn.MLP(2, 3, 1, seed=0).parameters()]
        [(2, 3), (3,), (3, 1), (1,)]
        """
        return list(self.parameters_by_name().values())

    def parameters_by_name(self) -> dict[str, Tensor]:
        """{name: parameter}, complete: what is trained and what is saved.

        Errors: those of `parameters`.

        >>> from tinygrad_edu import nn
        >>> nn.Sequential([nn.Dense(1)]).parameters_by_name()     # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        RuntimeError: dense has no parameters yet: its input size is unknown. Call the model on ...
        """
        inside = self.contents()
        for _, layer in inside:
            if isinstance(layer, Tree) and getattr(layer, "built", True) is False:
                raise RuntimeError(
                    f"{layer.name or type(layer).__name__} has no parameters yet: its input size "
                    "is unknown. Call the model on a batch, or model.build((None, features...)), "
                    "first"
                )
        pairs = [(name, p) for name, p in self._drawn(inside) if isinstance(p, Tensor)]
        parameters = dict(pairs)
        if len(parameters) < len(pairs):
            names = [name for name, _ in pairs]
            doubled = sorted({name for name in names if names.count(name) > 1})
            raise ValueError(
                f"two parameters are named {doubled}; give one of the attributes or layers another "
                "name"
            )
        return parameters

    def _drawn(self, inside: list[tuple[str, Tensor | Tree]]) -> list[tuple[str, Tensor | Tree]]:
        """The same contents with all parameters drawn; a second walk only where some were not."""
        before = versions.structure_version
        for _, item in inside:
            if isinstance(item, Tree):
                item.draw_parameters()
        return inside if versions.structure_version == before else self.contents()

    def draw_parameters(self) -> None:
        """Draw the parameters that can be drawn and are not yet; only layers with a seed do.

        >>> from tinygrad_edu import nn
        >>> layer = nn.Dense(1, input_size=2, seed=0)
        >>> layer.parameters_drawn
        False
        >>> layer.draw_parameters()
        >>> layer.parameters_drawn
        True
        """

    def zero_grad(self, set_to_none: bool = True) -> None:
        """∂L/∂p ← None for every parameter p, so that the next `backward()` starts anew.

        `set_to_none` is accepted for code written for PyTorch, and changes nothing.

        >>> from tinygrad_edu import nn
        >>> layer = nn.Dense(1, input_size=2, seed=0)
        >>> layer(np.ones((4, 2))).sum().backward()
        >>> layer.bias.grad
        array([4.], dtype=float32)
        >>> layer.zero_grad()
        >>> layer.bias.grad is None
        True
        """
        for _, p in self.named_parameters():
            p.grad = None

    def count_params(self) -> int:
        """How many numbers the parameters have together. Source: Keras' name.

        >>> from tinygrad_edu import nn
        >>> nn.MLP(2, 3, 1).count_params()                # 2 * 3 + 3, and 3 * 1 + 1
        13
        """
        return sum(p.size for p in self.parameters())

    # Names and seeds that a model gives to its layers

    def name_and_seed_layers(self, seed: Seed = None) -> None:
        """Give every module inside that has none a name, and every layer without a seed one of its
        own, spawned from `seed`.

        >>> from tinygrad_edu import nn
        >>> model = nn.Module()
        >>> model.hidden = nn.Dense(3, input_size=2)
        >>> model.name_and_seed_layers(seed=0)
        >>> model.hidden.name
        'hidden'
        """
        inside = [
            (path.rpartition(".")[2], item)
            for path, item in self.contents()
            if isinstance(item, Tree) and item is not self
        ]
        parts: list[Any] = [None] * len(inside)
        if seed is not None:
            parts = as_sequence(seed).spawn(len(inside))
        for (name, module), part in zip(inside, parts, strict=True):
            if module.name is None:
                module.take_name(name)
            if getattr(module, "seed", part) is None:
                module.take_seed(part)

    def take_name(self, name: str) -> None:
        """Use the name that the model around has for this module.

        >>> from tinygrad_edu import nn
        >>> layer = nn.Flatten()
        >>> layer.take_name("rows")
        >>> layer.name, layer.name_given
        ('rows', True)
        """
        self.name, self.name_given = name, True

    def take_seed(self, seed: Seed) -> None:
        """Use the seed that the model around has for this module; only layers that draw have one.

        >>> from tinygrad_edu import nn
        >>> layer = nn.Dropout(0.5)
        >>> layer.take_seed(7)
        >>> layer.seed
        7
        """
        setattr(self, "seed", seed)  # noqa: B010

    # Freezing

    @property
    def trainable(self) -> bool:
        """Whether training changes the parameters inside. It is True unless you set it.

        `layer.trainable = False` freezes them, also those that are drawn later. True trains again
        what False froze. It holds at once, without another `compile`.

        >>> from tinygrad_edu import nn
        >>> model = nn.MLP(2, 3, 1)
        >>> model.layers[0].trainable = False
        >>> [p.requires_grad for p in model.parameters()], model.trainable
        ([False, False, True, True], True)
        """
        return bool(vars(self).get("_trainable", True))

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for module in list(self.modules()):
            vars(module)["_trainable"] = bool(value)
            module.apply_trainable()

    @property
    def requires_grad(self) -> bool:
        """Tensors have it; of a module write `trainable`. Errors: AttributeError, with that line.

        >>> from tinygrad_edu import nn
        >>> nn.Dense(1).requires_grad = False             # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        AttributeError: requires_grad of Dense would change nothing; write layer.trainable = ...
        """
        raise AttributeError  # then __getattr__ is asked, whose error has the line

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        raise AttributeError(
            f"requires_grad of {type(self).__name__} would change nothing; write layer.trainable = "
            f"{bool(value)}, or p.requires_grad = {bool(value)} for each of layer.parameters()"
        )

    def apply_trainable(self) -> None:
        """Freeze the parameters of this module alone if it is not trainable; if it is, train again
        those that were frozen by it.

        Parameters that were constants before stay constants.

        >>> from tinygrad_edu import nn
        >>> layer = nn.Dense(1, input_size=2, seed=0)
        >>> layer.trainable = False                       # calls it
        >>> layer.weight.requires_grad
        False
        """
        frozen = vars(self).setdefault("_frozen", [])
        own = {key: p for key, p in self.members() if isinstance(p, Tensor)}
        if self.trainable:
            for key in frozen:
                if key in own:
                    own[key].requires_grad = True
            frozen.clear()
            return
        for key, p in own.items():
            if p.requires_grad:
                p.requires_grad = False
                frozen.append(key)


_MAY_HOLD = (Tree, Tensor, list, tuple, dict)


def _members_in(path: str, value: Any, owner: Tree) -> Iterator[tuple[str, Tensor | Tree]]:
    """The tensors and modules in one attribute."""
    if isinstance(value, Tree):
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
            yield from _members_in(f"{path}.{key}", item, owner)


def _is_constant(x: Any) -> bool:
    return (
        isinstance(x, Tensor)
        and x.op is None
        and x.params is not UNRECORDED
        and not x.requires_grad
    )


def as_sequence(seed: int | np.random.SeedSequence) -> np.random.SeedSequence:
    """A seed as a SeedSequence, from which independent seeds can be spawned.

    >>> as_sequence(3).entropy
    3
    """
    return seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(int(seed))
