"""The README as a package index shows it, in the wheel that ``make package`` has built."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message
from zipfile import ZipFile

import pytest

from airflow_provider_flexout import __version__
from tests.paths import ROOT

LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def metadata() -> Message:
    [wheel] = (ROOT / "build" / "dist").glob("*.whl")
    with ZipFile(wheel) as files:
        [name] = [name for name in files.namelist() if name.endswith(".dist-info/METADATA")]
        return message_from_bytes(files.read(name))


def test_every_link_leads_to_the_file_of_this_version(metadata):
    _, _, home = metadata["Project-URL"].partition(", ")
    shown = LINK.findall(metadata.get_payload(decode=True).decode())
    written = LINK.findall((ROOT / "README.md").read_text("utf-8"))
    assert len(shown) == len(written) > 30
    for (picture, there), (_, here) in zip(shown, written, strict=True):
        kind = "raw" if picture else "blob"
        absolute = here.startswith(("https://", "#"))
        assert there == (here if absolute else f"{home}/{kind}/v{__version__}/{here}")
