"""Frames as files: pixels, PNG, an animated GIF, and a page with a slider."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from ..words import Words
from .base import Figure

SHORTEST_FRAME = 0.02
"""Seconds: browsers show a shorter frame of a GIF for a tenth of a second."""


def pixels_of(figure: Figure, dpi: float) -> np.ndarray:
    """A figure as pixels, (height, width, 3)."""
    figure.set_dpi(dpi)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def png(pixels: np.ndarray) -> bytes:
    """Pixels as a PNG file."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", optimize=True)
    return out.getvalue()


def gif(pictures: Sequence[np.ndarray], fps: float) -> bytes:
    """Frames as an animated GIF, which shows the last one for two seconds. Past 50 frames a second
    some are left out, so that the speed is right."""
    skip = math.ceil(fps * SHORTEST_FRAME)
    kept, fps = [*pictures[:-1:skip], pictures[-1]], fps / skip
    # One palette for all frames, from the last, which has every colour: else each frame would
    # flicker in its own.
    palette = Image.fromarray(kept[-1]).quantize(128, method=Image.Quantize.MEDIANCUT)
    frames = [Image.fromarray(p).quantize(palette=palette, dither=Image.Dither.NONE) for p in kept]
    out = io.BytesIO()
    durations = [10 * max(2, round(100 / fps))] * (len(frames) - 1) + [2000]
    frames[0].save(
        out, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0, disposal=1
    )
    return out.getvalue()


def page(
    pictures: Sequence[np.ndarray], labels: Sequence[str], title: str, fps: float, words: Words
) -> str:
    """Frames as a page with a slider and a play button, which needs no network."""
    content = {
        "play": words["play"],
        "stop": words["stop"],
        "ms": 1000 / fps,
        "labels": list(labels),
        "frames": ["data:image/png;base64," + base64.b64encode(png(p)).decode() for p in pictures],
    }
    parts = {
        "{lang}": words.lang,
        "{title}": escape(title),
        "{label}": escape(words["epoch"]),
        "{play}": escape(words["play"]),
        # Inside a script element nothing may look like its end.
        "{data}": json.dumps(content, ensure_ascii=False).replace("<", "\\u003c"),
    }
    # In one go: what is put in is not looked through again.
    return re.sub("|".join(map(re.escape, parts)), lambda found: parts[found[0]], PAGE)


PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';
 style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<style>body{font:17px/1.5 Helvetica,Arial,sans-serif;margin:1rem;background:#fff;color:#111827}
img{max-width:100%;display:block}nav{display:flex;gap:.8rem;align-items:center}
input{flex:1;height:2rem;accent-color:#D55E00}button{font:inherit;min-height:2.4rem;padding:.2rem
.9rem}</style></head> <body><main><h1>{title}</h1><img id="frame" alt=""> <nav><button id="play"
type="button">{play}</button><input id="slider" type="range" min="0" value="0"
 aria-label="{label}"></nav><p id="said" aria-live="off"></p></main>
<script type="application/json" id="data">{data}</script><script>
"use strict";
const film = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
let timer = null;
const show = (k) => { $("slider").value = k; $("frame").src = film.frames[k];
  $("frame").alt = $("said").textContent = film.labels[k];
  $("slider").setAttribute("aria-valuetext", film.labels[k]); };
const stop = () => { clearInterval(timer); timer = null; $("play").textContent = film.play; };
$("slider").max = film.frames.length - 1;
$("slider").oninput = () => { stop(); show(Number($("slider").value)); };
$("play").onclick = () => { if (timer) { stop(); return; }
  let k = Number($("slider").value); if (k >= film.frames.length - 1) k = -1;
  $("play").textContent = film.stop;
  timer = setInterval(() => {
    k += 1; show(k); if (k >= film.frames.length - 1) stop(); }, film.ms); };
show(0);
</script></body></html>
"""
