# %% [markdown] Activations and their derivatives as the lecture gives them, the others, vanishing
# gradients measured, cos as a unit.

# %%
import numpy as np

import tinygrad_edu as tg
from demos.data_of import images
from demos.lesson import begin
from tinygrad_edu import nn
from viz import plots

TITLE = ("Activation functions", "Funciones de activación")
SLIDES = "Activation Functions; Otras funciones de activación"
SECONDS = (18, 2)
lesson = begin("s05_activations")

# %%
lesson.say(
    "An activation makes the layer nonlinear; its derivative decides how much gradient comes back. These are "
    "the lecture's three, with its formulas for the derivatives; ours are derived from the one-line "
    "definitions.",
    "Una activación hace que la capa no sea lineal; su derivada decide cuánto gradiente vuelve. Estas son las "
    "tres de la clase, con sus fórmulas para las derivadas; las nuestras se derivan de las definiciones de una "
    "línea.",
)
x = np.linspace(-8, 8, 1601)
s, t = 1 / (1 + np.exp(-x)), np.tanh(x)
for name, f, slope, formula in (
    ("ReLU", tg.relu, (x > 0).astype(float), "0, 1"),
    ("sigmoid", tg.sigmoid, s * (1 - s), "sigmoid(x)(1 - sigmoid(x))"),
    ("tanh", tg.tanh, 1 - t * t, "1 - tanh²(x)"),
):
    (ours,) = tg.vjp(f, x)[1](np.ones_like(x))
    off = float(np.abs(ours - slope).max())
    lesson.check(
        "Activation Functions",
        (f"d/dx {name} at 1 601 points", f"d/dx {name} en 1 601 puntos"),
        formula,
        lesson(f"within {off:.0e}", f"a menos de {off:.0e}"),
        off < 1e-15,
    )
kink = float(tg.grad(tg.relu)(0.0).item())
lesson.check(
    "Activation Functions",
    ("relu'(0), from the left", "relu'(0), desde la izquierda"),
    "0",
    f"{kink:g}",
    kink == 0,
)
peaks = [float(tg.grad(f)(0.0).item()) for f in (tg.sigmoid, tg.tanh)]
lesson.check(
    "Activation Functions",
    (
        "the greatest derivative of sigmoid and tanh, at 0",
        "la mayor derivada de sigmoid y tanh, en 0",
    ),
    "1/4, 1",
    ", ".join(f"{p:g}" for p in peaks),
    peaks == [0.25, 1.0],
)
lesson.show(
    plots.activations(lang=lesson.lang),
    "activations.png",
    "f solid, f' dashed: where f is flat, f' is 0 and nothing comes back",
    "f continua, f' a trazos: donde f es plana, f' es 0 y nada vuelve",
)

# %%
lesson.title(
    "The others: cos, RBF, softplus, hard tanh", "Las otras: cos, RBF, softplus, tanh dura"
)
lesson.say(
    "The lecture writes the RBF as exp(‖W - x‖²/σ²); a hill around W needs a minus in the exponent, or it grows "
    "without bound. With it the unit is 1 at W and falls to 0 around it.",
    "La clase escribe la RBF como exp(‖W - x‖²/σ²); una colina alrededor de W necesita un menos en el "
    "exponente, o crece sin límite. Con él la unidad vale 1 en W y cae a 0 a su alrededor.",
)
W = np.array([[0.5], [-1.0]])
at_W, far = (
    float(tg.rbf(p, W, 1.0).item()) for p in (np.array([[0.5, -1.0]]), np.array([[9.0, 9.0]]))
)
lesson.check(
    "Otras funciones",
    ("RBF at its centre and far from it", "RBF en su centro y lejos de él"),
    "1, 0",
    f"{at_W:g}, {far:.0e}",
    at_W == 1 and far < 1e-9,
)
gap = max(
    float(np.abs(tg.softplus(x) - np.log(1 + np.exp(x))).max()),
    float(np.abs(tg.hard_tanh(x) - np.maximum(-1, np.minimum(1, x))).max()),
)
lesson.check(
    "Otras funciones",
    (
        "softplus = log(1 + eˣ), hard tanh = max(-1, min(1, x))",
        "softplus = log(1 + eˣ), tanh dura = max(-1, min(1, x))",
    ),
    "=",
    lesson(f"within {gap:.0e}", f"a menos de {gap:.0e}"),
    gap < 1e-14,
)

