# %% [markdown] f(x) = f⁽²⁾(f⁽¹⁾(x)): the directed acyclic graph, forward and backward by hand, then
# by the engine.

# %%
import numpy as np

import tinygrad_edu as tg
import viz
from demos.lesson import begin
from tinygrad_edu.autodiff import walk

TITLE = ("A network is a chain of functions", "Una red es una cadena de funciones")
SLIDES = "Multilayer Perceptrons: f(x) = f⁽²⁾(f⁽¹⁾(x))"
SECONDS = (1, 1)
lesson = begin("s02_graph")

# %%
lesson.say(
    "A feedforward network is a composition, f(x) = f⁽²⁾(f⁽¹⁾(x)). Take f⁽¹⁾(x) = x² and f⁽²⁾(h) = sin h. By "
    "hand, at x = 1.5: h = 2.25, f = sin 2.25. Backwards, by the chain rule: df/dh = cos h, dh/dx = 2x, so "
    "df/dx = cos h · 2x.",
    "Una red feedforward es una composición, f(x) = f⁽²⁾(f⁽¹⁾(x)). Tomemos f⁽¹⁾(x) = x² y f⁽²⁾(h) = sen h. A "
    "mano, en x = 1,5: h = 2,25, f = sen 2,25. Hacia atrás, por la regla de la cadena: df/dh = cos h, dh/dx = "
    "2x, luego df/dx = cos h · 2x.",
)
by_hand = np.sin(1.5**2), np.cos(1.5**2) * 2 * 1.5
x = tg.tensor(1.5, requires_grad=True, name="x")
h = x**2
f = tg.sin(h)
f.backward()
lesson.table(
    [
        ("f", f"{by_hand[0]:.12f}", f"{f.item():.12f}"),
        ("df/dx", f"{by_hand[1]:.12f}", f"{float(x.grad):.12f}"),
    ],
    ("", lesson("by hand", "a mano"), lesson("by the engine", "por el motor")),
)
lesson.check(
    "Multilayer Perceptrons",
    ("df/dx by hand and by the engine", "df/dx a mano y por el motor"),
    f"{by_hand[1]:.6f}",
    f"{float(x.grad):.6f}",
    float(x.grad) == by_hand[1],
)
lesson.show(
    viz.graph(f, names=locals(), lang=lesson.lang),
    "chain.png",
    "values go right along the solid arrows, gradients come back along the dashed ones, each times cos h or 2x",
    "los valores van a la derecha por las flechas continuas; los gradientes vuelven por las de trazos, cada "
    "uno multiplicado por cos h o por 2x",
)

# %%
lesson.title("The same for a layer of matrices", "Lo mismo para una capa de matrices")
lesson.say(
    "A layer is a function of matrices, and its backward pass is four lines that fit on paper. G is ∂L/∂H, the "
    "gradient that arrives: through max{0, ·} it passes where Z > 0; then W gets X'G, and c the sum of G's "
    "rows.",
    "Una capa es una función de matrices, y su pasada hacia atrás son cuatro líneas que caben en un papel. G es "
    "∂L/∂H, el gradiente que llega: por max{0, ·} pasa donde Z > 0; luego W recibe X'G, y c la suma de las "
    "filas de G.",
)
rng = np.random.default_rng(lesson.seed)
X, W0, c0 = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)
Z0 = X @ W0 + c0  # forward, by hand
G = np.ones((5, 4)) / 20  # L = the mean of H
GZ = G * (Z0 > 0)  # backward, by hand
hand = {"W": X.T @ GZ, "c": GZ.sum(axis=0)}
W, c = tg.tensor(W0, requires_grad=True, name="W"), tg.tensor(c0, requires_grad=True, name="c")
L = tg.relu(X @ W + c).mean()
L.backward()
gap = max(float(np.abs(p.grad - hand[p.name]).max()) for p in (W, c))
lesson.check(
    "Multilayer Perceptrons",
    (
        "∂L/∂W and ∂L/∂c, four lines by hand and the engine",
        "∂L/∂W y ∂L/∂c, cuatro líneas a mano y el motor",
    ),
    "=",
    lesson(f"within {gap:.0e}", f"a menos de {gap:.0e}"),
    gap < 1e-15,
)

# %%
lesson.title("Depth is the length of the chain", "La profundidad es la longitud de la cadena")
lesson.say(
    "The length of the longest path from input to output gives the model its depth. The graph may branch and "
    "join; it never returns to where it was, so it has a first and a last, and gradients can go back in one "
    "sweep.",
    "La longitud del camino más largo de la entrada a la salida le da al modelo su profundidad. El grafo puede "
    "bifurcarse y unirse; nunca vuelve a donde estuvo, por eso tiene un principio y un final, y los gradientes "
    "pueden volver en un solo recorrido.",
)


def depth(result):
    """The number of layers on the longest path: operations with a parameter, that is matrix
    products."""
    longest = {}
    for t in walk.graph([result]):
        before = max((longest[id(i)] for i in t.inputs if id(i) in longest), default=0)
        longest[id(t)] = before + (t.op is not None and t.op.name == "matmul")
    return longest[id(result)]


depths = []
for n in (1, 2, 5):
    model = tg.nn.MLP(*[3] * (n + 1), activation="tanh", dtype=float, seed=lesson.seed)
    depths.append(depth(model(X)))
lesson.check(
    "Multilayer Perceptrons",
    ("depth of chains of 1, 2 and 5 layers", "profundidad de cadenas de 1, 2 y 5 capas"),
    "1, 2, 5",
    ", ".join(map(str, depths)),
    depths == [1, 2, 5],
)
order = [t.step for t in walk.graph([f]) if t.op is not None]
lesson.check(
    "Multilayer Perceptrons",
    (
        "the graph is acyclic: every result is newer than what it was made from",
        "el grafo es acíclico: cada resultado es posterior a aquello de lo que se hizo",
    ),
    lesson("yes", "sí"),
    lesson("yes", "sí") if order == sorted(order) else "no",
    order == sorted(order),
)
