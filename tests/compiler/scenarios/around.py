"""What stands around a step of `fit`: metrics, callbacks, optimizers of one's own; `evaluate` and
`predict`."""

from __future__ import annotations

from .fits import FIT, MODEL
from .play import Scenario
from .trained import END, MSE, _fit, with_callback


def metric(name: str, lines: str, before: str = "", after: str = "", expect: str = "equal") -> Scenario:
    """A metric of one's own beside one of the library."""
    return _fit(name, "metric", before + "def metric(p, t):\n" + "".join(f"    {x}\n" for x in lines.splitlines())
                + MODEL + "model.compile(optim.SGD(learning_rate=0.05), 'mse', [metric, 'mae'])\n" + (after or END),
                    expect)


METRICS = [
    metric("in NumPy", "return float(np.abs(p.numpy() - t).mean())", expect="runs"),
    metric("by tensors", "return tg.abs(p - t).mean().item()", expect="runs"),
    metric("a tensor as result", "return tg.abs(p - t).mean()"),
    metric("np.asarray of the prediction", "return float(np.asarray(p).mean())"),
    metric("np.abs of the difference", "return float(np.abs(p - t).mean().item())"),
    metric("an if", "return 1.0 if p.numpy().sum() > 0 else 0.0"),
    metric("counted", "count[0] += 1\nreturn count[0]", "count = [0]\nlook = lambda: count\n"),
    metric("kept", "seen.append(p.numpy().sum())\nreturn seen[-1]", "seen = []\nlook = lambda: seen\n"),
    metric("drawn", "return rng.uniform()", "rng = np.random.default_rng(4)\n"),
    metric("print", "print(t.shape)\nreturn 0.5"),
    metric("of a setting", "return float(np.abs(p.numpy() - t).mean()) * k[0]", "k = [1.0]\n",
           with_callback("k[0] = 1.0 + batch")),
    metric("of weights", "return float(sum((v.numpy() ** 2).sum() for v in model.parameters()))"),
    metric("of the gradients", "return float(sum(0.0 if v.grad is None else (v.grad ** 2).sum() for v in "
           "model.parameters()))"),
    metric("what the prediction was made by", "return 1.0 if p.op is not None and p.requires_grad else 0.0"),
    metric("an exception", "count[0] += 1\nif count[0] == 4:\n    raise ValueError('enough')\nreturn 0.5",
           "count = [0]\nlook = lambda: [count, weights(model)]\n"),
    metric("that writes the target", "t[0] = 0.25\nreturn 0.5"),
    metric("that writes a weight", "model.layers[1].bias.data[...] = 0.25\nreturn 0.5"),
    _fit("an object with a state", "metric", "class Mean:\n    total = 0.0\n    def __call__(self, p, t):\n"
         "        self.total += float(np.abs(p.numpy() - t).mean())\n        return self.total\nm = Mean()\n" + MODEL
         + "model.compile('sgd', 'mse', [m])\nlook = lambda: m.total\n" + END),
    _fit("of the library", "metric", MODEL + "model.compile(optim.SGD(learning_rate=0.05), 'mse', ['mae', 'mse', "
         "'accuracy'])\n" + END, "runs"),
    _fit("of the library, wrapped", "metric", "@functools.wraps(tg.metrics.mean_absolute_error)\ndef mae(p, t):\n"
         "    return tg.metrics.mean_absolute_error(p, t) * k[0]\nk = [1.0]\n" + MODEL
         + "model.compile('sgd', 'mse', [mae])\n" + with_callback("k[0] = 1.0 + batch")),
]


def callback(name: str, body: str, before: str = "", expect: str = "equal", compiled: str = MSE, more: str = "",
             **options: object) -> Scenario:
    return _fit(name, "callback", MODEL + compiled + before + with_callback(body, more), expect, **options)