# %%
lesson.title("Vanishing gradients, through 20 layers", "Gradientes que desaparecen, por 20 capas")
lesson.say(
    "Backwards each layer multiplies by σ'. With the sigmoid that is at most 1/4, so after 20 layers at most "
    "1/4²⁰, about 10⁻¹². ReLU's derivative is 1 where it lets through: the gradient arrives.",
    "Hacia atrás cada capa multiplica por σ'. Con la sigmoidea es a lo sumo 1/4, así que tras 20 capas a lo "
    "sumo 1/4²⁰, unos 10⁻¹². La derivada de ReLU es 1 donde deja pasar: el gradiente llega.",
)
rng = np.random.default_rng(lesson.seed)
inputs, target = rng.normal(size=(64, 32)), rng.normal(size=(64, 1))
models, ratios = {}, {}
for name, start in (
    ("sigmoid", "glorot_uniform"),
    ("tanh", "glorot_uniform"),
    ("relu", "he_normal"),
):
    model = nn.Sequential(
        [nn.Dense(32, name, kernel_initializer=start, dtype=float) for _ in range(20)]
        + [nn.Dense(1, dtype=float)],
        seed=lesson.seed,
    )
    tg.mse(model(inputs), target).backward()
    size = lambda layer: float(np.sqrt((layer.weight.grad**2).mean()))
    ratios[name] = size(model.layers[0]) / size(model.layers[19])
    models[name] = model
lesson.table(
    [(name, f"{ratio:.1e}") for name, ratio in ratios.items()],
    ("σ", lesson("gradient of layer 1 / of layer 20", "gradiente de la capa 1 / de la capa 20")),
)
lesson.check(
    "Activation Functions",
    (
        "gradient of layer 1 over that of layer 20: sigmoid, relu",
        "gradiente de la capa 1 entre el de la capa 20: sigmoid, relu",
    ),
    lesson("vanishes, does not", "desaparece, no"),
    f"{ratios['sigmoid']:.0e}, {ratios['relu']:.2f}",
    ratios["sigmoid"] < 1e-9 and 0.05 < ratios["relu"] < 20,
)
lesson.show(
    plots.gradient_flow(models, lang=lesson.lang),
    "flow.png",
    "the sigmoid's line falls by a power of ten every one or two layers towards the input",
    "la línea de la sigmoidea cae una potencia de diez cada una o dos capas hacia la entrada",
)

# %%
lesson.title("h = cos(Wx + b) as a hidden unit", "h = cos(Wx + b) como unidad oculta")
lesson.say(
    "Goodfellow et al. report that cos units reached under 1 % error on MNIST. Here the same question on "
    "Fashion-MNIST, which is harder: does a network with cos learn, and how far behind relu does it stay?",
    "Goodfellow et al. cuentan que unidades cos lograron menos de 1 % de error en MNIST. Aquí la misma pregunta "
    "en Fashion-MNIST, que es más difícil: ¿aprende una red con cos, y cuánto queda por detrás de relu?",
)
(x_train, y_train), (x_test, y_test), full = images(lesson.fast)
center = x_train.mean(axis=0)
accuracy = {}
for name in ("relu", "cos"):
    lesson.progress(f"training with {name}", f"entrenando con {name}")
    model = nn.Sequential(
        [nn.Flatten(), nn.Dense(128, name), nn.Dense(10, "softmax")], seed=lesson.seed
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train - center, y_train, epochs=lesson.pick(10, 4), verbose=0)
    accuracy[name] = model.evaluate(x_test - center, y_test, verbose=0)[1]
lesson.check(
    "Otras funciones",
    (
        "test accuracy with relu and with cos hidden units",
        "exactitud de prueba con unidades ocultas relu y cos",
    ),
    lesson("cos works (MNIST: error < 1 %)", "cos funciona (MNIST: error < 1 %)"),
    f"{accuracy['relu']:.4f}, {accuracy['cos']:.4f}",
    accuracy["cos"] > (0.80 if full else 0.70),
)
