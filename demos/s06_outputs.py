# %% [markdown] Outputs and costs: each cost is the negative log-likelihood of its output unit; what
# a mismatched pair does.

# %%
import numpy as np
from matplotlib.figure import Figure

import tinygrad_edu as tg
from demos.lesson import begin
from tinygrad_edu import nn
from viz.plots.base import GRADIENT, VALUE, tidy

TITLE = ("Output units and their costs", "Unidades de salida y sus costos")
SLIDES = "Output Functions"
SECONDS = (1, 1)
lesson = begin("s06_outputs")

# %%
lesson.say(
    "The choice of the cost is tied to the output unit: the distance between the data's distribution and the "
    "model's. A linear unit is the mean of a normal distribution, a sigmoid the probability of a coin, a "
    "softmax those of a die. The cost is the negative log-probability that the model gives the data.",
    "La elección del costo está atada a la unidad de salida: la distancia entre la distribución de los datos y "
    "la del modelo. Una unidad lineal es la media de una normal, una sigmoidea la probabilidad de una moneda, "
    "una softmax las de un dado. El costo es menos el logaritmo de la probabilidad que el modelo da a los datos.",
)
rng = np.random.default_rng(lesson.seed)
z, t = rng.normal(size=(6, 1)), rng.normal(size=(6, 1))
normal = -np.log(np.exp(-((t - z) ** 2) / 2) / np.sqrt(2 * np.pi)).mean()
ours = 0.5 * tg.mse(z, t).item() + 0.5 * np.log(2 * np.pi)
lesson.check(
    "Output Functions",
    ("linear: mse/2 + ½log 2π and -log N(t; z, 1)", "lineal: mse/2 + ½log 2π y -log N(t; z, 1)"),
    f"{normal:.12f}",
    f"{ours:.12f}",
    abs(ours - normal) < 1e-12,
)
coin = rng.integers(0, 2, (6, 1)).astype(float)
p = 1 / (1 + np.exp(-z))
bernoulli = -np.log(p**coin * (1 - p) ** (1 - coin)).mean()
ours = nn.bce_with_logits(z, coin).item()
lesson.check(
    "Output Functions",
    (
        "sigmoid: binary cross-entropy and -log pᵗ(1 - p)¹⁻ᵗ",
        "sigmoidea: entropía cruzada binaria y -log pᵗ(1 - p)¹⁻ᵗ",
    ),
    f"{bernoulli:.12f}",
    f"{ours:.12f}",
    abs(ours - bernoulli) < 1e-12,
)
rows, labels = rng.normal(size=(6, 3)), rng.integers(0, 3, 6)
die = np.exp(rows) / np.exp(rows).sum(axis=1, keepdims=True)
categorical = -np.log(die[np.arange(6), labels]).mean()
ours = nn.cross_entropy(rows, labels).item()
lesson.check(
    "Output Functions",
    ("softmax: cross-entropy and -log p[t]", "softmax: entropía cruzada y -log p[t]"),
    f"{categorical:.12f}",
    f"{ours:.12f}",
    abs(ours - categorical) < 1e-12,
)

# %%
lesson.say(
    "Softmax of two classes is the sigmoid of the difference of its inputs, and a shift of all inputs changes "
    "nothing.",
    "Softmax de dos clases es la sigmoidea de la diferencia de sus insumos, y sumar lo mismo a todos no cambia "
    "nada.",
)
pair = rng.normal(size=(5, 2))
gap = float(np.abs(tg.softmax(pair)[:, 0] - tg.sigmoid(pair[:, 0] - pair[:, 1])).max())
lesson.check(
    "Output Functions",
    ("softmax(a, b)₁ = sigmoid(a - b)", "softmax(a, b)₁ = sigmoid(a - b)"),
    "=",
    lesson(f"within {gap:.0e}", f"a menos de {gap:.0e}"),
    gap < 1e-15,
)

