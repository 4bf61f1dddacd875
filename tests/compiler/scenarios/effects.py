"""What a function does beside computing: counters, caches, writes, prints; and exceptions on the
way."""

from __future__ import annotations

from .play import Scenario

CALL = "f = jit(g)\ndef call():\n    return f(x)\n"
GRADIENT = ("f = jit(g)\ndef call():\n    w.grad = None\n    y = f(x)\n    y.sum().backward()\n    return y, w.grad\n")


def _effect(name: str, text: str, *names: str, expect: str = "either", **options: object) -> Scenario:
    return Scenario(f"effect: {name}", "jit effect", expect, text, names=names, vacant=True,
                    **options)  # type: ignore[arg-type]


EFFECTS = [
    _effect("a counter in a list", "count = [0]\ndef g(x):\n    count[0] += 1\n    return x * w * count[0]\n" + CALL
            + "look = lambda: count\n", "count"),
    _effect("a counter that is only counted", "count = [0]\ndef g(x):\n    count[0] += 1\n    return x * w\n" + CALL
            + "look = lambda: count\n", "count"),
    _effect("a global counter", "count = 0\ndef g(x):\n    global count\n    count += 1\n    return x * w * count\n"
        + CALL
            + "look = lambda: count\n", "count"),
    _effect("a nonlocal counter", "def make():\n    count = 0\n    def g(x):\n        nonlocal count\n        count "
        "+= 1\n"
            "        return x * w * count\n    return g, lambda: count\ng, look = make()\n" + CALL, "count"),
    _effect("a counter as an attribute", "class Holder: count = 0\nholder = Holder()\ndef g(x):\n    holder.count += "
        "1\n"
            "    return x * w\n" + CALL + "look = lambda: holder.count\n", "count", "holder"),
    _effect("a function's own counter", "def g(x):\n    g.count += 1\n    return x * w\ng.count = 0\n" + CALL
            + "look = lambda: g.count\n", "count", "g"),
    _effect("self counts its calls", "class Model:\n    count = 0\n    def g(self, x):\n        self.count += 1\n"
            "        return x * w * self.count\nmodel_ = Model()\ng = model_.g\n" + CALL
            + "look = lambda: model_.count\n", "count", "self", "Model"),
    _effect("list.append of a number", "seen = []\ndef g(x):\n    seen.append(1)\n    return x * w\n" + CALL
            + "look = lambda: seen\n", "seen", "append"),
    _effect("list.append of a tensor", "seen = []\ndef g(x):\n    y = x * w\n    seen.append(y)\n    return y * y\n"
        + CALL
            + "look = lambda: [t.numpy() for t in seen]\n", "seen", "append"),
    _effect("list += ", "seen = []\ndef g(x):\n    seen.extend([1, 2])\n    return x * w * len(seen)\n" + CALL
            + "look = lambda: seen\n", "seen", "extend"),
    _effect("a list of its own", "def g(x):\n    parts = []\n    for k in range(3):\n        parts.append(x * w * k)\n"
            "    return sum(parts)\n" + CALL, expect="runs"),
    _effect("a dict of its own", "def g(x):\n    parts = {}\n    parts['a'] = x * w\n    parts.setdefault('b', x + w)\n"
            "    return parts['a'] * parts['b']\n" + CALL, expect="runs"),
    _effect("a set that grows", "seen = set()\ndef g(x):\n    seen.add(len(seen))\n    return x * w * len(seen)\n"
        + CALL
            + "look = lambda: len(seen)\n", "seen", "add"),
    _effect("a dict as a cache", "cache = {}\ndef g(x):\n    if 'scale' not in cache:\n        cache['scale'] = 2.0\n"
            "    return x * w * cache['scale']\n" + CALL + "look = lambda: cache\nchanges = [lambda: cache.clear(), "
            "lambda: cache.update(scale=3.0)]\n", "cache"),
    _effect("lru_cache", "scale = 2.0\n@functools.lru_cache\ndef cached(k):\n    return scale * k\ndef g(x):\n"
            "    return x * w * cached(3)\n" + CALL + "def change():\n    global scale\n    scale = 5.0\n"
            "def clear():\n    cached.cache_clear()\nchanges = [change, clear]\n", "cached", "scale", "lru_cache",
            "cache"),
    _effect("a global that is set", "last = None\ndef g(x):\n    global last\n    last = 3.0\n    return x * w\n" + CALL
            + "look = lambda: last\ndef change():\n    global last\n    last = None\nchanges = [change]\n", "last"),
    _effect("activations stored on self", "class Model:\n    def g(self, x):\n        self.hidden = tg.tanh(x * w)\n"
            "        return self.hidden * 2\nmodel_ = Model()\ng = model_.g\n" + CALL
            + "look = lambda: getattr(model_, 'hidden', None)\ndef other():\n    x[...] = x + 1\nchanges = [other]\n",
            "hidden", "self", "Model"),
    _effect("activations stored on a module", "class Model(nn.Module):\n    def forward(self, x):\n"
            "        self.hidden = tg.tanh(x * w)\n        return self.hidden * 2\nmodel_ = Model()\n"
            "def g(x):\n    return model_(x)\n" + CALL
            + "look = lambda: getattr(model_, 'hidden', None)\ndef other():\n    x[...] = x + 1\nchanges = [other]\n",
            "hidden", "model_", "Model"),
    _effect("a loss kept", "class Holder: pass\nholder = Holder()\nholder.loss = 0.0\ndef g(x):\n"
            "    y = (x * w).sum()\n    holder.loss = y.item()\n    return y\n" + CALL + "look = lambda: holder.loss\n",
            "holder", "loss", "item"),
    _effect("setattr", "class Holder: pass\nholder = Holder()\ndef g(x):\n    setattr(holder, 'a', len(vars(holder)))\n"
            "    return x * w * holder.a\n" + CALL + "look = lambda: vars(holder)\n", "holder", "setattr", "a"),
    _effect("an attribute deleted", "class Holder: pass\nholder = Holder()\nholder.a = 2.0\ndef g(x):\n"
            "    a = holder.a\n    del holder.a\n    return x * w * a\n" + CALL
            + "def back():\n    holder.a = 3.0\nchanges = [back]\n", "holder", "a"),
    _effect("an own running mean", "mean = np.zeros(3)\ndef g(x):\n    mean[...] = 0.9 * mean + 0.1\n"
            "    return x * w - mean\n" + CALL + "look = lambda: mean\n", "mean", "array"),
    _effect("a captured array filled with numbers", "seen = np.zeros(3)\ndef g(x):\n    seen[0] += 1\n    return x * "
        "w\n"
            + CALL + "look = lambda: seen\n", "seen", "array"),
    _effect("a captured array by out=", "seen = np.ones(3)\ndef g(x):\n    np.add(seen, 1.0, out=seen)\n"
            "    return x * w * seen\n" + CALL + "look = lambda: seen\n", "seen", "array", "out"),
    _effect("a captured array sorted in place", "seen = np.array([3.0, 1.0, 2.0])\ndef g(x):\n    seen.sort()\n"
            "    return x * w * seen\n" + CALL + "look = lambda: seen\n", "seen", "array", "sort"),
    _effect("a captured array shifted", "seen = np.array([3.0, 1.0, 2.0])\ndef g(x):\n    seen[:] = np.roll(seen, 1)\n"
            "    return x * w * seen\n" + CALL + "look = lambda: seen\n", "seen", "array", "roll"),
    _effect("an argument filled in place", "def g(x):\n    x[0] = 5.0\n    return x * w\nf = jit(g)\ndef call():\n"
            "    a = np.array([1.0, 2.0, 3.0])\n    return f(a), a\n", "x", "argument"),
    _effect("an argument += 1", "def g(x):\n    x += 1.0\n    return x * w\nf = jit(g)\na = np.array([1.0, 2.0, 3.0])\n"
            "def call():\n    return f(a), a\n", "x", "argument"),
    _effect("a list argument appended to", "def g(x, seen):\n    seen.append(2.0)\n    return x * w * seen[-1]\n"
            "f = jit(g)\ndef call():\n    seen = [1.0]\n    return f(x, seen), seen\n", "seen", "append"),
    _effect("a dict argument filled", "def g(x, seen):\n    seen['y'] = x * w\n    return seen['y'] * 2\nf = jit(g)\n"
            "def call():\n    seen = {}\n    y = f(x, seen)\n    return y, seen\n", "seen"),
    _effect("an object as argument is written", "class Holder: pass\nholder = Holder()\nholder.a = 1.0\n"
            "def g(x, h):\n    h.a += 1\n    return x * w * h.a\nf = jit(g)\ndef call():\n    return f(x, holder), "
            "holder.a\n", "holder", "h", "a"),
    _effect("print", "def g(x):\n    print('called')\n    return x * w\n" + CALL, "print"),
    _effect("print of a shape", "def g(x):\n    print(x.shape)\n    return x * w\n" + CALL, "print"),
    _effect("a warning of its own", "import warnings\ndef g(x):\n    warnings.warn('careful')\n    return x * w\n"
        + CALL,
            "warn"),
    _effect("a log", "import logging\nlog = logging.getLogger('scenario')\nclass Keep(logging.Handler):\n"
            "    def emit(self, record):\n        seen.append(record.getMessage())\nseen = []\n"
            "log.handlers[:] = [Keep()]\nlog.propagate = False\nlog.setLevel(20)\ndef g(x):\n    log.info('called')\n"
            "    return x * w\n" + CALL + "look = lambda: seen\n", "log"),
    _effect("a print at a condition", "verbose = False\ndef g(x):\n    if verbose:\n        print('called')\n"
            "    return x * w\n" + CALL + "def loud():\n    global verbose\n    verbose = True\nchanges = [loud]\n",
            "print"),
    _effect("a parameter written by data", "def g(x):\n    w.data = w.data * 0.5\n    return x * w\n" + CALL
            + "look = lambda: w.numpy()\n", expect="runs"),
    _effect("a parameter's entry written", "def g(x):\n    with tg.no_grad():\n        w[0] = w[0] * 0.5\n"
            "    return x * w\n" + CALL + "look = lambda: w.numpy()\n", expect="runs"),
    _effect("gradients that add up", "def g(x):\n    (x * w).sum().backward()\n    return x * w\n" + CALL
            + "look = lambda: w.grad\n", expect="runs"),
    _effect("a gradient set by hand", "def g(x):\n    w.grad = None\n    (x * w).sum().backward()\n"
            "    w.grad = w.grad * 2\n    return x * w\n" + CALL + "look = lambda: w.grad\n"),
    _effect("a gradient that is clipped", "def g(x):\n    w.grad = None\n    (x * w).sum().backward()\n"
            "    w.grad = np.clip(w.grad, -1, 1)\n    return x * w\n" + CALL + "look = lambda: w.grad\n"),
    _effect("requires_grad set", "def g(x):\n    w.requires_grad = not w.requires_grad\n    return x * w * 2\n" + CALL
            + "look = lambda: w.requires_grad\n", "requires_grad", "w"),
    _effect("a name given", "def g(x):\n    w.name = 'other'\n    return x * w\n" + CALL
            + "look = lambda: w.name\ndef back():\n    w.name = 'w'\nchanges = [back]\n", "name", "w"),
    _effect("a module's attribute set", "model_ = nn.Activation('tanh')\ndef g(x):\n    model_.count = getattr(model_, "
            "'count', 0) + 1\n    return model_(x * w)\n" + CALL + "look = lambda: model_.count\n", "count", "model_"),
    _effect("a context manager of its own", "depth = [0]\nimport contextlib\n@contextlib.contextmanager\ndef "
        "deeper():\n"
            "    depth[0] += 1\n    yield depth[0]\n    depth[0] -= 1\ndef g(x):\n    with deeper() as d:\n"
            "        return x * w * d\n" + CALL + "look = lambda: depth\n", "depth", "deeper", "contextmanager"),
    _effect("a weak dictionary", "import weakref\nkept = weakref.WeakValueDictionary()\ndef g(x):\n    y = x * w\n"
            "    kept['y'] = y\n    return y * 2\n" + CALL + "look = lambda: len(kept)\n", "kept"),
    _effect("optimizer.learning_rate halved inside", "opt = optim.SGD([w], learning_rate=0.1)\ndef g(x):\n"
            "    opt.zero_grad()\n    loss = (x * w).sum()\n    loss.backward()\n    opt.step()\n"
            "    opt.learning_rate *= 0.5\n    return loss\n" + CALL + "look = lambda: [w, opt.learning_rate]\n",
            "learning_rate", "opt"),
    _effect("optimizer.iterations read", "opt = optim.SGD([w], learning_rate=0.1)\ndef g(x):\n    opt.zero_grad()\n"
            "    loss = (x * w).sum() * (1 + opt.iterations)\n    loss.backward()\n    opt.step()\n    return loss\n"
            + CALL + "look = lambda: [w, opt.iterations]\n", "iterations", "opt"),
    _effect("optimizer.state_dict read", "opt = optim.Adam([w], learning_rate=0.1)\ndef g(x):\n    opt.zero_grad()\n"
            "    loss = (x * w).sum()\n    loss.backward()\n    opt.step()\n    return loss, opt.state_dict()\n" + CALL,
            "state_dict", "opt", "optimizer"),
    _effect("learning rate between calls", "opt = optim.SGD([w], learning_rate=0.1)\ndef g(x):\n    opt.zero_grad()\n"
            "    loss = (x * w).sum()\n    loss.backward()\n    opt.step()\n    return loss\n" + CALL
            + "look = lambda: w\ndef lower():\n    opt.learning_rate = 0.01\ndef higher():\n"
            "    opt.learning_rate = 0.3\nchanges = [lower, higher]\n", expect="runs"),
    _effect("momentum between calls", "opt = optim.SGD([w], learning_rate=0.1, momentum=0.9)\ndef g(x):\n"
            "    opt.zero_grad()\n    loss = (x * w).sum()\n    loss.backward()\n    opt.step()\n    return loss\n"
            + CALL
            + "look = lambda: w\ndef lower():\n    opt.momentum = 0.5\ndef nesterov():\n    opt.nesterov = True\n"
            "changes = [lower, nesterov]\n", expect="runs"),
    _effect("two optimizers in turn", "v = tg.tensor([1.0, 1.0, 1.0], requires_grad=True)\n"
            "a, b = optim.SGD([w], learning_rate=0.1), optim.Adam([v], learning_rate=0.1)\ndef g(x):\n"
            "    a.zero_grad(), b.zero_grad()\n    loss = (x * w * v).sum()\n    loss.backward()\n    a.step()\n"
            "    b.step()\n    return loss\n" + CALL + "look = lambda: [w, v]\n", expect="runs"),
]

