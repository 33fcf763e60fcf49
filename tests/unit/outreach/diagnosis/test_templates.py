"""Templates and their approval."""

from __future__ import annotations

from airflow_provider_flexout.outreach.diagnosis.finding import Level
from airflow_provider_flexout.outreach.diagnosis.templates import check_templates


def test_no_template_is_approved(complaint, sandbox):
    sandbox.decide("order_late", "rejected")
    found = complaint()
    assert (found.subject, found.level) == ("templates", Level.DOUBTFUL)
    assert "2 rejected" in found.seen


def test_no_template_at_all(complaint, sandbox):
    sandbox._store.templates.clear()
    assert complaint().seen.startswith("There are none")


def test_without_a_channel_that_needs_one_none_is_looked_for(diagnosed, sandbox):
    sandbox._store.templates.clear()
    found = diagnosed(senders={"whatsapp_from": None})
    assert all(one.level is Level.GOOD for one in found)
    assert "templates" not in {one.subject for one in found}
    assert check_templates.__doc__
