"""Every kind of picture, in both languages: `python -m demos.gallery`, or `make gallery`.

Writes them to out/gallery with an index page. Each is made by the lines a user would write, from
networks small enough to be trained here.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

import tinygrad_edu as tg
import viz
from demos.data_of import SAMPLE
from tinygrad_edu import nn
from tinygrad_edu.autodiff import walk
from tinygrad_edu.files import replace_whole, write_whole
from viz import plots

Picture = tuple[str, dict[str, str], Callable[[str], Any]]
"""The file's name, its caption by language, and what makes it for a language: a Graph, a Figure, or a film."""


def lecture_network(b: float) -> tuple[dict[str, tg.Tensor], tg.Tensor]:
    """The lecture's solution of XOR, with the bias b: its tensors by name, and the loss."""
    X, y = tg.datasets.xor()
    at = {
        "X": tg.tensor(X),
        "y": tg.tensor(y),
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
    return at, at["L"]


def graphs() -> Iterator[Picture]:
    """The graph in its themes, levels and directions."""
    at, loss = lecture_network(0.5)
    zero, zero_loss = lecture_network(0.0)
    loss.backward()
    zero_loss.backward()
    frames = {"en": ("hidden layer", "output layer"), "es": ("capa oculta", "capa de salida")}
    layers = lambda lang, names: {
        frames[lang][0]: [names["U"], names["Z"], names["H"]],
        frames[lang][1]: [names["s"], names["f"]],
    }
    draw = lambda lang, **options: viz.graph(
        loss, names=at, layers=layers(lang, at), title="XOR", lang=lang, **options
    )
    yield (
        "xor",
        {
            "en": "XOR with b = 0.5: every gradient is a multiple of .25",
            "es": "XOR con b = 0,5: cada gradiente es un múltiplo de ,25",
        },
        draw,
    )
    yield (
        "xor-dark",
        {"en": "the same, dark", "es": "lo mismo, oscuro"},
        lambda lang: draw(lang, theme="dark"),
    )
    yield (
        "xor-print",
        {"en": "the same, in black ink", "es": "lo mismo, en tinta negra"},
        lambda lang: draw(lang, theme="print"),
    )
    yield (
        "xor-forward",
        {"en": "the formulas alone", "es": "solo las fórmulas"},
        lambda lang: draw(lang, values=False, gradients=False),
    )
    yield (
        "xor-down",
        {"en": "from top to bottom", "es": "de arriba abajo"},
        lambda lang: draw(lang, direction="TB"),
    )
    yield (
        "xor-zero",
        {
            "en": "the lecture's own numbers: no loss, no gradient",
            "es": "los números de la clase: sin pérdida no hay gradiente",
        },
        lambda lang: viz.graph(
            zero_loss, names=zero, layers=layers(lang, zero), title="XOR, b = 0", lang=lang
        ),
    )
    x = tg.tensor(3.0, requires_grad=True, name="x")
    y = x * x + x
    y.backward()
    z = tg.tensor(2.0, requires_grad=True, name="z")
    cube = z**3
    [(_, slope)] = walk.backward(
        [(cube, tg.tensor(1.0))], wanted={z.step}, create_graph=True
    ).values()
    yield (
        "shared",
        {
            "en": "one tensor used three times: its gradients add up",
            "es": "un tensor usado tres veces: sus gradientes se suman",
        },
        lambda lang: viz.graph(y, lang=lang),
    )
    yield (
        "second-order",
        {"en": "the graph of a gradient: d(z³)/dz", "es": "el grafo de un gradiente: d(z³)/dz"},
        lambda lang: viz.graph(slope, lang=lang),
    )
    classifier = nn.Sequential(
        [nn.Flatten(), nn.Dense(128, "relu"), nn.Dense(10, "softmax")], seed=0, name="classifier"
    )
    (shown, _), _ = tg.datasets.fashion_mnist.load_data(SAMPLE)
    images = tg.tensor((shown[:32] / 255).astype(np.float32), name="images")
    for detail in ("model", "layers", "ops"):
        yield (
            f"classifier-{detail}",
            {
                "en": f"the lecture's classifier, detail={detail!r}",
                "es": f"el clasificador de la clase, detail={detail!r}",
            },
            (lambda lang, detail=detail: viz.graph(classifier, images, detail=detail, lang=lang)),
        )
    deep = nn.Sequential(
        [nn.Dense(64, "tanh") for _ in range(12)] + [nn.Dense(1)], seed=0, name="deep"
    )
    yield (
        "repeats",
        {"en": "equal layers folded", "es": "capas iguales plegadas"},
        lambda lang: viz.graph(
            deep, tg.tensor(np.zeros((8, 64), np.float32), name="X"), detail="layers", lang=lang
        ),
    )
    chain = tg.tensor(1.0, requires_grad=True, name="x")
    for _ in range(1000):
        chain = tg.sin(chain) * 1.01
    chain.backward()
    yield (
        "chain",
        {
            "en": "2 000 operations, folded by itself",
            "es": "2 000 operaciones, plegadas por sí solas",
        },
        lambda lang: viz.graph(chain, lang=lang),
    )


def plots_of_functions() -> Iterator[Picture]:
    yield (
        "activations",
        {"en": "the activations and their derivatives", "es": "las activaciones y sus derivadas"},
        lambda lang: plots.activations(lang=lang),
    )
    yield (
        "perceptron",
        {"en": "one neuron, with its numbers", "es": "una neurona, con sus números"},
        (
            lambda lang: plots.perceptron(
                [1.0, -2.0, 0.5], -0.5, [1.0, 0.5, 2.0], activation="sigmoid", lang=lang
            )
        ),
    )
    yield (
        "network",
        {"en": "the lecture's XOR network", "es": "la red XOR de la clase"},
        lambda lang: plots.network(
            [([[1.0, 1], [1, 1]], [0.0, -1]), ([[1.0], [-2]], [0.0])],
            inputs=["x₁", "x₂"],
            outputs=["y"],
            lang=lang,
        ),
    )
    yield (
        "network-large",
        {
            "en": "784-128-10: the first and the last neurons",
            "es": "784-128-10: las primeras neuronas y la última",
        },
        lambda lang: plots.network(
            [np.random.default_rng(0).normal(size=s) for s in ((784, 128), (128, 10))], lang=lang
        ),
    )
    yield (
        "gradient-flow",
        {
            "en": "20 layers: with sigmoid the gradient vanishes, with relu it does not",
            "es": "20 capas: con sigmoide el gradiente se desvanece, con relu no",
        },
        (lambda lang: plots.gradient_flow(deep_models(), lang=lang)),
    )


def deep_models() -> dict[str, Any]:
    """20 layers of 32 units after one backward pass, a model an activation."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 8)).astype(np.float32), rng.normal(size=(64, 1)).astype(np.float32)
    models = {}
    for name, start in (
        ("sigmoid", "glorot_uniform"),
        ("tanh", "glorot_uniform"),
        ("relu", "he_normal"),
    ):
        model = nn.Sequential(
            [nn.Dense(32, name, kernel_initializer=start) for _ in range(20)] + [nn.Dense(1)],
            seed=1,
        )
        tg.mse(model(x), y).backward()
        models[name] = model
    return models


def plots_of_training() -> Iterator[Picture]:
    X, y = tg.datasets.xor()
    model = nn.Sequential([nn.Dense(4, "tanh"), nn.Dense(1)], seed=3, name="XOR")
    model.compile(tg.optim.Adam(learning_rate=0.05), "mse")
    films = {lang: plots.Recorder(X, y, every=6, title="XOR", lang=lang) for lang in ("en", "es")}
    points: list[list[np.ndarray]] = []
    follow = tg.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: (
            points.append([p.numpy() for p in model.parameters()]) if epoch % 5 == 0 else None
        )
    )
    model.fit(X, y, epochs=150, verbose=0, callbacks=[*films.values(), follow])
    yield (
        "film",
        {"en": "a training run as an animation", "es": "un entrenamiento como animación"},
        films.__getitem__,
    )
    yield (
        "boundary",
        {"en": "the boundary it found", "es": "la frontera que encontró"},
        (lambda lang: plots.decision_boundary(lambda p: model(p).numpy(), X, y, lang=lang)),
    )
    at, _ = lecture_network(0.0)
    W, c, w = (at[k].numpy() for k in ("W", "c", "w"))
    hidden = lambda p: np.maximum(p @ W + c, 0)
    yield (
        "boundary-hidden",
        {
            "en": "XOR in the input space, and bent in the hidden space",
            "es": "XOR en el espacio de entrada, y doblado en el espacio oculto",
        },
        (
            lambda lang: plots.decision_boundary(
                lambda p: hidden(p) @ w, X, y, hidden=hidden, lang=lang
            )
        ),
    )
    yield (
        "surface",
        {
            "en": "the loss on the plane in which the descent went furthest",
            "es": "la pérdida en el plano en que el descenso llegó más lejos",
        },
        (
            lambda lang: plots.loss_surface(
                lambda: tg.mse(model(X), y), model.parameters(), path=points, lang=lang
            )
        ),
    )
    yield (
        "curves",
        {"en": "training curves", "es": "curvas de entrenamiento"},
        lambda lang: plots.training_curves({"loss": model.history.history["loss"]}, lang=lang),
    )


def plots_of_images() -> Iterator[Picture]:
    """Small images from the data that comes with the demos."""
    (images, labels), _ = tg.datasets.fashion_mnist.load_data(SAMPLE)
    names = tg.datasets.fashion_mnist.CLASS_NAMES
    x = (images / 255).astype(np.float32)
    model = nn.Sequential([nn.Flatten(), nn.Dense(32, "relu"), nn.Dense(10, "softmax")], seed=0)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, labels, epochs=12, validation_split=0.25, verbose=0)
    scores = model.predict(x)
    yield (
        "images",
        {"en": "images with their names", "es": "imágenes con sus nombres"},
        lambda lang: plots.images(images[:10], [names[k] for k in labels[:10]]),
    )
    yield (
        "predictions",
        {"en": "predictions", "es": "predicciones"},
        lambda lang: plots.predictions(images[:6], scores[:6], labels[:6], names, lang=lang),
    )
    yield (
        "confusion",
        {"en": "which class is taken for which", "es": "qué clase se toma por cuál"},
        (lambda lang: plots.confusion_matrix(labels, scores, names, lang=lang)),
    )
    yield (
        "hidden-weights",
        {"en": "what each hidden unit looks for", "es": "lo que busca cada neurona oculta"},
        lambda lang: plots.hidden_weights(model.layers[1].weight, (28, 28), lang=lang),
    )
    yield (
        "curves-images",
        {"en": "training and validation", "es": "entrenamiento y validación"},
        (lambda lang: plots.training_curves(model.history.history, lang=lang)),
    )


IN_THE_README = ("xor", "film", "classifier-layers")
GROUPS = {
    "graphs": graphs,
    "functions": plots_of_functions,
    "training": plots_of_training,
    "images": plots_of_images,
}


def make(out: Path, groups: list[str] | None = None) -> list[Path]:
    """Write all pictures and the index; returns the files."""
    out.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    index: list[str] = []
    for group in groups or GROUPS:
        for name, captions, draw in GROUPS[group]():
            for lang in ("en", "es"):
                made, kinds = draw(lang), (".png",)
                if isinstance(made, viz.Graph):
                    kinds = (".png", ".svg")
                elif isinstance(made, plots.Recorder):
                    kinds = (".gif", ".html")
                for suffix in kinds:
                    path = out / f"{name}-{lang}{suffix}"
                    if hasattr(made, "save"):
                        made.save(path)
                    else:
                        with replace_whole(path) as file:
                            made.savefig(file, format="png", dpi=100)
                    files.append(path)
                links = " ".join(f'<a href="{name}-{lang}{s}">{s[1:]}</a>' for s in kinds)
                index.append(
                    f'<figure lang="{lang}"><img src="{name}-{lang}{kinds[0]}" '
                    f'alt="{escape(captions[lang])}" '
                    f'loading="lazy"><figcaption>{escape(captions[lang])} '
                    f"({links})</figcaption></figure>"
                )
            print(f"  {name}")
    if groups is None or "graphs" in groups:
        at, loss = lecture_network(0.5)
        files.append(
            Path(
                viz.explore(
                    loss,
                    names=at,
                    title="XOR",
                    path=out / "explorer.html",
                    layers={
                        "hidden layer": [at["U"], at["Z"], at["H"]],
                        "output layer": [at["s"], at["f"]],
                    },
                )
            )
        )
        index.insert(
            0,
            '<p><a href="explorer.html">The explorer of the XOR network / El explorador de la red '
            "XOR</a>"
            "</p>",
        )
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gallery</title>'
        "<style>body{font:16px/1.5 Helvetica,Arial,sans-serif;margin:1.5rem;max-width:120rem}"
        "figure{margin:1.5rem 0}img{max-width:100%;border:1px solid "
        f"#d1d5db}}</style></head><body><main><h1>Gallery / Galería</h1>{''.join(index)}</main></body></html>\n"
    )
    write_whole(out / "index.html", page)
    return [*files, out / "index.html"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m demos.gallery", description="Every kind of picture."
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out/gallery"), help="the folder (default: out/gallery)"
    )
    parser.add_argument(
        "--readme", type=Path, help="a folder for copies of those that the README shows"
    )
    parser.add_argument("--only", nargs="*", choices=list(GROUPS), help="these groups only")
    options = parser.parse_args(arguments)
    files = make(options.out, options.only)
    if options.readme is not None:
        options.readme.mkdir(parents=True, exist_ok=True)
        for path in files:
            if path.stem.rpartition("-")[0] in IN_THE_README and path.suffix in (".png", ".gif"):
                write_whole(options.readme / path.name, path.read_bytes())
    print(f"{len(files)} files; open {options.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
