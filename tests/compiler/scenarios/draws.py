"""Random numbers, time, iterators: what is another thing at each call."""

from __future__ import annotations

from .effects import CALL
from .play import Scenario

RNG = "rng = np.random.default_rng(7)\n"
AGAIN = "def again():\n    global rng\n    rng = np.random.default_rng(9)\nchanges = [again]\n"
WORDS = ("rng", "random", "Generator", "uniform", "integers", "choice", "shuffle", "drawn")


def _draw(name: str, text: str, *names: str, expect: str = "either") -> Scenario:
    return Scenario(f"draws: {name}", "jit draw", expect, text, names=names or WORDS, vacant=True)


DRAWS = [
    _draw("rng.uniform()", RNG + "def g(x):\n    return x * w * rng.uniform()\n" + CALL + AGAIN),
    _draw("rng.uniform() in a closure", "def make():\n    rng = np.random.default_rng(7)\n    def g(x):\n"
          "        return x * w * rng.uniform()\n    return g\ng = make()\n" + CALL),
    _draw("rng.uniform() of self", "class Layer:\n    rng = np.random.default_rng(7)\n    def g(self, x):\n"
          "        return x * w * self.rng.uniform()\ng = Layer().g\n" + CALL),
    _draw("rng in a dict", "cfg = {'rng': np.random.default_rng(7)}\ndef g(x):\n    return x * w * "
        "cfg['rng'].random()\n"
          + CALL),
    _draw("rng as a default", "def g(x, rng=np.random.default_rng(7)):\n    return x * w * rng.random()\n" + CALL),
    _draw("rng as an argument", RNG + "def g(x, rng):\n    return x * w * rng.random()\nf = jit(g)\n"
          "def call():\n    return f(x, rng)\n"),
    _draw("a method of rng as a variable", RNG + "draw = rng.uniform\ndef g(x):\n    return x * w * draw()\n" + CALL,
          "draw", *WORDS),
    _draw("partial of a method of rng", RNG + "draw = functools.partial(rng.uniform, 0, 1)\ndef g(x):\n"
          "    return x * w * draw()\n" + CALL, "draw", *WORDS),
    _draw("a choice by a number drawn", RNG + "def g(x):\n    return x * w if rng.uniform() < 0.5 else x - w\n" + CALL),
    _draw("a choice rarely taken", RNG + "def g(x):\n    return x * w if rng.uniform() < 0.9 else x - w\n" + CALL),
    _draw("an integer as a shift", RNG + "def g(x):\n    return tg.roll(x * w, int(rng.integers(0, 3)))\n" + CALL),
    _draw("an integer as an index", RNG + "def g(x):\n    return (x * w)[rng.integers(0, 3)]\n" + CALL),
    _draw("a permutation", RNG + "def g(x):\n    return (x * w)[rng.permutation(3)]\n" + CALL),
    _draw("rng.choice", RNG + "def g(x):\n    return x * w * rng.choice([1.0, 2.0, 3.0])\n" + CALL),
    _draw("rng.shuffle of a list", RNG + "order = [0, 1, 2]\ndef g(x):\n    rng.shuffle(order)\n"
          "    return (x * w)[order]\n" + CALL + "look = lambda: order\n", "order", *WORDS),
    _draw("a random array", RNG + "def g(x):\n    return x * w * rng.random(3)\n" + CALL),
    _draw("a random mask", RNG + "def g(x):\n    return x * w * (rng.random(3) < 0.5)\n" + CALL),
    _draw("a random mask, where", RNG + "def g(x):\n    return tg.where(rng.random(3) < 0.5, x * w, 0.0)\n" + CALL),
    _draw("a random tensor", RNG + "def g(x):\n    return x * w + tg.tensor(rng.normal(size=3))\n" + CALL),
    _draw("a random array of one number", RNG + "def g(x):\n    return x * w * rng.random(1)\n" + CALL),
    _draw("a random array with a gradient", RNG + "def g(x):\n    return x * w * rng.random(3)\nf = jit(g)\n"
          "def call():\n    w.grad = None\n    y = f(x)\n    y.sum().backward()\n    return y, w.grad\n"),
    _draw("drawn but not used", RNG + "def g(x):\n    rng.uniform()\n    return x * w\n" + CALL
          + "look = lambda: rng.bit_generator.state['state']['state']\n"),
    _draw("a seed made inside", "def g(x):\n    return x * w * np.random.default_rng(3).uniform()\n" + CALL,
          "default_rng", *WORDS),
    _draw("a seed from a setting", "seed = 3\ndef g(x):\n    return x * w * np.random.default_rng(seed).random(3)\n"
          + CALL + "def other():\n    global seed\n    seed = 4\nchanges = [other]\n", "default_rng", "seed", *WORDS),
    _draw("np.random.seed and rand", "np.random.seed(3)\ndef g(x):\n    return x * w * np.random.rand()\n" + CALL),
    _draw("a RandomState", "rng = np.random.RandomState(3)\ndef g(x):\n    return x * w * rng.rand(3)\n" + CALL),
    _draw("Python's random", "random.seed(3)\ndef g(x):\n    return x * w * random.random()\n" + CALL),
    _draw("Python's Random", "rng = random.Random(3)\ndef g(x):\n    return x * w * rng.random()\n" + CALL),
    _draw("Python's random.choice", "random.seed(3)\ndef g(x):\n    return random.choice([tg.tanh, tg.sin])(x * w)\n"
          + CALL),
    _draw("from random import", "from random import Random, uniform\nrandom.seed(3)\ndef g(x):\n"
          "    return x * w * uniform(0, 1)\n" + CALL),
    _draw("a helper that draws", RNG + "def noise(shape):\n    return rng.normal(size=shape)\ndef g(x):\n"
          "    return x * w + noise(x.shape)\n" + CALL, "noise", *WORDS),
    _draw("Dropout of the library", "layer = nn.Dropout(0.5, seed=1)\ndef g(x):\n    return layer(x * w)\nf = jit(g)\n"
          "from tinygrad_edu.autodiff.modes import learning\ndef call():\n    with learning():\n        return f(x)\n"),
    _draw("Dropout outside learning", "layer = nn.Dropout(0.5, seed=1)\ndef g(x):\n    return layer(x * w)\n" + CALL,
          expect="runs"),
    _draw("initializers", "def g(x):\n    return nn.Dense(2, input_size=3, seed=3, dtype=float)((x * w)[None, :])\n"
          + CALL, "Dense", *WORDS),
    _draw("time", "def g(x):\n    return x * w * (2.0 if time.time() > 0 else 3.0)\n" + CALL, "time"),
    _draw("perf_counter", "def g(x):\n    began = time.perf_counter()\n    y = x * w\n"
          "    return y * (2.0 if time.perf_counter() >= began else 3.0)\n" + CALL, "time", "perf_counter"),
    _draw("an own clock", "now = itertools.count(1)\nclock = lambda: next(now)\ndef g(x):\n    return x * w * clock()\n"
          + CALL, "clock", "now", "count", "next"),
    _draw("itertools.count", "steps = itertools.count(1)\ndef g(x):\n    return x * w * next(steps)\n" + CALL,
          "steps", "count", "next"),
    _draw("itertools.cycle", "scales = itertools.cycle([1.0, 2.0])\ndef g(x):\n    return x * w * next(scales)\n"
        + CALL,
          "scales", "cycle", "next"),
    _draw("a list's iterator", "scales = iter([1.0, 2.0, 3.0, 4.0, 5.0])\ndef g(x):\n    return x * w * next(scales)\n"
          + CALL, "scales", "iterator", "next"),
    _draw("an iterator that ends", "scales = iter([1.0, 2.0])\ndef g(x):\n    return x * w * next(scales, 7.0)\n"
        + CALL,
          "scales", "iterator", "next"),
    _draw("a generator", "def numbers():\n    k = 1.0\n    while True:\n        yield k\n        k += 1\n"
          "scales = numbers()\ndef g(x):\n    return x * w * next(scales)\n" + CALL, "scales", "generator", "next"),
    _draw("a generator of arrays", "scales = (np.full(3, float(k)) for k in range(1, 20))\ndef g(x):\n"
          "    return x * w * next(scales)\n" + CALL, "scales", "generator", "next"),
    _draw("a generator that is sent to", "def averages():\n    total = 0.0\n    while True:\n        total += yield "
        "total\n"
          "scales = averages()\nnext(scales)\ndef g(x):\n    return x * w * scales.send(1.0)\n" + CALL,
          "scales", "generator", "send"),
    _draw("a generator made inside", "scales = [1.0, 2.0]\ndef numbers():\n    yield from scales\ndef g(x):\n"
          "    return sum(x * w * s for s in numbers())\n" + CALL + "changes = [lambda: scales.append(3.0)]\n",
          "scales", "numbers", "generator"),
    _draw("zip, map, enumerate inside", "scales = [1.0, 2.0]\ndef g(x):\n"
          "    return sum(x * w * s * k for k, s in enumerate(map(abs, scales), 1)) + sum(a * b for a, b in "
          "zip(scales, scales))\n" + CALL + "changes = [lambda: scales.append(-3.0)]\n", "scales", "map", "zip",
          expect="runs"),
    _draw("an own iterator", "class Steps:\n    k = 0\n    def __iter__(self):\n        return self\n"
          "    def __next__(self):\n        self.k += 1\n        return self.k\nsteps = Steps()\ndef g(x):\n"
          "    return x * w * next(steps)\n" + CALL + "look = lambda: steps.k\n", "steps", "k", "next"),
    _draw("a deque that turns", "scales = collections.deque([1.0, 2.0, 3.0])\ndef g(x):\n    scales.rotate(1)\n"
          "    return x * w * scales[0]\n" + CALL + "look = lambda: list(scales)\n", "scales", "rotate", "deque"),
    _draw("a list that is popped", "scales = [float(k) for k in range(20)]\ndef g(x):\n    return x * w * "
        "scales.pop()\n"
          + CALL + "look = lambda: scales\n", "scales", "pop"),
    _draw("a queue", "import queue\nscales = queue.SimpleQueue()\nfor k in range(20):\n    scales.put(float(k))\n"
          "def g(x):\n    return x * w * scales.get()\n" + CALL, "scales", "queue", "get"),
    _draw("os.environ", "import os\nos.environ['SCENARIO_SCALE'] = '2.0'\ndef g(x):\n"
          "    return x * w * float(os.environ['SCENARIO_SCALE'])\n" + CALL
          + "def change():\n    os.environ['SCENARIO_SCALE'] = '3.0'\nchanges = [change]\n", "environ", "os"),
    _draw("a file", "import pathlib, tempfile\nfolder = tempfile.TemporaryDirectory()\nend = folder.cleanup\n"
          "file = pathlib.Path(folder.name) / 'scale'\n"
          "file.write_text('2.0')\ndef g(x):\n    return x * w * float(file.read_text())\n" + CALL
          + "def change():\n    file.write_text('3.0')\nchanges = [change]\n", "file", "read_text", "Path", "open"),
    _draw("id and hash", "def g(x):\n    return x * w * (2.0 if id(w) == id(w) else 3.0)\n" + CALL, "id"),
    _draw("the graph's clock", "def g(x):\n    y = x * w\n    return y * (2.0 if y.step > w.step else 3.0)\n" + CALL,
          "step"),
    _draw("a global looked up by eval", "scale = 2.0\ndef g(x):\n    return x * w * eval('scale')\n" + CALL
          + "def change():\n    global scale\n    scale = 3.0\nchanges = [change]\n", "eval", "scale"),
    _draw("exec", "scale = 2.0\ndef g(x):\n    space = {}\n    exec('a = ' + repr(scale), space)\n"
          "    return x * w * space['a']\n" + CALL
          + "def change():\n    global scale\n    scale = 3.0\nchanges = [change]\n", "exec", "scale"),
    _draw("an import inside", "import sys\nsettings = types.ModuleType('scenario_settings')\nsettings.scale = 2.0\n"
          "sys.modules['scenario_settings'] = settings\nend = lambda: sys.modules.pop('scenario_settings')\ndef "
          "g(x):\n    import scenario_settings\n"
          "    return x * w * scenario_settings.scale\n" + CALL
          + "def change():\n    settings.scale = 3.0\nchanges = [change]\n", "scenario_settings", "import", "scale"),
    _draw("a thread's own variable", "import threading\nown = threading.local()\nown.scale = 2.0\ndef g(x):\n"
          "    return x * w * own.scale\n" + CALL + "def change():\n    own.scale = 3.0\nchanges = [change]\n", "own",
          "local", "scale"),
    _draw("a bytearray", "own = bytearray([2])\ndef g(x):\n    return x * w * own[0]\n" + CALL
          + "def change():\n    own[0] = 3\nchanges = [change]\n", "own", "bytearray"),
    _draw("an array of the standard library", "import array\nown = array.array('d', [2.0])\ndef g(x):\n"
          "    return x * w * own[0]\n" + CALL + "def change():\n    own[0] = 3.0\nchanges = [change]\n", "own",
          "array"),
    _draw("a memoryview", "behind = np.array([2.0])\nown = memoryview(behind)\ndef g(x):\n    return x * w * own[0]\n"
          + CALL + "def change():\n    behind[0] = 3.0\nchanges = [change]\n", "own", "memoryview"),
    _draw("a ctypes number", "import ctypes\nown = ctypes.c_double(2.0)\ndef g(x):\n    return x * w * own.value\n"
        + CALL
          + "def change():\n    own.value = 3.0\nchanges = [change]\n", "own", "ctypes", "c_double", "value"),
    _draw("an object array", "own = np.array([2.0, None], dtype=object)\ndef g(x):\n    return x * w * own[0]\n" + CALL
          + "def change():\n    own[0] = 3.0\nchanges = [change]\n", "own", "array", "object"),
    _draw("a structured array", "own = np.zeros(1, [('a', float)])\nown['a'] = 2.0\ndef g(x):\n"
          "    return x * w * own['a'][0]\n" + CALL + "def change():\n    own['a'] = 3.0\nchanges = [change]\n", "own",
          "array"),
    _draw("a masked array", "own = np.ma.array([1.0, 2.0, 3.0])\ndef g(x):\n    return x * w * own.sum()\n" + CALL
          + "def change():\n    own[0] = np.ma.masked\nchanges = [change]\n", "own", "array", "Masked"),
    _draw("np.errstate and geterr", "def g(x):\n    return x * w * (2.0 if np.geterr()['under'] == 'ignore' else 3.0)\n"
          "f = jit(g)\nstate = ['ignore']\ndef call():\n    with np.errstate(under=state[0]):\n        return f(x)\n"
          "def change():\n    state[0] = 'raise'\nchanges = [change]\n", "geterr", "under"),
    _draw("np.get_printoptions", "def g(x):\n    return x * w * np.get_printoptions()['precision']\nf = jit(g)\n"
          "state = [4]\ndef call():\n    with np.printoptions(precision=state[0]):\n        return f(x)\n"
          "def change():\n    state[0] = 5\nchanges = [change]\n", "get_printoptions"),
    _draw("sys.getrecursionlimit", "import sys\ndef g(x):\n    return x * w * (sys.getrecursionlimit() > 10)\n" + CALL,
          "sys", "getrecursionlimit"),
]
