# %% [markdown] Universal approximation: functions of one and two variables to a chosen ε by
# widening one squashing hidden layer; the derivative too, by training on values and derivatives.

# %%
import numpy as np
from matplotlib.figure import Figure

import tinygrad_edu as tg
from demos.lesson import begin
from tinygrad_edu import nn, optim, schedules
from viz.plots.base import GOOD, GRADIENT, LINES, VALUE, tidy

TITLE = ("Universal approximation", "Aproximación universal")
SLIDES = "Architecture Design: Hornik et al. 1989, Cybenko 1989, Hornik et al. 1990"
SECONDS = (4, 2)
lesson = begin("s08_approximation")

# %%
lesson.say(
    "The theorem: a linear output over one hidden layer of squashing units approximates any reasonable function "
    "to any ε, given units enough. It says that weights exist, not how to find them. So first we only look for "
    "them: units sigmoid(k(x - cᵢ)) at places cᵢ, and the output weights by least squares, which finds the best "
    "there are.",
    "El teorema: una salida lineal sobre una capa oculta de unidades de aplastamiento aproxima cualquier "
    "función razonable con cualquier ε, si hay unidades suficientes. Dice que los pesos existen, no cómo "
    "hallarlos. Así que primero solo los buscamos: unidades sigmoid(k(x - cᵢ)) en lugares cᵢ, y los pesos de "
    "salida por mínimos cuadrados, que halla los mejores que hay.",
)


def steps_of_one(n, x):
    """Hidden layer of n sigmoids along [0, 1], as steep as they are dense."""
    centres = (np.arange(n) + 0.5) / n
    return tg.sigmoid(3.0 * n * (x - centres))


def worst_error(n, f):
    """The greatest error on 2 000 points between those that the output weights were fitted on."""
    fit, check = np.linspace(0, 1, 1001)[:, None], (np.arange(2000)[:, None] + 0.5) / 2000
    design = lambda x: np.hstack([np.asarray(steps_of_one(n, x)), np.ones((len(x), 1))])
    weights = np.linalg.lstsq(design(fit), f(fit), rcond=None)[0]
    return float(np.abs(design(check) @ weights - f(check)).max())


targets = {
    "sin 2πx": lambda x: np.sin(2 * np.pi * x),
    "|x - 0.4|": lambda x: np.abs(x - 0.4),
    "exp(-50(x - 0.5)²)": lambda x: np.exp(-50 * (x - 0.5) ** 2),
}
widths = [2, 4, 8, 16, 32, 64, 128]
errors = {name: [worst_error(n, f) for n in widths] for name, f in targets.items()}
lesson.table(
    [(name, *(f"{e:.1e}" for e in found)) for name, found in errors.items()],
    (lesson("greatest error with", "mayor error con"), *(f"{n}" for n in widths)),
)
epsilon = 0.01
enough = {
    name: next(n for n, e in zip(widths, found, strict=True) if e < epsilon)
    for name, found in errors.items()
}
for name, n in enough.items():
    lesson.check(
        "Architecture Design",
        (
            f"{name}: units for an error below ε = {epsilon}",
            f"{name}: unidades para un error menor que ε = {epsilon}",
        ),
        lesson("enough exist", "hay suficientes"),
        f"{n}",
        errors[name][widths.index(n)] < epsilon,
    )
figure = Figure(figsize=(7.5, 4.6), layout="constrained")
ax = figure.add_subplot()
for (name, found), (color, dash, marker) in zip(errors.items(), LINES, strict=False):
    ax.loglog(widths, found, dash, marker=marker, color=color, label=name, lw=2)
ax.axhline(epsilon, color="black", lw=1)
ax.text(2.05, epsilon * 1.15, "ε = 0.01", fontsize=12)
ax.set_xlabel(lesson("hidden units", "unidades ocultas"), fontsize=12)
ax.set_ylabel(lesson("greatest error", "mayor error"), fontsize=12)
ax.legend(fontsize=12)
tidy(ax)
lesson.show(
    figure,
    "width.png",
    "every line crosses any ε, if one goes on to the right far enough",
    "cada línea cruza cualquier ε, si se sigue lo bastante a la derecha",
)

# %%
lesson.title("Two variables", "Dos variables")
lesson.say(
    "Of two variables the same: sigmoids of random directions, the output weights by least squares.",
    "Con dos variables, lo mismo: sigmoideas de direcciones al azar, los pesos de salida por mínimos cuadrados.",
)


