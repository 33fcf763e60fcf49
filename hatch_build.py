"""The README for a package index, where a relative link leads nowhere.

Hatchling calls this while it builds. Each link is completed by the project's home page, which stands in
``pyproject.toml``, and leads to the files of the tag of this version.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Readme(MetadataHookInterface):
    """Provides ``readme`` of the project's metadata."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the README, with links and pictures that work outside of the repository.

        :param metadata: what ``[project]`` holds, and the version.
        """
        text = (Path(self.root) / "README.md").read_text("utf-8")
        for link, kind in ((r"(!\[[^\]]*\]\()", "raw"), (r"((?<!!)\[[^\]]*\]\()", "blob")):
            base = f"{metadata['urls']['Homepage']}/{kind}/v{metadata['version']}/"
            text = re.sub(link + r"(?!https?://|#)", lambda found, base=base: found[1] + base, text)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
