"""`fit`, `evaluate` and `predict` by hand: what a user's loss, layer, metric, callback or optimizer
may do."""

from __future__ import annotations

from .fits import FIT, MODEL
from .play import Scenario

END = FIT.replace("{more}", "")
MSE = "model.compile(optim.SGD(learning_rate=0.05), 'mse')\n"
OWN = "model.compile(optim.SGD(learning_rate=0.05), loss)\n"
PLAIN_LOSS = "    return ((p - t) ** 2).mean()\n"


def with_callback(body: str, more: str = "") -> str:
    """fit with a callback whose `on_train_batch_end` is these lines."""
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return ("class Own(tg.callbacks.Callback):\n    def on_train_batch_end(self, batch, logs):\n" + lines
            + FIT.replace("{more}", ", callbacks=[Own()]" + more))


def _fit(name: str, kind: str, text: str, expect: str = "equal", **options: object) -> Scenario:
    options.setdefault("calls", 2)
    if expect == "runs":
        options = {"watched": "nn.Sequential.forward", "bound": 9, **options}
    return Scenario(f"fit: {kind}: {name}", f"fit {kind}", expect, text, vacant=True,
        **options)  # type: ignore[arg-type]


def loss(name: str, lines: str, before: str = "", after: str = "", expect: str = "equal") -> Scenario:
    """A loss of one's own, as lines of a function of p and t."""
    return _fit(name, "loss", before + "def loss(p, t):\n" + "".join(f"    {x}\n" for x in lines.splitlines())
                + MODEL + OWN + (after or END), expect)


