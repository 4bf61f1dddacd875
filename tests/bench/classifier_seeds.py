"""The lecture's classifier over several seeds, beside Keras' own: is there a difference beyond
chance?

    python tests/bench/classifier_seeds.py [--seeds 10] [--out out]

Full Fashion-MNIST, 784-128-10, five epochs, batch 32, Adam with Keras' defaults. Prints and saves
the mean and spread of test accuracy and loss of each, their difference in standard errors, and
where the lecture's one run lies.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from pathlib import Path

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.files import write_whole

LECTURE = {"accuracy": 0.8792, "loss": 0.3377942}


def load() -> tuple[np.ndarray, ...]:
    (x, y), (xt, yt) = tg.datasets.fashion_mnist.load_data()
    return (x / 255).astype(np.float32), y, (xt / 255).astype(np.float32), yt


def ours(
    seed: int, x: np.ndarray, y: np.ndarray, xt: np.ndarray, yt: np.ndarray
) -> dict[str, float]:
    model = nn.Sequential(
        [nn.Flatten(), nn.Dense(128, activation="relu"), nn.Dense(10, activation="softmax")],
        seed=seed,
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=5, verbose=0)
    return model.evaluate(xt, yt, verbose=0, return_dict=True)


def keras_run(
    seed: int, x: np.ndarray, y: np.ndarray, xt: np.ndarray, yt: np.ndarray
) -> dict[str, float]:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=5, verbose=0)
    return model.evaluate(xt, yt, verbose=0, return_dict=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    data = load()
    runs = {"tinygrad_edu": ours}
    if importlib.util.find_spec("keras"):
        runs["keras"] = keras_run
    else:
        print("keras is not installed: pip install keras jax")
    results: dict[str, dict[str, list[float]]] = {
        name: {"accuracy": [], "loss": [], "seconds": []} for name in runs
    }
    for seed in range(options.seeds):
        # in turn, so that both meet the machine in the same state
        for name, run in runs.items():
            began = time.perf_counter()
            scores = run(seed, *data)
            for key in ("accuracy", "loss"):
                results[name][key].append(float(scores[key]))
            results[name]["seconds"].append(time.perf_counter() - began)
            print(
                f"seed {seed} {name}: accuracy {scores['accuracy']:.4f}, loss {scores['loss']:.4f}",
                flush=True,
            )
    lines = [
        f"{options.seeds} seeds, five epochs, full Fashion-MNIST, test set",
        "",
        "| | accuracy: mean ± sd (min to max) | loss: mean ± sd (min to max) | median seconds |",
        "|---|---|---|---|",
    ]
    for name, r in results.items():
        cells = [
            f"{np.mean(r[k]):.4f} ± {np.std(r[k], ddof=1):.4f} ({min(r[k]):.4f} to {max(r[k]):.4f})"
            for k in ("accuracy", "loss")
        ]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} | {np.median(r['seconds']):.1f} |")
    lines.append("| the lecture's one run | .8792 | .3378 | |")
    for key in ("accuracy", "loss"):
        a = np.array(results["tinygrad_edu"][key])
        z = (LECTURE[key] - a.mean()) / a.std(ddof=1)
        lines.append(
            f"\n{key}: the lecture's run is {z:+.1f} standard deviations from our mean, "
            f"{'inside' if abs(z) <= 2 else 'OUTSIDE'} the spread of mean ± 2 sd."
        )
        if "keras" in results:
            b = np.array(results["keras"][key])
            error = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
            lines.append(
                f"{key}: ours - Keras = {a.mean() - b.mean():+.4f} = {(a.mean() - b.mean()) / error:+.1f} "
                "standard errors."
            )
    text = "\n".join(lines)
    print("\n" + text)
    options.out.mkdir(parents=True, exist_ok=True)
    write_whole(options.out / "classifier-seeds.md", text + "\n")


if __name__ == "__main__":
    main()
