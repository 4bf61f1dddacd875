# %% [markdown] From the linear model to the neuron: β by least squares and by gradient descent; the
# perceptron and its threshold.

# %%
import numpy as np

import tinygrad_edu as tg
from demos.lesson import begin
from viz import plots

TITLE = ("From the linear model to the neuron", "Del modelo lineal a la neurona")
SLIDES = "Deep Learning: Recap, (1); Activation Functions (McCulloch, Pitts)"
SECONDS = (1, 1)
lesson = begin("s01_neuron")

# %%
lesson.say(
    "We begin with a model we know: y = β₁x₁ + β₂x₂ + β₃x₃ + u. A weighted sum of inputs is already half a "
    "neuron. First we fit it the way econometrics does, by solving X'Xβ = X'y; then the way networks do, by "
    "walking down the gradient of the mean squared error. Both must find the same β.",
    "Empecemos con un modelo familiar: y = β₁x₁ + β₂x₂ + β₃x₃ + u. Una suma ponderada de insumos ya es media "
    "neurona. Primero lo ajustamos como en econometría, resolviendo X'Xβ = X'y; después como lo hacen las "
    "redes, bajando por el gradiente del error cuadrático medio. Ambos deben encontrar el mismo β.",
)
rng = np.random.default_rng(lesson.seed)
X = rng.normal(size=(200, 3))
beta = np.array([[2.0], [-1.0], [0.5]])
y = X @ beta + 0.1 * rng.normal(size=(200, 1))
ols = np.linalg.solve(X.T @ X, X.T @ y)

w = tg.tensor(np.zeros((3, 1)), requires_grad=True, name="β")
for _ in range(300):
    loss = tg.mse(X @ w, y)
    w.grad = None
    loss.backward()
    w.data -= 0.3 * w.grad
lesson.matrix("β", beta)
lesson.matrix(lesson("by least squares", "por mínimos cuadrados"), ols)
lesson.matrix(lesson("by gradient descent", "por descenso del gradiente"), w)
gap = float(np.abs(w.numpy() - ols).max())
lesson.check(
    "(1)",
    (
        "gradient descent finds the least-squares β",
        "el descenso del gradiente encuentra el β de mínimos cuadrados",
    ),
    "=",
    lesson(f"within {gap:.0e}", f"a menos de {gap:.0e}"),
    gap < 1e-10,
)

# %%
lesson.title(
    "A neuron: a weighted sum, then something that is not linear",
    "Una neurona: una suma ponderada, y después algo no lineal",
)
lesson.say(
    "The neuron of McCulloch and Pitts fires (1) when its weighted sum reaches a threshold, and is silent (0) "
    "below. Two inputs and a threshold of 1.5 make AND; a threshold of 0.5 makes OR.",
    "La neurona de McCulloch y Pitts se dispara (1) cuando su suma ponderada alcanza un umbral, y calla (0) por "
    "debajo. Dos insumos y un umbral de 1,5 hacen el Y; un umbral de 0,5 hace el O.",
)
corners = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
AND, OR, XOR = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1]), np.array([0, 1, 1, 0])
both = [tg.threshold(corners @ np.ones(2), theta=theta) for theta in (1.5, 0.5)]
lesson.table(
    [(*map(int, c), *(int(v[k]) for v in both)) for k, c in enumerate(corners)],
    ("x₁", "x₂", lesson("AND", "Y"), lesson("OR", "O")),
)
lesson.check(
    "Activation Functions",
    ("a threshold unit computes AND and OR", "una unidad de umbral calcula Y y O"),
    "0001 0111",
    " ".join("".join(str(int(v)) for v in b) for b in both),
    np.array_equal(both[0], AND) and np.array_equal(both[1], OR),
)

# %%
lesson.say(
    "Rosenblatt's rule learns such weights: after a mistake, add the input if the answer should have been 1, "
    "subtract it if 0. It ends when a line separates the classes. For XOR no line does, and it never ends.",
    "La regla de Rosenblatt aprende esos pesos: tras un error, suma el insumo si la respuesta debía ser 1, "
    "réstalo si debía ser 0. Termina cuando una recta separa las clases. Para XOR ninguna lo hace, y no termina "
    "nunca.",
)


def rosenblatt(target, most=1000):
    """The weights, the bias, and after how many rounds no mistake was left; None if one always
    was."""
    weights, bias = np.zeros(2), 0.0
    for k in range(most):
        mistakes = 0
        for x, t in zip(corners, target, strict=True):
            error = t - int(weights @ x + bias > 0)
            weights, bias, mistakes = weights + error * x, bias + error, mistakes + abs(error)
        if not mistakes:
            return weights, bias, k
    return weights, bias, None


found = {name: rosenblatt(target) for name, target in (("AND", AND), ("OR", OR), ("XOR", XOR))}
rounds = {name: end for name, (_, _, end) in found.items()}
lesson.check(
    "Deep Learning: Recap",
    (
        "rounds until no mistake is left, of at most 1 000: AND, OR, XOR",
        "vueltas hasta no cometer errores, de 1 000 a lo sumo: Y, O, XOR",
    ),
    lesson("XOR: never", "XOR: nunca"),
    ", ".join(lesson("never", "nunca") if v is None else str(v) for v in rounds.values()),
    rounds["AND"] is not None and rounds["OR"] is not None and rounds["XOR"] is None,
)

# %%
lesson.say(
    "A threshold cannot be trained by gradients: its derivative is 0 wherever it has one. The sigmoid is its "
    "smooth stand-in: the steeper it is, the nearer it comes.",
    "Un umbral no se puede entrenar con gradientes: su derivada es 0 donde existe. La sigmoidea es su sustituta "
    "suave: cuanto más empinada, más se le acerca.",
)
x = tg.tensor(np.linspace(-2, 2, 401), requires_grad=True)
tg.threshold(x).sum().backward()
lesson.check(
    "Activation Functions",
    ("the largest derivative of the threshold unit", "la mayor derivada de la unidad de umbral"),
    "0",
    f"{np.abs(x.grad).max():g}",
    not x.grad.any(),
)
outside = np.abs(x.numpy()) >= 0.2
gaps = [
    float(np.abs(tg.sigmoid(k * x.numpy()) - tg.threshold(x.numpy()))[outside].max())
    for k in (1, 10, 100)
]
lesson.check(
    "Activation Functions",
    (
        "|sigmoid(kx) - threshold(x)| outside ±0.2, k = 1, 10, 100",
        "|sigmoid(kx) - umbral(x)| fuera de ±0,2, k = 1, 10, 100",
    ),
    "→ 0",
    ", ".join(f"{g:.1g}" for g in gaps),
    gaps[0] > gaps[1] > gaps[2] and gaps[2] < 1e-8,
)
weights, bias, _ = found["AND"]
lesson.show(
    plots.perceptron(weights, bias, [1, 1], activation="threshold", lang=lesson.lang),
    "neuron.png",
    "the neuron that Rosenblatt's rule found for AND, with both inputs 1",
    "la neurona que la regla de Rosenblatt encontró para Y, con ambos insumos en 1",
)
