# %% [markdown] Depth against width: the sawtooth of Telgarsky, measured; and the search for an
# architecture by validation error.

# %%
import numpy as np
from matplotlib.figure import Figure

from demos.data_of import images
from demos.lesson import begin
from tinygrad_edu import nn
from viz.plots.base import LINES, VALUE, tidy

TITLE = ("Depth against width", "Profundidad contra anchura")
SLIDES = "Architecture Design: deeper models may need fewer units"
SECONDS = (22, 2)
lesson = begin("s10_depth")

# %%
lesson.say(
    "A tooth, 2·max{0, x} - 4·max{0, x - ½}, takes two ReLU units and folds [0, 1] in half. Composed k times it "
    "is a sawtooth of 2ᵏ straight pieces, with 2k units. One hidden layer of m units has at most m + 1 pieces: "
    "it needs 2ᵏ - 1 units for what depth does with 2k (Telgarsky 2016).",
    "Un diente, 2·max{0, x} - 4·max{0, x - ½}, usa dos unidades ReLU y dobla [0, 1] por la mitad. Compuesto k "
    "veces es una sierra de 2ᵏ tramos rectos, con 2k unidades. Una capa oculta de m unidades tiene a lo sumo m "
    "+ 1 tramos: necesita 2ᵏ - 1 unidades para lo que la profundidad hace con 2k (Telgarsky 2016).",
)


def deep_sawtooth(k):
    """k layers of two units: each folds what comes in once more."""
    layers = [nn.Dense(2, "relu", dtype=float) for _ in range(k)] + [nn.Dense(1, dtype=float)]
    model = nn.Sequential(layers, seed=0)
    model(np.zeros((1, 1)))
    model.layers[0].weight.data, model.layers[0].bias.data = [[1.0, 1.0]], [0.0, -0.5]
    for layer in model.layers[1:-1]:
        layer.weight.data, layer.bias.data = [[2.0, 2.0], [-4.0, -4.0]], [0.0, -0.5]
    model.layers[-1].weight.data, model.layers[-1].bias.data = [[2.0], [-4.0]], [0.0]
    return model


def shallow_sawtooth(k):
    """One layer of 2ᵏ - 1 units, one at each corner, and the one at 0."""
    corners = np.arange(2**k) / 2**k
    model = nn.Sequential([nn.Dense(2**k, "relu", dtype=float), nn.Dense(1, dtype=float)], seed=0)
    model(np.zeros((1, 1)))
    turns = 2.0 ** (k + 1) * (-1.0) ** np.arange(2**k)
    turns[0] /= 2
    model.layers[0].weight.data, model.layers[0].bias.data = np.ones((1, 2**k)), -corners
    model.layers[1].weight.data, model.layers[1].bias.data = turns[:, None], [0.0]
    return model


def pieces(model, k):
    """How many straight pieces on [0, 1]: where the slope between fine dyadic points changes,
    exactly."""
    x = np.linspace(0, 1, 2 ** (k + 3) + 1)[:, None]
    slopes = np.diff(model(x).numpy()[:, 0]) / np.diff(x[:, 0])
    return int(np.count_nonzero(np.diff(slopes))) + 1


rows = []
for k in (1, 2, 4, 8, 10):
    deep, shallow = deep_sawtooth(k), shallow_sawtooth(k)
    x = np.linspace(0, 1, 1001)[:, None]
    rows.append(
        (
            k,
            pieces(deep, k),
            pieces(shallow, k),
            2 * k,
            2**k,
            sum(p.size for p in deep.parameters()),
            sum(p.size for p in shallow.parameters()),
            float(np.abs(deep(x).numpy() - shallow(x).numpy()).max()),
        )
    )
lesson.table(
    [(*r[:7], f"{r[7]:.0e}") for r in rows],
    (
        "k",
        lesson("pieces, deep", "tramos, profunda"),
        lesson("shallow", "plana"),
        lesson("units, deep", "unidades, profunda"),
        lesson("shallow", "plana"),
        lesson("parameters, deep", "parámetros, profunda"),
        lesson("shallow", "plana"),
        lesson("they differ by", "difieren en"),
    ),
)
lesson.check(
    "Architecture Design",
    (
        "straight pieces of k = 1, 2, 4, 8, 10 layers of two units, counted",
        "tramos rectos de k = 1, 2, 4, 8, 10 capas de dos unidades, contados",
    ),
    "2ᵏ",
    ", ".join(str(r[1]) for r in rows),
    all(r[1] == 2 ** r[0] for r in rows),
)
last = rows[-1]
lesson.check(
    "Architecture Design",
    (
        "1 024 pieces: hidden units of a deep and of a shallow network",
        "1 024 tramos: unidades ocultas de una red profunda y de una plana",
    ),
    lesson("depth can reduce the number of units", "la profundidad puede reducir las unidades"),
    f"{last[3]}, {last[4]}",
    all(r[1] == r[2] == 2 ** r[0] for r in rows)
    and last[3] < last[4]
    and max(r[7] for r in rows) < 1e-9,
)
figure = Figure(figsize=(11, 3.6), layout="constrained")
x = np.linspace(0, 1, 2001)[:, None]
for ax, k in zip(figure.subplots(1, 3, sharey=True), (1, 2, 4), strict=True):
    ax.plot(x, deep_sawtooth(k)(x).numpy(), color=VALUE, lw=2)
    ax.set_title(
        lesson(
            "1 layer of 2 units" if k == 1 else f"{k} layers of 2 units",
            "1 capa de 2 unidades" if k == 1 else f"{k} capas de 2 unidades",
        ),
        fontsize=13,
    )
    tidy(ax)