CALLBACKS = [
    callback("learning rate", "self.model.plan.optimizer.learning_rate = 0.1 / (1 + batch)", expect="runs"),
    callback("momentum", "self.model.plan.optimizer.momentum = 0.5 if batch < 4 else 0.9", expect="runs",
             compiled="model.compile(optim.SGD(learning_rate=0.05, momentum=0.9), 'mse')\n", bound=20),
    callback("beta_1", "self.model.plan.optimizer.beta_1 = 0.5 if batch < 4 else 0.9", compiled="model.compile('adam', "
             "'mse')\n"),
    callback("weight_decay", "self.model.plan.optimizer.weight_decay = 0.0 if batch < 4 else 0.1"),
    callback("learning rate becomes a schedule", "if batch == 3:\n    self.model.plan.optimizer.learning_rate = "
        "lambda k: "
             "0.1 / (1 + k)"),
    callback("iterations", "self.model.plan.optimizer.iterations = 3", compiled="model.compile('adam', 'mse')\n"),
    callback("moments", "self.model.plan.optimizer.state[0]['m'][...] = 0", compiled="model.compile('adam', 'mse')\n"),
    callback("moments replaced", "s = self.model.plan.optimizer.state[0]\ns['m'] = s['m'] * 0.5",
             compiled="model.compile('adam', 'mse')\n"),
    callback("the state loaded", "o = self.model.plan.optimizer\nif batch == 2:\n    kept.append(o.state_dict())\n"
             "if batch == 5:\n    o.load_state_dict(kept.pop())", "kept = []\n", compiled="model.compile('adam', "
             "'mse')\n"),
    callback("the loss replaced", "if batch == 3:\n    self.model.plan.loss = other",
             "def other(p, t):\n    return tg.abs(p - t).mean()\n"),
    callback("the loss replaced by the library's", "if batch == 3:\n    self.model.plan.loss = "
        "tg.losses.bce_with_logits",
             "Y = (Y > 0).astype(np.float32)\n"),
    callback("the optimizer replaced", "if batch == 3:\n    o = optim.Adam(learning_rate=0.01)\n"
             "    o.bind(self.model.parameters())\n    self.model.plan.optimizer = o"),
    callback("a metric replaced", "if batch == 3:\n    self.model.plan.metrics['mae'] = lambda p, t: 7.0",
             compiled="model.compile('sgd', 'mse', ['mae'])\n"),
    callback("weights written", "self.model.layers[0].weight.data[...] *= 0.9", expect="runs"),
    callback("weights loaded", "if batch == 4:\n    self.model.load_state_dict(first)", "model(X[:1])\n"
             "first = model.state_dict()\n", "runs"),
    callback("a weight frozen", "self.model.layers[0].bias.requires_grad = batch % 4 != 2"),
    callback("gradients clipped afterwards", "for p in self.model.parameters():\n    p.grad = None"),
    callback("gradients read", "seen.append([p.grad.copy() for p in self.model.parameters()])",
             "seen = []\nlook = lambda: seen[-1:]\n", "runs"),
    callback("gradients kept as they are", "seen.append(self.model.layers[1].bias.grad)",
             "seen = []\nlook = lambda: seen\n"),
    callback("logs", "seen.append(dict(logs))", "seen = []\nlook = lambda: seen\n", "runs"),
    callback("stop_training", "self.model.stop_training = batch == 3", more=", epochs=3"),
    callback("the data refilled", "X[...] *= 0.9\nY[...] += 0.1", expect="runs"),
    callback("a prediction", "seen.append(self.model.predict(X[:3]))", "seen = []\nlook = lambda: seen\n", "equal"),
    callback("an evaluation", "seen.append(self.model.evaluate(X[:5], Y[:5], verbose=0))",
             "seen = []\nlook = lambda: seen\n"),
    callback("a fit inside", "if batch == 2:\n    self.model.fit(X[:8], Y[:8], batch_size=4, seed=1, verbose=0, "
        "jit=JIT)"),
    callback("a layer added", "if batch == 3:\n    self.model.layers.append(nn.Activation('tanh'))"),
    callback("compiled anew", "if batch == 3:\n    self.model.compile(optim.SGD(learning_rate=0.01), 'mse')\n"
             "    self.model.plan.optimizer.bind(self.model.parameters())"),
    callback("an exception", "if batch == 4:\n    raise RuntimeError('enough')", "look = lambda: weights(model)\n"),
    callback("a name", "self.model.layers[0].name = f'layer_{batch}'"),
    callback("numbers' errors", "np.seterr(under='ignore')"),
]