LOSSES = [
    loss("nothing but tensors", "return ((p - t) ** 2).mean()", expect="runs"),
    loss("times 2 and mean of the target", "return ((p - t * 2 + t.mean()) ** 2).mean()"),
    loss("np.where on the target", "return ((p - np.where(t > 0, t, 0.5)) ** 2).mean()"),
    loss("np.maximum on the target", "return ((p - np.maximum(t, 0)) ** 2).mean()"),
    loss("t[:, 0] and x[:, None]", "return ((p[:, 0] - t[:, 0][:, None]) ** 2).mean()"),
    loss("astype on the target", "return ((p - t.astype(float)) ** 2).mean()"),
    loss("np.float64 of the target", "return ((p - t * np.float64(0.3)) ** 2).mean()"),
    loss("an if on the target", "return ((p - t) ** 2).mean() if t.sum() > 0 else tg.abs(p - t).mean()"),
    loss("an if on the prediction", "return ((p - t) ** 2).mean() if float(p.numpy().sum()) > 0 else tg.abs(p - "
        "t).mean()"),
    loss("isinstance", "return ((p - t) ** 2).mean() * (2.0 if isinstance(t, np.ndarray) else 3.0)"),
    loss("hasattr", "return ((p - t) ** 2).mean() * (2.0 if hasattr(t, 'requires_grad') else 3.0)"),
    loss("type", "return ((p - t) ** 2).mean() * (2.0 if type(t) is np.ndarray else 3.0)"),
    loss("try AttributeError", "try:\n    t.requires_grad\nexcept AttributeError:\n    return ((p - t) ** 2).mean()\n"
         "return tg.abs(p - t).mean()"),
    loss("the target filled in place", "t = t + 0\nt[0] = 0.5\nreturn ((p - t) ** 2).mean()"),
    loss("the target written", "t[0] = 0.5\nreturn ((p - t) ** 2).mean()"),
    loss("math of an entry", "return ((p - t) ** 2).mean() * math.exp(float(t[0, 0]))"),
    loss("tolist", "return ((p - t) ** 2).mean() * (1 + abs(sum(t[:, 0].tolist())))"),
    loss("median", "return ((p - np.median(t)) ** 2).mean()"),
    loss("np.unique", "return ((p - t) ** 2).mean() * len(np.unique(t))"),
    loss("np.flatnonzero", "return ((p - t) ** 2).mean() + p[np.flatnonzero(t[:, 0] > 0)].sum() * 0.1"),
    loss("a mask of the target", "return ((p - t)[t > -9] ** 2).mean()"),
    loss("tg.where of the target", "return tg.where(t > 0, (p - t) ** 2, tg.abs(p - t)).mean()"),
    loss("a draw", "return ((p - t) ** 2).mean() * rng.uniform()", "rng = np.random.default_rng(5)\n"),
    loss("a random array", "return ((p - t + rng.normal(size=t.shape)) ** 2).mean()", "rng = "
        "np.random.default_rng(5)\n"),
    loss("a choice by a draw", "return ((p - t) ** 2).mean() if rng.uniform() < 0.5 else tg.abs(p - t).mean()",
         "rng = np.random.default_rng(5)\n"),
    loss("Python's random", "return ((p - t) ** 2).mean() * random.random()", "random.seed(5)\n"),
    loss("a counter", "count[0] += 1\nreturn ((p - t) ** 2).mean() * count[0]", "count = [0]\nlook = lambda: count\n"),
    loss("a counter that is not used", "count[0] += 1\nreturn ((p - t) ** 2).mean()", "count = [0]\nlook = lambda: "
        "count\n"),
    loss("a global counter", "global count\ncount += 1\nreturn ((p - t) ** 2).mean() * count",
         "count = 0\nlook = lambda: count\n"),
    loss("an iterator", "return ((p - t) ** 2).mean() * next(steps)", "steps = itertools.count(1)\n"),
    loss("a generator", "return ((p - t) ** 2).mean() * next(steps)", "steps = (1 / k for k in range(1, 99))\n"),
    loss("losses kept", "y = ((p - t) ** 2).mean()\nseen.append(y.item())\nreturn y", "seen = []\nlook = lambda: "
        "seen\n"),
    loss("tensors kept", "y = ((p - t) ** 2).mean()\nseen.append(y)\nreturn y",
         "seen = []\nlook = lambda: [y.item() for y in seen]\n"),
    loss("print", "print('loss', t.shape)\nreturn ((p - t) ** 2).mean()"),
    loss("a warning", "import warnings\nwarnings.warn('careful')\nreturn ((p - t) ** 2).mean()"),
    loss("an exception at the fourth batch", "count[0] += 1\nif count[0] == 4:\n    raise ValueError('enough')\n"
         "return ((p - t) ** 2).mean()", "count = [0]\nlook = lambda: [count, weights(model)]\n"),
    loss("NaN at a batch", "count[0] += 1\nreturn ((p - t) ** 2).mean() * (math.nan if count[0] == 4 else 1.0)",
         "count = [0]\n"),
    loss("a running mean in an array", "mean[...] = 0.9 * mean + 0.1 * t.mean()\nreturn ((p - t - mean) ** 2).mean()",
         "mean = np.zeros(1)\nlook = lambda: mean\n"),
    loss("optimizer.iterations", "return ((p - t) ** 2).mean() * (1 + model.plan.optimizer.iterations)"),
    loss("optimizer.learning_rate", "return ((p - t) ** 2).mean() * model.plan.optimizer.learning_rate"),
    loss("weights of the model", "return ((p - t) ** 2).mean() + 0.01 * sum((v ** 2).sum() for v in "
        "model.parameters())"),
    loss("the model again", "return ((p - t) ** 2).mean() + 0.1 * (model(np.ones((1, 2), np.float32)) ** 2).sum()"),
    loss("a rebound tensor", "return ((p - t) ** 2).mean() * scale", "scale = tg.tensor(2.0)\n",
         with_callback("global scale\nscale = tg.tensor(0.5 + batch)")),
    loss("a tensor written", "return ((p - t) ** 2).mean() * scale", "scale = tg.tensor(2.0)\n",
         with_callback("scale.data = 0.5 + batch"), "runs"),
    loss("an array refilled", "return ((p - t) ** 2 * scale).mean()", "scale = np.ones(1, np.float32)\n",
         with_callback("scale[:] = 0.5 + batch"), "runs"),
    loss("an array's entry", "return ((p - t) ** 2).mean() * float(scale[0])", "scale = np.ones(1, np.float32)\n",
         with_callback("scale[:] = 0.5 + batch")),
    loss("an epoch's number", "return ((p - t) ** 2).mean() * (1 + state.epoch)", "state = "
        "types.SimpleNamespace(epoch=0)\n",
         "class Own(tg.callbacks.Callback):\n    def on_epoch_begin(self, epoch):\n        state.epoch = epoch\n"
         + FIT.replace("{more}", ", epochs=3, callbacks=[Own()]")),
    loss("a jitted function", "return inner(p, t)", "inner = (tg.jit if JIT else lambda f: f)(lambda p, t: ((p - t) ** "
         "2).mean())\n"),
    loss("the loss is a tensor of one entry", "return ((p - t) ** 2).mean(keepdims=True)"),
    loss("the loss is no number", "return (p - t) ** 2"),
    loss("the loss is a float", "return 1.0"),
    loss("a constant loss", "return tg.tensor(1.0)"),
    loss("float64 in the middle", "return ((p.astype(float) - t) ** 2).mean()"),
    loss("backward inside", "y = ((p - t) ** 2).mean()\ny.backward()\nreturn y"),
    loss("a no_grad part", "with tg.no_grad():\n    m = p.mean()\nreturn ((p - t - m) ** 2).mean()"),
    loss("a callable object", "return 1", "", "class Loss:\n    k = 2.0\n    def __call__(self, p, t):\n"
         "        return ((p - t) ** 2).mean() * self.k\nl = Loss()\nmodel.compile('sgd', l)\n"
         + with_callback("l.k = 1.0 + batch")),
    loss("a bound method", "return 1", "", "class Loss:\n    k = 2.0\n    def of(self, p, t):\n"
         "        return ((p - t) ** 2).mean() * self.k\nl = Loss()\nmodel.compile('sgd', l.of)\n"
         + with_callback("l.k = 1.0 + batch")),
    loss("a partial", "return 1", "", "def l(p, t, k):\n    return ((p - t) ** 2).mean() * k\n"
         "bound = functools.partial(l, k=2.0)\nmodel.compile('sgd', bound)\n"
         + with_callback("bound.keywords['k'] = 1.0 + batch")),
    loss("its __code__ replaced", "return ((p - t) ** 2).mean()", "def other(p, t):\n    return tg.abs(p - t).mean()\n",
         with_callback("if batch == 3:\n    loss.__code__ = other.__code__")),
    loss("its default replaced", "return ((p - t) ** 2).mean() * k", "", "def l(p, t, k=2.0):\n"
         "    return ((p - t) ** 2).mean() * k\nmodel.compile('sgd', l)\n" + with_callback("l.__defaults__ = (1.0 + "
                                                                                        "batch,)")),
]


