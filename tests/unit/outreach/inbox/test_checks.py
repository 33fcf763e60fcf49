"""What names a message, and whose mails count."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.inbox.checks import check_place, read_levels

MOMENT = datetime(2026, 11, 29, tzinfo=timezone.utc)
MESSAGE_SID = "IM" + "1" * 32


@pytest.mark.parametrize(
    ("given", "read"),
    [(None, None), (0, 0), ("12", 12), (-1, -1), (MESSAGE_SID, MESSAGE_SID), (MOMENT, MOMENT)],
)
def test_a_place_is_an_index_a_message_or_a_moment(given, read):
    assert check_place(given) == read


@pytest.mark.parametrize("given", [-2, True, 1.5, "CH" + "1" * 32, "soon", [MESSAGE_SID]])
def test_whatever_else_names_no_message(given):
    with pytest.raises(InvalidInput, match="after"):
        check_place(given)


@pytest.mark.parametrize(
    ("given", "read"), [("to", ("to",)), (["to", "cc"], ("to", "cc")), ("bcc", ("bcc",))]
)
def test_levels_are_one_or_several(given, read):
    assert read_levels(given) == read


@pytest.mark.parametrize("given", ["from", [], ["to", "from"], None])
def test_no_other_level_is_taken(given):
    with pytest.raises(InvalidInput, match="must be some of to, cc, bcc"):
        read_levels(given)