def optimizer(name: str, update: str, signature: str = "w, g, rate", start: str = "{}", before: str = "",
              more: str = "", after: str = "", base: str = "optim.Optimizer") -> Scenario:
    """An optimizer of one's own, as lines of `update`."""
    lines = "".join(f"        {x}\n" for x in update.splitlines())
    method = f"    def update(self, {signature}):\n{lines}" if update else ""
    begin = f"    def start(self, w):\n        return {start}\n" if base == "optim.Optimizer" else ""
    init = "" if base != "optim.Optimizer" else ("    def __init__(self, **o):\n        "
        "super().__init__(learning_rate=0.05, "
                                                 "**o)\n")
    return _fit(name, "optimizer", f"{before}class Own({base}):\n{init}{begin}{method}{more}" + MODEL
                + "opt = Own()\nmodel.compile(opt, 'mse')\n" + (after or END))


OPTIMIZERS = [
    optimizer("as usual", "w -= rate * g"),
    optimizer("parameters named otherwise", "values -= eta * gradients", "values, gradients, eta"),
    optimizer("the first is called s", "s -= rate * g", "s, g, rate"),
    optimizer("parameters named as programs name theirs", "v -= step * x", "v, x, step"),
    optimizer("loss and mean", "loss -= dense * mean", "loss, mean, dense"),
    optimizer("locals named as in programs", "x = g * 2\nloss = x * rate\nv, mean, dense, step = loss, 1, 2, 3\nw -= "
        "v * "
              "mean"),
    optimizer("globals named as in programs", "w -= rate * g * loss * mean", before="loss, mean, x_ = 0.5, 2.0, 3\n"),
    optimizer("a global named np", "w -= rate * g * numpy.float32(0.5)", before="import numpy\n"),
    optimizer("a global named m, state named m", "m *= 0.9\nm += g\nw -= rate * m", "w, g, rate, *, m",
              "{'m': np.zeros_like(w)}", "m_ = 3.0\n"),
    optimizer("state named x, loss, rate_", "x *= 0.9\nx += g\nloss += 1\nw -= rate * x / loss", "w, g, rate, x, loss",
              "{'x': np.zeros_like(w), 'loss': np.zeros_like(w)}"),
    optimizer("an attribute that changes", "w -= rate * g * self.k", more="    k = 1.0\n",
              after=with_callback("opt.k = 0.5 + batch / 4")),
    optimizer("self.iterations", "w -= rate * g / self.iterations"),
    optimizer("a counter", "self.count += 1\nw -= rate * g / self.count", more="    count = 0\n",
              after="look = lambda: opt.count\n" + END),
    optimizer("a draw", "w -= rate * g * self.rng.uniform()", more="    rng = np.random.default_rng(1)\n"),
    optimizer("a random array", "w -= rate * (g + rng.normal(size=g.shape).astype(g.dtype))",
              before="rng = np.random.default_rng(1)\n"),
    optimizer("an if on the gradient", "w -= rate * g * (0.1 if np.abs(g).max() > 0.5 else 1.0)"),
    optimizer("clipping", "n = np.linalg.norm(g)\nif n > 0.1:\n    g = g * (0.1 / n)\nw -= rate * g"),
    optimizer("clipping in place", "np.clip(g, -0.1, 0.1, out=g)\nw -= rate * g"),
    optimizer("sign", "w -= rate * np.sign(g)"),
    optimizer("a loop", "for k in range(3):\n    w -= rate / 3 * g"),
    optimizer("a helper", "helper(w, g, rate)", before="def helper(w, g, rate):\n    w -= rate * g * k[0]\nk = [1.0]\n",
              after=with_callback("k[0] = 0.5 + batch / 4")),
    optimizer("a nested function", "def scaled(a):\n    return a * rate\nw -= scaled(g)"),
    optimizer("a comprehension", "w -= sum([rate * g * k for k in (0.25, 0.75)])"),
    optimizer("with and try", "with np.errstate(all='ignore'):\n    try:\n        w -= rate * g\n    finally:\n      "
        "  pass"),
    optimizer("return", "w -= rate * g\nreturn w"),
    optimizer("an early return", "if self.iterations % 3 == 0:\n    return\nw -= rate * g"),
    optimizer("a print", "print(g.shape)\nw -= rate * g"),
    optimizer("a docstring and comments", "'''w <- w - rate g'''  # \" ''' \nw -= rate * g  # done"),
    optimizer("f-strings and braces", "name = f'{rate!r:>{10}}'\nw -= rate * g * (1 if '{' in '{}%' else 2) + 0 * "
        "len(name)"),
    optimizer("walrus", "w -= (r := rate * 0.5) * g + 0 * r"),
    optimizer("a star argument", "w -= rate * g", "w, g, rate, **state"),
    optimizer("state that grows", "self.seen.append(float(np.abs(g).max()))\nw -= rate * g", more="    seen = []\n",
              after="look = lambda: opt.seen\n" + END),
    optimizer("state replaced", "self.state[0]['m'] = m * 0.9 + g\nw -= rate * self.state[0]['m']", "w, g, rate, m",
              "{'m': np.zeros_like(w)}"),
    optimizer("w written by slices", "w[::2] -= rate * g[::2]"),
    optimizer("w written as a whole", "w[...] = w - rate * g"),
    optimizer("np.subtract with out", "np.subtract(w, rate * g, out=w)"),
    optimizer("nothing", "pass"),
    optimizer("an exception", "if self.iterations == 4:\n    raise RuntimeError('enough')\nw -= rate * g",
              after="look = lambda: weights(model)\n" + END),
    optimizer("next_rate replaced", "w -= rate * g", more="    def next_rate(self):\n        self.iterations += 1\n"
              "        return 0.1 / self.iterations\n"),
    optimizer("next_rate above SGD", "", base="optim.SGD", more="    def next_rate(self):\n"
              "        return super().next_rate() * (1 + self.iterations % 2)\n"),
    optimizer("update above SGD", "g *= 0.5\nsuper().update(w, g, rate, **state)", "w, g, rate, **state",
        base="optim.SGD"),
    optimizer("update above Adam", "super().update(w, g, rate, m=m, v=v, change=change)\nw *= 0.99",
              "w, g, rate, *, m, v, change", base="optim.Adam"),
    optimizer("step replaced", "", base="optim.SGD", more="    def step(self):\n        for group in self.groups:\n"
              "            for p in group.tensors:\n                p.grad = p.grad * 0.5\n        super().step()\n"),
    optimizer("step skipped at times", "", base="optim.SGD", more="    calls = 0\n    def step(self):\n"
              "        self.calls += 1\n        if self.calls % 3:\n            super().step()\n",
              after="look = lambda: opt.calls\n" + END),
    optimizer("zero_grad replaced", "", base="optim.SGD", more="    calls = 0\n    def zero_grad(self):\n"
              "        self.calls += 1\n        if self.calls % 2:\n            super().zero_grad()\n"),
    optimizer("a method replaced on the instance", "", base="optim.SGD", more="    pass\n",
              after=with_callback("if batch == 3:\n    opt.update = lambda w, g, rate, **s: w.__isub__(0.01 * g)")),
    optimizer("a method replaced on the class", "w -= rate * g", after=with_callback(
        "if batch == 3:\n    Own.update = lambda self, w, g, rate: w.__isub__(0.01 * g)")),
    optimizer("a property as learning rate", "w -= rate * g", more="    @property\n    def learning_rate(self):\n"
              "        return 0.1 / (1 + self.iterations)\n    @learning_rate.setter\n    def learning_rate(self, "
              "value):\n"
              "        pass\n"),
    optimizer("weight decay", "w *= 1 - rate * self.weight_decay\nw -= rate * g", after=with_callback(
        "opt.weight_decay = 0.1 * batch")),
]
SCHEDULES = [
    _fit("a function", "schedule", MODEL + "model.compile(optim.SGD(learning_rate=lambda k: 0.1 / (1 + k)), 'mse')\n"
        + END,
         "runs"),
    _fit("a function of a setting", "schedule", "s = [0.1]\n" + MODEL +
        "model.compile(optim.SGD(learning_rate=lambda k: "
         "s[0]), 'mse')\n" + with_callback("s[0] = 0.1 / (1 + batch)")),
    _fit("a function that counts", "schedule", "n = [0]\ndef rate(k):\n    n[0] += 1\n    return 0.1 / n[0]\n" + MODEL
         + "model.compile(optim.SGD(learning_rate=rate), 'mse')\nlook = lambda: n\n" + END),
    _fit("a function that draws", "schedule", "rng = np.random.default_rng(1)\n" + MODEL
         + "model.compile(optim.SGD(learning_rate=lambda k: rng.uniform(0, 0.1)), 'mse')\n" + END),
    _fit("of the library", "schedule", MODEL + "model.compile(optim.Adam(learning_rate=tg.schedules.CosineDecay(0.1, "
        "20)), "
         "'mse')\n" + END, "runs"),
]
BY_HAND = """
def batches(n, size):
    return [slice(k, min(n, k + size)) for k in range(0, n, size)]
def by_hand(loss, metrics=()):
    totals, count = [0.0] * (1 + len(metrics)), 0
    for b in batches(len(X), 8):
        p = model(X[b])
        values = [*(float(m(p.detach(), Y[b])) for m in metrics)]
        values = [loss(p, Y[b]).item(), *values]
        totals = [a + v * len(Y[b]) for a, v in zip(totals, values)]
        count += len(Y[b])
    return [a / count for a in totals]
def evaluated(loss, *metrics):
    if not JIT:
        return by_hand(loss, metrics)
    found = model.evaluate(X, Y, batch_size=8, verbose=0)
    return found if isinstance(found, list) else [found]
def predicted():
    if not JIT:
        with tg.no_grad():
            return np.concatenate([model(X[b]).numpy() for b in batches(len(X), 8)])
    return model.predict(X, batch_size=8)
"""


