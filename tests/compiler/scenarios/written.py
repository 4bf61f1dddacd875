"""Small user functions written by chance: the text of one, and what can be changed around it.

A function has arguments x and t (arrays of three numbers), a tensor y that grows line by line, and
around it settings of every kind. Lines are ordinary ones, which must be compiled, or odd ones,
which may be refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

WORLD = """\
look, changes = (lambda: None), []
t = np.array([0.5, 1.0, -1.0])
k, flag, word, nothing = 2.0, True, "tanh", None
a, b = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.25, 4.0], np.float32)
mask, index, zero = np.array([True, False, True]), np.array([2, 0, 1]), np.array(1.5)
c = tg.tensor([1.0, 0.5, 2.0], name="c")
v = tg.tensor([1.0, 2.0, 0.5], requires_grad=True, name="v")
holder = types.SimpleNamespace(k=3.0, flag=False, array=np.array([1.0, 1.0, 2.0]), inner=types.SimpleNamespace(k=0.5))
d = {"k": 2.0, "f": tg.tanh, "array": np.ones(3), "list": [1.0, 2.0]}
items = [1.0, 2.0]
pair = (2.0, [3.0])
n, seen, rng = [0], [], np.random.default_rng(3)
settings = types.ModuleType("settings")
settings.k = 1.5
opt = optim.SGD([w, v], learning_rate=0.01)
layer = nn.Dense(3, "tanh", input_size=3, seed=1, dtype=float)
class Owner:
    shared = 2.0
    def __init__(self):
        self.k, self.flag, self.array = 1.5, True, np.array([2.0, 1.0, 0.5])
    def scaled(self, y):
        return y * self.k * self.shared
    @property
    def twice(self):
        return self.k * 2
    def __call__(self, y):
        return y + self.array if self.flag else y - self.array
owner = Owner()
def helper(y, times=2.0):
    return y * k + times
def branch(y):
    return tg.sin(y) if holder.flag else tg.cos(y)
bound = functools.partial(helper, times=3.0)
def make():
    q, z = 1.25, np.array([1.0, -1.0, 1.0])
    def g(x, t):
        LINES
    def set_q(new):
        nonlocal q
        q = new
    def set_z(new):
        nonlocal z
        z = new
    def fill_z(new):
        z[...] = new
    return g, set_q, set_z, fill_z
g, set_q, set_z, fill_z = make()
f = jit(g)
def first(y):
    return y["y"] if isinstance(y, dict) else y[1] if isinstance(y, tuple) else y
def clear():
    w.grad = v.grad = layer.weight.grad = layer.bias.grad = None
def call():
    y = f(x, t)
    return y, w.numpy(), v.numpy(), w.grad, v.grad
def call_gradient():
    clear()
    y = f(x, t)
    first(y).sum().backward()
    return y, w.grad, v.grad, layer.weight.grad
def call_late():
    clear()
    y = f(x, t)
    exec(late, globals())
    stale = False
    try:
        first(y).sum().backward()
    except tg.StaleGraphError:
        stale = True
    return y, w.grad, v.grad, layer.weight.grad, stale
def call_without():
    with tg.no_grad():
        return f(x, t)
def look():
    return n, seen, a, b, z_of(), holder.array, owner.array, items, w, v, k
def z_of():
    return g.__closure__ and [c.cell_contents for c in g.__closure__ if isinstance(c.cell_contents, np.ndarray)]
