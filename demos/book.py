"""The ladder as a book: `python -m demos.book` runs every cell in both languages and builds a
static site with Sphinx.

    make book        # installs the extra [book]; out/book/index.html leads to both languages

Every page is a step: prose, code, what the code printed, pictures. The site needs no network.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path
from typing import Any

from demos.lesson import LANGUAGES, Lesson, Step, _current, as_markdown, steps
from demos.reference import Reference
from tinygrad_edu.files import write_whole

TITLE = {"en": "Neural networks, step by step", "es": "Redes neuronales, paso a paso"}
WORDS = {
    "en": {
        "slides": "Slides",
        "figures": "The lecture's figures beside ours",
        "holds": "holds",
        "not": "does not hold",
        "lecture": "lecture",
        "here": "measured",
        "other": "En español",
        "code": "Code",
    },
    "es": {
        "slides": "Diapositivas",
        "figures": "Las cifras de la clase junto a las nuestras",
        "holds": "se cumple",
        "not": "no se cumple",
        "lecture": "la clase",
        "here": "medido",
        "other": "In English",
        "code": "Código",
    },
}
INTRO = {
    "en": 'The lecture "Intro to deep learning, neural networks" as eleven small programs. Each '
    "page was made "
    "by running its code: what is printed is what came out, and every claim was checked.",
    "es": "La clase «Intro a deep learning, redes neuronales» en once programas pequeños. Cada "
    "página se hizo "
    "ejecutando su código: lo que aparece impreso es lo que salió, y cada afirmación fue "
    "comprobada.",
}


def cells(step: Step) -> list[str]:
    """The code cells of a step, without the one of prose and what only the runner needs."""
    parts = re.split(r"^# %%(.*)$", step.path.read_text(encoding="utf-8"), flags=re.M)
    return [
        code.strip("\n")
        for head, code in zip(parts[1::2], parts[2::2], strict=True)
        if "[markdown]" not in head
    ]


def shown(code: str) -> str:
    """A cell's code as the page shows it: without the prose, which stands on the page already."""
    import ast

    lines = code.splitlines()
    drop: set[int] = set()
    for node in ast.parse(code).body:
        call = node.value if isinstance(node, ast.Expr) else None
        said = (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "lesson"
            and call.func.attr in ("say", "title", "progress")
        )
        constant = (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id in ("TITLE", "SLIDES", "SECONDS")
        )
        if said or constant:
            drop |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    kept = [line for k, line in enumerate(lines, 1) if k not in drop]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


def page(
    step: Step, lang: str, folder: Path, fast: bool, reference: Reference
) -> tuple[str, Lesson]:
    """Run a step cell by cell; its page as Markdown."""
    words = WORDS[lang]
    lesson = Lesson(step, lang, fast, folder, quiet=True)
    scope: dict[str, Any] = {"__name__": "__demo__", "__file__": str(step.path)}
    body = [f"# {step.number}. {step.title[lang]}", f"*{words['slides']}: {step.slides}*"]
    _current.append(lesson)
    try:
        for code in cells(step):
            begun = len(lesson.log)
            exec(compile(code, str(step.path), "exec"), scope)
            said = [entry for entry in lesson.log[begun:] if entry[0] in ("title", "say")]
            rest = [entry for entry in lesson.log[begun:] if entry[0] not in ("title", "say")]
            body += [f"## {text}" if kind == "title" else text for kind, text in said]
            if text := shown(code):
                body.append(
                    f"````{{dropdown}} {words['code']}\n```python\n{text}\n```\n````"
                    if rest
                    else f"```python\n{text}\n```"
                )
            body += [_entry(kind, value, words) for kind, value in rest]
    finally:
        _current.pop()
    body.append(reference.links(step, lang))
    return "\n\n".join(body) + "\n", lesson


def _entry(kind: str, value: Any, words: dict[str, str]) -> str:
    if kind == "write":
        return f"```text\n{value}\n```"
    if kind == "check":
        mark, verdict = ("✓", words["holds"]) if value.holds else ("✗", words["not"])
        plain = lambda text: re.sub(r"([\\`*_{}\[\]<>|$])", r"\\\1", str(text))
        return (
            f"{mark} **{verdict}**: {plain(value.claim)} — {words['lecture']}: "
            f"{plain(value.lecture)}; {words['here']}: **{plain(value.ours)}**"
        )
    path, what = value
    return f"```{{figure}} {path.name}\n:alt: {what}\n\n{what}\n```"