def _evaluate(name: str, lines: str, before: str = "", changes: str = "", metric_too: bool = False) -> list[Scenario]:
    """A loss, or a metric too, read by `evaluate` beside the loop by hand."""
    function = before + "def loss(p, t):\n" + "".join(f"    {x}\n" for x in lines.splitlines())
    given = "[loss]" if metric_too else "[]"
    text = (function + MODEL + f"model.compile('sgd', loss, {given})\n" + BY_HAND + "def call():\n    return evaluated("
            + ("loss, loss" if metric_too else "loss") + ")\n" + changes)
    return [Scenario(f"evaluate: {name}", "evaluate", "equal", text, vacant=True)]


def _predict(name: str, forward: str, init: str = "pass", changes: str = "") -> list[Scenario]:
    text = ("Y = np.repeat(Y, 3, axis=1)\nclass Own(nn.Module):\n    def __init__(self):\n"
            "        self.inner = nn.Dense(3, 'tanh', seed=1)\n" + "".join(f"        {x}\n"
            for x in init.splitlines()) + "    def forward(self, x):\n"
            + "".join(f"        {x}\n" for x in forward.splitlines()) + "model = Own()\nmodel.compile('sgd', lambda "
                "p, t: "
            "((p - t) ** 2).mean())\n" + BY_HAND + changes)
    return [Scenario(f"predict: {name}", "predict", "equal", text + "def call():\n    return predicted()\n",
        vacant=True),
            Scenario(f"evaluate: a layer: {name}", "evaluate", "equal", text
                     + "def call():\n    return evaluated(model.plan.loss)\n", vacant=True)]


