"""Whoever has no script of their own follows the default one, point by point."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.state.scripts import Receives, Scripts


def test_a_customer_shares_what_they_were_not_told():
    scripts = Scripts()
    scripts.customer(None).add_reply("yes", "1m")
    scripts.customer("+1").set_fails(30003, "2s", None)
    assert scripts.receives("+1") == Receives(2, None, 30003, "undelivered")
    assert scripts.receives("+2") == Receives()
    assert scripts.replies("+1") == scripts.replies("+2") == [("yes", 60)]
    scripts.customer("+1").add_reply("no", 0)
    assert scripts.replies("+1") == [("no", 0)]
    scripts.customer(None).close_after = 5
    assert (scripts.close_after("+1"), scripts.close_after(None)) == (5, 5)


def test_an_agent_shares_what_they_were_not_told():
    scripts = Scripts()
    scripts.agent("WK1").add_message("Hello", "3s")
    assert scripts.offer_response("WK1") == ("accept", 2)
    assert (scripts.messages("WK1"), scripts.messages("WK2")) == ([("Hello", 3)], [])
    scripts.agent(None).set_offer_response("decline", "1s")
    scripts.agent("WK2").set_finish("5m", "ok", "10s")
    assert scripts.offer_response("WK1") == ("decline", 1)
    assert scripts.finish("WK2").finish_after == 300
    assert scripts.finish("WK1").finish_after is None


def test_reading_comes_after_delivery():
    scripts = Scripts()
    scripts.customer(None).set_receives("5s", "1s")
    assert scripts.receives("+1") == Receives(5, 5)


@pytest.mark.parametrize("text", ["", "x" * 1601, None])
def test_a_text_has_a_length(text):
    with pytest.raises(ValueError, match="1 to 1600 characters"):
        Scripts().customer(None).add_reply(text, 0)