def worst_in_the_plane(n):
    rng = np.random.default_rng(lesson.seed)
    W, b = rng.normal(size=(2, n)) * 6, rng.uniform(-6, 6, n)
    side = np.linspace(-1, 1, 41)
    fit = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    check = np.stack(np.meshgrid(side[:-1] + 0.025, side[:-1] + 0.025), -1).reshape(-1, 2)
    g = lambda p: np.sin(3 * p[:, :1]) * np.cos(2 * p[:, 1:])
    design = lambda p: np.hstack([np.asarray(tg.sigmoid(p @ W + b)), np.ones((len(p), 1))])
    weights = np.linalg.lstsq(design(fit), g(fit), rcond=1e-10)[0]
    return float(np.abs(design(check) @ weights - g(check)).max())


plane = {n: worst_in_the_plane(n) for n in (10, 40, 160, 640)}
lesson.table(
    [(n, f"{e:.1e}") for n, e in plane.items()],
    (lesson("units", "unidades"), lesson("greatest error", "mayor error")),
)
lesson.check(
    "Architecture Design",
    (
        "sin 3x·cos 2y: greatest error with 10 and with 640 units",
        "sen 3x·cos 2y: mayor error con 10 y con 640 unidades",
    ),
    "→ 0",
    f"{plane[10]:.1e}, {plane[640]:.1e}",
    plane[640] < 1e-2 < plane[10],
)

# %%
lesson.title("The derivative too (Hornik et al. 1990)", "También la derivada (Hornik et al. 1990)")
lesson.say(
    "A network that approximates f can approximate f' at the same time. Few points, 12, show the difference: "
    "trained on values alone, and on values and derivatives. The second loss contains f'(x), so its gradient is "
    "a derivative of a derivative; the engine takes it from the same rules.",
    "Una red que aproxima f puede aproximar f' a la vez. Pocos puntos, 12, muestran la diferencia: entrenada "
    "solo con valores, y con valores y derivadas. La segunda pérdida contiene f'(x), así que su gradiente es la "
    "derivada de una derivada; el motor la toma de las mismas reglas.",
)
points = np.linspace(-1, 1, 12)[:, None]
f, slope = (lambda x: np.sin(4 * x)), (lambda x: 4 * np.cos(4 * x))
steps = lesson.pick(6000, 1500)


def train(with_slope):
    model = nn.MLP(1, 24, 1, activation="tanh", dtype=float, seed=lesson.seed)
    optimizer = optim.Adam(model.parameters(), learning_rate=schedules.CosineDecay(0.02, steps))
    x = tg.tensor(points)
    for _ in range(steps):
        loss = tg.mse(model(x), f(points))
        if with_slope:
            loss = loss + 0.1 * tg.mse(tg.grad(lambda v: model(v).sum())(x), slope(points))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


between = np.linspace(-1, 1, 401)[:, None]
rows, drawn = [], {}
for name, with_slope in (
    (lesson("values", "valores"), False),
    (lesson("values and derivatives", "valores y derivadas"), True),
):
    lesson.progress(f"training on {name}", f"entrenando con {name}")
    model = train(with_slope)
    found = tg.grad(lambda v, model=model: model(v).sum())(between).numpy()
    rows.append(
        (
            name,
            float(np.abs(model(between).numpy() - f(between)).max()),
            float(np.abs(found - slope(between)).max()),
        )
    )
    drawn[name] = found
lesson.table(
    [(n, f"{a:.1e}", f"{b:.1e}") for n, a, b in rows],
    (
        lesson("trained on", "entrenada con"),
        lesson("greatest error of f", "mayor error de f"),
        lesson("of f'", "de f'"),
    ),
)
lesson.check(
    "Architecture Design",
    (
        "greatest error of f', which goes to 4: values alone, values and derivatives",
        "mayor error de f', que llega a 4: solo valores, valores y derivadas",
    ),
    lesson("derivatives are approximated too", "las derivadas también se aproximan"),
    f"{rows[0][2]:.2g}, {rows[1][2]:.2g}",
    rows[1][2] < 0.4 and rows[1][2] < 0.5 * rows[0][2],
)
figure = Figure(figsize=(8.5, 4.4), layout="constrained")
ax = figure.add_subplot()
ax.plot(between, slope(between), color="black", lw=4, alpha=0.25, label="f' = 4 cos 4x")
for (name, found), color, dash in zip(drawn.items(), (GRADIENT, VALUE), ("--", "-"), strict=True):
    ax.plot(between, found, dash, color=color, lw=2, label=name)
ax.plot(points, slope(points), "o", color=GOOD, ms=6)
ax.legend(fontsize=12)
tidy(ax)
lesson.show(
    figure,
    "derivative.png",
    "the derivative of both networks: the one trained on slopes too follows f'",
    "la derivada de ambas redes: la entrenada también con pendientes sigue a f'",
)
