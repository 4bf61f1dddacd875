# %% [markdown]
# XOR: the linear model fails, the lecture's network by hand, and the same network learned.

# %%
import numpy as np

import tinygrad_edu as tg
import viz
from demos.lesson import begin
from tinygrad_edu import nn
from viz import plots

TITLE = ("XOR, worked by hand and learned", "XOR, resuelto a mano y aprendido")
SLIDES = 'Worked Example: The "Exclusive OR (XOR)" Function, (2) to (6)'
SECONDS = (9, 3)
lesson = begin("s03_xor")

# %%
X, y = tg.datasets.xor()
lesson.say(
    "XOR is 1 when exactly one of two inputs is 1. A linear model, y = Xβ + ια, cannot say so: least squares "
    "gives β = 0 and α = 1/2, a prediction of 1/2 for all four. The proof takes one line: every linear f has "
    "f(00) - f(01) - f(10) + f(11) = 0, and XOR has -2.",
    "XOR vale 1 cuando exactamente uno de dos insumos es 1. Un modelo lineal, y = Xβ + ια, no puede decirlo: "
    "mínimos cuadrados da β = 0 y α = 1/2, una predicción de 1/2 para los cuatro. La prueba ocupa una línea: "
    "toda f lineal cumple f(00) - f(01) - f(10) + f(11) = 0, y XOR da -2.",
)
lesson.matrix("X", X)
lesson.matrix("y", y)
solution = np.linalg.lstsq(np.column_stack([X, np.ones(4)]), y, rcond=None)[0].reshape(-1)
beta, alpha = tg.tensor([[1.0], [-1.0]], requires_grad=True), tg.tensor([0.0], requires_grad=True)
descent = tg.optim.SGD([beta, alpha], learning_rate=0.3)
for _ in range(500):
    loss = tg.mse(X @ beta + alpha, y)
    descent.zero_grad()
    loss.backward()
    descent.step()
fitted = np.append(beta.numpy(), alpha.numpy())
lesson.check(
    "(3)",
    ("the linear solution α, β₁, β₂", "la solución lineal α, β₁, β₂"),
    "1/2, 0, 0",
    ", ".join(f"{v + 0:.6f}" for v in solution[[2, 0, 1]].round(9) + 0.0),
    np.allclose(solution, [0, 0, 0.5]),
)
lesson.check(
    "(3)",
    ("gradient descent finds the same", "el descenso del gradiente encuentra la misma"),
    "1/2, 0, 0",
    ", ".join(f"{v + 0:.6f}" for v in fitted[[2, 0, 1]].round(9) + 0.0),
    np.allclose(fitted, [0, 0, 0.5], atol=1e-9),
)
corner = float(np.array([1, -1, -1, 1]) @ y[:, 0])
lesson.check(
    "(3)",
    (
        "f(00) - f(01) - f(10) + f(11) of XOR; of every linear f it is 0",
        "f(00) - f(01) - f(10) + f(11) de XOR; de toda f lineal es 0",
    ),
    "≠ 0",
    f"{corner:g}",
    corner == -2,
)

# %%
lesson.title("The worked example, matrix by matrix", "El ejemplo, matriz por matriz")
lesson.say(
    "One hidden layer of two rectified units is enough: f(x) = max{0, XW + c}w + b with the lecture's numbers.",
    "Basta una capa oculta de dos unidades rectificadas: f(x) = max{0, XW + c}w + b con los números de la "
    "clase.",
)


def network(b):
    """The lecture's solution with the bias b: its tensors by name."""
    at = {
        "X": tg.tensor(X, name="X"),
        "y": tg.tensor(y, name="y"),
        "W": tg.tensor([[1.0, 1.0], [1.0, 1.0]], requires_grad=True),
        "c": tg.tensor([0.0, -1.0], requires_grad=True),
        "w": tg.tensor([[1.0], [-2.0]], requires_grad=True),
        "b": tg.tensor([b], requires_grad=True),
    }
    at["U"] = at["X"] @ at["W"]
    at["Z"] = at["U"] + at["c"]
    at["H"] = tg.relu(at["Z"])
    at["s"] = at["H"] @ at["w"]
    at["f"] = at["s"] + at["b"]
    at["L"] = tg.mse(at["f"], at["y"])
    at["L"].backward()
    return at


at = network(0.0)
lecture = {
    "U": ("XW", [[0, 0], [1, 1], [1, 1], [2, 2]]),
    "Z": ("XW + c", [[0, -1], [1, 0], [1, 0], [2, 1]]),
    "H": ("max{0, XW + c}", [[0, 0], [1, 0], [1, 0], [2, 1]]),
    "f": ("max{0, XW + c}w + b", [[0], [1], [1], [0]]),
}
for name, (formula, expected) in lecture.items():
    lesson.matrix(formula, at[name])
    lesson.check(
        "(6)",
        (formula, formula),
        str(expected).replace(" ", ""),
        str(at[name].numpy().astype(int).tolist()).replace(" ", ""),
        np.array_equal(at[name].numpy(), expected),
    )

