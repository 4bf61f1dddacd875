# %% [markdown] "Representable is not learnable": an optimizer that does not find it, and a function
# that is learned wrongly.

# %%
import numpy as np
from matplotlib.figure import Figure

import tinygrad_edu as tg
from demos.lesson import begin
from tinygrad_edu import nn, optim
from tinygrad_edu.callbacks import EarlyStopping
from viz.plots.base import GOOD, GRADIENT, LINES, MUTED, VALUE, tidy

TITLE = ("Representable is not learnable", "Representable no es aprendible")
SLIDES = "Architecture Design: learning may fail for two reasons"
SECONDS = (30, 13)
lesson = begin("s09_learnable")

# %%
lesson.say(
    "That weights exist does not mean that training finds them. The lecture's first reason: the optimizer does "
    "not get there. A 2-2-1 ReLU network can represent XOR (we saw its weights), yet from a bad start a unit is "
    "0 on all four points, so is its gradient, and nothing wakes it.",
    "Que los pesos existan no quiere decir que el entrenamiento los encuentre. La primera razón de la clase: el "
    "optimizador no llega. Una red 2-2-1 con ReLU puede representar XOR (vimos sus pesos), pero desde un mal "
    "inicio una unidad vale 0 en los cuatro puntos, también su gradiente, y nada la despierta.",
)
X, y = tg.datasets.xor()