READS = [
    *_evaluate("a global", "return ((p - t) ** 2).mean() * k", "k = 2.0\n",
               "def change():\n    global k\n    k = 3.0\nchanges = [change]\n"),
    *_evaluate("an attribute", "return ((p - t) ** 2).mean() * s.k", "s = types.SimpleNamespace(k=2.0)\n",
               "def change():\n    s.k = 3.0\nchanges = [change]\n"),
    *_evaluate("a dict", "return ((p - t) ** 2).mean() * s['k']", "s = {'k': 2.0}\n",
               "def change():\n    s['k'] = 3.0\nchanges = [change]\n"),
    *_evaluate("an array refilled", "return ((p - t) ** 2 * s).mean()", "s = np.ones(1)\n",
               "def change():\n    s[:] = 3.0\nchanges = [change]\n"),
    *_evaluate("an array's entry", "return ((p - t) ** 2).mean() * float(s[0])", "s = np.ones(1)\n",
               "def change():\n    s[:] = 3.0\nchanges = [change]\n"),
    *_evaluate("a draw", "return ((p - t) ** 2).mean() * rng.uniform()", "rng = np.random.default_rng(3)\n"),
    *_evaluate("a counter", "n[0] += 1\nreturn ((p - t) ** 2).mean() * n[0]", "n = [0]\nlook = lambda: n\n"),
    *_evaluate("a print", "print(p.shape)\nreturn ((p - t) ** 2).mean()"),
    *_evaluate("NumPy on the target", "return ((p - np.where(t > 0, t * 2, t.mean())) ** 2).mean()"),
    *_evaluate("an if on the target", "return ((p - t) ** 2).mean() * (2.0 if t.sum() > 0 else 3.0)"),
    *_evaluate("isinstance", "return ((p - t) ** 2).mean() * (2.0 if isinstance(t, np.ndarray) else 3.0)"),
    *_evaluate("a metric and a counter", "n[0] += 1\nreturn ((p - t) ** 2).mean() * n[0]", "n = [0]\nlook = lambda: "
        "n\n",
               metric_too=True),
    *_evaluate("weights changed", "return ((p - t) ** 2).mean()", "", "def change():\n"
               "    model.layers[0].weight.data[...] = 0.5\ndef more():\n    model.layers[0].activation = tg.sin\n"
               "changes = [change, more]\n"),
    *_evaluate("the loss replaced", "return ((p - t) ** 2).mean() if k else tg.abs(p - t).mean()", "k = True\n",
               "def change():\n    global k\n    k = False\nchanges = [change]\n"),
    *_evaluate("the data refilled", "return ((p - t) ** 2).mean()", "",
               "def change():\n    X[...] *= 2\n    Y[...] += 1\nchanges = [change]\n"),
    *_evaluate("an exception", "n[0] += 1\nif n[0] == 7:\n    raise ValueError('enough')\nreturn ((p - t) ** 2).mean()",
               "n = [0]\nlook = lambda: n\n"),
    *_predict("nothing", "return self.inner(x)"),
    *_predict("a scale", "return self.inner(x) * self.k", "self.k = 2.0",
              "def change():\n    model.k = 3.0\nchanges = [change]\n"),
    *_predict("a list", "return self.inner(x) * self.k[0]", "self.k = [2.0]",
              "def change():\n    model.k[0] = 3.0\nchanges = [change]\n"),
    *_predict("an array refilled", "return self.inner(x) * self.k", "self.k = np.ones(3, np.float32)",
              "def change():\n    model.k[:] = 3.0\nchanges = [change]\n"),
    *_predict("a draw", "return self.inner(x) * self.rng.uniform()", "self.rng = np.random.default_rng(1)"),
    *_predict("a random array", "y = self.inner(x)\nreturn y + self.rng.normal(size=y.shape)",
              "self.rng = np.random.default_rng(1)"),
    *_predict("calls counted", "self.n += 1\nreturn self.inner(x) * self.n", "self.n = 0", "look = lambda: model.n\n"),
    *_predict("activations kept", "self.h = self.inner(x)\nreturn self.h * 2", "self.h = None",
              "look = lambda: model.h\n"),
    *_predict("NumPy on the data", "return self.inner(np.where(x > 0, x, x.mean()))"),
    *_predict("an if on the data", "return self.inner(x) * (2.0 if x.sum() > 0 else 3.0)"),
    *_predict("isinstance on the data", "return self.inner(x) * (2.0 if isinstance(x, np.ndarray) else 3.0)"),
    *_predict("a global", "return self.inner(x) * k", "pass",
              "k = 2.0\ndef change():\n    global k\n    k = 3.0\nchanges = [change]\n"),
    *_predict("an activation replaced", "return self.inner(x)", "pass",
              "def change():\n    model.inner.activation = tg.sin\nchanges = [change]\n"),
    *_predict("weights written", "return self.inner(x)", "pass",
              "def change():\n    model.inner.weight.data[...] = 0.5\nchanges = [change]\n"),
    *_predict("a print", "print(x.shape)\nreturn self.inner(x)"),
    *_predict("Dropout", "return self.drop(self.inner(x))", "self.drop = nn.Dropout(0.5, seed=1)"),
    *_predict("whether it is recorded", "y = self.inner(x)\nreturn y * (2.0 if y.requires_grad else 3.0)"),
]
MORE_FITS = [
    _fit("six fits, one program", "data", MODEL + MSE + END, "runs", calls=6, bound=6 + 4),
    _fit("one fit, four epochs", "data", MODEL + MSE + FIT.replace("{more}", ", epochs=4"), "runs", calls=1, bound=5),
    _fit("batches of another size", "data", MODEL + MSE + END.replace("batch_size=4", "batch_size=5"), "runs", bound=8),
    _fit("a validation split", "data", MODEL + MSE + FIT.replace("{more}", ", validation_split=0.25")),
    _fit("float64 data", "data", "X, Y = X.astype(float), Y.astype(float)\n" + MODEL + MSE + END, "runs"),
    _fit("integer data", "data", "X = (X * 3).astype(int)\n" + MODEL + MSE + END, "runs"),
    _fit("uint8 data and labels", "data", "X = (X * 9).astype(np.uint8)\nY = (Y[:, 0] > 0).astype(np.uint8)\n"
         "model = nn.Sequential([nn.Dense(3, 'tanh'), nn.Dense(2, 'softmax')], seed=1)\n"
         "model.compile('adam', 'sparse_categorical_crossentropy', ['accuracy'])\n" + END, "runs"),
    _fit("targets of one axis", "data", "Y = Y[:, 0]\n" + MODEL + MSE + END, "runs"),
    _fit("strided data", "data", "X, Y = X[::-1], Y[::-1]\n" + MODEL + MSE + END, "runs"),
    _fit("lists", "data", "X, Y = X.tolist(), Y.tolist()\n" + MODEL + MSE + END, "runs"),
    _fit("sample weights", "data", MODEL + MSE + FIT.replace("{more}", ", sample_weight=np.linspace(0, 1, 36)"),
        "runs"),
    _fit("NaN in the data", "data", "X[7] = np.nan\n" + MODEL + MSE + END),
    _fit("large numbers", "data", "X *= 1e30\n" + MODEL + MSE + END),
    _fit("fit, changed data, fit", "data", MODEL + MSE + "def change():\n    X[...] *= 2\nchanges = [change]\n" + END,
        "runs",
         calls=2, bound=8),
    _fit("fit with and without jit in turn", "data", MODEL + MSE + "turn = itertools.cycle([JIT, False])\n"
         + END.replace("jit=JIT", "jit=next(turn)"), calls=4),
    _fit("another model with the same layers", "data", "shared = nn.Dense(3, 'tanh', seed=1)\nmodel = "
        "nn.Sequential([shared, "
         "nn.Dense(1)], seed=2)\nother = nn.Sequential([shared, nn.Dense(1)], seed=3)\n" + MSE
         + "other.compile('sgd', 'mse')\ndef call():\n    out = []\n    for m in (model, other, model):\n"
           "        h = m.fit(X, Y, batch_size=4, seed=2, verbose=0, jit=JIT)\n        out += [h.history, weights(m)]\n"
           "    return out\n", calls=1),
    _fit("a copy of the model", "data", MODEL + MSE + "def call():\n    global model\n    h = model.fit(X, Y, "
        "batch_size=4, "
         "seed=2, verbose=0, jit=JIT)\n    model = copy.deepcopy(model)\n    return h.history, weights(model)\n",
         calls=3),
    _fit("a layer without parameters", "data", "model = nn.Sequential([nn.Flatten(), nn.Dense(3), "
        "nn.Activation('tanh'), "
         "nn.Dense(1)], seed=1)\n" + MSE + END, "runs"),
    _fit("dropout", "data", "model = nn.Sequential([nn.Dense(5, 'tanh'), nn.Dropout(0.5), nn.Dense(1)], seed=1)\n"
        + MSE + END,
         "runs", watched="", bound=0),
    _fit("adam, long enough to flush", "data", MODEL + "model.compile('adam', 'mse')\n"
         + FIT.replace("{more}", ", epochs=9"), "runs", calls=1, bound=5),
    _fit("rmsprop with momentum", "data", MODEL + "model.compile(optim.RMSprop(momentum=0.9), 'mse')\n" + END, "runs"),
    _fit("adamw", "data", MODEL + "model.compile('adamw', 'mse')\n".replace("'adamw'", "optim.AdamW()") + END, "runs"),
]
AROUND = [*METRICS, *CALLBACKS, *OPTIMIZERS, *SCHEDULES, *READS, *MORE_FITS]
