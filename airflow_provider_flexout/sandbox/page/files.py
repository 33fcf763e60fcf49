"""The page's files over HTTP, with the headers that keep foreign code out of it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final

from airflow_provider_flexout.sandbox.wire.http import HttpResponse

__all__ = ["file_at", "is_page"]

_FOLDER: Final = "/sandbox/page/"
_KINDS: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
# Scripts and styles are files of ours; text that somebody wrote can become neither. Trusted Types make the
# browser refuse every assignment of a string to innerHTML and its like.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def is_page(path: str) -> bool:
    """Tell whether a path is one of the page's.

    :param path: the path.
    """
    return path == "/" or path.startswith(_FOLDER)


def file_at(method: str, path: str) -> HttpResponse:
    """Return the page, or one of its files.

    :param method: HTTP method.
    :param path: the path; ``/`` is the page.
    """
    if method not in {"GET", "HEAD"}:
        return HttpResponse(405, {"Allow": "GET, HEAD", "Content-Length": "0"}, b"")
    name = "index.html" if path == "/" else path.removeprefix(_FOLDER)
    content = _files().get(name)
    if content is None:
        return HttpResponse(404, {"Content-Length": "0"}, b"")
    headers = {
        "Content-Type": _KINDS[name.rpartition(".")[2]],
        "Content-Length": str(len(content)),
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
    return HttpResponse(200, headers, content if method == "GET" else b"")


@lru_cache(maxsize=1)
def _files() -> dict[str, bytes]:
    """Read them all at once: a name from a request never becomes a path."""
    root = files(__package__) / "static"
    found = {each.name: each for each in root.iterdir()}
    for folder in ("scripts", "styles"):
        found |= {f"{folder}/{each.name}": each for each in found.pop(folder).iterdir()}
    return {name: each.read_bytes() for name, each in found.items()}
