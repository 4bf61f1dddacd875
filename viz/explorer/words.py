"""What the explorer's page says beside the picture, in English and Spanish."""

from __future__ import annotations

from ..words import Table

PAGE: Table = {
    "hint": (
        "Press → or ▶ to go forward operation by operation, then backward gradient by gradient. "
        "Point at a number, or press Enter on a card and use the arrow keys, to see where it comes "
        "from.",
        "Pulsa → o ▶ para avanzar operación por operación y después volver gradiente por "
        "gradiente. Señala un número, o pulsa Intro en una tarjeta y usa las flechas, para ver de "
        "dónde viene.",
    ),
    "start": ("Start", "Inicio"),
    "first": ("First step (Home)", "Primer paso (Inicio)"),
    "back": ("One step back (←)", "Un paso atrás (←)"),
    "play": ("Play (space)", "Reproducir (espacio)"),
    "pause": ("Pause (space)", "Pausa (espacio)"),
    "next": ("One step on (→)", "Un paso adelante (→)"),
    "last": ("Last step (End)", "Último paso (Fin)"),
    "step": ("Step", "Paso"),
    "of": ("of", "de"),
    "search": ("Find a card (/)", "Busca una tarjeta (/)"),
    "found": ("found", "encontradas"),
    "none": ("nothing found", "nada encontrado"),
    "in": ("Zoom in (+)", "Acercar (+)"),
    "out": ("Zoom out (-)", "Alejar (-)"),
    "fit": ("Fit to the window (0)", "Ajustar a la ventana (0)"),
    "theme": ("Light or dark", "Claro u oscuro"),
    "language": ("Español", "English"),
    "graph": ("Computation graph", "Grafo de cómputo"),
    "controls": ("Steps", "Pasos"),
    "explanation": ("Explanation", "Explicación"),
    "words": ("The graph in words", "El grafo en palabras"),
    "done": ("Both passes are done.", "Las dos pasadas han terminado."),
    "entry": ("entry", "elemento"),
}
