# %% [markdown] Why linear layers are not stacked: (8) as algebra, as code and as rank; then (9) and
# (10), which do not collapse.

# %%
import numpy as np

import tinygrad_edu as tg
import viz
from demos.lesson import begin
from tinygrad_edu import nn

TITLE = ("Why not stack linear layers", "Por qué no apilar capas lineales")
SLIDES = "Multilayer Perceptrons: Theory, (7) to (10)"
SECONDS = (1, 1)
lesson = begin("s04_collapse")

# %%
lesson.say(
    "Two linear layers are one: Y = (XW₁ + b₁)W₂ + b₂ = XW₁W₂ + b₁W₂ + b₂ = XW + b. We gain nothing. With small "
    "whole numbers every product is exact, so that equal means equal to the bit.",
    "Dos capas lineales son una: Y = (XW₁ + b₁)W₂ + b₂ = XW₁W₂ + b₁W₂ + b₂ = XW + b. No ganamos nada. Con "
    "enteros pequeños cada producto es exacto, así que igual quiere decir igual hasta el último bit.",
)
rng = np.random.default_rng(lesson.seed)


def stack(sizes, activation=None):
    """Layers whose weights are small integers."""
    model = nn.MLP(*sizes, activation=activation, dtype=float, seed=0)
    for p in model.parameters():
        p.data = rng.integers(-3, 4, p.shape)
    return model


small = stack((2, 3, 1))
W, b = nn.affine(small)
for name, value in (
    ("W₁", small.layers[0].weight),
    ("W₂", small.layers[1].weight),
    ("W = W₁W₂", W),
    ("b = b₁W₂ + b₂", b),
):
    lesson.matrix(name, value.numpy())
deep = stack((20, 30, 30, 30, 5))
x = rng.integers(-3, 4, (100, 20)).astype(float)
one = nn.collapse(deep)
same = np.array_equal(deep(x).numpy(), one(x).numpy())
lesson.check(
    "(8)",
    (
        "four linear layers and the one that nn.collapse makes of them, on 100 inputs",
        "cuatro capas lineales y la que nn.collapse hace de ellas, con 100 insumos",
    ),
    "=",
    lesson("equal to the bit", "iguales hasta el bit") if same else "≠",
    same,
)
many, few = (sum(p.size for p in m.parameters()) for m in (deep, one))
lesson.check(
    "(8)",
    (
        'parameters before and after: "no ganamos nada"',
        "parámetros antes y después: «no ganamos nada»",
    ),
    lesson("fewer", "menos"),
    f"{many} → {few}",
    few < many,
)
loss = (tg.tensor(x[:4, :2], name="X") @ W + b).sum()
loss.backward()
first, second = small.layers
lesson.show(
    viz.graph(
        loss,
        names={
            "W₁": first.weight,
            "b₁": first.bias,
            "W₂": second.weight,
            "b₂": second.bias,
            "W": W,
            "b": b,
        },
        lang=lesson.lang,
    ),
    "collapse.png",
    "one layer W, b made of two: the gradients still go back to all four",
    "una capa W, b hecha de dos: los gradientes todavía vuelven a las cuatro",
)

# %%
lesson.title(
    "As rank: a narrow layer even loses something",
    "Como rango: una capa angosta incluso pierde algo",
)
lesson.say(
    "W = W₁W₂ cannot have a greater rank than its narrowest layer has units. Twenty inputs squeezed through 3 "
    "linear units leave a rank of 3, however wide the layers around are.",
    "W = W₁W₂ no puede tener más rango que unidades tiene su capa más angosta. Veinte insumos por 3 unidades "
    "lineales dejan rango 3, por anchas que sean las capas alrededor.",
)
ranks = []
for narrow in (1, 3, 20):
    W, _ = nn.affine(nn.MLP(20, narrow, 20, activation=None, dtype=float, seed=lesson.seed))
    ranks.append(int(np.linalg.matrix_rank(W.numpy())))
lesson.check(
    "(8)",
    (
        "rank of W = W₁W₂ through 1, 3 and 20 linear units",
        "rango de W = W₁W₂ por 1, 3 y 20 unidades lineales",
    ),
    "1, 3, 20",
    ", ".join(map(str, ranks)),
    ranks == [1, 3, 20],
)

# %%
lesson.title("With σ between, it no longer collapses", "Con σ en medio, ya no colapsa")
lesson.say(
    "H = σ(XW₁ + b₁), Y = HW₂ + b₂ (9), and (10) with two hidden layers. A test that any linear function "
    "passes: f(00) - f(01) - f(10) + f(11) = 0. XOR needs -2.",
    "H = σ(XW₁ + b₁), Y = HW₂ + b₂ (9), y (10) con dos capas ocultas. Una prueba que toda función lineal pasa: "
    "f(00) - f(01) - f(10) + f(11) = 0. XOR necesita -2.",
)
corners, signs = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([1, -1, -1, 1])
bend = lambda model: abs(float(signs @ model(corners).numpy()[:, 0]))
linear = [bend(stack((2, 4, 4, 1))) for _ in range(100)]
lesson.check(
    "(8)",
    (
        "the greatest |f(00) - f(01) - f(10) + f(11)| of 100 linear stacks",
        "el mayor |f(00) - f(01) - f(10) + f(11)| de 100 pilas lineales",
    ),
    "0",
    f"{max(linear):g}",
    max(linear) == 0,
)
for equation, sizes in (("(9)", (2, 4, 1)), ("(10)", (2, 4, 4, 1))):
    for name in ("relu", "sigmoid", "tanh"):
        bent = sum(bend(stack(sizes, name)) > 1e-6 for _ in range(100))
        lesson.check(
            equation,
            (
                f"with {name} between: how many of 100 networks are not linear",
                f"con {name} en medio: cuántas de 100 redes no son lineales",
            ),
            "> 0",
            f"{bent}",
            bent > 50,
        )
try:
    nn.collapse(stack((2, 4, 1), "relu"))
    said = "collapsed"
except TypeError as refusal:
    said = str(refusal)
lesson.write(said)
lesson.check(
    "(9)",
    (
        "nn.collapse refuses a network with relu, and shows why",
        "nn.collapse rechaza una red con relu, y muestra por qué",
    ),
    "f(-1) + f(2) ≠ f(0) + f(1)",
    "2 ≠ 1" if "f(-1) + f(2) = 2, and f(0) + f(1) = 1" in said else said,
    "not linear" in said,
)
