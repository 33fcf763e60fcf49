"""Messenger: a prefix and an id."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.channels.messenger import Messenger
from airflow_provider_flexout.outreach.errors import InvalidInput

MESSENGER = Messenger()


def test_an_address_is_told_by_its_prefix():
    assert MESSENGER.recognizes("messenger:24381250")
    assert not MESSENGER.recognizes("24381250")
    MESSENGER.check_address("to", "messenger:24381250")


@pytest.mark.parametrize("value", ["24381250", "messenger:", "messenger:a b", "messenger:" + "1" * 300])
def test_what_is_not_an_address(value):
    with pytest.raises(InvalidInput, match="is not a Messenger address: write messenger: and an id"):
        MESSENGER.check_address("to", value)


def test_free_text_is_taken_for_a_day_and_no_template_reopens_it():
    assert (MESSENGER.session_window, MESSENGER.template_approval) == (timedelta(hours=24), False)
