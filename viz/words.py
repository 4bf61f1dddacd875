"""Words in English and Spanish: the class that looks them up, and those of graphs.

The plots (`plots/words.py`) and the explorer's page (`explorer/words.py`) have a table each, read
by the same class.
"""

from __future__ import annotations

from collections.abc import Mapping

Table = Mapping[str, tuple[str, str]]
"""By key: the word in each language, in the order of LANGUAGES."""

GRAPHS: Table = {
    # kinds of cards
    "input": ("input", "entrada"),
    "target": ("target", "objetivo"),
    "parameter": ("parameter", "parámetro"),
    "frozen": ("frozen weight", "peso congelado"),
    "unrecorded": ("result not recorded", "resultado sin registrar"),
    "operation": ("operation", "operación"),
    "output": ("output", "salida"),
    "loss": ("loss", "pérdida"),
    "layer": ("layer", "capa"),
    "folded": ("folded", "plegado"),
    # columns
    "value": ("value", "valor"),
    "fixed": ("value (fixed data)", "valor (dato fijo)"),
    "gradient": ("gradient", "gradiente"),
    "accumulated": ("gradient, added up", "gradiente acumulado"),
    "not computed": ("not computed", "sin calcular"),
    "stale": ("stale", "caduco"),
    "data changed": ("data changed", "cambió un dato"),
    "empty": ("empty", "vacío"),
    "min": ("min", "mín"),
    "mean": ("mean", "media"),
    "max": ("max", "máx"),
    "nan": ("not a number", "no es número"),
    # inside formulas
    "if": ("if", "si"),
    "else": ("else", "si no"),
    "rows": ("rows", "filas"),
    "columns": ("columns", "columnas"),
    "axis": ("axis", "eje"),
    "all": ("all", "todo"),
    "transpose": ("transpose", "transpuesta"),
    "reshape": ("reshape to", "con forma"),
    "place": ("back into", "de vuelta a"),
    "random": ("random", "azar"),
    "by itself": ("computed by the compiled function", "lo calcula la función compilada"),
    "part": ("part", "parte"),
    "others": ("the others", "los demás"),
    "number": ("scalar", "escalar"),
    # legend and notes
    "forward": ("forward", "hacia delante"),
    "backward": ("backward", "hacia atrás"),
    "parameters": ("parameters", "parámetros"),
    "1 parameter": ("1 parameter", "1 parámetro"),
    "cards": ("cards", "tarjetas"),
    "1 card": ("1 card", "1 tarjeta"),
    "forward edges": ("forward edges", "flechas hacia delante"),
    "1 forward edge": ("1 forward edge", "1 flecha hacia delante"),
    "1 value": ("1 value", "1 valor"),
    "1 gradient": ("1 gradient", "1 gradiente"),
    "operations": ("operations", "operaciones"),
    "1 operation": ("1 operation", "1 operación"),
    "folded note": (
        "{hidden} of {total} nodes are folded",
        "{hidden} de {total} nodos están plegados",
    ),
    "as layers": (
        'one card a layer; detail="ops" draws every operation',
        'una tarjeta por capa; detail="ops" dibuja cada operación',
    ),
    "as model": (
        'one card for the whole model; detail="layers" draws its layers',
        'una tarjeta para todo el modelo; detail="layers" dibuja sus capas',
    ),
    "changed note": (
        "{names} changed after the results were computed: run forward again",
        "{names} cambió después de calcular los resultados: repite el paso hacia delante",
    ),
    "plainer": (
        "drawn plainer: the layout engine could not place frames and labels; every rule is in the "
        "tooltips",
        "dibujo más sencillo: el motor no pudo colocar marcos y etiquetas; cada regla está en su "
        "descripción",
    ),
    "unrecorded note": (
        "{names}: how it was computed was not recorded (no_grad(), a compiled function, data "
        "alone, or an operation without a gradient, as a comparison)",
        "{names}: no se registró cómo se calculó "
        "(no_grad(), una función compilada, solo datos, o una operación sin gradiente, como una "
        "comparación)",
    ),
    "compiled note": (
        "{names} came from a compiled function: what happened inside was not recorded",
        "{names} viene de una función compilada: no se registró lo que pasó dentro",
    ),
    "verified": (
        "Computed again, all alike: {values}, {gradients}.",
        "Calculados otra vez, todos iguales: {values}, {gradients}.",
    ),
    "not verified": (
        "Not computed again, drawn at random or compiled: {names}.",
        "Sin calcular otra vez, por ser al azar o compilados: {names}.",
    ),
    "of them frozen": ("of them frozen", "de ellos congelados"),
    "nothing recorded": ("Nothing was recorded", "No se registró nada"),
    # the text alternative
    "from": ("from", "a partir de"),
    "values": ("values", "valores"),
    "gradients": ("gradients", "gradientes"),
    "graph of": (
        "Computation graph of {names}: {cards}, {edges}.",
        "Grafo de cómputo de {names}: {cards}, {edges}.",
    ),
    "forward pass": ("Forward", "Hacia delante"),
    "backward pass": ("Backward", "Hacia atrás"),
    "seed": (
        "Everything begins with the derivative of a number by itself.",
        "Todo empieza con la derivada de un número respecto de sí mismo.",
    ),
    "use of": (
        "Use {k} of {n} of {name}: the gradients of all uses are added.",
        "Uso {k} de {n} de {name}: los gradientes de todos los usos se suman.",
    ),
    "in all": ("in all", "en total"),
    "used by": ("is used by", "se usa en"),
}

LANGUAGES = ("en", "es")


class Words:
    """The words of one language.

    `lang` is "en" or "es"; `table` holds the words of both, those of graphs without one. Errors:
    ValueError for another language.

    >>> Words("es")["loss"]
    'pérdida'
    """

    def __init__(self, lang: str, table: Table = GRAPHS) -> None:
        if lang not in LANGUAGES:
            raise ValueError(
                f"lang={lang!r} is not spoken here; known: {', '.join(map(repr, LANGUAGES))}"
            )
        self.lang: str = lang
        self.table: Table = table

    def __getitem__(self, key: str) -> str:
        return self.table[key][LANGUAGES.index(self.lang)]

    def get(self, key: str) -> str:
        """The word for `key`; the key itself where the table has none, as for a metric's name.

        >>> Words("es").get("loss"), Words("es").get("my_metric")
        ('pérdida', 'my_metric')
        """
        return self[key] if key in self.table else key

    def all(self) -> dict[str, str]:
        """Every word of the table in this language."""
        return {key: self[key] for key in self.table}

    def count(self, n: int, noun: str) -> str:
        """A number of things: `1 operation`, `100 480 parameters`; `noun` is the plural's key.

        >>> Words("en").count(100480, "parameters"), Words("es").count(1, "operations")
        ('100 480 parameters', '1 operación')
        """
        return self[f"1 {noun[:-1]}"] if n == 1 else f"{grouped(n)} {self[noun]}"


def grouped(n: int) -> str:
    """A whole number with its digits in groups of three, which every language reads alike; four
    digits stay together.

    >>> grouped(100480), grouped(1500)
    ('100 480', '1500')
    """
    return f"{n:,}".replace(",", " ") if n >= 10_000 else str(n)
