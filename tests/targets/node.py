"""Running programs in JavaScript: by node, or in a headless Chromium where there is no node."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

import numpy as np

from tinygrad_edu.compiler.targets import javascript

NODE = shutil.which("node")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = "neither node nor Chromium is installed" if not (NODE or CHROMIUM) else ""

TOLD = """
const told = x => ({shape: x.shape, data: Array.from(x.data, v => Number.isFinite(v) ? v : String(v))});
const attempt = f => { try { return f().map(told); } catch (error) { return String(error.stack); } };
"""


def run(texts, folder):
    """What each of these texts (functions called f, with the arrays that they are called with)
    returns: lists of arrays, or an error's text. All in one process."""
    calls = [
        f"(() => {{ {text}\nreturn attempt(() => f({', '.join(args)})); }})()"
        for text, args in texts
    ]
    body = f"{javascript.runtime()}\n{TOLD}\nconst results = [{', '.join(calls)}];\n"
    if NODE:
        file = folder / "run.js"
        file.write_text(body + "console.log(JSON.stringify(results));\n", encoding="utf-8")
        done = subprocess.run([NODE, file], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-2000:]
        found = done.stdout
    else:
        file = folder / "run.html"
        said = "document.body.textContent = '<<' + JSON.stringify(results) + '>>';"
        file.write_text(f"<body><script>{body}{said}</script>", encoding="utf-8")
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ)
        found = re.search("&lt;&lt;(.*)&gt;&gt;", done.stdout, re.S)[1]
    return [r if isinstance(r, str) else [_array(x) for x in r] for r in json.loads(found)]


def _array(x):
    return np.array([float(v) for v in x["data"]]).reshape(x["shape"])


def argument(a):
    """An array as JavaScript's."""
    return (
        javascript.JavascriptPrinter().operand(np.asarray(a))
        if np.ndim(a)
        else (f"A({javascript.JavascriptPrinter().operand(np.asarray(a))})")
    )
