# %% [markdown] Gradient descent, momentum, Adam on one surface; rates too small, right, too large;
# backpropagation written out.

# %%
import numpy as np
from matplotlib.figure import Figure

import tinygrad_edu as tg
from demos.lesson import begin
from tinygrad_edu import nn, optim
from viz.plots.base import LINES

TITLE = ("Gradient descent and its optimizers", "El descenso del gradiente y sus optimizadores")
SLIDES = "Worked Example, last slide: a gradient-based optimizer finds the parameters"
SECONDS = (1, 1)
lesson = begin("s07_descent")

# %%
lesson.say(
    "A long valley: L(w) = ½(w₁² + 25 w₂²), steep across and flat along. Gradient descent multiplies the error "
    "along each axis by 1 - rate·λ, with λ = 1 and 25. So it converges only for rates below 2/25 = 0.08, which "
    "the steep axis decides, while the flat one decides how long it takes.",
    "Un valle largo: L(w) = ½(w₁² + 25 w₂²), empinado a lo ancho y plano a lo largo. El descenso multiplica el "
    "error de cada eje por 1 - tasa·λ, con λ = 1 y 25. Así que converge solo con tasas menores que 2/25 = 0,08, "
    "que decide el eje empinado, mientras el plano decide cuánto tarda.",
)
scale = np.array([1.0, 25.0])


def descend(make, steps=100):
    """The way of an optimizer over the valley from (-4, 1)."""
    w = tg.tensor([-4.0, 1.0], requires_grad=True, name="w")
    optimizer, way = make([w]), [w.numpy()]
    for _ in range(steps):
        optimizer.zero_grad()
        (0.5 * (scale * w * w).sum()).backward()
        optimizer.step()
        way.append(w.numpy())
    return np.array(way)


loss_at = lambda w: float(0.5 * (scale * w * w).sum())
rates = {
    rate: loss_at(descend(lambda p, rate=rate: optim.SGD(p, learning_rate=rate))[-1])
    for rate in (0.001, 0.01, 0.05, 0.079, 0.081, 0.1)
}
lesson.table(
    [(rate, f"{loss:.2e}") for rate, loss in rates.items()],
    (
        lesson("rate", "tasa"),
        lesson("loss after 100 steps (first 20.5)", "pérdida tras 100 pasos (al inicio 20,5)"),
    ),
)
lesson.check(
    "Worked Example",
    (
        "the loss after 100 steps just below and just above the rate 2/λ = 0.08",
        "la pérdida tras 100 pasos justo por debajo y por encima de la tasa 2/λ = 0,08",
    ),
    lesson("falls, grows", "baja, crece"),
    f"{rates[0.079]:.2g}, {rates[0.081]:.2g}",
    rates[0.079] < 20.5 < rates[0.081],
)
predicted = 0.5 * ((-4 * (1 - 0.05) ** 100) ** 2 + 25 * (1 - 0.05 * 25) ** 200)
lesson.check(
    "Worked Example",
    (
        "the loss after 100 steps of rate 0.05, by Σ ½λ(1 - rate·λ)²ᵏw₀²",
        "la pérdida tras 100 pasos de tasa 0,05, por Σ ½λ(1 - tasa·λ)²ᵏw₀²",
    ),
    f"{predicted:.6e}",
    f"{rates[0.05]:.6e}",
    abs(rates[0.05] / predicted - 1) < 1e-9,
)