_RAISE = [
    ("ValueError at a setting", "bad = False\ndef g(x):\n    if bad:\n        raise ValueError('bad setting')\n"
     "    return x * w\n", "def spoil():\n    global bad\n    bad = True\ndef mend():\n    global bad\n    bad = "
     "False\n"
     "changes = [spoil, mend]\n", "runs"),
    ("an own exception", "class Stop(Exception): pass\nholder = types.SimpleNamespace(stop=False)\ndef g(x):\n"
     "    if holder.stop:\n        raise Stop('now')\n    return x * w\n",
     "def spoil():\n    holder.stop = True\ndef mend():\n    holder.stop = False\nchanges = [spoil, mend]\n", "runs"),
    ("assert", "size = 3\ndef g(x):\n    assert x.shape == (size,), 'wrong size'\n    return x * w\n",
     "def spoil():\n    global size\n    size = 4\nchanges = [spoil]\n", "runs"),
    ("try AttributeError on a setting", "holder = types.SimpleNamespace(a=2.0)\ndef g(x):\n    try:\n"
     "        return x * w * holder.a\n    except AttributeError:\n        return x * w\n",
     "def spoil():\n    del holder.a\ndef mend():\n    holder.a = 5.0\nchanges = [spoil, mend]\n", "runs"),
    ("try KeyError", "holder = {'a': 2.0}\ndef g(x):\n    try:\n        return x * w * holder['a']\n"
     "    except KeyError:\n        return x * w\n",
     "def spoil():\n    del holder['a']\ndef mend():\n    holder['a'] = 5.0\nchanges = [spoil, mend]\n", "runs"),
    ("try NameError", "a = 2.0\ndef g(x):\n    try:\n        return x * w * a\n    except NameError:\n        return "
        "x * w\n",
     "def spoil():\n    global a\n    del a\ndef mend():\n    global a\n    a = 5.0\nchanges = [spoil, mend]\n",
     "runs"),
    ("try AttributeError on an argument", "def g(x):\n    try:\n        x.requires_grad\n        return x * w * 2\n"
     "    except AttributeError:\n        return x * w\n", "", "either"),
    ("try .grad of an argument", "def g(x):\n    try:\n        return x * w if x.grad is None else x * w * 3\n"
     "    except AttributeError:\n        return x * w * 2\n", "", "either"),
    ("try shapes that do not fit", "other = np.ones(4)\ndef g(x):\n    try:\n        return x * w * other\n"
     "    except ValueError:\n        return x * w * 2\n",
     "def mend():\n    global other\n    other = np.full(3, 3.0)\nchanges = [mend]\n", "either"),
    ("try everything", "holder = {'a': 2.0}\ndef g(x):\n    try:\n        return x * w * holder['b']\n"
     "    except Exception:\n        return x * w * holder['a']\n",
     "def change():\n    holder['b'] = 4.0\nchanges = [change]\n", "either"),
    ("try what would be refused", "def g(x):\n    y = x * w\n    try:\n        return y * float(y.sum())\n"
     "    except TypeError:\n        return y\n", "def change():\n    x[0] = 9.0\nchanges = [change]\n", "either"),
    ("finally", "count = 2.0\ndef g(x):\n    y = x * w\n    try:\n        return y * count\n    finally:\n        y "
        "= None\n",
     "def change():\n    global count\n    count = 3.0\nchanges = [change]\n", "runs"),
    ("an exception inside an operation", "other = np.ones((2, 3))\ndef g(x):\n    return w @ other\n",
     "def mend():\n    global other\n    other = np.ones((3, 2))\nchanges = [mend]\n", "runs"),
    ("an exception after an effect", "bad = False\ndef g(x):\n    w.data = w.data * 0.5\n    if bad:\n"
     "        raise ValueError('too late')\n    return x * w\nlook = lambda: w\n",
     "def spoil():\n    global bad\n    bad = True\ndef mend():\n    global bad\n    bad = False\n"
     "changes = [spoil, mend]\n", "either"),
    ("an exception in backward", "def g(x):\n    y = x * w\n    y.backward()\n    return y\n", "", "either"),
    ("a recursion", "depth = 3\ndef down(t, k):\n    return t if k == 0 else down(t * 2, k - 1)\ndef g(x):\n"
     "    return down(x * w, depth)\n", "def change():\n    global depth\n    depth = 5\nchanges = [change]\n", "runs"),
    ("StopIteration", "holder = [2.0]\ndef g(x):\n    it = iter(holder)\n    try:\n        next(it)\n"
     "        return x * w * next(it)\n    except StopIteration:\n        return x * w\n",
     "def change():\n    holder.append(3.0)\nchanges = [change]\n", "either"),
    ("contextlib.suppress", "import contextlib\nholder = {'a': 2.0}\ndef g(x):\n    y = x * w\n"
     "    with contextlib.suppress(KeyError):\n        y = y * holder['b']\n    return y\n",
     "def change():\n    holder['b'] = 4.0\nchanges = [change]\n", "either"),
    ("stale after a write inside", "def g(x):\n    y = (x * w * w).sum()\n    w.data = w.data * 0.5\n"
     "    y.backward()\n    return y\n", "", "either"),
]
RAISES = [Scenario(f"exceptions: {name}", "jit exception", expect, body + CALL + change, vacant=not change
                   or "argument" in name or "too late" in body or "refused" in name)
          for name, body, change, expect in _RAISE]
EFFECTS += RAISES