lesson.show(
    figure,
    "sawtooth.png",
    "every layer folds the line once more: the number of teeth doubles",
    "cada capa dobla la línea una vez más: el número de dientes se duplica",
)

# %%
lesson.title("The architecture, by validation error", "La arquitectura, por error de validación")
lesson.say(
    '"La arquitectura ideal se debe encontrar" by trying: depth and width on Fashion-MNIST, each network '
    "trained alike, and judged on images that it has not seen and that are not the test set.",
    "«La arquitectura ideal se debe encontrar» probando: profundidad y anchura en Fashion-MNIST, cada red "
    "entrenada igual, y juzgada con imágenes que no ha visto y que no son las de prueba.",
)
(x_train, y_train), _, full = images(lesson.fast)
order = np.random.default_rng(lesson.seed).permutation(len(x_train))
held = len(order) // 6
train, held_out = order[held:], order[:held]
center, spread = x_train[train].mean(axis=0), x_train[train].std()
data = (x_train - center) / spread
depths, widths = lesson.pick((0, 1, 2, 3), (0, 1, 2)), lesson.pick((16, 64, 256), (16, 64))
accuracy = {}
for depth in depths:
    for width in widths if depth else widths[:1]:
        lesson.progress(f"{depth} hidden layers of {width}", f"{depth} capas ocultas de {width}")
        model = nn.Sequential(
            [
                nn.Flatten(),
                *(nn.Dense(width, "relu") for _ in range(depth)),
                nn.Dense(10, "softmax"),
            ],
            seed=lesson.seed,
        )
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(data[train], y_train[train], batch_size=64, epochs=lesson.pick(4, 3), verbose=0)
        accuracy[depth, width] = model.evaluate(
            data[held_out], y_train[held_out], batch_size=500, verbose=0
        )[1]
lesson.table(
    [(d, *(f"{accuracy[d, w]:.4f}" if (d, w) in accuracy else "" for w in widths)) for d in depths],
    (lesson("hidden layers \\ units", "capas ocultas \\ unidades"), *map(str, widths)),
)
best = max(accuracy, key=accuracy.get)
lesson.check(
    "Architecture Design",
    (
        "validation accuracy without hidden layers, and of the best architecture (layers, units)",
        "exactitud de validación sin capas ocultas, y de la mejor arquitectura (capas, unidades)",
    ),
    lesson("to be found by trying", "se encuentra probando"),
    f"{accuracy[0, widths[0]]:.4f}, {accuracy[best]:.4f} {best}",
    best[0] > 0 and accuracy[best] > accuracy[0, widths[0]],
)
figure = Figure(figsize=(7.5, 4.4), layout="constrained")
ax = figure.add_subplot()
for depth, (color, dash, marker) in zip([d for d in depths if d], LINES, strict=False):
    ax.semilogx(
        widths,
        [accuracy[depth, w] for w in widths],
        dash,
        marker=marker,
        color=color,
        lw=2,
        label=lesson(f"{depth} hidden", f"{depth} oculta" + "s" * (depth != 1)),
    )
ax.axhline(accuracy[0, widths[0]], color="black", lw=1)
ax.text(
    widths[0],
    accuracy[0, widths[0]],
    lesson("no hidden layer", "sin capa oculta"),
    va="bottom",
    fontsize=11,
)
ax.set_xticks(widths, [str(w) for w in widths])
ax.minorticks_off()
ax.set_xlabel(lesson("units a layer", "unidades por capa"), fontsize=12)
ax.set_ylabel(lesson("validation accuracy", "exactitud de validación"), fontsize=12)
ax.legend(fontsize=12)
tidy(ax)
lesson.show(
    figure,
    "architectures.png",
    "width helps first, depth a little more; the line at the bottom is the linear model",
    "la anchura ayuda primero, la profundidad un poco más; la línea de abajo es el modelo lineal",
)
