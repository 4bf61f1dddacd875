"""What comes out: several results, their order, what is done with them; models, methods, modes
around the call."""

from __future__ import annotations

from .arguments import REFILL
from .play import Scenario


def _out(name: str, text: str, expect: str = "runs", **options: object) -> Scenario:
    options.setdefault("vacant", True)
    return Scenario(f"results: {name}", "jit result", expect, text,
                    names=("result", "return", "x", "w", "array"), **options)  # type: ignore[arg-type]


def structure(name: str, expression: str, pick: str, expect: str = "runs", close: bool = False) -> Scenario:
    """f returns several things; `pick` is the loss among them, of `r`."""
    return _out(name, "W = tg.tensor(np.arange(6.0).reshape(3, 2) / 5, requires_grad=True)\n"
                f"def g(x):\n    prediction = tg.tanh(x * w) @ W\n    loss = (prediction ** 2).mean()\n"
                f"    return {expression}\nf = jit(g)\ndef call():\n    w.grad = W.grad = None\n    r = f(x)\n"
                f"    {pick}.backward()\n    return r, w.grad, W.grad\n" + REFILL, expect, vacant=False, close=close)


STRUCTURES = [
    structure("loss, prediction", "loss, prediction", "r[0]"),
    structure("prediction, loss", "prediction, loss", "r[1]"),
    structure("a list", "[loss, prediction]", "r[0]"),
    structure("a dict", "{'loss': loss, 'prediction': prediction}", "r['loss']"),
    structure("a dict, prediction first", "{'prediction': prediction, 'loss': loss}", "r['loss']"),
    structure("nested", "{'a': [loss, (prediction, None)], 'b': 'word'}", "r['a'][0]"),
    structure("one result twice", "loss, loss", "r[0]"),
    structure("two losses", "loss, loss * 2", "(r[0] + 3 * r[1])", close=True),
    structure("a view and its base", "prediction, prediction[:1], prediction.reshape(1, 2)", "r[1].sum()"),
    structure("a parameter", "loss, W", "r[0]"),
    structure("a parameter's view", "loss, W[0]", "r[0]"),
    structure("the argument as a tensor", "loss, tg.tensor(x)", "r[0]"),
    structure("a Python number", "loss, 3.0", "r[0]"),
    structure("a shape", "loss, prediction.shape", "r[0]"),
    structure("a constant array", "loss, np.ones(2)", "r[0]", "either"),
    structure("the argument", "loss, x", "r[0]", "either"),
    structure("a detached prediction", "loss, prediction.detach()", "r[0]"),
    structure("a namedtuple", "collections.namedtuple('R', 'loss prediction')(loss, prediction)", "r.loss", "either"),
    structure("an object", "types.SimpleNamespace(loss=loss)", "r.loss", "either"),
    structure("a generator", "(p for p in [loss, prediction])", "next(r)", "either"),
    structure("a function", "lambda: loss", "r()", "either"),
    structure("an item", "loss, loss.item()", "r[0]", "either"),
    structure("numpy()", "loss, prediction.numpy()", "r[0]", "either"),
    structure("an empty tuple beside", "loss, ()", "r[0]"),
    structure("a set of tensors", "{loss}", "next(iter(r))", "either"),
    structure("a comparison", "loss, prediction > 0", "r[0]"),
    structure("argmax", "loss, prediction.argmax()", "r[0]"),
]
MODEL = ("class Model(nn.Module):\n    def __init__(self):\n        self.inner = nn.Dense(4, 'tanh', seed=1, "
    "dtype=float)\n"
         "        self.outer = nn.Dense(1, seed=2, dtype=float)\n        self.scale = 2.0\n"
         "    def forward(self, x):\n        return self.outer(self.inner(x)) * self.scale\n")
BATCH = "x = np.arange(6.0).reshape(3, 2)\nt = np.ones((3, 1))\n"
STEP = ("def call():\n    loss = f(x, t)\n    loss.backward()\n    grads = [p.grad for p in net.parameters()]\n"
        "    net.zero_grad()\n    return loss, grads\n")
