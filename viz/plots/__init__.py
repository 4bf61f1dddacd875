"""Plots of the lecture: what an activation, a neuron, a layer and a training run look like.

Each function returns a matplotlib Figure, changes no global state of matplotlib, and writes
nothing. Those that draw one pair of axes take `ax=`, to draw into a figure of yours; `lang="es"`
says it in Spanish.
"""

from .activations import activations
from .boundary import decision_boundary
from .classes import confusion_matrix
from .curves import gradient_flow, training_curves
from .movie import Live, Recorder
from .network import network
from .neuron import perceptron
from .pictures import hidden_weights, image, images, predictions
from .surface import loss_surface

__all__ = [
    "Live",
    "Recorder",
    "activations",
    "confusion_matrix",
    "decision_boundary",
    "gradient_flow",
    "hidden_weights",
    "image",
    "images",
    "loss_surface",
    "network",
    "perceptron",
    "predictions",
    "training_curves",
]
