"""What the page on channels says of files is what each channel carries."""

from __future__ import annotations

import re

import pytest

from airflow_provider_flexout.connection.files import file_at
from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from tests.paths import DOCS

UNITS = {"MiB": 1024 * 1024, "MB": 1_000_000}
ROW = re.compile(r"^\| `(\w+)` \| (\d+) (MiB|MB)(?:, pictures (\d+))? \| (.+) \|$", re.MULTILINE)


def rows() -> dict[str, tuple[int, int, set[str] | None]]:
    """Give the most bytes of a file and of a picture, and the endings, none where all are carried."""
    found: dict[str, tuple[int, int, set[str] | None]] = {}
    before: set[str] = set()
    _, files = (DOCS / "channels.md").read_text("utf-8").split("\n## Files\n")
    for name, most, unit, picture, listed in ROW.findall(files):
        endings = set()
        for one in listed.split(", "):
            other = re.fullmatch(r"those of `(\w+)`", one)
            endings |= before if one == "the same" else found[other[1]][2] if other else {one}
        before = endings
        sizes = [int(size) * UNITS[unit] for size in (most, picture or most)]
        found[name] = (*sizes, None if listed == "any" else endings)
    return found


TABLE = rows()
ENDINGS = {"zip"}.union(*(endings or () for _, _, endings in TABLE.values()))


@pytest.mark.parametrize("name", sorted(CHANNELS))
def test_the_page_says_which_files_a_channel_carries(name):
    channel, (most, picture, endings) = CHANNELS[name], TABLE[name]
    types = {ending: file_at(f"/data/card.{ending}").content_type for ending in ENDINGS}
    carried = {ending for ending, kind in types.items() if kind.startswith(channel.media_types or "")}
    assert carried == (ENDINGS if endings is None else endings)
    assert (channel.media_limit("application/pdf"), channel.media_limit("image/png")) == (most, picture)