def layer(name: str, forward: str, init: str = "pass", after: str = "", expect: str = "equal",
    **options: object) -> Scenario:
    """A layer of one's own, as lines of `forward(self, x)`; `self.inner` is a Dense of 3."""
    return _fit(name, "layer", "class Own(nn.Module):\n    def __init__(self):\n        self.inner = nn.Dense(3, "
        "'tanh')\n"
                + "".join(f"        {x}\n" for x in init.splitlines()) + "    def forward(self, x):\n"
                + "".join(f"        {x}\n" for x in forward.splitlines())
                + "own = Own()\nown.name_and_seed_layers(3)\nmodel = nn.Sequential([own, nn.Dense(1)], seed=1)\n" + MSE
                    + (after or END),
                expect, **options)


LAYERS = [
    layer("nothing but tensors", "return self.inner(x) * 2", expect="runs"),
    layer("a scale that a callback changes", "return self.inner(x) * self.scale", "self.scale = 2.0",
          with_callback("own.scale = 0.5 if batch < 5 else 1.5"), "runs", bound=14),
    layer("a number drawn", "return self.inner(x) * self.rng.uniform()", "self.rng = np.random.default_rng(3)"),
    layer("a choice by a number drawn", "y = self.inner(x)\nreturn y if self.rng.uniform() < 0.5 else -y",
          "self.rng = np.random.default_rng(3)"),
    layer("a shift by an integer drawn", "return tg.roll(self.inner(x), int(self.rng.integers(0, 3)), axis=1)",
          "self.rng = np.random.default_rng(3)"),
    layer("a mask drawn", "y = self.inner(x)\nreturn y * (self.rng.random(y.shape) < 0.7)",
          "self.rng = np.random.default_rng(3)"),
    layer("noise", "y = self.inner(x)\nreturn y + self.rng.normal(size=y.shape).astype(np.float32)",
          "self.rng = np.random.default_rng(3)"),
    layer("the library's Dropout inside", "return self.drop(self.inner(x))", "self.drop = nn.Dropout(0.4, seed=2)"),
    layer("calls counted", "self.calls += 1\nreturn self.inner(x) * self.calls", "self.calls = 0",
          "look = lambda: own.calls\n" + END),
    layer("calls counted, not used", "self.calls += 1\nreturn self.inner(x)", "self.calls = 0",
          "look = lambda: own.calls\n" + END),
    layer("calls counted in a list", "self.calls[0] += 1\nreturn self.inner(x) * self.calls[0]", "self.calls = [0]",
          "look = lambda: own.calls\n" + END),
    layer("the last activation kept", "self.hidden = self.inner(x)\nreturn self.hidden", "pass",
          "look = lambda: own.hidden\n" + END),
    layer("its numbers kept", "y = self.inner(x)\nself.seen = y.numpy()\nreturn y", "self.seen = None",
          "look = lambda: own.seen\n" + END),
    layer("a running mean (batch norm)", "y = self.inner(x)\nself.mean = 0.9 * self.mean + 0.1 * "
        "y.numpy().mean(axis=0)\n"
          "return y - self.mean.astype(np.float32)", "self.mean = np.zeros(3)", "look = lambda: own.mean\n" + END),
    layer("a running mean in place", "y = self.inner(x)\nself.mean += 0.1 * y.numpy().mean(axis=0)\n"
          "return y - self.mean.astype(np.float32)", "self.mean = np.zeros(3)", "look = lambda: own.mean\n" + END),
    layer("statistics of the batch", "y = self.inner(x)\nreturn (y - y.mean(axis=0)) / (y.std(axis=0) + 0.1)",
        expect="runs"),
    layer("NumPy on the data", "return self.inner((x - x.mean(axis=0)) / (x.std(axis=0) + 0.1))"),
    layer("NumPy on the data by function", "return self.inner(np.where(x > 0, x, 0.1 * x))"),
    layer("the data concatenated", "return self.inner(np.concatenate([x, x ** 2], axis=1))"),
    layer("an if on the data", "y = self.inner(x)\nreturn y if x.sum() > 0 else y * 2"),
    layer("isinstance on the data", "return self.inner(x) * (2.0 if isinstance(x, np.ndarray) else 3.0)"),
    layer("the data's dtype and shape", "return self.inner(x) * x.shape[1] * (2 if x.dtype == np.float32 else 3)"),
    layer("float of the data", "return self.inner(x) * float(x[0, 0])"),
    layer("np.float64 times the data", "return self.inner(x * np.float64(0.3))"),
    layer("data copied and filled", "x = x.copy()\nx[0] = 0\nreturn self.inner(x)"),
    layer("whether it learns", "from tinygrad_edu.autodiff.modes import mode\nreturn self.inner(x) * (2.0 if mode.training "
        "else 1.0)"),
    layer("a parameter made at the first call", "if not hasattr(self, 'scale'):\n    self.scale = "
        "tg.tensor(np.float32(2.0), "
          "requires_grad=True)\nreturn self.inner(x) * self.scale"),
    layer("a cache by shape", "if x.shape not in self.cache:\n    self.cache[x.shape] = 2.0 + len(self.cache)\n"
          "return self.inner(x) * self.cache[x.shape]", "self.cache = {}"),
    layer("a list of layers", "for layer in self.more:\n    x = layer(x)\nreturn self.inner(x)",
          "self.more = [nn.Dense(2, 'tanh', seed=5), nn.Dense(2, 'tanh', seed=6)]", expect="runs"),
    layer("a dict of layers", "a, b = self.more['a'](x), self.more['b'](x)\n"
          "return self.inner(a if self.which == 'a' else b) + 0.0 * (a.sum() + b.sum())",
          "self.more = {'a': nn.Dense(2, 'tanh', seed=5, input_size=2), 'b': nn.Dense(2, 'sin', seed=6, "
          "input_size=2)}\n"
          "self.which = 'a'", with_callback("own.which = 'ab'[batch // 4 % 2]")),
    layer("weights shared", "return self.inner(x) + x @ self.inner.weight", expect="runs"),
    layer("print", "print(x.shape)\nreturn self.inner(x)"),
    layer("a property", "return self.inner(x) * self.scale", "self.k = 1.0", "Own.scale = property(lambda self: "
        "self.k + 1)\n"
          + with_callback("own.k = float(batch)")),
    layer("an exception", "self.calls += 1\nif self.calls > 5:\n    raise RuntimeError('tired')\nreturn self.inner(x)",
          "self.calls = 0", "look = lambda: weights(model)\n" + END),
    layer("a switch by validation", "self.calls += 1\nreturn self.inner(x) * (1 + self.calls % 2)", "self.calls = 0",
          FIT.replace("{more}", ", validation_split=0.25")),
    layer("forward replaced between batches", "return self.inner(x)", "pass",
          with_callback("if batch == 3:\n    own.forward = lambda x: own.inner(x) * 3")),
    layer("an activation replaced", "return self.inner(x)", "pass",
          with_callback("own.inner.activation = tg.sin if batch % 4 == 3 else tg.tanh")),
    layer("a weight frozen", "return self.inner(x)", "pass",
          with_callback("own.inner.weight.requires_grad = batch % 5 != 3")),
    layer("a weight replaced", "return self.inner(x)", "pass",
          "def swap():\n    own.inner.weight = tg.tensor(np.ones((2, 3), np.float32), requires_grad=True)\n"
          "changes = [swap]\n" + END),
    layer("weights written by a callback", "return self.inner(x)", "pass",
          with_callback("own.inner.weight.data[...] *= 0.9"), "runs"),
    layer("weights constrained", "return self.inner(x)", "pass",
          with_callback("w = own.inner.weight\nw.data = np.clip(w.data, -0.3, 0.3)"), "runs"),
    layer("a second model inside", "return self.inner(x) + self.teacher(x).detach()",
          "self.teacher = nn.Dense(3, 'tanh', seed=9, input_size=2)\nself.teacher.weight.requires_grad = False\n"
          "self.teacher.bias.requires_grad = False"),
]