MODELS = [
    _out("the first call of a model that is not built", MODEL + BATCH + "net = Model()\n"
         "f = jit(lambda x, t: tg.mse(net(x), t))\n" + STEP + "def change():\n    net.scale = 3.0\nchanges = "
         "[change]\n",
         vacant=False),
    _out("a Sequential that is not built", BATCH + "net = nn.Sequential([nn.Dense(4, 'tanh'), nn.Dense(1)], seed=1)\n"
         "f = jit(lambda x, t: tg.mse(net(x), t))\n" + STEP),
    _out("a model built before", MODEL + BATCH + "net = Model()\nnet(x)\nf = jit(lambda x, t: tg.mse(net(x), t))\n"
        + STEP
         + "def change():\n    net.inner.activation = tg.sin\ndef more():\n    net.outer.bias.data[...] = 4.0\n"
           "changes = [change, more]\n", vacant=False),
    _out("a layer put in later", BATCH + "net = nn.Sequential([nn.Dense(4, 'tanh'), nn.Dense(1)], seed=1)\nnet(x)\n"
         "f = jit(lambda x, t: tg.mse(net(x), t))\n" + STEP
         + "def change():\n    net.layers.append(nn.Activation('tanh'))\nchanges = [change]\n", vacant=False),
    _out("weights loaded", MODEL + BATCH + "net = Model()\nnet(x)\nf = jit(lambda x, t: tg.mse(net(x), t))\n" + STEP
         + "def change():\n    net.load_state_dict({k: v * 2 for k, v in net.state_dict().items()})\nchanges = "
             "[change]\n",
         vacant=False),
    _out("a weight replaced", MODEL + BATCH + "net = Model()\nnet(x)\nf = jit(lambda x, t: tg.mse(net(x), t))\n" + STEP
         + "def change():\n    net.outer.bias = tg.tensor([5.0], requires_grad=True)\nchanges = [change]\n",
         vacant=False),
    _out("forward replaced on the instance", MODEL + BATCH + "net = Model()\nnet(x)\n"
         "f = jit(lambda x, t: tg.mse(net(x), t))\n" + STEP
         + "def change():\n    net.forward = lambda x: net.inner(x).sum(axis=1, keepdims=True) + "
             "net.outer(net.inner(x))\n"
           "changes = [change]\n", vacant=False),
    _out("forward replaced on the class", MODEL + BATCH + "net = Model()\nnet(x)\n"
         "f = jit(lambda x, t: tg.mse(net(x), t))\n" + STEP
         + "def change():\n    Model.forward = lambda self, x: self.outer(self.inner(x)) * 7\nchanges = [change]\n",
         vacant=False),
    _out("a submodule replaced", MODEL + BATCH + "net = Model()\nnet(x)\nf = jit(lambda x, t: tg.mse(net(x), t))\n"
        + STEP
         + "def change():\n    net.inner = nn.Dense(4, 'relu', seed=5, input_size=2, dtype=float)\nchanges = "
             "[change]\n",
         vacant=False),
    _out("one weight in two layers", BATCH + "a, b = (nn.Dense(2, 'tanh', seed=k, input_size=2, dtype=float) for k "
        "in (1, "
         "2))\nb.weight = a.weight\nnet = nn.Sequential([a, b])\nf = jit(lambda x, t: tg.mse(net(x).sum(axis=1, "
         "keepdims=True), t))\n" + STEP + "def change():\n    a.weight.data[...] *= 2\nchanges = [change]\n",
         vacant=False),
    _out("a jitted method of a module", MODEL.replace("    def forward", "    @jit\n    def loss(self, x, t):\n"
         "        return tg.mse(self(x), t)\n    def forward") + BATCH + "net = Model()\nnet(x)\n"
         "f = lambda x, t: net.loss(x, t)\ncounted = lambda: [net.loss]\n" + STEP + "def change():\n    net.scale = "
         "5.0\nchanges = [change]\n",
         vacant=False),
    _out("a jitted method of two instances", "class Own:\n    def __init__(self, k):\n        self.k = k\n    @jit\n"
         "    def g(self, x):\n        return x * w * self.k\na, b = Own(2.0), Own(3.0)\ndef call():\n"
         "    return a.g(x), b.g(x)\ndef change():\n    a.k = 7.0\nchanges = [change]\ncounted = lambda: [a.g, b.g]\n",
         vacant=False),
    _out("a jitted method leaves the object as it is", "class Own:\n    def __init__(self, k):\n        self.k = k\n"
         "    @jit\n    def g(self, x):\n        return x * w * self.k\na = Own(2.0)\n"
         "look = lambda: sorted(n for n in vars(a) if n[0] != '_')\n"
         "def call():\n    return a.g(x)\ndef change():\n    a.k = 7.0\nchanges = [change]\ncounted = lambda: [a.g]\n",
         vacant=False),
    _out("a jitted method of a dataclass", "@dataclasses.dataclass\nclass Own:\n    k: float\n    @jit\n    def "
        "g(self, x):\n"
         "        return x * w * self.k\na, b = Own(2.0), Own(2.0)\ndef call():\n"
         "    return a.g(x), b.g(x), a == b, repr(a), dataclasses.asdict(a)\ndef change():\n    a.k = 7.0\n"
         "changes = [change]\ncounted = lambda: [a.g, b.g]\n", vacant=False),
    _out("a jitted method, overridden", "class Own:\n    k = 2.0\n    @jit\n    def g(self, x):\n        return x * "
        "w * self.k\n"
         "class Other(Own):\n    @jit\n    def g(self, x):\n        return super().g(x) + self.k\na = Other()\ndef "
         "call():\n"
         "    return a.g(x)\ndef change():\n    a.k = 7.0\nchanges = [change]\ncounted = lambda: [a.g]\n",
         vacant=False),
    _out("a jitted method, replaced", "class Own:\n    k = 2.0\n    @jit\n    def g(self, x):\n        return x * w "
        "* self.k\n"
         "a = Own()\ndef call():\n    return a.g(x)\ndef change():\n    a.g = lambda x: x * w * 11\nchanges = "
         "[change]\n"
         "counted = lambda: [Own.g]\n", "equal", vacant=False),
    _out("one jit of two bound methods", "class Own:\n    def __init__(self, k):\n        self.k = k\n"
         "    def g(self, x):\n        return x * w * self.k\na, b = Own(2.0), Own(3.0)\nfa, fb = jit(a.g), jit(b.g)\n"
         "def call():\n    return fa(x), fb(x)\ndef change():\n    b.k = 7.0\nchanges = [change]\n", vacant=False),
    _out("jitted inside jitted", "k = 2.0\ninner = jit(lambda x: x * w * k)\nf = jit(lambda x: inner(x) + inner(x * "
        "2))\n"
         "def call():\n    return f(x), inner(x)\ndef change():\n    global k\n    k = 3.0\nchanges = [change]\n",
         vacant=False),
    _out("no_grad around", "f = jit(lambda x: x * w)\non = [True]\ndef call():\n    if on[0]:\n"
         "        y = f(x)\n    else:\n        with tg.no_grad():\n            y = f(x)\n    return y, "
         "y.requires_grad\n"
         "def off():\n    on[0] = False\ndef back():\n    on[0] = True\nchanges = [off, back]\n", vacant=False),
    _out("no_grad inside", "def g(x):\n    with tg.no_grad():\n        c = w * 2\n    return x * w * c\nf = jit(g)\n"
         "def call():\n    w.grad = None\n    y = f(x)\n    y.sum().backward()\n    return y, w.grad\n" + REFILL,
         vacant=False),
    _out("no_grad at a setting", "on = True\ndef g(x):\n    if on:\n        return x * w\n    with tg.no_grad():\n"
         "        return x * w * 2\nf = jit(g)\ndef call():\n    y = f(x)\n    return y, y.requires_grad\n"
         "def off():\n    global on\n    on = False\nchanges = [off]\n", vacant=False),
    _out("tg.grad of a jitted function", "k = 2.0\nf = jit(lambda v: (tg.tanh(v * k) * x).sum())\ndef call():\n"
         "    return tg.grad(f)(w.numpy())\ndef change():\n    global k\n    k = 3.0\nchanges = [change]\n", "equal",
         vacant=False),
    _out("a jitted tg.grad", "k = 2.0\ndef h(v):\n    return (tg.tanh(v * k) * x).sum()\nf = jit(tg.grad(h))\n"
         "def call():\n    return f(w.numpy())\ndef change():\n    global k\n    k = 3.0\ndef more():\n    x[:] = 5.0\n"
         "changes = [change, more]\n", vacant=False),
    _out("a jitted value_and_grad", "k = 2.0\ndef h(v):\n    return (tg.tanh(v * k) * x).sum()\n"
         "f = jit(tg.value_and_grad(h))\ndef call():\n    return f(w.numpy())\ndef change():\n    global k\n"
         "    k = 3.0\ndef more():\n    x[:] = 5.0\nchanges = [change, more]\n", vacant=False),
    _out("a jitted hessian", "k = 2.0\ndef h(v):\n    return (tg.tanh(v * k) * x).sum()\nf = jit(tg.hessian(h))\n"
         "def call():\n    return f(w.numpy())\ndef change():\n    global k\n    k = 3.0\nchanges = [change]\n",
         "either",
         vacant=False),
    _out("backward twice outside", "f = jit(lambda x: x * w)\ndef call():\n    w.grad = None\n    y = f(x).sum()\n"
         "    y.backward()\n    y.backward()\n    return y, w.grad\n"),
    _out("a gradient of one's own", "f = jit(lambda x: x * w)\ndef call():\n    w.grad = None\n    y = f(x)\n"
         "    y.backward(np.array([1.0, 2.0, 3.0]))\n    return y, w.grad\n"),
    _out("retain_grad on a result", "f = jit(lambda x: x * w)\ndef call():\n    w.grad = None\n    y = "
        "f(x).retain_grad()\n"
         "    (y * y).sum().backward()\n    return y, y.grad, w.grad\n"),
    _out("two results kept, then backward", "f = jit(lambda x: tg.exp(x * w).sum())\ndef call():\n    w.grad = None\n"
         "    a, b = f(x), f(x * 2)\n    b.backward()\n    first = w.grad\n    w.grad = None\n    a.backward()\n"
         "    return a, b, first, w.grad\n" + REFILL, vacant=False),
    _out("a result written into", "f = jit(lambda x: x * w)\ndef call():\n    y = f(x)\n    try:\n"
         "        y.data[0] = 5.0\n    except ValueError as e:\n        return y, str(e)\n    return y\n", "equal"),
    _out("results kept", "kept = []\nf = jit(lambda x: x * w)\ndef call():\n    kept.append(f(x))\n"
         "    return list(kept)\n" + REFILL, vacant=False),
    _out("large arrays, results kept", "x = np.linspace(0, 1, 2000)\nW = tg.tensor(np.linspace(1, 2, 2000), "
         "requires_grad=True)\nkept = []\nf = jit(lambda x: tg.exp(x * W) + 1)\ndef call():\n    W.grad = None\n"
         "    kept.append(f(x))\n    kept[-1].sum().backward()\n    return [k.numpy()[::500] for k in kept], "
         "W.grad[::500]\n"
         "def change():\n    x[...] = x * 2\nchanges = [change]\n", vacant=False),
    _out("large captured array", "b = np.linspace(0, 1, 5000)\nW = tg.tensor(np.linspace(1, 2, 5000), "
        "requires_grad=True)\n"
         "f = jit(lambda: (tg.tanh(W * b) * b).sum())\ndef call():\n    W.grad = None\n    y = f()\n    y.backward()\n"
         "    return y, W.grad[::500]\ndef change():\n    b[17] = 3.0\ndef more():\n    b[...] = 0.5\n"
         "changes = [change, more]\n", vacant=False),
    _out("a batch buffer refilled", "b, t = np.ones((4, 2)), np.ones(4)\nv = tg.tensor([0.1, 0.2], "
        "requires_grad=True)\n"
         "opt = optim.SGD([v], learning_rate=0.1)\nrng_ = np.random.default_rng(0)\n@jit\ndef step():\n    "
         "opt.zero_grad()\n"
         "    loss = ((b @ v - t) ** 2).mean()\n    loss.backward()\n    opt.step()\n    return loss\ndef call():\n"
         "    b[...] = rng_.normal(size=(4, 2))\n    t[...] = b[:, 0]\n    return step(), v.numpy()\n", calls=8,
         least=4),
    _out("float32: vector @ matrix, summed", "v = np.linspace(0, 1, 37).astype(np.float32)\nM = "
        "tg.tensor(np.linspace(-1, 1, "
         "37 * 5).reshape(37, 5).astype(np.float32), requires_grad=True)\nf = jit(lambda v: (v @ M).sum())\ndef "
         "call():\n"
         "    M.grad = None\n    y = f(v)\n    y.backward()\n    return y, M.grad\n"
         "def change():\n    v[...] = v[::-1].copy()\nchanges = [change]\n", close=True, vacant=False),
    _out("float32: sum of x.T * x.T", "M = tg.tensor(np.linspace(-1, 1, 35).reshape(7, 5).astype(np.float32), "
         "requires_grad=True)\nf = jit(lambda: (M.T * M.T).sum())\ndef call():\n    M.grad = None\n    y = f()\n"
         "    y.backward()\n    return y, M.grad\n", close=True),
    _out("float32: v @ v.T", "M = tg.tensor(np.linspace(-1, 1, 35).reshape(7, 5).astype(np.float32), "
         "requires_grad=True)\nf = jit(lambda: (M @ M.T).sum())\ndef call():\n    M.grad = None\n    y = f()\n"
         "    y.backward()\n    return y, M.grad\n", close=True),
    _out("float32: products of strided parts", "A = np.linspace(-1, 1, 80).reshape(8, 10).astype(np.float32)\n"
         "M = tg.tensor(np.linspace(-1, 1, 20).reshape(5, 4).astype(np.float32), requires_grad=True)\n"
         "f = jit(lambda: A[:, ::2] @ M)\ndef call():\n    M.grad = None\n    y = f()\n    y.sum().backward()\n"
         "    return y, M.grad\ndef change():\n    A[...] *= 2\nchanges = [change]\n", close=True, vacant=False),
    _out("one's own operation", "double = tg.op('scenario_double(x)', 'x + x', x='g + g')\nf = jit(lambda x: "
        "double(x * w))\n"
         "def call():\n    w.grad = None\n    y = f(x)\n    y.sum().backward()\n    return y, w.grad\n" + REFILL,
         "either", vacant=False),
    _out("losses of the library", "z = tg.tensor(np.arange(6.0).reshape(3, 2), requires_grad=True)\nt = np.array([0, "
        "1, 1])\n"
         "f = jit(lambda: tg.cross_entropy(tg.softmax(z), t))\ndef call():\n    z.grad = None\n    y = f()\n"
         "    y.backward()\n    return y, z.grad\ndef change():\n    t[:] = [1, 0, 0]\nchanges = [change]\n",
         vacant=False),
    _out("a loss chosen by name", "cfg = {'loss': 'mse'}\nlosses = {'mse': tg.mse, 'mae': lambda p, t: tg.abs(p - "
        "t).mean()}\n"
         "f = jit(lambda x: losses[cfg['loss']](x * w, np.ones(3)))\ndef call():\n    w.grad = None\n    y = f(x)\n"
         "    y.backward()\n    return y, w.grad\ndef change():\n    cfg['loss'] = 'mae'\nchanges = [change]\n",
         vacant=False),
]
RESULTS = [*STRUCTURES, *MODELS]
