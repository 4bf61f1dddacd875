"""Other libraries' import lines with the name of this one: they work where the names mean the same,
or say the line to write."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim
from tinygrad_edu.habits import imports

WORKS = {
    "import tinygrad_edu.nn as f": nn,
    "from tinygrad_edu.nn.functional import relu as f": tg.relu,
    "from tinygrad_edu.nn.functional import mse_loss as f": tg.mse,
    "from tinygrad_edu.nn.functional import cross_entropy as f": tg.cross_entropy,
    "from tinygrad_edu.nn.functional import smooth_l1_loss as f": tg.losses.huber,
    "import tinygrad_edu.nn.functional; f = tinygrad_edu.nn.functional.gelu": tg.gelu,
    "import tinygrad_edu.nn.functional as F; f = F.log_softmax": tg.log_softmax,
    "from tinygrad_edu.layers import Dense as f": nn.Dense,
    "from tinygrad_edu.models import Sequential as f": nn.Sequential,
    "from tinygrad_edu.optimizers import Adam as f": optim.Adam,
    "from tinygrad_edu.optimizers.schedules import CosineDecay as f": tg.schedules.CosineDecay,
    "from tinygrad_edu.utils import to_categorical as f": tg.to_categorical,
    "from tinygrad_edu.activations import softmax as f": tg.softmax,
    "from tinygrad_edu.initializers import he_normal as f": nn.he_normal,
    "from tinygrad_edu import keras; f = keras.layers.Dense": nn.Dense,
    "from tinygrad_edu.keras.layers import Dropout as f": nn.Dropout,
    "from tinygrad_edu.keras.callbacks import EarlyStopping as f": tg.callbacks.EarlyStopping,
    "from tinygrad_edu.keras.models import Sequential as f": nn.Sequential,
    "import tinygrad_edu.numpy as jnp; f = jnp.tanh": np.tanh,
    "from tinygrad_edu.numpy.linalg import norm as f": np.linalg.norm,
    "from tinygrad_edu.func import jvp as f": tg.jvp,
    "from tinygrad_edu.linalg import slogdet as f": tg.slogdet,
    "from tinygrad_edu import jacfwd as f": tg.jacobian,
    "from tinygrad_edu import lax as f": sys.modules["tinygrad_edu.lax"],
}


@pytest.mark.parametrize("line", WORKS)
def test_import_lines_that_work(line):
    scope = {}
    exec(line, scope)
    assert scope["f"] is WORKS[line]


REFUSED = {
    "from tinygrad_edu.nn.functional import max_pool2d": r"reshape\(n, h // 2",
    "from tinygrad_edu.nn.functional import pad": "a pair for each axis",
    "from tinygrad_edu.nn import Linear, ReLU": r"nn\.Dense\(units, input_size=features\)",
    "from tinygrad_edu.nn.utils import clip_grad_norm_": "global_clipnorm=",
    "from tinygrad_edu.nn.init import kaiming_normal_": "he_normal",
    "from tinygrad_edu.optim.lr_scheduler import StepLR": "step // size",
    "from tinygrad_edu.utils.data import DataLoader, TensorDataset": "batch_size=32",
    "from tinygrad_edu.autograd import Function": r"tg\.op",
    "from tinygrad_edu.autograd.functional import hessian": r"tg\.hessian\(f\)\(x\)",
    "from tinygrad_edu import elementwise_grad": r"f\(x\)\.sum\(\)",
    "from tinygrad_edu import vmap": r"np\.stack",
    "from tinygrad_edu import GradientTape": "backward",
    "from tinygrad_edu.extend import primitive": r"tg\.op",
    "from tinygrad_edu.lax import scan": "Python loop",
    "from tinygrad_edu.random import PRNGKey": "default_rng",
    "from tinygrad_edu.tree_util import tree_map": r"zip\(params, grads\)",
    "from tinygrad_edu.test_util import check_grads": "check_gradients",
    "from tinygrad_edu.layers import Conv2D": r"nn\.Dense",
    "from tinygrad_edu.layers import Layer": r"nn\.Module",
    "from tinygrad_edu.models import Model": r"nn\.Module",
    "from tinygrad_edu.models import load_model": "load_weights",
    "from tinygrad_edu.optimizers import Nadam": r"optim\.Adam",
    "from tinygrad_edu.regularizers import l2": "y_true, y_pred",
    "from tinygrad_edu.initializers import HeNormal": "he_normal",
    "from tinygrad_edu.callbacks import ModelCheckpoint": "restore_best_weights",
    "from tinygrad_edu.keras.callbacks import TensorBoard": "training_curves",
    "from tinygrad_edu.metrics import AUC": r'metrics=\["auc"\]',
    "from tinygrad_edu.losses import KLDivergence": "categorical_crossentropy",
    "from tinygrad_edu.datasets import make_circles": r"tg\.datasets\.circles",
    "from tinygrad_edu.datasets import mnist": "fashion_mnist",
    "from tinygrad_edu.schedules import OneCycleLR": "function of the step",
    "from tinygrad_edu.linalg import svd": r"x\.numpy\(\)",
    "from tinygrad_edu.math import confusion_matrix": "histogram2d",
    "from tinygrad_edu.distributions import Normal": "log density",
}


@pytest.mark.parametrize("line", REFUSED)
def test_import_lines_that_are_refused_say_what_to_write(line):
    with pytest.raises(ImportError, match=f"; write .*{REFUSED[line]}"):
        exec(line, {})


@pytest.mark.parametrize(
    "line", ["from tinygrad_edu import foo", "from tinygrad_edu.layers import Foo"]
)
def test_a_name_that_nobody_has_stays_pythons_error(line):
    with pytest.raises(ImportError, match="cannot import name"):
        exec(line, {})


def test_a_module_that_nobody_has_stays_pythons_error():
    with pytest.raises(ModuleNotFoundError, match="tinygrad_edu.foo"):
        exec("import tinygrad_edu.foo", {})


def test_asking_by_getattr_stays_an_attribute_error():
    """An ImportError is for import lines alone: hasattr and getattr go on working."""
    assert not hasattr(nn, "Linear") and not hasattr(tg.layers, "Conv2D")
    assert getattr(tg.callbacks, "ModelCheckpoint", 7) == 7
    with pytest.raises(AttributeError, match="write nn.Dense"):
        nn.Linear  # noqa: B018


def test_every_line_is_reached():
    """Of each module each name says its line, or works: then it needs none."""
    for path, lines in imports.LINES.items():
        module = sys.modules[f"tinygrad_edu.{path}"]
        for name, line in lines.items():
            found = getattr(module, name, None)
            if f"tinygrad_edu.{path}.{name}" in sys.modules:
                continue  # a module of its own, as autograd.numpy
            assert found is None, (path, name)
            with pytest.raises(AttributeError) as caught:
                getattr(module, name)
            assert str(caught.value).endswith(f"has no {name!r}; write {line}")


def test_the_functions_compute_what_their_names_say():
    x, y = np.array([[0.5, -2.0]]), np.array([[1.0, 1.0]])
    f = nn.functional
    d = x - y
    assert f.l1_loss(x, y).item() == np.abs(d).mean()
    assert f.huber_loss(x, y).item() == np.where(abs(d) < 1, d * d / 2, abs(d) - 0.5).mean()
    p = 1 / (1 + np.exp(-x))
    np.testing.assert_allclose(
        f.binary_cross_entropy_with_logits(x, y).item(), -np.log(p).mean(), rtol=1e-12
    )
    np.testing.assert_allclose(f.logsigmoid(x), np.log(p), rtol=1e-12)
    for name in imports.FUNCTIONAL:
        assert getattr(nn, name) is getattr(f, name)


def test_the_modules_are_this_packages_entries_alone():
    """Nothing of other libraries is touched, and what is here is not hidden."""
    code = (
        "import sys, numpy; before = set(sys.modules); path = list(sys.meta_path); "
        "hooks = list(sys.path_hooks); import tinygrad_edu; new = set(sys.modules) - before; "
        "own = {n for n in new if type(sys.modules[n]).__name__ == 'Elsewhere'}; "
        "assert own and all(n.startswith('tinygrad_edu.') for n in own); "
        "assert path == sys.meta_path and hooks == sys.path_hooks; "
        "assert tinygrad_edu.nn.__file__ and 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
