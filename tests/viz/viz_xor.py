"""The lecture's XOR network with b = 0.5, where every gradient is a multiple of .25, and an SVG
read back."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import numpy as np

import tinygrad_edu as tg
import viz

SVG = "{http://www.w3.org/2000/svg}"


def build_xor(backward=True):
    X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    y = np.array([[0.0], [1], [1], [0]])
    W = tg.tensor([[1.0, 1], [1, 1]], requires_grad=True)
    c = tg.tensor([0.0, -1], requires_grad=True)
    w = tg.tensor([[1.0], [-2]], requires_grad=True)
    b = tg.tensor([0.5], requires_grad=True)
    U = X @ W
    Z = U + c
    H = tg.relu(Z)
    s = H @ w
    f = s + b
    L = tg.mse(f, y)
    if backward:
        L.backward()
    return SimpleNamespace(**{k: v for k, v in locals().items() if k != "backward"})


def draw_xor(net, **options):
    layers = {"hidden layer": [net.U, net.Z, net.H], "output layer": [net.s, net.f]}
    return viz.graph(net.L, names=vars(net), **{"layers": layers, "title": "XOR", **options})


class Drawing:
    """An SVG, read back: its nodes and edges by id, their texts and tooltips."""

    def __init__(self, text):
        self.root = ET.fromstring(text)
        self.groups = {
            g.get("id"): g
            for g in self.root.iter(f"{SVG}g")
            if g.get("class") in ("node", "edge", "cluster")
        }
        self.nodes = [k for k in self.groups if k.startswith("node-")]
        self.edges = [k for k in self.groups if re.match("forward-|backward-", k)]

    def texts(self, key):
        return [(t.text or "").replace("\xa0", " ") for t in self.groups[key].iter(f"{SVG}text")]

    def text(self, key):
        """All text of a node or edge, in one line."""
        return " ".join(" ".join(self.texts(key)).split())

    def tip(self, key):
        return self.groups[key].find(f"{SVG}title").text

    def numbers(self, key):
        """The numbers of a card, as written, in the order of the cells."""
        return " ".join(
            t.text.replace("\xa0", " ")
            for t in self.groups[key].iter(f"{SVG}text")
            if "number" in t.get("class", "").split()
        ).split()