# %%
lesson.title("Three optimizers, one valley", "Tres optimizadores, un valle")
lesson.say(
    "Momentum keeps a velocity, so the zigzag across cancels and the way along adds up. Adam divides each axis "
    "by the size of its own gradients, so that steep and flat look alike to it.",
    "El momento guarda una velocidad: el zigzag a lo ancho se cancela y el camino a lo largo se suma. Adam "
    "divide cada eje por el tamaño de sus propios gradientes, así que lo empinado y lo plano le parecen "
    "iguales.",
)
ways = {
    "SGD 0.05": descend(lambda p: optim.SGD(p, learning_rate=0.05)),
    lesson("momentum 0.8", "momento 0,8"): descend(
        lambda p: optim.SGD(p, learning_rate=0.04, momentum=0.8)
    ),
    "Adam 0.3": descend(lambda p: optim.Adam(p, learning_rate=0.3)),
}
arrived = {
    name: next((k for k, w in enumerate(way) if all(loss_at(v) < 1e-2 for v in way[k:])), None)
    for name, way in ways.items()
}
lesson.table(
    list(arrived.items()),
    (
        "",
        lesson(
            "steps until the loss stays below 0.01", "pasos hasta que la pérdida queda bajo 0,01"
        ),
    ),
)
plain_sgd, momentum, adam = (v if v is not None else 10**6 for v in arrived.values())
lesson.check(
    "Worked Example",
    (
        "steps to a loss below 0.01: SGD, momentum",
        "pasos hasta una pérdida bajo 0,01: SGD, momento",
    ),
    lesson("fewer with momentum", "menos con momento"),
    f"{plain_sgd}, {momentum}",
    momentum < plain_sgd,
)
figure = Figure(figsize=(11, 5), layout="constrained")
ax = figure.add_subplot()
a, b = np.meshgrid(np.linspace(-4.6, 1.6, 200), np.linspace(-1.3, 1.3, 160))
ax.contourf(a, b, np.log(0.5 * (a**2 + 25 * b**2) + 0.05), levels=24, cmap="Greys_r", alpha=0.55)
for (name, way), (color, dash, marker) in zip(ways.items(), LINES, strict=False):
    ax.plot(way[:60, 0], way[:60, 1], dash, marker=marker, ms=4, color=color, lw=1.8, label=name)
ax.set_xlim(-4.6, 1.6)
ax.set_ylim(-1.3, 1.3)
ax.set_xlabel("w₁", fontsize=12)
ax.set_ylabel("w₂", fontsize=12)
ax.legend(fontsize=12, loc="upper left")
lesson.show(
    figure,
    "valley.png",
    "SGD has settled the steep axis after three steps and then crawls along the flat one; momentum swings and "
    "rolls on; Adam walks both axes at one pace",
    "SGD ha resuelto el eje empinado en tres pasos y luego se arrastra por el plano; el momento oscila y "
    "rueda; Adam recorre ambos ejes al mismo paso",
)

# %%
lesson.title(
    "Backpropagation, as you would have written it", "La retropropagación, como la habrías escrito"
)
lesson.say(
    "tg.jit runs a step once and writes down what happened, forward and backward, as plain NumPy. This is the "
    "XOR step: read it as the textbook page on backpropagation. What runs is the same with its buffers used "
    "again.",
    "tg.jit ejecuta un paso una vez y anota lo que pasó, hacia delante y hacia atrás, como NumPy corriente. "
    "Este es el paso de XOR: léelo como la página del libro sobre retropropagación. Lo que se ejecuta es lo "
    "mismo, reutilizando la memoria.",
)
X, y = tg.datasets.xor()
model = nn.MLP(2, 8, 1, activation="tanh", dtype=float, seed=lesson.seed)
optimizer = optim.SGD(model.parameters(), learning_rate=0.1)


def step(x, t):
    loss = tg.mse(model(x), t)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


twin = nn.MLP(2, 8, 1, activation="tanh", dtype=float, seed=lesson.seed)
theirs = optim.SGD(twin.parameters(), learning_rate=0.1)
compiled = tg.jit(step)
for _ in range(50):
    compiled(tg.tensor(X), tg.tensor(y))
    loss = tg.mse(twin(X), y)
    theirs.zero_grad()
    loss.backward()
    theirs.step()
lesson.write(compiled.source)
same = all(
    np.array_equal(p.numpy(), q.numpy())
    for p, q in zip(model.parameters(), twin.parameters(), strict=True)
)
lesson.check(
    "Worked Example",
    (
        "50 steps of this program and 50 steps of the graph",
        "50 pasos de este programa y 50 del grafo",
    ),
    "=",
    lesson("equal to the bit", "iguales hasta el bit") if same else "≠",
    same,
)