def write(
    out: Path,
    lang: str,
    fast: bool,
    names: list[str] | None,
    reference: Reference | None = None,
) -> Path:
    """Run the steps in one language and write the Markdown of the site."""
    reference = reference or Reference()
    folder = out / "source" / lang
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    chosen = [s for s in steps() if names is None or s.name in names]
    claims = []
    for step in chosen:
        print(f"  {lang}  {step.number}. {step.title[lang]}", flush=True)
        text, lesson = page(step, lang, folder, fast, reference)
        claims += lesson.claims
        write_whole(folder / f"{step.path.stem}.md", text)
    other = next(x for x in LANGUAGES if x != lang)
    toc = "\n".join(step.path.stem for step in chosen)
    texts = {
        "index.md": f"# {TITLE[lang]}\n\n{INTRO[lang]}\n\n<a "
        f'href="../{other}/index.html">{WORDS[lang]["other"]}</a>\n\n```{{toctree}}\n:maxdepth: '
        f"1\n\n{toc}\nfigures\nreference\n```\n",
        "figures.md": f"# {WORDS[lang]['figures']}\n\n{as_markdown(claims, lang)}",
        "reference.md": reference.contents(lang),
        "conf.py": configuration(lang),
    }
    if lang == "en":
        reference.write(folder)
    for name, text in texts.items():
        write_whole(folder / name, text)
    failed = [c for c in claims if not c.holds]
    if failed:
        raise SystemExit(f"{len(failed)} claims do not hold: {', '.join(c.claim for c in failed)}")
    return folder


def configuration(lang: str) -> str:
    """Sphinx' conf.py. The reference is in English: the Spanish book links to it."""
    settings = {
        "project": TITLE[lang],
        "language": lang,
        "extensions": [
            "myst_parser",
            "sphinx_design",
            *(["demos.reference"] if lang == "en" else []),
        ],
        "html_theme": "furo",
        "html_title": TITLE[lang],
        "smartquotes": False,
        "html_show_sphinx": False,
        "html_show_copyright": False,
        "html_copy_source": False,
        "myst_enable_extensions": ["colon_fence"],
        "add_module_names": False,
        "autodoc_docstring_signature": False,  # our first line is the formula, no signature
        "toc_object_entries_show_parents": "hide",
        "python_maximum_signature_line_length": 60,
        # types stand in signatures by their names: they are words, not links
        "nitpick_ignore_regex": [("py:.*", ".*")],
    }
    path = f"import sys\n\nsys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
    return path + "".join(f"{name} = {value!r}\n" for name, value in settings.items())


def build(out: Path, *, fast: bool = False, names: list[str] | None = None) -> Path:
    """Write and build the site in both languages; returns its first page. A dead link within is an
    error."""
    reference = Reference()
    for lang in LANGUAGES:
        source = write(out, lang, fast, names, reference)
        subprocess.run(
            [
                sys.executable,
                "-m",
                "sphinx",
                "-q",
                "-n",
                "-W",
                "--keep-going",
                "-b",
                "html",
                str(source),
                str(out / lang),
            ],
            check=True,
        )
    links = "".join(
        f'<li><a href="{lang}/index.html" lang="{lang}">{escape(TITLE[lang])}</a></li>'
        for lang in LANGUAGES
    )
    index = out / "index.html"
    write_whole(
        index,
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>tinygrad_edu</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            "<style>body{font:20px/1.6 Helvetica,Arial,sans-serif;margin:3rem "
            "auto;max-width:40rem;padding:0 "
            f"1rem}}</style></head><body><main><h1>tinygrad_edu</h1><ul>{links}</ul></main></body></html>\n"
        ),
    )
    return index


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m demos.book", description="The ladder as a static site."
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out/book"), help="the folder (default: out/book)"
    )
    parser.add_argument("--fast", action="store_true", help="smaller data and fewer repetitions")
    parser.add_argument("--only", nargs="*", help="these steps only, by name")
    given = parser.parse_args(arguments)
    print(build(given.out, fast=given.fast, names=given.only))
    return 0


if __name__ == "__main__":
    sys.exit(main())
