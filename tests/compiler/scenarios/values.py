"""What is read, how it takes part in the computation, and how it changes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Value:
    """`use` is the expression, where T is a tensor of three numbers and SETTING what is read.
    `ways`: how it changes, name -> statements, where REBIND(e) rebinds it to e, DELETE deletes it
    and IT is the object itself."""

    name: str
    first: str
    use: str
    ways: dict[str, list[str]] = field(default_factory=dict)
    expect: str = "runs"
    hashable: bool = True
    anywhere: bool = True        # T may have another shape too
    undo: tuple[str, str] = ()   # type: ignore[assignment]   # between a loss and its backward: spoil, put back
    close: bool = False          # equal to rounding: another path of summation


def number(name: str, first: str, *others: str, use: str = "T * SETTING", **options: object) -> Value:
    """A plain value: rebound, deleted, swapped with an equal one."""
    return Value(name, first, use, {
        "rebound": [f"REBIND({other})" for other in [*others, first]],
        "deleted": ["DELETE", f"REBIND({others[0]})"],
        "unchanged": [],
        "swapped with an equal one": [f"REBIND({first})", f"REBIND({others[0]})"]}, **options)  # type: ignore[arg-type]


def array(name: str, first: str, second: str, use: str = "T * SETTING", **options: object) -> Value:
    """An array: also refilled in place."""
    fills = options.pop("fills", ["IT[...] = 9", "IT[...] = IT * 0.5", "IT[...] = -1"])
    return Value(name, first, use, {
        "refilled in place": fills,  # type: ignore[dict-item]
        "rebound": [f"REBIND({second})", f"REBIND({first})"],
        "unchanged": [],
        "swapped with an equal one": [f"REBIND({first})", f"REBIND({second})"],
        "deleted": ["DELETE", f"REBIND({second})"]},
        hashable=False, undo=("KEPT = IT.copy(); IT[...] = 7", "IT[...] = KEPT"), **options)  # type: ignore[arg-type]


VALUES = [
    number("float", "2.0", "3.0", "-0.5"),
    array("array f64", "np.array([1.0, 2.0, 3.0])", "np.array([5.0, 6.0, 7.0])"),
    array("tensor", "tg.tensor([1.0, 2.0, 3.0])", "tg.tensor([5.0, 6.0, 7.0])", use="T * SETTING",
          fills=["IT.data[...] = 9", "IT.data = [1.0, 0.5, -2.0]", "IT.data[0] = 4.0"]),
    number("zero and its sign", "0.0", "-0.0", "0"),
    number("nan", "math.nan", "1.5", "math.nan"),
    number("infinity", "math.inf", "-math.inf", "1.0"),
    number("int as exponent", "2", "3", "1", use="T ** SETTING"),
    number("int as a count", "1", "3", use="functools.reduce(lambda a, _: a * 2, range(SETTING), T)"),
    number("1, True, 1.0", "1", "True", "1.0", use="T * {int: 2.0, bool: 3.0, float: 5.0}[type(SETTING)]",
           expect="either"),
    number("bool", "True", "False", use="T * 2 if SETTING else T - 1"),
    number("bool by not", "False", "True", use="T * 2 if not SETTING else T - 1"),
    number("str", "'tanh'", "'sin'", use="{'tanh': tg.tanh, 'sin': tg.sin}[SETTING](T)"),
    number("str for getattr", "'tanh'", "'sin'", use="getattr(tg, SETTING)(T)", expect="either"),
    number("str compared", "'mean'", "'sum'", use="T * 2 if SETTING == 'mean' else T * 3"),
    number("None", "None", "2.0", use="T if SETTING is None else T * SETTING"),
    number("NumPy scalar", "np.float64(2.0)", "np.float64(3.0)"),
    number("NumPy float32 scalar", "np.float32(0.1)", "np.float32(0.2)"),
    number("NumPy int scalar", "np.int64(2)", "np.int64(3)"),
    number("large int", "2**70", "3", use="T * (SETTING % 7)"),
    number("axis", "0", "None", "1", use="T.reshape(1, 3).sum(axis=SETTING) * 1.0", anywhere=False),
    number("tuple of numbers", "(2.0, 1.0)", "(3.0, 1.0)", use="T * SETTING[0] + SETTING[1]"),
    number("shape", "(3, 1)", "(1, 3)", use="T.reshape(SETTING)", anywhere=False),
    number("slice", "slice(0, 2)", "slice(1, 3)", use="T[SETTING]", anywhere=False, hashable=False),
    number("int index", "0", "2", use="T[SETTING] * 2", anywhere=False),
    number("dtype", "np.float64", "np.float32", use="T.astype(SETTING)"),
    number("Fraction", "__import__('fractions').Fraction(1, 2)", "__import__('fractions').Fraction(1, 3)",
           use="T * float(SETTING)", expect="either"),
    number("Decimal", "__import__('decimal').Decimal('0.5')", "__import__('decimal').Decimal('0.25')",
           use="T * float(SETTING)", expect="either"),
    number("Enum", "__import__('enum').Enum('Kind', 'a b').a", "__import__('enum').Enum('Kind', 'a b').b",
           use="T * (2.0 if SETTING.name == 'a' else 3.0)", expect="either"),
    number("complex number's part", "(2+1j)", "(3+1j)", use="T * SETTING.real", expect="either"),
    number("an operation", "tg.tanh", "tg.sin", use="SETTING(T)"),
    number("a lambda", "(lambda t: t * 2)", "(lambda t: t * 3)", use="SETTING(T)"),
    number("a partial", "functools.partial(tg.leaky_relu, slope=0.1)", "functools.partial(tg.leaky_relu, slope=0.3)",
           use="SETTING(T)"),
    number("a class", "dict", "list", use="T * (2.0 if isinstance([], SETTING) else 3.0)"),
    Value("list of numbers", "[2.0, 1.0]", "T * sum(SETTING)", {
        "appended": ["IT.append(3.0)", "IT.extend([1.0, 1.0])", "IT.pop()"], "filled": ["IT[0] = 5.0", "IT[:] = [1.0]"],
        "unchanged": [], "rebound": ["REBIND([4.0])", "REBIND([2.0, 1.0])"]}, hashable=False),
    Value("dict of numbers", "{'a': 2.0, 'b': 1.0}", "T * SETTING['a'] + SETTING['b']", {
        "filled": ["IT['a'] = 3.0", "IT.update(b=5.0)"], "item deleted": ["del IT['a']", "IT['a'] = 1.0"],
        "rebound": ["REBIND(dict(a=1.0, b=1.0))"]}, hashable=False),
    Value("dict's keys", "{'a': 2.0}", "T * len(SETTING) + sum(SETTING.values())", {
        "filled": ["IT['b'] = 3.0", "IT.clear()"]}, hashable=False),
    Value("list of functions", "[tg.tanh]", "functools.reduce(lambda t, h: h(t), SETTING, T)", {
        "appended": ["IT.append(tg.sin)", "IT.pop(0)"], "unchanged": []}, hashable=False),
    Value("an object with a number", "types.SimpleNamespace(rate=2.0)", "T * SETTING.rate", {
        "attribute set": ["IT.rate = 3.0", "IT.rate = -0.0"], "attribute deleted": ["del IT.rate", "IT.rate = 5.0"],
        "unchanged": [], "rebound": ["REBIND(types.SimpleNamespace(rate=4.0))"]}, hashable=False),
    array("array f32", "np.array([1, 2, 3], np.float32)", "np.array([5, 6, 7], np.float32)"),
    array("array of ints", "np.array([1, 2, 3])", "np.array([5, 6, 7])", fills=["IT[...] = 9", "IT[0] = -1"]),
    array("array of bools", "np.array([True, False, True])", "np.array([False, True, True])",
          fills=["IT[...] = True", "IT[1] = False"]),
    array("array 0-d", "np.array(2.0)", "np.array(3.0)"),
    array("array strided", "np.arange(1.0, 7.0)[::2]", "np.arange(2.0, 8.0)[::2]"),
    array("array reversed", "np.arange(1.0, 4.0)[::-1]", "np.arange(2.0, 5.0)[::-1]"),
    array("array of one", "np.array([2.0])", "np.array([3.0])"),
    array("array empty", "np.zeros((0, 1))", "np.ones((1, 1))", fills=["IT[...] = 9", "REBIND(np.full((1, 1), 2.0))"]),
    array("array read-only view", "np.broadcast_to(np.array([2.0]), (3,))", "np.broadcast_to(np.array([3.0]), (3,))",
          fills=["REBIND(np.broadcast_to(np.array([4.0]), (3,)))"]),
    array("array of another dtype", "np.array([1.0, 2.0, 3.0])", "np.array([1, 2, 3], np.float32)"),
    array("array of another shape", "np.array([1.0, 2.0, 3.0])", "np.ones((2, 1, 3))"),
    array("array negated", "np.array([1.0, 2.0, 3.0])", "np.array([5.0, 6.0, 7.0])", use="T * -SETTING"),
    array("array cast", "np.array([1.0, 2.0, 3.0])", "np.array([5.0, 6.0, 7.0])", use="T * SETTING.astype(np.float32)"),
    array("array to tensor", "np.array([1.0, 2.0, 3.0])", "np.array([5.0, 6.0, 7.0])", use="T * tg.tensor(SETTING)"),
    array("array sliced", "np.arange(1.0, 7.0)", "np.arange(2.0, 8.0)", use="T * SETTING[1:4]"),
    array("array summed", "np.array([1.0, 2.0, 3.0])", "np.array([5.0, 6.0, 7.0])", use="T * SETTING.sum()"),
    array("array through NumPy", "np.array([1.0, 2.0, 3.0])", "np.array([5.0, 6.0, 7.0])",
          use="T * np.maximum(SETTING, 1.5)"),
    array("array normalised", "np.array([1.0, 2.0, 4.0])", "np.array([5.0, 6.0, 7.0])",
          use="T * ((SETTING - SETTING.mean()) / (SETTING.std() + 1.0))", fills=["IT[0] = 9", "IT *= -1"]),
    array("array times array", "np.array([1.0, 2.0, 3.0])", "np.array([5.0, 6.0, 7.0])", use="T * (SETTING * SETTING)"),
    array("array in a branch", "np.array([1.0, 2.0, 3.0])", "np.array([-5.0, 6.0, 7.0])",
          use="T * 2 if SETTING[0] > 0 else T * 3", fills=["IT[0] = -1.0", "IT[0] = 2.0"]),
    array("array's truth", "np.array([1.0])", "np.array([0.0])", use="T * 2 if SETTING else T * 3",
          fills=["IT[0] = 0.0", "IT[0] = 2.0"]),
    array("array's entry", "np.array([1.0, 2.0, 3.0])", "np.array([5.0, 6.0, 7.0])", use="T * float(SETTING[0])"),
    array("array's item", "np.array([1.0, 2.0, 3.0])", "np.array([5.0, 6.0, 7.0])", use="T * SETTING.item(1)"),
    array("array's list", "np.array([1.0, 2.0, 3.0])", "np.array([5.0, 6.0, 7.0])", use="T * sum(SETTING.tolist())"),
    array("array's shape", "np.ones((3, 1))", "np.ones((3, 2))", use="T * SETTING.shape[1]", fills=["IT[...] = 2"]),
    array("int array as a count", "np.array([1, 2])", "np.array([3, 2])", fills=["IT[0] = 2", "IT[0] = 4"],
          use="functools.reduce(lambda a, _: a * 2, range(int(SETTING[0])), T)"),
    array("index array", "np.array([0, 2, 1])", "np.array([0, 0, 2])", use="T[SETTING] * x", anywhere=False,
          fills=["IT[...] = 1", "IT[0] = 2"]),
    array("index list", "[0, 2, 1]", "[0, 0, 2]", use="T[SETTING] * x", anywhere=False, fills=["IT[:] = [1, 1, 1]"]),
    array("mask", "np.array([True, False, True])", "np.array([True, True, False])", use="T[SETTING] * 2",
          anywhere=False, fills=["IT[...] = [False, True, True]", "IT[...] = True"]),
    array("mask in where", "np.array([True, False, True])", "np.array([True, True, False])",
          use="tg.where(SETTING, T, 2.0)", fills=["IT[...] = [False, True, True]", "IT[...] = True"]),
    array("matrix", "np.arange(9.0).reshape(3, 3)", "np.ones((3, 3))", use="T @ SETTING", anywhere=False),
    array("matrix, transposed", "np.arange(9.0).reshape(3, 3)", "np.ones((3, 3))", use="T @ SETTING.T",
          anywhere=False, close=True),
    Value("array reshaped in place", "np.array([1.0, 2.0, 3.0])", "T * SETTING", {
        "reshaped in place": ["IT.shape = (3, 1)", "IT.shape = (1, 1, 3)", "IT.shape = (3,)"]}, hashable=False),
    Value("list of arrays", "[np.ones(3), np.full(3, 2.0)]", "T * SETTING[0] + SETTING[1]", {
        "refilled in place": ["IT[0][:] = 5", "IT[1][0] = 7"], "rebound inside": ["IT[0] = np.full(3, 4.0)"]},
        hashable=False),
    Value("dict of arrays", "{'a': np.ones(3)}", "T * SETTING['a']", {
        "refilled in place": ["IT['a'][:] = 5", "IT['a'] *= 2"], "rebound inside": ["IT['a'] = np.full(3, 4.0)"]},
        hashable=False),
    array("float tensor 0-d", "tg.tensor(2.0)", "tg.tensor(3.0)", fills=["IT.data = 4.0", "IT.data[...] = 5.0"]),
    array("tensor indexed", "tg.tensor([1.0, 2.0, 3.0, 4.0])", "tg.tensor([5.0, 6.0, 7.0, 8.0])", use="T * SETTING[:3]",
          fills=["IT.data[...] = 9", "IT.data[0] = 1.0"]),
    array("parameter", "tg.tensor([1.0, 2.0, 3.0], requires_grad=True)",
          "tg.tensor([5.0, 6.0, 7.0], requires_grad=True)",
          fills=["IT.data[...] = 9", "IT.data = [1.0, 0.5, -2.0]", "IT.data[0] = 0.25"]),
    Value("parameter frozen", "tg.tensor([1.0, 2.0, 3.0], requires_grad=True)", "T * SETTING", {
        "attribute set": ["IT.requires_grad = False", "IT.requires_grad = True"]}, hashable=False),
    Value("tensor's item", "tg.tensor([2.0])", "T * SETTING.item()", {
        "refilled in place": ["IT.data[...] = 3.0", "IT.data = [4.0]"]}, "either", hashable=False),
    Value("module", "nn.Dense(3, 'tanh', input_size=3, seed=1, dtype=float)", "SETTING(T.reshape(-1, 3))", {
        "weights set": ["IT.weight.data[...] = 0.5", "IT.bias.data = [1.0, 2.0, 3.0]"],
        "attribute set": ["IT.activation = tg.sin", "IT.activation = None"], "unchanged": [],
        "rebound": ["REBIND(nn.Dense(3, input_size=3, seed=2, dtype=float))"]}, hashable=False, anywhere=False),
    Value("list of modules", "[nn.Dense(3, input_size=3, seed=1, dtype=float)]",
          "functools.reduce(lambda t, m: m(t), SETTING, T.reshape(-1, 3))", {
              "appended": ["IT.append(nn.Activation('tanh'))", "IT.pop(0)"]}, hashable=False, anywhere=False),
]
