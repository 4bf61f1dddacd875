"""Names that a user gives: to layers, tensors, models, functions. None of them is a program's
text."""

from __future__ import annotations

from profiles import NIGHT

from .play import Scenario

# What would be seen if a name were run as text.
RUN = "__import__('builtins').SCENARIO_RAN = True"
LINES = {"LF": "\n", "CR": "\r", "CRLF": "\r\n", "VT": "\v", "FF": "\f", "FS": "\x1c", "GS": "\x1d", "RS": "\x1e",
         "US": "\x1f", "NEL": "\x85", "LS": "\u2028", "PS": "\u2029"}
HOSTILE = {
    **{f"code after {name}": f"h{end}{RUN}{end}#" for name, end in LINES.items()},
    **{f"indented code after {name}": f"h{end}    {RUN}{end}    #" for name, end in LINES.items()},
    **{f"ends in {name}": f"h{end}" for name, end in LINES.items()},
    "the issue's own": "h\nimport builtins; builtins.SCENARIO_RAN = True\ndef z(): #",
    "a call": f"h); {RUN}; (", "closes a string": f'h"; {RUN}; "', "closes a string '": f"h'; {RUN}; '",
    "closes a docstring": f'h""" + str({RUN.replace(" = True", "")}) + """', "a backslash": "h\\",
    "backslash n": "h\\n" + RUN,
    "an f-string": "{" + "__import__('builtins').__dict__.update(SCENARIO_RAN=True)" + "}", "a brace": "{",
    "braces": "{}{0}{x}",
    "percent": "%s%d%(x)s%", "dollar": "${x}$x", "a hash": "# h", "quotes": "'\"`", "NUL": "h\0h", "escape": "\x1b[31m",
    "a byte order mark": "\ufeffh", "right to left": "\u202eh", "a surrogate": "h\ud800h", "an emoji": "\U0001f600",
    "empty": "",
    "a space": " ", "spaces": "my first layer", "a tab": "a\tb", "10 000 characters": "long" * 2500,
    "10 000 lines": "\n" * 10000, "a dot": "a.b", "a slash": "a/b", "an arrow": "a -> b", "html": "<b>h</b>&amp;",
    "a script": "</script><script>SCENARIO_RAN=1</script>", "digits": "123", "a digit first": "1st", "a minus": "a-b",
    "a type comment": "type: ignore", "a coding line": "-*- coding: utf-7 -*-",
}
IDENTIFIERS = {n: n for n in (
    "if", "lambda", "None", "True", "class", "def", "return", "import", "match", "print", "len", "id", "map", "float",
    "list",
    "np", "numpy", "tg", "x", "t", "y", "p", "w", "g", "m", "v", "s", "i", "self", "adam", "sgd", "rate", "flush",
    "calm",
    "scale", "loss", "mean", "step", "dense", "weight", "bias", "prediction", "target", "change", "place", "buffer_1",
    "beta_1",
    "momentum", "optimizer", "values", "gradients", "results", "arg_0", "x0", "v_1", "v1", "g_loss", "g_dense",
    "dense_weight",
    "learning_rate", "__builtins__", "__class__", "__import__", "_", "__", "exec", "eval", "globals", "add", "mul",
    "float32",
    "array", "sum", "dot", "matmul", "errstate")}
LETTERS = {n: n for n in ("W₁", "W⁽¹⁾", "x²", "capa①", "µ", "ϵ", "ℓ", "ﬁ", "ª", "ſ", "Ⅻ", "ｒａｔｅ", "𝐫𝐚𝐭𝐞", "ñ",
    "n\u0303", "été",
                          "層", "\u2126", "\u03a9", "ı", "İ", "ß", "·", "x·y", "a\u200db", "٣")}
NAMES = {**HOSTILE, **IDENTIFIERS, **LETTERS}

FIT = """\
names = {names!r}
{model}
def call():
    history = model.fit(X[:12], Y[:12], batch_size=4, epochs=2, seed=2, verbose=0, jit=JIT)
    return history.history, weights(model), model.state_dict()
"""
SEQUENTIAL = """\
model = nn.Sequential([*(nn.Dense(2, 'tanh', name=name) for name in names), nn.Dense(1)], seed=1)
model.compile({optimizer}, 'mse', ['mae'])"""
OWN = """\
class Model(nn.Module):
    def __init__(self):
        self.inner = nn.Dense(2, 'tanh', seed=1)
        setattr(self, names[0] or 'empty', nn.Dense(1, seed=2))
    def forward(self, x):
        return getattr(self, names[0] or 'empty')(self.inner(x))
model = Model()
model.compile(optim.SGD(learning_rate=0.1, momentum=0.9), 'mse')"""
TENSORS = """\
names = {names!r}
a = [tg.tensor([1.0, 2.0, 0.5 + k], requires_grad=True, name=name) for k, name in enumerate(names)]
def g(x, *c):
    return sum((tg.tanh(v * x) * v + u).sum() for u, v in zip(c, a))
g.__name__ = names[0]
f = jit(g)
def call():
    for v in a:
        v.grad = None
    y = f(x, *(tg.tensor([1.0, 1.0, 1.0], name=name) for name in names))
    y.backward()
    return y, [v.grad for v in a]
"""
CLASHES = [("µ", "μ"), ("ϵ", "ε"), ("ℓ", "l"), ("ﬁ", "fi"), ("\u2126", "\u03a9"), ("a b", "a_b"), ("a-b", "a.b"),
           ("W₁", "W1"), ("rate", "ｒａｔｅ"), ("if", "if_"), ("", "_"), ("x", "x_1"), ("é", "e\u0301"), ("v", "v_1",
               "v_2"),
           ("dense", "dense_1", "dense_weight"), ("h\n", "h\r", "h")]


def named() -> list[Scenario]:
    """Every name for a layer and for tensors, twelve in one model by day and one by one at night;
    names that clash."""
    size = 1 if NIGHT else 12
    kinds = list(NAMES)
    groups = [kinds[k:k + size] for k in range(0, len(kinds), size)]
    chosen = [(f"{', '.join(kinds[:2])!a}", [NAMES[k] for k in kinds]) for kinds in groups]
    chosen += [(f"{clash!a}", list(clash)) for clash in CLASHES]
    out = []
    for k, (title, names) in enumerate(chosen):
        optimizer = ("'adam'", "'sgd'", "optim.SGD(learning_rate=0.1, momentum=0.9, nesterov=True)",
            "optim.RMSprop()")[k % 4]
        text = FIT.format(names=names, model=SEQUENTIAL.format(optimizer=optimizer))
        out.append(Scenario(f"fit: layers named {title}", "fit name", "runs", text, calls=1, vacant=True,
                            watched="nn.Sequential.forward", bound=4))
        text = TENSORS.format(names=names)
        out.append(Scenario(f"names: tensors named {title}", "jit name", "runs", text, vacant=True))
    for name in ("\n", f"h\n{RUN}\n#", "rate", "loss", "if", "W₁", "dense", "self", "{}", "x0", "ſ"):
        out.append(Scenario(f"fit: an attribute named {name!a}", "fit name", "runs", FIT.format(names=[name],
            model=OWN),
                            calls=1, vacant=True))
    return out