def final_loss(seed, rate, start=None, units=2):
    """The loss after 1 000 steps, and the model; `start` gives the weights of the hidden layer."""
    model = nn.MLP(2, units, 1, activation="relu", dtype=float, seed=seed)
    if start is not None:
        model.layers[0].weight.data, model.layers[0].bias.data = start
    optimizer = optim.SGD(model.parameters(), learning_rate=rate, momentum=0.9)

    @tg.jit
    def step():
        loss = tg.mse(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    with np.errstate(all="ignore"):
        for _ in range(1000):
            loss = step().item()
    return loss, model


dead, model = final_loss(lesson.seed, 0.1, (-np.ones((2, 2)), -np.ones(2)))
moved = float(np.abs(model.layers[0].weight.numpy() + 1).max())
lesson.check(
    "Architecture Design",
    (
        "a bad start, both units dead: final loss, and how far W moved",
        "un mal inicio, ambas unidades muertas: pérdida final, y cuánto se movió W",
    ),
    lesson("does not find it", "no lo encuentra"),
    f"{dead:.3f}, {moved:g}",
    abs(dead - 0.25) < 1e-6 and moved == 0,
)
lesson.say(
    "The rate must be right, too. With 8 units training usually succeeds; with too small a "
    "step it does not arrive, with too large a step it jumps away.",
    "También la tasa debe ser adecuada. Con 8 unidades el entrenamiento suele lograrlo; con "
    "un paso muy pequeño no llega, con uno muy grande salta lejos.",
)
starts = lesson.pick(40, 12)
by_rate = {
    rate: sum(final_loss(lesson.seed + k, rate, units=8)[0] < 1e-3 for k in range(starts))
    for rate in (1e-4, 0.05, 3.0)
}
lesson.table(
    [(rate, f"{n} / {starts}") for rate, n in by_rate.items()],
    (
        lesson("rate", "tasa"),
        lesson("starts that find XOR in 1 000 steps", "inicios que hallan XOR en 1 000 pasos"),
    ),
)
lesson.check(
    "Architecture Design",
    (
        "starts that find XOR with a rate too small, right, too large",
        "inicios que hallan XOR con una tasa muy pequeña, adecuada, muy grande",
    ),
    lesson("a bad rate fails", "una mala tasa falla"),
    ", ".join(map(str, by_rate.values())),
    by_rate[0.05] > by_rate[1e-4] and by_rate[0.05] > by_rate[3.0],
)

# %%
lesson.title(
    "The wrong function, learned well: overfitting",
    "La función equivocada, bien aprendida: sobreajuste",
)
lesson.say(
    "The second reason: training ends at a function that fits the examples and is wrong between them. Thirty "
    "noisy points of sin, a hidden layer of 200 units: the training error goes on falling, the validation error "
    "turns up again.",
    "La segunda razón: el entrenamiento acaba en una función que ajusta los ejemplos y es falsa entre ellos. "
    "Treinta puntos ruidosos de sen, una capa oculta de 200 unidades: el error de entrenamiento sigue bajando, "
    "el de validación vuelve a subir.",
)
truth = lambda x: np.sin(2.5 * x)
rng = np.random.default_rng(lesson.seed + 7)
draw = lambda n: (
    lambda x: (
        x.astype(np.float32),
        (truth(x) + 0.35 * rng.normal(size=x.shape)).astype(np.float32),
    )
)(rng.uniform(-2, 2, (n, 1)))
(x_train, y_train), (x_val, y_val), (x_test, _) = draw(30), draw(200), draw(1000)
epochs = lesson.pick(3000, 1200)


def fit(layers, *, decay=0.0, callbacks=()):
    model = nn.Sequential(layers, seed=lesson.seed)
    model.compile(optim.Adam(learning_rate=0.01, weight_decay=decay), "mse")
    model.fit(
        x_train,
        y_train,
        batch_size=30,
        epochs=epochs,
        validation_data=(x_val, y_val),
        validation_batch_size=len(x_val),
        verbose=0,
        callbacks=list(callbacks),
    )
    return model


wide = lambda: [nn.Dense(200, "tanh"), nn.Dense(200, "tanh"), nn.Dense(1)]
error = lambda model: float(np.mean((model.predict(x_test) - truth(x_test)) ** 2))
lesson.progress("training nine networks", "entrenando nueve redes")
models = {lesson("as it is", "tal cual"): fit(wide())}
plain_history = models[lesson("as it is", "tal cual")].history.history
stopping = EarlyStopping("val_loss", patience=200, restore_best_weights=True)
models[lesson("early stopping", "parada temprana")] = fit(wide(), callbacks=[stopping])
on_validation = lambda model: model.evaluate(x_val, y_val, verbose=0)
# How much of it: by validation error.
best_of = lambda candidates: min(candidates, key=lambda pair: on_validation(pair[1]))
strength, model = best_of([(d, fit(wide(), decay=d)) for d in (0.003, 0.01, 0.03, 0.1)])
models[lesson("weight decay", "decaimiento de pesos") + f" {strength:g}"] = model
noisy = lambda rate: [
    nn.Dense(200, "tanh"),
    nn.Dropout(rate),
    nn.Dense(200, "tanh"),
    nn.Dropout(rate),
    nn.Dense(1),
]
strength, model = best_of([(rate, fit(noisy(rate))) for rate in (0.05, 0.1, 0.2)])
models[f"dropout {strength:g}"] = model
test = {name: error(model) for name, model in models.items()}
lesson.table(
    [
        (name, f"{model.history.history['loss'][-1]:.4f}", f"{e:.4f}")
        for (name, model), e in zip(models.items(), test.values(), strict=True)
    ],
    (
        "",
        lesson("training error", "error de entrenamiento"),
        lesson("distance from the truth", "distancia a la verdad"),
    ),
)
bare, stopped, decayed, dropped = test.values()
best_epoch = int(np.argmin(plain_history["val_loss"]))
lesson.check(
    "Architecture Design",
    (
        "validation error at its best epoch, and at the end",
        "error de validación en su mejor época, y al final",
    ),
    lesson("too close a fit", "ajuste excesivo"),
    f"{plain_history['val_loss'][best_epoch]:.3f} ({best_epoch + 1}), {plain_history['val_loss'][-1]:.3f}",
    plain_history["val_loss"][-1] > 1.1 * plain_history["val_loss"][best_epoch],
)
for name, value in list(test.items())[1:]:
    lesson.check(
        "Architecture Design",
        (
            f"distance from the truth, as it is and with {name}",
            f"distancia a la verdad, tal cual y con {name}",
        ),
        lesson("smaller", "menor"),
        f"{bare:.4f}, {value:.4f}",
        value < bare,
    )
figure = Figure(figsize=(12.5, 4.6), layout="constrained")
left, right = figure.subplots(1, 2)
left.semilogy(plain_history["loss"], color=VALUE, lw=1.6, label=lesson("training", "entrenamiento"))
left.semilogy(
    plain_history["val_loss"],
    "--",
    color=GRADIENT,
    lw=1.8,
    label=lesson("validation", "validación"),
)
left.axvline(best_epoch, color=MUTED, lw=1)
left.set_xlabel(lesson("epoch", "época"), fontsize=12)
left.set_ylabel(lesson("mean squared error", "error cuadrático medio"), fontsize=12)
left.legend(fontsize=12)
line = np.linspace(-2, 2, 400)[:, None].astype(np.float32)
right.plot(line, truth(line), color="black", lw=4, alpha=0.25, label=lesson("truth", "verdad"))
for (name, model), (color, dash, _) in zip(models.items(), LINES, strict=False):
    right.plot(line, model.predict(line), dash, color=color, lw=1.8, label=name)
right.plot(x_train, y_train, "o", color=GOOD, ms=5)
right.set_ylim(-2.2, 2.2)
right.legend(fontsize=10, loc="lower right", ncols=2)
tidy(left)
tidy(right)
lesson.show(
    figure,
    "overfitting.png",
    "left: from the grey line on, what is learned is noise; right: the network as it is bends to every point",
    "a la izquierda: desde la línea gris, lo que se aprende es ruido; a la derecha: la red tal cual se dobla a "
    "cada punto",
)
