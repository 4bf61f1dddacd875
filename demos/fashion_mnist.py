"""The lecture's demo: a network of 784-128-10 units tells clothes apart.

Lecture 07, "Deep Learning: Demo", with the same steps in the same order as its Keras program.
"""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np

import tinygrad_edu as tg
import viz
from demos.report import Report
from tinygrad_edu import nn
from tinygrad_edu.datasets import fashion_mnist
from viz import plots

SUMMARY = "Fashion-MNIST: the lecture's classifier trained, tested and drawn"
SAMPLE = Path(__file__).parent / "data" / "fashion-mnist-sample"
LECTURE_LOSS, LECTURE_ACCURACY = 0.3377942, 0.8792


def load(report: Report) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray], bool]:
    """The data, and whether it is the full set."""
    try:
        train, test = fashion_mnist.load_data()
        return train, test, True
    except fashion_mnist.DatasetUnavailable:
        train, test = fashion_mnist.load_data(SAMPLE)
        report.say(f"  The full Fashion-MNIST is not here and cannot be downloaded: using the shipped real sample of "
                   f"{len(train[0]):,} + {len(test[0]):,} images, which costs about three and a half points of "
                   "accuracy.")
        return train, test, False


def main(report: Report) -> None:
    report.title("Fashion-MNIST: 28 × 28 grey images of ten kinds of clothes")
    (train_images, train_labels), (test_images, test_labels), full = load(report)
    names = fashion_mnist.CLASS_NAMES
    report.say(f"  {len(train_images):,} images to train on, {len(test_images):,} to test with")
    report.save(plots.image(train_images[0], title=f"image 1: {names[train_labels[0]]}"), "image-1.png",
                "the first training image, values 0 to 255")
    train_images = (train_images / 255).astype(np.float32)
    test_images = (test_images / 255).astype(np.float32)
    report.save(plots.images(train_images[:25], [names[k] for k in train_labels[:25]]), "images-25.png",
                "the first 25 images with their names")

    report.title("The model: Flatten, Dense(128, relu), Dense(10, softmax)")
    model = nn.Sequential([nn.Flatten(), nn.Dense(128, activation="relu"), nn.Dense(10, activation="softmax")],
                          seed=report.seed)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    began = time.perf_counter()
    history = model.fit(train_images, train_labels, epochs=5, verbose=2)
    seconds = time.perf_counter() - began
    model.summary()
    loss, accuracy = model.evaluate(test_images, test_labels, verbose=0)
    report.say(f"\nTest loss: {loss:.7f}\nTest accuracy: {accuracy:.4f}    ({seconds:.0f} s of training)")
    compare(report, history, loss, accuracy, full, len(test_labels))

    report.save(plots.training_curves(history.history, test={"loss": loss, "accuracy": accuracy}), "training.png",
                "loss and accuracy over the epochs, and on the test set")
    probabilities = model.predict(test_images)
    wrong = np.flatnonzero(probabilities.argmax(axis=-1) != test_labels)[:3]
    shown = np.concatenate([np.setdiff1d(np.arange(12), wrong)[:6], wrong])
    report.save(plots.predictions(test_images[shown], probabilities[shown], test_labels[shown], names,
                                  title="Six test images, and the first three it gets wrong"), "predictions.png",
                "test images with what the network makes of them")
    draw(report, model, train_images[:32], train_labels[:32])


def compare(report: Report, history: tg.training.History, loss: float, accuracy: float, full: bool, n: int) -> None:
    """The lecture's one run beside this one. Both are draws from a spread: over seeds (.0045 in accuracy and .012 in
    loss, measured over ten), and over which test images there are (binomial); within three of these they agree."""
    if full:
        slack = 3 * math.hypot(0.0045, math.sqrt(0.88 * 0.12 / n))
        report.check("Demo", "test accuracy after five epochs", f"{LECTURE_ACCURACY:.4f}", f"{accuracy:.4f}",
                     abs(accuracy - LECTURE_ACCURACY) < slack)
        report.check("Demo", "test loss after five epochs", f"{LECTURE_LOSS:.4f}", f"{loss:.4f}",
                     abs(loss - LECTURE_LOSS) < 3 * 0.017)
        for key, value in (("loss", 0.2934), ("accuracy", 0.8922)):
            ours = history.history[key][-1]
            report.check("Demo", f"training {key} in epoch 5", f"{value:.4f}", f"{ours:.4f}", abs(ours - value) < 0.01)
    else:
        report.check("Demo", "test accuracy (sample of a tenth; chance is .1000)", f"{LECTURE_ACCURACY:.4f}",
                     f"{accuracy:.4f}", accuracy > 0.78)
        report.check("Demo", "test loss (sample of a tenth; chance is 2.3026)", f"{LECTURE_LOSS:.4f}", f"{loss:.4f}",
                     loss < 0.65)


def draw(report: Report, model: nn.Sequential, x: np.ndarray, t: np.ndarray) -> None:
    """The classifier's graph on one batch, layer by layer and operation by operation."""
    report.title("The graph of the classifier, for one batch of 32 images")
    model.zero_grad()
    with tg.record_everything():             # the picture begins at the images, which need no gradient
        loss = nn.cross_entropy(model(tg.tensor(x, name="X")), tg.tensor(t, name="t"))
    loss.name = "L"
    loss.backward()
    report.save(viz.graph(loss, title="Fashion-MNIST: 784 → 128 → 10"), "classifier.png",
                "the classifier's computation graph, shapes and parameter counts")
    report.save(viz.graph(loss, title="Fashion-MNIST: 784 → 128 → 10", detail="ops"), "classifier-ops.png",
                "the same, every operation")
