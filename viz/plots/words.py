"""The words of the plots, in English and Spanish."""

from __future__ import annotations

from ..words import Table, Words

PLOTS: Table = {
    "pixel": ("value of the pixel", "valor del píxel"),
    "is": ("is", "es"),
    "training": ("training", "entrenamiento"),
    "validation": ("validation", "validación"),
    "test": ("test", "prueba"),
    "epoch": ("epoch", "época"),
    "step": ("step", "paso"),
    "loss": ("loss", "pérdida"),
    "accuracy": ("accuracy", "exactitud"),
    "input space": ("input space", "espacio de entrada"),
    "hidden space": (
        "hidden space: the same grid, bent",
        "espacio oculto: la misma cuadrícula, doblada",
    ),
    "boundary": ("output", "salida"),
    "output": ("output of the model", "salida del modelo"),
    "true": ("true class", "clase verdadera"),
    "predicted": ("predicted class", "clase predicha"),
    "right": ("right", "aciertos"),
    "activations": (
        "f (solid) and its derivative f' (dashed)",
        "f (continua) y su derivada f' (a trazos)",
    ),
    "input layer": ("input layer", "capa de entrada"),
    "hidden layer": ("hidden layer", "capa oculta"),
    "output layer": ("output layer", "capa de salida"),
    "positive": ("positive weight", "peso positivo"),
    "negative": ("negative weight", "peso negativo"),
    "bias": ("number inside: bias", "número dentro: sesgo"),
    "layer": ("layer", "capa"),
    "gradient of the weights": ("root mean square of ∂L/∂W", "media cuadrática de ∂L/∂W"),
    "direction": ("direction", "dirección"),
    "start": ("start", "inicio"),
    "end": ("end", "final"),
    "unit": ("unit", "neurona"),
    "weight": ("weight", "peso"),
    "play": ("Play", "Reproducir"),
    "stop": ("Stop", "Parar"),
    "nothing": ("no epoch was finished", "no terminó ninguna época"),
    "diverged": ("not finite from epoch", "no finito desde la época"),
    "not finite": ("nowhere finite", "en ningún punto finito"),
    "frame": ("frame", "fotograma"),
    "class": ("class", "clase"),
    "movie": ("a training run", "un entrenamiento"),
}


def words_of_plots(lang: str) -> Words:
    """The words of the plots in one language. Errors: ValueError for an unknown language.

    >>> words_of_plots("es")["epoch"]
    'época'
    """
    return Words(lang, PLOTS)
