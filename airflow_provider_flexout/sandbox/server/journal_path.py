"""Why a path cannot hold a journal. SQLite has one sentence for most of the reasons."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["refuse_path"]


def refuse_path(path: Path) -> str | None:
    """Say why a path cannot hold a journal, and what to do; ``None`` where nothing is known against it.

    :param path: the file, which need not exist.
    """
    try:
        if path.is_dir():
            return f"{path} is a folder. Name a file in it."
        reason = _reason(path)
    except OSError as error:
        reason = error.strerror
    return None if reason is None else f"{path} can't be opened: {reason}. Use another file."


def _reason(path: Path) -> str | None:
    folder = path.absolute().parent
    if not folder.is_dir():
        return f"there is no folder {folder}"
    if not os.access(folder, os.W_OK):  # SQLite writes its log beside the file
        return f"nothing may be written into the folder {folder}"
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        return "it may not be read and written"
    return None