# %%
lesson.title(
    "The right pair: its gradient is the error", "La pareja correcta: su gradiente es el error"
)
lesson.say(
    "With its own cost each of the three has the same gradient with respect to z: prediction minus target. A "
    "mistake pulls as hard as it is large.",
    "Con su propio costo las tres tienen el mismo gradiente respecto de z: predicción menos objetivo. Un error "
    "tira tan fuerte como grande es.",
)
for name, loss, at, error in (
    ("linear + mse/2", lambda v: 0.5 * tg.mse(v, t), z, (z - t) / 6),
    ("sigmoid + bce", lambda v: nn.bce_with_logits(v, coin), z, (p - coin) / 6),
    (
        "softmax + cross-entropy",
        lambda v: nn.cross_entropy(v, labels),
        rows,
        (die - np.eye(3)[labels]) / 6,
    ),
):
    gap = float(np.abs(tg.grad(loss)(at) - error).max())
    lesson.check(
        "Output Functions",
        (
            f"{name}: the gradient is (prediction - target)/n",
            f"{name}: el gradiente es (predicción - objetivo)/n",
        ),
        "=",
        lesson(f"within {gap:.0e}", f"a menos de {gap:.0e}"),
        gap < 1e-15,
    )

# %%
lesson.title("The mismatched pair, and why logits", "La pareja equivocada, y por qué logits")
lesson.say(
    "Take a sigmoid with squared error, target 1, and z = -10: the mistake could hardly be worse, and yet the "
    "gradient is almost 0, because σ' is. With the cost that goes with the sigmoid the gradient is nearly 1.",
    "Tómese una sigmoidea con error cuadrático, objetivo 1 y z = -10: el error apenas podría ser peor, y sin "
    "embargo el gradiente es casi 0, porque σ' lo es. Con el costo que va con la sigmoidea es casi 1.",
)
one = np.ones((1, 1))
wrong = abs(tg.grad(lambda v: tg.mse(tg.sigmoid(v), one))(-10 * one).item())
right = abs(tg.grad(lambda v: nn.bce_with_logits(v, one))(-10 * one).item())
lesson.check(
    "Output Functions",
    (
        "|gradient| at a confident mistake, z = -10: squared error, cross-entropy",
        "|gradiente| en un error seguro, z = -10: error cuadrático, entropía cruzada",
    ),
    lesson("the cost belongs to the unit", "el costo va con la unidad"),
    f"{wrong:.1e}, {right:.5f}",
    wrong < 1e-4 and right > 0.99,
)
lesson.say(
    "And why the costs read z, the logits, not the probability: in float32 the softmax of (0, 200) is exactly "
    "(0, 1), and log 0 is no cost to learn from. From the logits it is 200, with a gradient of 1.",
    "Y por qué los costos leen z, los logits, y no la probabilidad: en float32 la softmax de (0, 200) es "
    "exactamente (0, 1), y log 0 no es un costo del que se aprenda. De los logits sale 200, con gradiente 1.",
)
sure = np.array([[0, 200]], np.float32)
with np.errstate(divide="ignore"):
    from_probability = -np.log(tg.softmax(sure)[0, 0])
from_logits = nn.cross_entropy(sure, np.array([0])).item()
lesson.check(
    "Output Functions",
    (
        "-log of the probability, and the cost from logits (0, 200), class 0",
        "-log de la probabilidad, y el costo desde los logits (0, 200), clase 0",
    ),
    "200",
    f"{from_probability:g}, {from_logits:g}",
    np.isinf(from_probability) and from_logits == 200,
)
line = np.linspace(-12, 6, 400)
figure = Figure(figsize=(11, 4), layout="constrained")
for ax, slope, name in zip(
    figure.subplots(1, 2),
    (False, True),
    (lesson("cost", "costo"), lesson("|gradient|", "|gradiente|")),
    strict=True,
):
    for color, dash, label, f in (
        (VALUE, "-", lesson("cross-entropy", "entropía cruzada"), lambda v: tg.softplus(-v)),
        (
            GRADIENT,
            "--",
            lesson("squared error", "error cuadrático"),
            lambda v: (tg.sigmoid(v) - 1.0) ** 2,
        ),
    ):
        points = tg.tensor(line, requires_grad=True)
        out = f(points)
        out.sum().backward()
        ax.plot(
            line,
            np.abs(points.grad) if slope else out.numpy(),
            dash,
            color=color,
            lw=2.4,
            label=label,
        )
    ax.set_xlabel(lesson("z, where the answer is 1", "z, donde la respuesta es 1"), fontsize=12)
    ax.set_title(name, fontsize=14)
    ax.legend(fontsize=12)
    tidy(ax)
lesson.show(
    figure,
    "pairs.png",
    "right: far to the left, where the mistake is greatest, the squared error's gradient is gone",
    "a la derecha: lejos a la izquierda, donde el error es mayor, el gradiente del error cuadrático "
    "desapareció",
)
