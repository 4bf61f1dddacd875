"""What is handed in: arrays that the function looks at, numbers that change, structures, one thing
twice."""

from __future__ import annotations

from .play import Scenario

REFILL = ("def refill():\n    x[...] = x * -0.5 + 1\ndef more():\n    x[0] = 100.0\nchanges = [refill, more]\n")


def _body(name: str, expression: str, expect: str = "either", dtype: str = "float", before: str = "") -> Scenario:
    """g(x) with an array x, as one line; the gradient is taken outside."""
    lines = expression if "\n" in expression else f"return {expression}"
    text = (f"{before}x = x.astype({dtype})\ndef g(x):\n" + "".join(f"    {line}\n" for line in lines.splitlines())
            + "f = jit(g)\ndef call():\n    w.grad = None\n    y = f(x)\n    if isinstance(y, tg.Tensor) and "
              "y.requires_grad:\n        y.sum().backward()\n    return y, w.grad\n" + REFILL)
    return Scenario(f"argument: {name}", "jit argument", expect, text, names=("x", "argument", "array", "np"),
        vacant=True)


F32 = "np.float32"
LOOKED_AT = [
    _body("isinstance ndarray", "x * w * (2.0 if isinstance(x, np.ndarray) else 3.0)"),
    _body("isinstance Tensor", "x * w * (2.0 if isinstance(x, tg.Tensor) else 3.0)"),
    _body("type is ndarray", "x * w * (2.0 if type(x) is np.ndarray else 3.0)"),
    _body("type name", "x * w * len(type(x).__name__)"),
    _body("__class__", "x * w * (2.0 if x.__class__ is np.ndarray else 3.0)"),
    _body("hasattr grad", "x * w * (2.0 if hasattr(x, 'grad') else 3.0)"),
    _body("hasattr requires_grad", "x * w * (2.0 if hasattr(x, 'requires_grad') else 3.0)"),
    _body("hasattr backward", "x * w * (2.0 if hasattr(x, 'backward') else 3.0)"),
    _body("hasattr flags", "x * w * (2.0 if hasattr(x, 'flags') else 3.0)"),
    _body("getattr with a default", "x * w * getattr(x, 'name', 'abcd').__len__()"),
    _body("callable", "x * w * (2.0 if callable(x) else 3.0)"),
    _body("singledispatch", "many(x) * w", before="@functools.singledispatch\ndef many(a):\n    return a * 3.0\n"
          "@many.register(np.ndarray)\ndef _(a):\n    return a * 2.0\n"),
    _body("match", "match x:\n    case np.ndarray():\n        return x * w * 2\n    case _:\n        return x * w * 3"),
    _body("np.isscalar", "x * w * (2.0 if np.isscalar(x) else 3.0)"),
    _body("np.ndim and np.shape", "x * w * np.ndim(x) * np.shape(x)[0]", "runs"),
    _body("shape, ndim, size, dtype", "x * w * x.shape[0] * x.ndim * x.size * (2 if x.dtype == float else 3)", "runs"),
    _body("len", "x * w * len(x)", "runs"),
    _body("itemsize", "x * w * x.itemsize"),
    _body("flags", "x * w * (2.0 if x.flags.c_contiguous else 3.0)"),
    _body("strides", "x * w * x.strides[0]"),
    _body("f32 times np.float64", "w * (x * np.float64(0.1)).sum()", dtype=F32),
    _body("f32 plus np.float64", "w * (x + np.float64(1e-9))", dtype=F32),
    _body("f32 times f64 0-d array", "w * (x * np.array(0.1))", dtype=F32),
    _body("f32 times a captured f64 array", "w * (x * c)", dtype=F32, before="c = np.array([0.1, 0.2, 0.3])\n"),
    _body("f32 times Python's number", "w * (x * 0.1)", dtype=F32),
    _body("f32 over an int", "w * (x / 3)", dtype=F32),
    _body("ints over ints", "w * (x / 2)", dtype="int"),
    _body("ints floored", "w * (x // 2 + x % 2)", dtype="int"),
    _body("int8 wraps", "w * (x * x * np.int8(20))", dtype="np.int8"),
    _body("uint8 minus", "w * (x - np.uint8(3))", dtype="np.uint8"),
    _body("bools added", "w * (x + x)", dtype="bool"),
    _body("bool times True", "w * (x * True)", dtype="bool"),
    _body("power of ints", "w * x ** 2", dtype="int"),
    _body("f16", "w * (x * 3)", dtype="np.float16"),
    _body("ints to a mean", "w * x.mean()", dtype="int"),
    _body("np.where", "w * np.where(x > 0, x, 0)"),
    _body("np.where with one argument", "w * np.where(x > -10)[0].sum()"),
    _body("tg.where", "tg.where(x > 0, w, x)", "runs"),
    _body("compared", "w * (x > 0)"),
    _body("times 2", "w * (x * 2)"),
    _body("minus mean", "w * (x - x.mean())"),
    _body("standardised", "w * ((x - x.mean()) / x.std())"),
    _body("std with ddof", "w * x.std(ddof=1)"),
    _body("median", "w * np.median(x)"),
    _body("percentile", "w * np.percentile(x, 30)"),
    _body("max, min", "w * (x.max() - x.min())"),
    _body("argmax", "w[x.argmax()] * 2"),
    _body("np.maximum", "w * np.maximum(x, 0.5)"),
    _body("np.clip", "w * np.clip(x, -1, 1)"),
    _body("np.exp, np.log", "w * np.log1p(np.exp(x))"),
    _body("np.abs", "w * np.abs(x)"),
    _body("np.sign", "w * np.sign(x)"),
    _body("np.dot", "np.dot(x, w) * 2"),
    _body("np.dot of x and x", "w * np.dot(x, x)"),
    _body("np.einsum", "w * np.einsum('i,i->', x, x)"),
    _body("np.linalg.norm", "w * np.linalg.norm(x)"),
    _body("np.outer", "np.outer(x, x) @ w"),
    _body("x[:, None]", "w * x[:, None]"),
    _body("x[None]", "w * x[None]"),
    _body("x[::-1]", "w * x[::-1]"),
    _body("x[1:]", "w[1:] * x[1:]"),
    _body("x[mask]", "w.sum() * x[x > 0].sum()"),
    _body("x[[2, 0, 1]]", "w * x[[2, 0, 1]]"),
    _body("x.T", "x.T * w"),
    _body("reshape", "x.reshape(3, 1) * w"),
    _body("reshape -1", "x.reshape(-1) * w"),
    _body("ravel", "w * x.ravel()"),
    _body("astype f32", "w * x.astype(np.float32)"),
    _body("astype int", "w * x.astype(int)"),
    _body("astype 'float32'", "w * x.astype('float32')"),
    _body("copy", "w * x.copy()"),
    _body("x.copy() filled", "y = x.copy()\ny[0] = 5.0\nreturn w * y"),
    _body("np.array of it", "w * np.array(x)"),
    _body("np.asarray", "w * np.asarray(x)"),
    _body("np.asarray f32", "w * np.asarray(x, np.float32)"),
    _body("np.zeros_like", "w * (x + np.zeros_like(x))"),
    _body("np.ones of its shape", "w * x * np.ones(x.shape)"),
    _body("np.arange of its length", "w * x * np.arange(len(x))"),
    _body("np.concatenate", "w * np.concatenate([x[:1], x[1:]])"),
    _body("np.stack", "w * np.stack([x, x])"),
    _body("np.sort", "w * np.sort(x)"),
    _body("np.argsort", "w[np.argsort(x)] * 2"),
    _body("np.unique", "w.sum() * len(np.unique(x))"),
    _body("np.cumsum", "w * np.cumsum(x)"),
    _body("np.isnan", "w * np.isnan(x)"),
    _body("np.nan_to_num", "w * np.nan_to_num(x)"),
    _body("np.allclose", "w * (2.0 if np.allclose(x, x) else 3.0)"),
    _body("np.array_equal", "w * (2.0 if np.array_equal(x, np.zeros(3)) else 3.0)"),
    _body("np.eye of labels", "w * np.eye(3)[np.abs(x.astype(int)) % 3]"),
    _body("np.vectorize", "w * np.vectorize(lambda a: a * 2)(x)"),
    _body("np.apply_along_axis", "w * np.apply_along_axis(sum, 0, x)"),
    _body("np.add.reduce", "w * np.add.reduce(x)"),
    _body("np.multiply.outer", "np.multiply.outer(x, x) @ w"),
    _body("np.add.at", "y = np.zeros(3)\nnp.add.at(y, [0, 0, 1], x)\nreturn w * y"),
    _body("out=", "y = np.empty(3)\nnp.multiply(x, 2, out=y)\nreturn w * y"),
    _body("math.sqrt", "w * math.sqrt(x[0] ** 2)"),
    _body("float of an entry", "w * float(x[0])"),
    _body("item", "w * x.item(0)"),
    _body("x[0].item()", "w * x[0].item()"),
    _body("tolist", "w * sum(x.tolist())"),
    _body("Python's sum", "w * sum(x)"),
    _body("Python's max", "w * max(x)"),
    _body("iteration", "w * [a * 2 for a in x][1]"),
    _body("unpacking", "a, b, c = x\nreturn w * (a - b) * c"),
    _body("an if on a sum", "w * 2 if x.sum() > 0 else w * 3"),
    _body("an if on any", "w * 2 if (x > 50).any() else w * 3"),
    _body("an if on an entry", "w * 2 if x[0] > 0 else w * 3"),
    _body("in", "w * 2 if 100.0 in x else w * 3"),
    _body("repr", "w * len(repr(x))"),
    _body("f-string", "w * len(f'{x[0]:.3f}')"),
    _body("hash of bytes", "w * len(x.tobytes())"),
    _body("pickled", "w * np.frombuffer(x.tobytes())"),
    _body("view", "w * x.view(np.int64).astype(float) * 1e-18"),
    _body("x += 1 on a copy", "y = x + 0\ny += 1\nreturn w * y"),
    _body("a buffer kept", "x = x * 1\nx[1] = 4.0\nreturn w * x"),
    _body("a keyword of NumPy", "w * x.sum(axis=0, keepdims=True)"),
    _body("dtype of a sum", "w * x.sum(dtype=np.float32)"),
    _body("x @ x", "w * (x @ x)"),
    _body("x @ w", "x @ w"),
    _body("w @ x", "w @ x"),
    _body("divmod", "w * divmod(x, 2)[0]"),
    _body("round", "w * round(x[0], 1) + w * x.round(1)"),
    _body("abs", "w * abs(x)"),
    _body("-x", "w * -x"),
    _body("x == x", "w * (x == x)"),
    _body("x is y", "y = x\nreturn w * (2.0 if y is x else 3.0)"),
    _body("tg.tensor(x)", "tg.tensor(x) * w", "runs"),
    _body("tg.tensor with dtype", "tg.tensor(x, dtype=np.float32) * w"),
    _body("tg.Tensor of a list of it", "tg.tensor([x, x]) * w"),
    _body("tg.exp of it", "tg.exp(x) * w"),
    _body("warnings of NumPy", "w * np.log(np.abs(x) * 0)"),
    _body("division by zero", "w / (x * 0)"),
    _body("overflow", "w * np.exp(x * 1000)"),
    _body("result without a tensor", "x * 2"),
    _body("result is the argument", "x"),
    _body("result is a number", "w.shape[0]"),
    _body("nothing returned", "x * w\nreturn None"),
]

