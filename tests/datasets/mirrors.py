"""A server on this machine that stands for the mirrors of a download."""

import gzip
from http.server import BaseHTTPRequestHandler
from pathlib import Path

FIRST, LAST = "t10k-labels-idx1-ubyte", "train-images-idx3-ubyte"  # in the order of the download


class Mirror:
    """Answers /a/<name>.gz and /b/<name>.gz: `bodies[name]`, unless `answers["a/<name>"]` is
    (status, body, length)."""

    def __init__(self, content: dict[str, bytes]) -> None:
        self.bodies = {name: gzip.compress(data) for name, data in content.items()}
        self.answers: dict[str, tuple[int, bytes, int | str | None]] = {}
        self.requests: list[str] = []
        self.url = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        key = request.path.lstrip("/").removesuffix(".gz")
        self.requests.append(key)
        body = self.bodies[key.split("/")[1]]
        status, body, length = self.answers.get(key, (200, body, len(body)))
        request.send_response(status)
        if length is not None:
            request.send_header("Content-Length", str(length))
        request.end_headers()
        request.wfile.write(body)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.exists() else {}
