"""Other libraries' modules by their names, so that a newcomer's imports lead on:

    import tinygrad_edu.nn.functional as F           F.relu, F.cross_entropy
    from tinygrad_edu.layers import Dense            nn.Dense

What such a module has that is here under the same meaning works; of the rest each name says the
line to write, at the import or where it is used. They are entries of `sys.modules` under this
package's own names, made once, and hold nothing.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, MutableSequence
from types import ModuleType
from typing import Any

import numpy as np

from .. import habits
from . import jax, keras, numpy, torch

PACKAGE: str = __name__.partition(".")[0]

_STEP = 'cube = tg.op("cube", "x ** 3", x="g * 3 * x ** 2"), the formula and its gradient rule'
_CLIP = "p.grad *= min(1, c / norm) with norm = np.sqrt(sum((p.grad ** 2).sum() for p in params))"
_L2 = torch.KEYWORD["kernel_regularizer"]

FUNCTIONAL = {
    "mse_loss": "mse",
    "l1_loss": "losses.mae",
    "huber_loss": "losses.huber",
    "smooth_l1_loss": "losses.huber",
    "binary_cross_entropy_with_logits": "bce_with_logits",
    "logsigmoid": "log_sigmoid",
    "one_hot": "to_categorical",
} | {
    name: name
    for name in """relu leaky_relu elu gelu silu sigmoid tanh softplus softmax log_softmax logsumexp
    cross_entropy""".split()
}
"""Functions of `nn` in PyTorch and JAX that mean the same here, by their path."""

_FUNCTIONAL_LINES = {
    "nll_loss": "tg.cross_entropy(logits, labels), from the logits",
    "binary_cross_entropy": "tg.losses.binary_crossentropy(p, target, from_logits=False)",
    "dropout": "nn.Dropout(rate), a layer that keeps its draws",
    "linear": "x @ W + b",
    "embedding": "table[index]",
    "normalize": "x / tg.norm(x, axis=1, keepdims=True)",
    "layer_norm": "(x - x.mean(axis=-1, keepdims=True)) / (x.var(axis=-1, keepdims=True) + 1e-5)."
    "sqrt()",
    "batch_norm": "(x - x.mean(axis=0)) / (x.var(axis=0) + 1e-5).sqrt()",
    "pad": "np.pad(x, [(0, 0), (before, after)]), a pair for each axis, first axis first",
    "conv1d": "np.einsum over sliding windows, x[:, np.arange(n - k + 1)[:, None] + np.arange(k)]",
    "conv2d": 'np.einsum("nijab,kab->nkij", windows, kernels) over sliding windows',
    "max_pool2d": "x.reshape(n, h // 2, 2, w // 2, 2).max(axis=(2, 4))",
    "avg_pool2d": "x.reshape(n, h // 2, 2, w // 2, 2).mean(axis=(2, 4))",
    "scaled_dot_product_attention": "tg.softmax(q @ k.mT / d ** 0.5) @ v",
    "kl_div": "(p * (tg.log(p) - log_q)).sum(axis=1).mean()",
    "cosine_similarity": "(a * b).sum(axis=1) / tg.norm(a, axis=1) / tg.norm(b, axis=1)",
}
TOP: dict[str, Any] = {
    name: getattr(np, name) for name in "float32 float64 int32 int64 uint8".split()
} | {"float": np.float32, "double": np.float64, "long": np.int64, "bool": np.bool_}
"""Names of PyTorch's dtypes, which are NumPy's."""

_LAYERS = {"Layer": torch.NN["Layer"]}
_TREES = {
    "tree_map": jax.TREE,
    "map": jax.TREE,
    "tree_leaves": "model.parameters(), or [*params.values()]",
    "tree_flatten": jax.TREE,
}

LINES: dict[str, Mapping[str, str]] = {
    "nn.functional": _FUNCTIONAL_LINES,
    "nn.utils": {
        "clip_grad_norm_": f"global_clipnorm= of the optimizer, or {_CLIP}",
        "clip_grad_value_": "clipvalue= of the optimizer, or np.clip(p.grad, -c, c, out=p.grad)",
        "parameters_to_vector": "np.concatenate([p.numpy().ravel() for p in model.parameters()])",
    },
    "nn.init": {
        "xavier_uniform_": 'kernel_initializer="glorot_uniform" of nn.Dense',
        "xavier_normal_": 'kernel_initializer="glorot_normal" of nn.Dense',
        "kaiming_uniform_": 'kernel_initializer="he_uniform" of nn.Dense',
        "kaiming_normal_": 'kernel_initializer="he_normal" of nn.Dense',
        "zeros_": "with tg.no_grad(): p[...] = 0",
        "ones_": "with tg.no_grad(): p[...] = 1",
        "constant_": "with tg.no_grad(): p[...] = value",
        "normal_": "with tg.no_grad(): p[...] = rng.normal(0, std, p.shape)",
        "uniform_": "with tg.no_grad(): p[...] = rng.uniform(a, b, p.shape)",
    },
    "optim.lr_scheduler": keras.SCHEDULES,
    "utils": {
        "set_random_seed": "seed= of the model: nothing here is global",
        "plot_model": 'viz.graph(model, x).save("model.png")',
        "normalize": "x / np.linalg.norm(x, axis=1, keepdims=True)",
        "data": torch.TOP["DataLoader"],
    },
    "utils.data": dict.fromkeys(
        ["DataLoader", "TensorDataset", "Dataset", "random_split"], torch.TOP["DataLoader"]
    ),
    "autograd": {
        "grad": "tg.grad(f)(x), of a function f; it is recorded, and so can be differentiated "
        "again; or y.backward() and x.grad",
        "backward": "y.backward()",
        "Function": _STEP,
        "Variable": "tg.tensor(data, requires_grad=True)",
        "gradcheck": "tg.check_gradients(f, x)",
        "gradgradcheck": "tg.check_gradients(f, x), which checks order two",
        "no_grad": "tg.no_grad()",
        "numpy": "import numpy as np: NumPy's own functions take tensors",
        "extend": _STEP,
        "detect_anomaly": "tg.detect_anomaly()",
        "set_detect_anomaly": "with tg.detect_anomaly():",
    },
    "autograd.functional": {
        "jacobian": "tg.jacobian(f)(x)",
        "hessian": "tg.hessian(f)(x)",
        "hvp": "tg.hvp(f, (x,), (v,))",
        "vhp": "tg.hvp(f, (x,), (v,))",
        "jvp": "tg.jvp(f, (x,), (v,))",
        "vjp": "y, back = tg.vjp(f, x), and back(u)",
    },
    "func": {
        "functional_call": "model(x), with parameters from outside in a function of your own",
    },
    "layers": _LAYERS,
    "models": {"load_model": "model.load_weights('model.npz'), of a model that is built again"},
    "optimizers": {},
    "optimizers.schedules": keras.SCHEDULES,
    "regularizers": dict.fromkeys(["l1", "l2", "L1", "L2", "l1_l2", "L1L2"], _L2),
    "initializers": {
        "GlorotUniform": 'kernel_initializer="glorot_uniform"',
        "GlorotNormal": 'kernel_initializer="glorot_normal"',
        "HeNormal": 'kernel_initializer="he_normal"',
        "HeUniform": 'kernel_initializer="he_uniform"',
        "RandomNormal": "kernel_initializer=lambda shape, rng: rng.normal(0, 0.05, shape)",
        "RandomUniform": "kernel_initializer=lambda shape, rng: rng.uniform(-0.05, 0.05, shape)",
        "Zeros": 'kernel_initializer="zeros"',
        "Ones": 'kernel_initializer="ones"',
        "Constant": "kernel_initializer=lambda shape, rng: np.full(shape, value)",
    },
    "activations": {},
    "linalg": {
        "vector_norm": "tg.norm(x)",
        "matrix_norm": "tg.norm(x)",
        "logdet": "tg.log_abs_det(x)",
        "lstsq": "tg.solve(A.T @ A, A.T @ b)",
    },
    "math": {"confusion_matrix": keras.METRICS["confusion_matrix"]},
    "lax": {
        "scan": jax.LINES["scan"],
        "fori_loop": jax.LINES["fori_loop"],
        "while_loop": jax.LINES["while_loop"],
        "cond": jax.LINES["cond"],
        "select": jax.LINES["select"],
        "stop_gradient": jax.LINES["stop_gradient"],
        "map": jax.LINES["vmap"],
    },
    "random": dict.fromkeys(
        """PRNGKey key split normal uniform randint permutation choice bernoulli categorical randn
        rand""".split(),
        jax.RANDOM,
    ),
    "tree_util": _TREES,
    "tree": _TREES,
    "extend": {"primitive": _STEP, "defvjp": _STEP, "defjvp": _STEP},
    "test_util": {"check_grads": "tg.check_gradients(f, x)"},
    "distributions": {
        "Normal": "-0.5 * ((x - mu) / sigma) ** 2 - tg.log(sigma) - 0.5 * np.log(2 * np.pi), its "
        "log density",
        "Categorical": "tg.log_softmax(logits), its log probabilities",
    },
}

_SOURCES: dict[str, tuple[str, ...]] = {
    "utils": ("labels",),
    "func": ("transforms",),
    "layers": ("nn",),
    "models": ("nn",),
    "optimizers": ("optim",),
    "optimizers.schedules": ("schedules",),
    "initializers": ("nn.initializers",),
    "activations": ("ops.activations", "ops.softmax"),
    "linalg": ("ops.linalg", "ops.composed", "ops.numpys"),
    "math": ("ops",),
}
"""Where the names of a module are looked for that mean the same here."""


_KERAS = """layers models optimizers regularizers initializers activations utils callbacks losses
metrics""".split()
"""What is in `keras` too."""


class Elsewhere(ModuleType):
    """A module of another library: what is here by the same name, and lines to write."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{PACKAGE}.{path}", self.__class__.__doc__)
        self.__path__: MutableSequence[str] = []  # a package, whose modules are entries too
        self.__dict__["path"] = path

    def __getattr__(self, name: str) -> Any:
        path = self.__dict__["path"]
        if name.startswith("__"):
            raise AttributeError(name)
        if path == "numpy" or path.startswith("numpy."):
            return getattr(importlib.import_module(path), name)
        if path == "keras":
            return getattr(sys.modules[PACKAGE], name)
        if path == "nn.functional" and name in FUNCTIONAL:
            return function(name)
        for source in _SOURCES.get(path, ()):
            module = importlib.import_module(f"{PACKAGE}.{source}")
            if name in vars(module) and not isinstance(vars(module)[name], ModuleType):
                return vars(module)[name]
        inner = sys.modules.get(f"{self.__name__}.{name}")
        if inner is not None:
            return inner
        line = LINES[path].get(name) or _more(path).get(name)
        if line is None:
            raise AttributeError(f"{self.__name__} has no attribute {name!r}", name=name, obj=self)
        raise habits.with_line(self.__name__, name, line)

    def __repr__(self) -> str:
        return f"<module {self.__name__!r}: other libraries' names for what is in {PACKAGE}>"


def _more(path: str) -> Mapping[str, str]:
    """Lines that other tables have."""
    if path in ("layers", "models"):
        return torch.NN | {"Sequential": "nn.Sequential([...])"}
    if path == "optimizers":
        return torch.OPTIM
    if path == "linalg":
        found = numpy.LINES.items()
        return {k.removeprefix("linalg."): line for k, line in found if k.startswith("linalg.")}
    return torch.TOP if path in ("nn.functional", "activations", "math") else {}


def function(name: str) -> Any:
    """A function of `nn` by PyTorch's or JAX' name."""
    found: Any = sys.modules[PACKAGE]
    for part in FUNCTIONAL[name].split("."):
        found = getattr(found, part)
    return found


def install() -> None:
    """Enter the modules under this package's names, without what is there already."""
    for path in (*LINES, "numpy", "numpy.linalg", "keras"):
        sys.modules.setdefault(f"{PACKAGE}.{path}", Elsewhere(path))
    for path in _KERAS:
        sys.modules.setdefault(f"{PACKAGE}.keras.{path}", sys.modules[f"{PACKAGE}.{path}"])