"""
NUMBERS = ["k", "holder.k", "holder.inner.k", "d['k']", "q", "items[0]", "pair[0]", "pair[1][0]", "settings.k",
    "owner.k",
           "owner.twice", "Owner.shared", "len(items)", "sum(items)", "max(items)", "float(a[0])", "a.shape[0]", "2",
           "0.5",
           "d.get('k', 1.0)", "min(k, 3.0)", "abs(q)", "x.shape[0]", "len(x)"]
ARRAYS = ["a", "b", "z", "holder.array", "owner.array", "d['array']", "zero", "c", "v", "mask", "t", "a[1:2]", "-a",
    "a.sum()",
          "a * 2", "np.ones(3)", "np.arange(3.0)", "np.maximum(a, z)", "a.astype(np.float32)", "tg.tensor(a)",
          "c[:1]", "v[0]"]
CONDITIONS = ["flag", "not flag", "holder.flag", "owner.flag", "k > 1", "q < 1", "d['k'] == 2.0", "len(items) > 2",
              "nothing is None", "word == 'tanh'", "a[0] > 0", "a.sum() > 4", "mask[0]", "isinstance(k, float)",
              "'more' in d", "hasattr(holder, 'more')", "z.ndim == 1", "x.ndim == 1", "v.requires_grad",
              "d['f'] is tg.tanh"]
ODD_CONDITIONS = ["x.sum() > 0", "t[0] > 0", "isinstance(x, np.ndarray)", "hasattr(x, 'grad')", "type(t) is np.ndarray",
                  "rng.uniform() < 0.5", "x.dtype == float and x.flags.c_contiguous", "(x > 0).any()"]
ODD_ARRAYS = ["np.where(x > 0, x, 0.5)", "x.mean()", "(x - x.mean())", "np.maximum(x, t)", "x * 2", "x[::-1]",
    "float(x[0])",
              "x.astype(np.float32)", "np.exp(t)", "np.abs(x)", "(x > t)", "rng.normal(size=3)", "rng.uniform()",
              "x.copy()",
              "np.sort(x)", "x @ t", "np.float64(0.1) * b", "sum(x)", "x.tolist()", "np.linalg.norm(t)"]
FUNCTIONS = ["tg.tanh(y)", "tg.sin(y)", "tg.relu(y)", "{'tanh': tg.tanh, 'sin': tg.sin}[word](y)", "d['f'](y)",
    "helper(y)", "bound(y)",
    "branch(y)",
             "owner(y)", "owner.scaled(y)", "layer(y.reshape(1, -1))[0]", "y[index]", "y[::-1]",
             "tg.where(mask, y, 1.0)",
             "(lambda s: s * q)(y)", "sum([y, y])", "functools.reduce(lambda s, r: s * r, items, y)", "y.astype(float)",
             "y - y.mean()", "y / (1 + tg.abs(y))", "-y", "y.reshape(3)", "tg.maximum(y, 0.1)", "y ** 2"]
ODD_LINES = ["n[0] += 1", "seen.append(k)", "a[0] = 2.0", "z[...] = z * 0.5", "owner.last = y", "owner.k = 1.0",
             "print('here')", "items.append(1.0)", "d['last'] = y", "holder.inner.k += 0.5", "global k; k = 1.0",
             "y = y * next(iter(items))", "y = y * float(y.sum() * 0 + 1)", "x[0] = 4.0", "w.name = 'w'",
             "y = getattr(tg, word)(y)"]
RAISING = ["y = y * d['more']", "y = y * holder.more", "y = y * items[2]", "assert flag, 'no flag'",
           "y = y * {True: 2.0}[flag]", "y = y / (1.0 if k else 1 // 0)"]
RESULTS = ["return y", "return y.sum(), y", "return {'loss': y.mean(), 'y': y}", "return (y * y).sum()", "return y, y",
           "return None, y, 'word'"]
UPDATES = ["w.grad = None\ny.sum().backward()\nw.data = w.data - 0.01 * w.grad\nreturn y",
           "opt.zero_grad()\n(y * v).sum().backward()\nopt.step()\nreturn y.sum(), y",
           "(y * v).sum().backward()\nreturn y", "with tg.no_grad():\n    w[0] = 0.25\nreturn y"]
CHANGES = ["a[...] = 5.0", "a[0] = -1.0", "a = np.array([2.0, 2.0, 2.0])", "a *= 0.5", "a = a.copy()",
    "a = a.astype(np.float32)",
           "a = a.reshape(1, 3) if a.ndim == 1 else a.reshape(3)", "b[1] = 3.0", "k = 3.0", "k = -0.0", "k = 0.0",
           "k = math.nan",
           "k = 1", "k = True", "k = k", "flag = not flag", "word = 'sin'", "nothing = 1.0", "mask[:] = [False, "
           "True, True]",
           "index[:] = [0, 1, 2]", "zero[...] = 2.5", "c.data[...] = 3.0", "c.data = [1.0, 2.0, 3.0]",
           "c = tg.tensor([2.0, 1.0, 1.0])", "v.data[0] = 4.0", "v.requires_grad = not v.requires_grad",
           "w.data[1] = 0.5",
           "w.data = [1.0, 0.5, 2.0]", "holder.k = 1.0", "holder.flag = not holder.flag", "holder.array[:] = 2.0",
           "holder.array = np.full(3, 4.0)", "holder.inner.k = 2.0", "holder.inner = types.SimpleNamespace(k=7.0)",
           "holder = types.SimpleNamespace(**vars(holder))", "holder.more = 2.0", "del holder.more", "d['k'] = 1.0",
           "d['f'] = tg.sin", "d['array'][0] = 9.0", "d['more'] = 3.0", "d.pop('more')", "items.append(3.0)",
           "items[0] = 0.25",
           "items.pop()", "items = [1.5, 1.0]", "pair[1][0] = 1.0", "pair = (3.0, [1.0])", "settings.k = 2.5",
           "owner.k = 0.5",
           "owner.flag = not owner.flag", "owner.array[1] = 5.0", "Owner.shared = 3.0", "owner.shared = 1.0",
           "owner = Owner()",
           "Owner.scaled = lambda self, y: y - self.k", "owner.scaled = lambda y: y * 7", "set_q(0.5)", "set_q(2)",
           "set_z(np.array([3.0, 1.0, 1.0]))", "fill_z(2.0)", "layer.activation = tg.sin", "layer.weight.data[...] = "
           "0.25",
           "layer.bias = tg.tensor([1.0, 2.0, 3.0], requires_grad=True)", "helper.__defaults__ = (5.0,)",
           "bound.keywords['times'] = 1.0", "opt.learning_rate = 0.05", "def helper(y, times=1.0): return y * times",
           "x[...] = x * 0.5", "x = x.copy()", "x = np.array([1.0, 2.0, 3.0])", "x = x.astype(np.float32)",
           "x[0] = -3.0",
           "t = x", "t = np.ones(3)", "t[1] = 8.0", "x, t = t, x", "x = a", "x = np.arange(6.0)[::2]", "pass"]


@dataclass(frozen=True)
class Written:
    """`ordinary`: nothing but ordinary lines, so it is not refused; `updates`: it differentiates
    inside."""

    text: str = field(repr=False)
    ordinary: bool
    updates: bool


def _indented(lines: list[str]) -> str:
    return "\n".join("        " + part for line in lines for part in line.splitlines()) + "\n"


@st.composite
def written(draw: st.DrawFn) -> Written:
    """A world with a function of some lines."""
    odd = draw(st.integers(0, 2)) == 2
    lines, state = ["y = x * w"], {"odd": False}

    def pick(usual: list[str], unusual: list[str]) -> str:
        if odd and draw(st.booleans()):
            state["odd"] = True
            return draw(st.sampled_from(unusual))
        return draw(st.sampled_from(usual))

    def line(depth: int) -> str:
        kind = draw(st.sampled_from(["number", "array", "function", "branch", "loop", "try", "raise", "odd"]))
        if kind == "number":
            return f"y = y {draw(st.sampled_from('*+-'))} {draw(st.sampled_from(NUMBERS))}"
        if kind == "array":
            return f"y = y {draw(st.sampled_from('*+-'))} {pick(ARRAYS, ODD_ARRAYS)}"
        if kind == "branch" and depth < 2:
            inner, other = line(depth + 1), line(depth + 1)
            return (f"if {pick(CONDITIONS, ODD_CONDITIONS)}:\n" + _shifted(inner) + "else:\n"
                + _shifted(other)).rstrip()
        if kind == "loop" and depth < 2:
            over = draw(st.sampled_from(["items", "range(len(items))", "(1.0, k)", "d['list']", "zip(items, items)"]))
            return f"for s in {over}:\n" + _shifted(line(depth + 1)) + "    y = y * 0.5"
        if kind == "try" and depth < 2:
            what = draw(st.sampled_from(RAISING))
            caught = draw(st.sampled_from(["KeyError", "(AttributeError, LookupError)", "Exception"]))
            return "try:\n" + _shifted(what) + f"except {caught}:\n" + _shifted(line(depth + 1)).rstrip()
        if kind == "raise":
            return draw(st.sampled_from(RAISING))
        if kind == "odd" and odd:
            state["odd"] = True
            return draw(st.sampled_from(ODD_LINES))
        return f"y = {draw(st.sampled_from(FUNCTIONS))}"
    lines += [line(0) for _ in range(draw(st.integers(1, 5)))]
    updates = draw(st.integers(0, 3)) == 3
    lines.append(draw(st.sampled_from(UPDATES if updates else RESULTS)))
    if any("global k" in x for x in lines):
        lines.insert(0, "global k")
        lines = [x.replace("global k; k = 1.0", "k = 1.0") for x in lines]
    return Written(WORLD.replace("        LINES\n", _indented(lines)), not state["odd"], updates)


def _shifted(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())
