"""A table of PyTorch's and Keras' names: each works as there, or an error has the line to write."""

from __future__ import annotations

import copy
import inspect
import pickle
import re

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import habits, losses, nn, optim

A = np.arange(1.0, 7.0).reshape(2, 3)
T = lambda: tg.tensor(A, requires_grad=True, name="w")

WORKS = {
    "x.unsqueeze(1)": A[:, None],
    "x.unsqueeze(dim=0)": A[None],
    "x.view(3, 2)": A.reshape(3, 2),
    "x.view(-1)": A.ravel(),
    "x.view((6, 1))": A.reshape(6, 1),
    "x.permute(1, 0)": A.T,
    "x.permute((1, 0))": A.T,
    "x.t()": A.T,
    "x.T": A.T,
    "x.clamp(2, 4)": A.clip(2, 4),
    "x.clamp(min=3)": A.clip(3),
    "x.clone()": A,
    "x.copy()": A,
    "x.cpu()": A,
    "x.contiguous()": A,
    "x.float()": A.astype(np.float32),
    "x.double()": A,
    "x.long()": A.astype(int),
    "x.add(1)": A + 1,
    "x.sub(1)": A - 1,
    "x.mul(2)": A * 2,
    "x.div(2)": A / 2,
    "x.pow(2)": A**2,
    "x.pow(x)": A**A,
    "x.neg()": -A,
    "x.multiply(2)": A * 2,
    "x.divide(2)": A / 2,
    "x.subtract(2)": A - 2,
    "x.negative()": -A,
    "x.mm(x.t())": A @ A.T,
    "x.matmul(x.T)": A @ A.T,
    "x.bmm(x.T)": A @ A.T,
    "x.eq(2)": A == 2,
    "x.ne(2)": A != 2,
    "x.lt(2)": A < 2,
    "x.le(2)": A <= 2,
    "x.gt(2)": A > 2,
    "x.ge(2)": A >= 2,
    "x.numel()": 6,
    "x.dim()": 2,
    "x.tolist()": A.tolist(),
    "x.sum(dim=1)": A.sum(1),
    "x.mean(dim=(0, 1))": A.mean(),
    "x.sum(1, keepdim=True)": A.sum(1, keepdims=True),
    "x.prod(dim=0)": A.prod(0),
    "x.cumsum(dim=1)": A.cumsum(1),
    "x.argmax(dim=1)": A.argmax(1),
    "x.softmax(dim=0).sum(dim=0)": np.ones(3),
    "x.squeeze(dim=0) if len(x) == 1 else x": A,
    "x.flip(dims=0)": A[::-1],
    "tg.cat([x, x], dim=1)": np.hstack([A, A]),
    "tg.cat((x, x))": np.vstack([A, A]),
    "tg.clamp(x, 2, 3)": A.clip(2, 3),
    "tg.unsqueeze(x, 0)": A[None],
    "tg.stack([x, x], dim=1)": np.stack([A, A], 1),
    "tg.log_softmax(x, dim=1).exp().sum()": 2.0,
    "x.requires_grad_(False)": A,
    "x.requires_grad_()": A,
    "x.detach()": A,
    "x[0].item() if x.size == 1 else 1": 1,
    "(x * 2).detach().numpy()": A * 2,
    "tg.where(x > 2, x, 0)": np.where(A > 2, A, 0),
    "x.abs().sqrt().exp()": np.exp(np.sqrt(A)),
    "x.reshape(3, -1)": A.reshape(3, 2),
    "x.max()": 6.0,
    "x.size()": (2, 3),
    "x.size(-1)": 3,
    "x.size": 6,
    "x / x.size": A / 6,
    "x.norm(dim=1)": np.linalg.norm(A, axis=1),
    "x.norm(p=1, dim=0, keepdim=True)": np.abs(A).sum(0, keepdims=True),
    "x.diff(dim=0)": np.diff(A, axis=0),
    "tg.tensordot(x, x.T, dims=1)": A @ A.T,
    "tg.median(x, dim=1)": np.median(A, axis=1),
    "tg.diag(x[0], diagonal=1)": np.diag(A[0], 1),
    "x.at[0].set(7.0)": np.vstack([np.full(3, 7.0), A[1]]),
    "tg.tensor([1.7], dtype=tg.long)": np.array([1]),
    "x.astype(tg.float32)": A.astype(np.float32),
    "tg.Sequential([nn.Flatten()])(x)": A,
    "nn.relu(x - 3)": np.maximum(A - 3, 0),
    "nn.functional.softmax(x, dim=0)": np.exp(A) / np.exp(A).sum(0),
    "nn.functional.mse_loss(x, x + 1)": 1.0,
    "nn.functional.cross_entropy(x, np.array([0, 1]))": 1.9076059644443806,
    "nn.one_hot(np.array([1, 0]), 2)": np.eye(2)[::-1],
    "tg.func.grad(lambda x: (x * x).sum())(x)": 2 * A,
    "tg.linalg.norm(x)": np.linalg.norm(A),
    "tg.math.tanh(x)": np.tanh(A),
    "tg.activations.relu(x)": A,
    "tg.layers.Dense(2, seed=0)(x).shape": (2, 2),
    "tg.keras.layers.Flatten()(x)": A,
    "tg.models.Sequential([tg.layers.Flatten()])(x)": A,
    "tg.optimizers.Adam(0.1 and None, lr=0.1).lr": 0.1,
    "tg.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)(20)": 0.025,
    "tg.utils.to_categorical([1, 0])": np.eye(2)[::-1],
    "tg.check_gradients(tg.tanh, A)": True,
    "x.transpose(1, 0)": A.T,
}