LOSS = "t = np.array([0.0, 1.0, 2.0])\n"


def _with(name: str, text: str, expect: str = "runs", vacant: bool = True, **options: object) -> Scenario:
    return Scenario(f"arguments: {name}", "jit arguments", expect, text, vacant=vacant,
                    names=("x", "argument", "array", "tensor", "a", "b", "c", "s", "Setting", "w"),
                        **options)  # type: ignore[arg-type]


GRAD = "    w.grad = None\n    {y} = f({args})\n    {y}.sum().backward()\n    return {y}, w.grad\n"


def called(args: str, changes: str = "") -> str:
    """A call with these arguments, its gradient, and changes."""
    return "f = jit(g)\ndef call():\n" + GRAD.format(y="y", args=args) + changes


HANDED_IN = [
    _with("a float that changes", "s = 2.0\ndef g(x, s):\n    return x * w * s\n" + called(
        "x, s", "def change():\n    global s\n    s += 0.5\nchanges = [change] * 4\n"), vacant=False),
    _with("a float that changes at every call", "s = [0.0]\ndef g(x, s):\n    return x * w * s\nf = jit(g)\ndef "
        "call():\n"
          "    s[0] += 0.25\n    return f(x, s[0])\n", "equal"),
    _with("0.0 and -0.0", "s = 0.0\ndef g(x, s):\n    return x * w * s\n" + called(
        "x, s", "def change():\n    global s\n    s = -s\nchanges = [change] * 2\n"), vacant=False),
    _with("nan", "def g(x, s):\n    return x * w * s\n" + called("x, math.nan"), calls=5),
    _with("nan of NumPy", "def g(x, s):\n    return x * w * s\n" + called("x, np.nan * np.ones(1)[0]"), calls=5),
    _with("True, 1, 1.0", "kinds = itertools.cycle([True, 1, 1.0])\ndef g(x, s):\n"
          "    return x * w * (3.0 if isinstance(s, bool) else 2.0 if isinstance(s, int) else 5.0)\n" + called(
          "x, next(kinds)"), calls=9),
    _with("an int that changes", "s = 1\ndef g(x, s):\n    return x ** s * w\n" + called(
        "x, s", "def change():\n    global s\n    s += 1\nchanges = [change] * 2\n"), vacant=False),
    _with("a string that changes", "s = 'tanh'\ndef g(x, s):\n"
          "    return {'tanh': tg.tanh, 'sin': tg.sin}[s](x * w)\n" + called(
        "x, s", "def change():\n    global s\n    s = 'sin'\nchanges = [change]\n"), vacant=False),
    _with("None and a number", "s = None\ndef g(x, s=None):\n    return x * w if s is None else x * w * s\n" + called(
        "x, s", "def change():\n    global s\n    s = 3.0\nchanges = [change]\n"), vacant=False),
    _with("a function", "s = tg.tanh\ndef g(x, s):\n    return s(x * w)\n" + called(
        "x, s", "def change():\n    global s\n    s = tg.sin\nchanges = [change]\n"), vacant=False),
    _with("a lambda made at each call", "def g(x, s):\n    return s(x * w)\n" + called("x, lambda t: t * 2"), "equal"),
    _with("a lambda that reads a global", "k = 2.0\ns = lambda t: t * k\ndef g(x, s):\n    return s(x * w)\n" + called(
        "x, s", "def change():\n    global k\n    k = 3.0\nchanges = [change]\n"), vacant=False),
    _with("an object whose attribute changes", "s = types.SimpleNamespace(k=2.0)\ndef g(x, s):\n    return x * w * "
        "s.k\n"
          + called("x, s", "def change():\n    s.k = 3.0\nchanges = [change]\n"), vacant=False),
    _with("a dataclass that is equal", "@dataclasses.dataclass(frozen=True)\nclass Setting:\n    k: float\n"
          "s = [2.0]\ndef g(x, s):\n    return x * w * s.k\n" + called("x, Setting(s[0])",
          "def change():\n    s[0] = 3.0\nchanges = [change]\n"), "either", vacant=False),
    _with("an object equal to all", "class Any:\n    k = 2.0\n    def __eq__(self, other):\n        return True\n"
          "    def __hash__(self):\n        return 1\none, two = Any(), Any()\ntwo.k = 5.0\ns = [one]\ndef g(x, s):\n"
          "    return x * w * s.k\n" + called("x, s[0]", "def change():\n    s[0] = two\nchanges = [change]\n"),
          "equal",
          vacant=False),
    _with("a module", "s = nn.Dense(3, 'tanh', input_size=3, seed=1, dtype=float)\ndef g(x, s):\n"
          "    return s((x * w)[None])\n" + called(
              "x, s", "def change():\n    s.activation = None\ndef more():\n    s.weight.data[...] = 1\n"
              "changes = [change, more]\n"), vacant=False),
    _with("an optimizer", "opt = optim.SGD([w], learning_rate=0.1)\ndef g(x, opt):\n    opt.zero_grad()\n"
          "    loss = (x * w).sum()\n    loss.backward()\n    opt.step()\n    return loss\nf = jit(g)\n"
          "def call():\n    return f(x, opt), w.numpy()\ndef change():\n    opt.learning_rate = 0.5\n"
          "changes = [change]\n"),
    _with("keywords", "def g(x, *, scale, shift=0.0):\n    return x * w * scale + shift\n" + called(
        "x, scale=k[0]", "def change():\n    k[0] = 3.0\nchanges = [change]\nk = [2.0]\n"), vacant=False),
    _with("keywords in another order", "order = itertools.cycle([('a', 'b'), ('b', 'a')])\ndef g(x, **options):\n"
          "    return x * w * options['a'] - options['b'] * list(options).index('b')\n" + called(
              "x, **{k: {'a': 2.0, 'b': 3.0}[k] for k in next(order)}"), "either", calls=6),
    _with("an array as keyword", "def g(x, *, b):\n    return x * w * b\nb = np.ones(3)\n" + called(
        "x, b=b", "def change():\n    b[:] = 9\nchanges = [change]\n"), vacant=False),
    _with("*args", "def g(*a):\n    return sum(a) * w\nn = [2]\n" + called(
        "*[x] * n[0]", "def change():\n    n[0] = 3\nchanges = [change]\n"), vacant=False),
    _with("a list of arrays", "parts = [np.ones(3), np.full(3, 2.0)]\ndef g(parts):\n"
          "    return (parts[0] + w) * parts[1]\n" + called(
              "parts", "def change():\n    parts[0][:] = 7\ndef more():\n    parts[1] = np.full(3, 5.0)\n"
              "changes = [change, more]\n"), vacant=False),
    _with("a dict of arrays", "parts = {'a': np.ones(3), 'b': np.full(3, 2.0)}\ndef g(parts):\n"
          "    return (parts['a'] + w) * parts['b']\n" + called(
              "parts", "def change():\n    parts['a'][:] = 7\nchanges = [change]\n"), vacant=False),
    _with("a nested structure", "parts = {'a': [np.ones(3), (np.full(3, 2.0), 3.0)]}\ndef g(parts):\n"
          "    return (parts['a'][0] + w) * parts['a'][1][0] * parts['a'][1][1]\n" + called(
              "parts", "def change():\n    parts['a'][1] = (np.full(3, 4.0), 5.0)\nchanges = [change]\n"),
              vacant=False),
    _with("a namedtuple of arrays", "Pair = collections.namedtuple('Pair', 'a b')\npair = Pair(np.ones(3), 2.0)\n"
          "def g(p):\n    return (p.a + w) * p.b\n" + called(
              "pair", "def change():\n    pair.a[:] = 7\nchanges = [change]\n"), "either"),
    _with("a dict whose length is asked", "parts = {'a': np.ones(3)}\ndef g(parts):\n"
          "    return sum(parts.values()) * w * len(parts)\n" + called(
              "parts", "def change():\n    parts['b'] = np.ones(3)\nchanges = [change]\n"), vacant=False),
    _with("an array inside an object", "batch = types.SimpleNamespace(x=np.ones(3))\ndef g(batch):\n"
          "    return batch.x * w\n" + called(
              "batch", "def change():\n    batch.x[:] = 7\ndef more():\n    batch.x = np.full(3, 3.0)\n"
              "changes = [change, more]\n"), "either", vacant=False),
    _with("one array twice", "def g(a, b):\n    return a * w - b * b\n" + called("x, x", REFILL), vacant=False),
    _with("one array twice, then two", "pair = [x, x]\ndef g(a, b):\n    return a * w - b * b\n" + called(
        "pair[0], pair[1]", "def two():\n    pair[1] = x.copy() + 1\nchanges = [two]\n"), vacant=False),
    _with("two views of one array", "base = np.arange(4.0)\ndef g(a, b):\n    return a * w - b * b\n" + called(
        "base[:3], base[1:]", "def change():\n    base[1] = 50\nchanges = [change]\n"), vacant=False),
    _with("an array as argument and captured", "def g(a):\n    return a * w - x * a\n" + called("x", REFILL),
        vacant=False),
    _with("captured, then another as argument", "args = [x]\ndef g(a):\n    return a * w - x * a\n" + called(
        "args[0]", "def other():\n    args[0] = np.ones(3)\ndef back():\n    args[0] = x\nchanges = [other, back]\n"),
        vacant=False),
    _with("a tensor as argument and captured", "def g(a):\n    return (a * w * w).sum()\n" + called(
        "w", "def change():\n    w.data[0] = 3.0\nchanges = [change]\n"), "either", vacant=False),
    _with("one tensor twice", "a = tg.tensor([1.0, 2.0, 3.0], requires_grad=True)\npair = [a, a]\n"
          "def g(p, q):\n    return p * q * q * w\nf = jit(g)\ndef call():\n    a.grad = None\n    w.grad = None\n"
          "    y = f(*pair)\n    y.sum().backward()\n    return y, a.grad, w.grad\n"
          "def two():\n    pair[1] = tg.tensor([2.0, 2.0, 2.0], requires_grad=True)\nchanges = [two]\n", vacant=False),
    _with("a tensor that is not used, its gradient set", "a = tg.tensor([1.0], requires_grad=True)\ndef g(x, a):\n"
          "    a.grad = None\n    return x * w\nf = jit(g)\ndef call():\n    a.grad = np.ones(1)\n    return f(x, a), "
          "a.grad\n"),
    _with("a tensor that is not used, its gradient filled", "a = tg.tensor([1.0], requires_grad=True)\ndef g(x, a):\n"
          "    a.grad = np.ones(1)\n    return x * w\nf = jit(g)\ndef call():\n    return f(x, a), a.grad\n", "either"),
    _with("a tensor that is not used", "a = tg.tensor([1.0], requires_grad=True)\n"
          "def g(x, a):\n    return x * w\n" + called("x, a")),
    _with("gradients of arguments", "a = tg.tensor([1.0, 2.0, 3.0], requires_grad=True)\ndef g(x, a):\n"
          "    return x * a * a\nf = jit(g)\ndef call():\n    a.grad = None\n    y = f(x, a)\n    y.sum().backward()\n"
          "    return y, a.grad\ndef change():\n    a.data[0] = 5.0\nchanges = [change]\n", vacant=False),
    _with("gradients of arguments add up", "a = tg.tensor([1.0, 2.0, 3.0], requires_grad=True)\ndef g(x, a):\n"
          "    return x * a * a\nf = jit(g)\ndef call():\n    y = f(x, a)\n    y.sum().backward()\n"
          "    return y, a.grad\n"),
    _with("a result as argument", "def g(h):\n    return h * h\nf = jit(g)\ndef call():\n    w.grad = None\n"
          "    y = f(tg.tanh(x * w))\n    y.sum().backward()\n    return y, w.grad\n" + REFILL, vacant=False),
    _with("requires_grad that changes", "a = tg.tensor([1.0, 2.0, 3.0], requires_grad=True)\ndef g(x, a):\n"
          "    return x * a * w\nf = jit(g)\ndef call():\n    a.grad = w.grad = None\n    y = f(x, a)\n"
          "    y.sum().backward()\n    return y, a.grad, w.grad\n"
          "def freeze():\n    a.requires_grad = False\nchanges = [freeze]\n", vacant=False),
    _with("a list instead of an array", "k = [1.0, 2.0, 3.0]\ndef g(k):\n    return w * k\n" + called(
        "k", "def change():\n    k[0] = 9.0\nchanges = [change]\n"), "either", vacant=False),
    _with("NumPy's numbers", "s = [np.float64(2.0)]\ndef g(x, s):\n    return x * w * s\n" + called(
        "x, s[0]", "def change():\n    s[0] = np.float64(3.0)\nchanges = [change]\n"), vacant=False),
    _with("a number, then a NumPy number", "s = [2.0]\ndef g(x, s):\n    return x.astype(np.float32) * s * w\n"
        + called(
        "x, s[0]", "def change():\n    s[0] = np.float64(2.0)\ndef more():\n    s[0] = np.float32(2.0)\n"
        "changes = [change, more]\n"), "either"),
    _with("shapes that change", "def g(a):\n    return (a * w).sum(axis=0)\nn = [1]\n" + called(
        "np.ones((n[0], 3))", "def more():\n    n[0] += 1\nchanges = [more] * 4\n"), vacant=False),
    _with("an empty batch", "def g(a):\n    return (a * w).sum(axis=0)\nn = [2]\n" + called(
        "np.ones((n[0], 3))", "def none():\n    n[0] = 0\nchanges = [none]\n"), vacant=False),
    _with("dtypes that change", "kind = [float]\ndef g(a):\n    return a * w\n" + called(
        "np.arange(3).astype(kind[0])", "def f32():\n    kind[0] = np.float32\ndef whole():\n    kind[0] = int\n"
        "changes = [f32, whole]\n")),
    _with("0-d arrays", "a = np.array(2.0)\ndef g(a):\n    return a * w\n" + called(
        "a", "def change():\n    a[...] = 3.0\nchanges = [change]\n"), vacant=False),
    _with("strided arrays", "base = np.arange(12.0).reshape(3, 4)\ndef g(a):\n    return (a @ w).sum() * a\n" + called(
        "base.T", "def change():\n    base[...] = base * 2\nchanges = [change]\n"), vacant=False),
    _with("a read-only array", "a = np.broadcast_to(np.float64(2.0), (3,))\ndef g(a):\n    return a * w\n" + called(
        "a")),
    _with("a memory-mapped array", "class Own(np.ndarray): pass\na = np.arange(3.0).view(Own)\ndef g(a):\n"
          "    return a * w\n" + called("a", "def change():\n    a[...] = 5\nchanges = [change]\n"), "either"),
    _with("a matrix of NumPy", "a = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])\ndef g(a):\n    return a.sum() * w\n"
          + called("a"), "either"),
    _with("a default that is not given", "def g(x, a=np.ones(3)):\n    return x * w * a\n" + called(
        "x", "def change():\n    g.__defaults__[0][:] = 5\nchanges = [change]\n"), vacant=False),
    _with("no argument", "def g():\n    return x * w\n" + called("", REFILL), vacant=False),
    _with("too many arguments", "def g(x):\n    return x * w\n" + called("x, x"), "equal"),
    _with("an unknown keyword", "def g(x):\n    return x * w\n" + called("x, y=1"), "equal"),
    _with("a string array", "def g(x, s):\n    return x * w * len(s)\n" + called("x, np.array(['a', 'b'])"), "either"),
    _with("an unhashable argument", "class Own:\n    __hash__ = None\n    k = 2.0\ns = Own()\ndef g(x, s):\n"
          "    return x * w * s.k\n" + called("x, s", "def change():\n    s.k = 3.0\nchanges = [change]\n"), "either",
          vacant=False),
    _with("an unhashable argument made at each call", "class Own:\n    __hash__ = None\n    def __init__(self, k):\n"
          "        self.k = k\nks = itertools.cycle([2.0, 3.0, 5.0])\ndef g(x, s):\n    return x * w * s.k\n"
          + called("x, Own(next(ks))"), "either", calls=9),
    _with("an iterator", "def g(x, it):\n    return x * w * next(it)\n" + called("x, iter([2.0, 3.0])"), "either"),
    _with("a range", "r = [range(2)]\ndef g(x, r):\n    return sum(x * w * k for k in r)\n" + called(
        "x, r[0]", "def change():\n    r[0] = range(4)\nchanges = [change]\n"), "either", vacant=False),
    _with("a set", "s = {2.0}\ndef g(x, s):\n    return x * w * max(s)\n" + called(
        "x, s", "def change():\n    s.add(3.0)\nchanges = [change]\n"), "either", vacant=False),
    _with("a deque", "s = collections.deque([2.0])\ndef g(x, s):\n    return x * w * s[0]\n" + called(
        "x, s", "def change():\n    s[0] = 3.0\nchanges = [change]\n"), "either", vacant=False),
    _with("a list of numbers", "s = [2.0, 3.0]\ndef g(x, s):\n    return x * w * s[0] * len(s)\n" + called(
        "x, s", "def change():\n    s.append(1.0)\ndef more():\n    s[0] = -1.0\nchanges = [change, more]\n"),
        vacant=False),
    _with("an array buffer used again before backward", "buffer = np.array([1.0, 2.0, 3.0])\ndef g(a):\n"
          "    return (a * w * w).sum()\nf = jit(g)\ndef call():\n    w.grad = None\n    buffer[:] = [1.0, 2.0, 3.0]\n"
          "    y = f(buffer)\n    buffer[:] = 100.0\n    y.backward()\n    return y, w.grad\n"),
    _with("a tensor argument written before backward", "a = tg.tensor([1.0, 2.0, 3.0])\ndef g(a):\n"
          "    return (a * w * w).sum()\nf = jit(g)\ndef call():\n    w.grad = None\n    a.data = [1.0, 2.0, 3.0]\n"
          "    y = f(a)\n    a.data[:] = 100.0\n    try:\n        y.backward()\n    except tg.StaleGraphError:\n"
          "        return y, 'stale', w.grad\n    return y, w.grad\n"),
    _with("a parameter written before backward", "def g(x):\n    return (x * w * w).sum()\nf = jit(g)\ndef call():\n"
          "    w.grad = None\n    w.data = [1.0, 2.0, 3.0]\n    y = f(x)\n    w.data[0] = 100.0\n    try:\n"
          "        y.backward()\n    except tg.StaleGraphError:\n        return y, 'stale', w.grad\n"
          "    return y, w.grad\n"),
    _with("a parameter written before the call", "def g(x):\n    return (x * w * w).sum()\nf = jit(g)\nk = [0.25]\n"
          "def call():\n    w.grad = None\n    w.data[0] = k[0]\n    k[0] += 0.25\n    y = f(x)\n    y.backward()\n"
          "    return y, w.grad\n"),
    _with("data given out before the call", "def g(x):\n    return (x * w * w).sum()\nf = jit(g)\nk = [0.25]\n"
          "def call():\n    w.grad = None\n    data = w.data\n    y = f(x)\n    z = y * 1.0\n    data[0] = k[0]\n"
          "    k[0] += 0.25\n    try:\n        z.backward()\n    except tg.StaleGraphError:\n"
          "        return y, 'stale', w.grad\n    return y, w.grad\n"),
]
ARGUMENTS = [*LOOKED_AT, *HANDED_IN]
