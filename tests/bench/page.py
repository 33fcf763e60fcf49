"""``python -m tests.bench.page``: put the tables and picture of the last ``make bench`` into the pages."""

from __future__ import annotations

import re
import shutil
import sys

from tests.bench.bulk import PICTURE
from tests.bench.shown import OUTPUT
from tests.paths import ROOT

PLACE = re.compile(r"(<!-- bench: (\w+) -->\n)(.*?)(<!-- end of bench -->)", re.DOTALL)


def main() -> None:
    """Fill each place that a page has for a table; what was not measured stays as it is."""
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        text = page.read_text()
        filled = PLACE.sub(_filled, text)
        if filled != text:
            page.write_text(filled)
            sys.stdout.write(f"{page.relative_to(ROOT)}\n")
    if PICTURE.exists():
        shutil.copy(PICTURE, ROOT / "docs" / "images")


def _filled(place: re.Match[str]) -> str:
    begin, name, old, end = place.groups()
    kept = OUTPUT / f"{name}.md"
    return f"{begin}{kept.read_text() if kept.exists() else old}{end}"


if __name__ == "__main__":
    main()