@pytest.mark.parametrize("line", WORKS)
def test_what_works(line):
    got = eval(line, {"tg": tg, "nn": nn, "np": np, "A": A, "x": T()})
    np.testing.assert_allclose(
        got.numpy() if isinstance(got, tg.Tensor) else got, WORKS[line], rtol=1e-6
    )


@pytest.mark.parametrize(
    "line",
    [
        k
        for k, v in WORKS.items()
        if "argmax" not in k
        and np.asarray(v).dtype.kind == "f"
        and not re.search(
            "detach|False|tolist|numpy|one_hot|tg.long|func.grad|lr=|Decay|categorical|shape", k
        )
    ],
)
def test_what_works_has_its_gradient(line):
    x = T()
    y = eval(line, {"tg": tg, "nn": nn, "np": np, "x": x})
    if isinstance(y, tg.Tensor):
        y.sum().backward()
        assert x.grad.shape == A.shape


AROUND = ("callbacks", "losses", "metrics", "schedules", "datasets")

REFUSED = {
    "x.cuda()": "leave it out",
    "x.to('cpu')": "leave it out",
    "x.grad_fn": r"w\.op",
    "x.expand(2, 3)": "broadcast_to",
    "x.masked_fill(x > 1, 0)": r"tg\.where\(mask, value, w\)",
    "x.zero_()": r"with tg\.no_grad\(\): w\[...\] = value",
    "x.add_(1)": r"w = w\.add\(",
    "x.copy_(1)": "no_grad",
    "x.gather(1, [0])": "take_along_axis",
    "x.topk(2)": "argsort",
    "x.register_hook(print)": "retain_grad",
    "x.chunk(2)": r"split\(n, axis=-1\)",
    "x.split(1, dim=1)": r"axis=1",
    "x.norm(2)": r"norm\(x\)",
    "x.flatten(1)": r"reshape\(len\(x\), -1\)",
    "x.flatten(start_dim=1)": r"reshape\(len\(x\), -1\)",
    "x.mv(x[0])": "w @ v",
    "x.index_add(0, [0], x)": r"w\.at\[index\]\.add",
    "tg.allclose(x, x)": r"np\.allclose",
    "tg.concat([x])": r"tg\.concatenate",
    "tg.mish(x)": r"tg\.softplus",
    "tg.selu(x)": r"tg\.elu",
    "tg.linalg.eigh(x)": r"np\.linalg\.eigh",
    "tg.tensor(1.0, device='cpu')": "leave it out",
    "tg.tensor(1.0, foo=1)": "known: dtype",
    "x.isnan()": r"np\.isnan",
    "x.assign(1)": "no_grad",
    "x.assign_sub(1)": "w -= value",
    "x.type(float)": "astype",
    "x.foo": "'Tensor' object|no attribute 'foo'",
    "x.max(dim=1)": "argmax",
    "x.min(dim=0, keepdim=True)": "argmin",
    "x.sort(dim=0)": "argsort",
    "x.std(dim=0)": "ddof=1",
    "x.var(dim=0)": "ddof=1",
    "x.transpose(0, 1)": r"write x\.T",
    "x.view(np.float32)": "astype",
    "x.sum().backward(create_graph=True)": r"tg\.grad\(tg\.grad",
    "x.sum(foo=1)": "Known: axis",
    "tg.randn(2, 3)": "default_rng",
    "tg.zeros(2, 3)": r"np\.zeros",
    "tg.ones(2)": r"np\.ones",
    "tg.manual_seed(0)": "seed=0",
    "tg.from_numpy(x)": r"tg\.tensor",
    "tg.Variable(1.0)": "requires_grad=True",
    "tg.GradientTape()": "backward",
    "tg.autograd.grad(x, x)": r"tg\.grad\(f\)\(x\)",
    "tg.grad(x.sum(), x)": r"y\.backward\(\)",
    "tg.device('cpu')": "leave it out",
    "tg.foo": "no attribute 'foo'",
    "tg.save(x, 'f')": "save_weights",
    "tg.reduce_mean(x)": r"tg\.mean",
    "tg.inference_mode()": r"tg\.no_grad",
    "tg.utils.data.DataLoader": "batch_size=32",
    "tg.autograd.Function": r"tg\.op",
    "tg.autograd.gradcheck(x, x)": "check_gradients",
    "tg.cuda.is_available()": "leave it out",
    "tg.regularizers.l2(0.1)": r"layer\.weight \*\* 2",
    "tg.callbacks.ModelCheckpoint('f')": "restore_best_weights",
    "tg.callbacks.Foo": "no attribute 'Foo'",
    "tg.metrics.Recall()": r'metrics=\["recall"\]',
    "tg.metrics.Foo": "no attribute 'Foo'",
    "tg.losses.Hinge()": r"tg\.relu\(1 - y_true",
    "tg.losses.Foo": "no attribute 'Foo'",
    "tg.schedules.StepLR": r"step // size",
    "tg.schedules.Foo": "no attribute 'Foo'",
    "tg.datasets.make_moons(n_samples=3)": r"tg\.datasets\.moons",
    "tg.datasets.moons(n_samples=3)": "write n=",
    "tg.datasets.blobs(centers=3)": "write classes=",
    "tg.datasets.Foo": "no attribute 'Foo'",
    "tg.to_categorical([0], n_classes=2)": "num_classes=",
    "tg.check_gradients(tg.tanh, x, eps=1)": "rtol=",
    "tg.check_gradients(tg.tanh, x, foo=1)": "known: f, order",
    "tg.jit(x.sum, donate_argnums=0)": "where they are",
    "tg.jit(x)": r"jit\(f\)\(x\)",
    "nn.Linear(2, 3)": r"nn\.Dense\(units, input_size=features\)",
    "nn.ReLU()": r'nn\.Activation\("relu"\)',
    "nn.CrossEntropyLoss()": r"tg\.cross_entropy\(logits, labels\)",
    "nn.MSELoss()": r"tg\.mse",
    "nn.BCELoss()": "from_logits=False",
    "nn.L1Loss()": r"losses\.mae",
    "nn.ModuleList([])": "a list",
    "nn.ModuleDict({})": "a dict",
    "nn.Parameter(x)": "requires_grad=True",
    "nn.functional.max_pool2d(x, 2)": r"reshape",
    "nn.utils.clip_grad_norm_([x], 1.0)": r"global_clipnorm=.*p\.grad \*=",
    "nn.BatchNorm1d(3)": r"forward\(self, x, training\)",
    "nn.Conv2d(1, 2, 3)": r"nn\.Dense",
    "nn.Input((3,))": "first batch",
    "nn.Model()": r"class Net\(nn\.Module\)",
    "nn.Foo": "no attribute 'Foo'",
    "nn.init.xavier_uniform_(x)": "glorot_uniform",
    "optim.lr_scheduler.StepLR": r"gamma \*\* \(step // size\)",
    "optim.lr_scheduler.CosineAnnealingLR": "CosineDecay",
    "tg.callbacks.EarlyStopping(threshold=1)": "min_delta",
    "nn.Activation('relu', inplace=True)": "new tensor",
    "nn.Sequential(layers=[])": "the list first",
    "nn.Sequential([], foo=1)": "known: layers|known: seed",
    "m.fit(A, A, nb_epoch=1)": "write epochs=",
    "m.fit(A, A, lr=1)": r"learning_rate=0\.01",
    "m.fit(A, A, foo=1)": "known: x, y",
    "m.evaluate(A, A, workers=2)": "no worker",
    "m.predict(A, workers=2)": "no worker",
    "m.compile('sgd', 'mse', from_logits=True)": "SparseCategoricalCrossentropy",
    "m.compile('sgd', 'mse', foo=True)": "known: optimizer",
    "setattr(m, 'requires_grad', False)": r"layer\.trainable = False",
    "m.requires_grad": r"layer\.trainable",
    "optim.Adagrad()": "RMSprop",
    "optim.Foo": "no attribute 'Foo'",
    "optim.Adam(betas=(0.9, 0.99))": "beta_1=0.9",
    "optim.Adam(eps=1e-8)": "epsilon=1e-7",
    "optim.SGD(foo=1)": "known: learning_rate",
    "optim.SGD(decay=0.1)": "ExponentialDecay",
    "optim.Adam(amsgrad=True)": "not here",
    "optim.SGD([{'params': [x], 'lr': 0.1}])": "several optimizers",
    "optim.SGD([x]).param_groups": "learning_rate",
    "optim.SGD([x]).apply_gradients([])": r"optimizer\.step",
    "optim.SGD([x]).foo": "SGD has no attribute 'foo'",
    "nn.Dense(3, kernel_regularizer='l2')": "weight_decay",
    "nn.Dense(3, bias=False)": "use_bias=",
    "nn.Dense(units=3, in_features=2)": "input_size=",
    "nn.Dense(3, foo=1)": "known: activation",
    "nn.Dropout(p=0.5)": "rate|missing",
    "nn.Dropout(0.5, inplace=True)": "new tensor",
    "nn.Flatten(start_dim=1)": "flattened",
    "nn.Dense(3, input_dim=2, input_size=4)": "several input sizes",
    "m.train()": r"with tg\.learning\(\)",
    "m.eval()": r"tg\.no_grad\(\)",
    "m.cuda()": "leave it out",
    "m.to('cpu')": "leave it out",
    "m.save('f')": "save_weights",
    "m.train_on_batch(x, x)": "batch_size=len",
    "m.predict_classes(x)": "argmax",
    "m.apply(print)": r"model\.modules\(\)",
    "m.register_buffer('a', x)": r"self\.\{?name",
    "m.named_modules()": "children",
    "m.foo": "Sequential has no attribute 'foo'",
    "m.optimizer": r"model\.compile",
    "m.get_config()": "summary",
    "nn.Sequential([nn.Dense])": r"write nn\.Dense\(",
    "nn.Sequential('dense')": r"list of layers",
    "nn.Sequential([tg.relu])": r"nn\.Activation\(f\)",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_refused_says_what_to_write(line):
    scope = {
        "np": np,
        "tg": tg,
        "nn": nn,
        "optim": optim,
        "A": A,
        "x": T(),
        "m": nn.Sequential([nn.Dense(1)]),
    }
    with pytest.raises((AttributeError, TypeError, ValueError), match=REFUSED[line]) as caught:
        eval(line, scope)
    if "no attribute" not in str(caught.value) and isinstance(caught.value, AttributeError):
        # no "Did you mean: 'linear'?"
        assert "; write " in str(caught.value) and caught.value.name is None


def test_the_common_150():
    """As many are decided, and no name is in the table that works."""
    decided = len(WORKS) + sum(map(len, habits.NAMES.values())) + len(habits.KEYWORD)
    assert decided > 300
    owners = {
        "Tensor": T(),
        "module": nn.Module(),
        "tinygrad_edu": tg,
        "tinygrad_edu.nn": nn,
        "tinygrad_edu.optim": optim,
        "optimizer": optim.SGD([T()]),
    } | {f"tinygrad_edu.{name}": getattr(tg, name) for name in AROUND}
    wrong = [
        f"{kind}.{name}"
        for kind, names in habits.NAMES.items()
        for name in names
        if hasattr(owners[kind], name)
    ]
    assert not wrong
    known = set(inspect.signature(nn.Dense).parameters) | set(
        inspect.signature(optim.Adam).parameters
    )
    assert not known & set(habits.KEYWORD) - {"name"}


def test_the_lines_name_what_is_there():
    """`tg.` and `nn.` names in the lines to write exist."""
    lines = [line for names in [*habits.NAMES.values(), habits.KEYWORD] for line in names.values()]
    for line in lines:
        for root, path in re.findall(
            r"\b(tg|nn|optim)\.([A-Za-z_][\w.]*)", line.replace("{x}", "x")
        ):
            found = {"tg": tg, "nn": nn, "optim": optim}[root]
            for part in path.rstrip(".").split("."):
                found = getattr(found, part)


# Asking whether a name is there, copies and pickles go by the same door


def test_asking_for_a_name_is_no_harm():
    x, model = T(), nn.MLP(2, 1, seed=0)
    assert not hasattr(x, "cuda") and not hasattr(model, "cuda") and getattr(x, "foo", 1) == 1
    assert copy.deepcopy(x).tolist() == pickle.loads(pickle.dumps(x)).tolist() == A.tolist()
    np.testing.assert_array_equal(copy.deepcopy(model)(A[:, :2]).numpy(), model(A[:, :2]).numpy())
    assert np.asarray(tg.tensor(A)).tolist() == A.tolist()


def test_attributes_of_ones_own_come_first():
    class Net(nn.Module):
        def __init__(self):
            self.loss, self.weights, self.history, self.optimizer = losses.mse, [1.0], [], "none"

    net = Net()
    assert (
        net.loss is losses.mse
        and net.weights == [1.0]
        and net.history == []
        and net.optimizer == "none"
    )


def test_dir_has_no_files():
    assert "linear" not in dir(nn) and {"Dense", "Sequential"} <= set(dir(nn))


@pytest.mark.parametrize(
    "model, layers",
    [
        (lambda: nn.Sequential(), 0),
        (lambda: nn.Sequential([]), 0),
        (lambda: nn.Sequential(nn.Dense(1)), 1),
        (lambda: nn.Sequential(nn.Dense(2), nn.Dense(1)), 2),
        (lambda: nn.Sequential((nn.Dense(2), nn.Dense(1))), 2),
        (lambda: nn.Sequential(nn.Dense(k + 1) for k in range(3)), 3),
    ],
)
def test_a_model_of_layers_in_any_form(model, layers):
    assert len(model()) == layers and model()


def test_layers_come_before_compile():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(RuntimeError, match="add all layers first"):
        model.add(nn.Dense(1))
    with pytest.raises(TypeError, match=r"nn\.Activation\(f\)"):
        nn.Sequential([nn.Dense(1)]).add(tg.relu)