# %%
lesson.title("Its gradients, to follow by hand", "Sus gradientes, para seguirlos a mano")
lesson.say(
    "At the solution the loss is 0, and so is every gradient: there is nothing left to correct. With b = 1/2 the "
    "loss is 1/4 and every gradient a multiple of 1/4. Four of the eight entries are blocked by max{0, ·} "
    "(three of them because we take relu'(0) = 0).",
    "En la solución la pérdida es 0, y también cada gradiente: no queda nada por corregir. Con b = 1/2 la "
    "pérdida es 1/4 y cada gradiente un múltiplo de 1/4. max{0, ·} bloquea cuatro de las ocho entradas (tres "
    "de ellas porque tomamos relu'(0) = 0).",
)
at = network(0.5)
expected = {"W": [[0.5, -0.5], [0.5, -0.5]], "c": [0.75, -0.5], "w": [[1.0], [0.25]], "b": [1.0]}
for name, value in expected.items():
    lesson.check(
        "(6)",
        (f"∂L/∂{name} by hand, b = 1/2", f"∂L/∂{name} a mano, b = 1/2"),
        str(value).replace(" ", ""),
        str(at[name].grad.tolist()).replace(" ", ""),
        np.array_equal(at[name].grad, value),
    )
layers = {
    lesson("hidden layer", "capa oculta"): [at["U"], at["Z"], at["H"]],
    lesson("output layer", "capa de salida"): [at["s"], at["f"]],
}
lesson.show(
    viz.graph(at["L"], names=at, layers=layers, title="XOR", lang=lesson.lang),
    "xor.png",
    "every value and every gradient: the ∂ column of Z has four zeros where the ReLU lets nothing through",
    "cada valor y cada gradiente: la columna ∂ de Z tiene cuatro ceros donde la ReLU no deja pasar nada",
)
viz.explore(
    at["L"],
    names=at,
    layers=layers,
    title="XOR",
    lang=lesson.lang,
    path=lesson.out / "03-explorer.html",
)
lesson.files.append(
    (
        lesson.out / "03-explorer.html",
        lesson(
            "both passes, step by step, in a browser",
            "las dos pasadas, paso a paso, en un navegador",
        ),
    )
)

# %%
lesson.title("Learned from random starts", "Aprendido desde inicios al azar")
runs = lesson.pick(100, 20)
lesson.say(
    f"In real life nobody guesses the solution: a gradient-based optimizer finds it. From {runs} random starts "
    "each, for a network of 8 tanh units, and for the smallest one, of 2 ReLU units, which can represent XOR "
    "but does not always find it.",
    "En una situación real nadie adivina la solución: la encuentra un optimizador basado en gradientes. Desde "
    f"{runs} inicios al azar, con una red de 8 unidades tanh, y con la más pequeña, de 2 unidades ReLU, que "
    "puede representar XOR pero no siempre lo encuentra.",
)


def train(sizes, activation, seed):
    model = nn.MLP(*sizes, activation=activation, dtype=float, seed=seed)
    optimizer = tg.optim.SGD(model.parameters(), learning_rate=0.1, momentum=0.9)

    @tg.jit
    def step():
        loss = tg.mse(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    while (loss := step().item()) >= 1e-4 and optimizer.iterations < 2000:
        pass
    return model, loss


learned = {
    name: [train(sizes, name, lesson.seed + k) for k in range(runs)]
    for name, sizes in (("tanh", (2, 8, 1)), ("relu", (2, 2, 1)))
}
good = {name: sum(loss < 1e-3 for _, loss in found) for name, found in learned.items()}
lesson.check(
    "XOR",
    (
        "2-8-1 tanh: starts that learn XOR (error below 0.001)",
        "2-8-1 tanh: inicios que aprenden XOR (error menor que 0,001)",
    ),
    lesson("very few errors", "muy pocos errores"),
    f"{good['tanh']} / {runs}",
    good["tanh"] >= 0.95 * runs,
)
lesson.check(
    "Architecture Design",
    (
        "2-2-1 relu: representable, and yet starts that fail",
        "2-2-1 relu: representable, y aun así inicios que fallan",
    ),
    lesson("learning may fail", "el aprendizaje puede fallar"),
    f"{runs - good['relu']} / {runs}",
    0 < good["relu"] < runs,
)
best = max(
    (m for m, loss in learned["relu"] if loss < 1e-3),
    key=lambda m: abs(np.linalg.det(m.layers[0].weight.numpy())),
    default=learned["relu"][0][0],
)
lesson.show(
    plots.decision_boundary(
        lambda p: best(p).numpy(),
        X,
        y,
        hidden=lambda p: best.layers[0](p).numpy(),
        lang=lesson.lang,
    ),
    "spaces.png",
    "left no line separates the classes; right the hidden layer has bent the plane, and one does",
    "a la izquierda ninguna recta separa las clases; a la derecha la capa oculta ha doblado el plano, y una lo "
    "hace",
)
