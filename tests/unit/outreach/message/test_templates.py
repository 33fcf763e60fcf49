"""Templates, as the sandbox's Content API describes them."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput, TemplateRefused
from airflow_provider_flexout.outreach.message.templates import Template, look_up

STATUSES = ["approved", "unsubmitted", "received", "pending", "rejected", "paused", "disabled"]


@pytest.fixture
def known(client, sandbox):
    """Look up a template of the sandbox by its name."""

    def looked_up(name):
        return client.run(look_up(next(one.sid for one in sandbox.templates if one.name == name)))

    return looked_up


def template(status):
    return Template("HX1", "", frozenset({"1"}), status, "")


def test_an_approved_template_is_asked_for_once(known, sandbox):
    first = known("order_late")
    assert (first.placeholders, first.status) == ({"1", "2"}, "approved")
    assert known("order_late") == first
    assert len(sandbox.requests) == 2


def test_another_is_asked_for_each_time(known, sandbox):
    assert known("win_back").status == "pending"
    sandbox.decide("win_back", "approved")
    assert known("win_back").status == "approved"


@pytest.mark.parametrize("status", [*STATUSES, None])
@pytest.mark.parametrize("in_session", [True, False])
def test_what_whatsapp_would_not_deliver_is_refused(status, in_session):
    delivered = status in ("approved", None) or (status == "unsubmitted" and in_session)
    if delivered:
        template(status).check_approval(in_session=in_session)
        return
    with pytest.raises(TemplateRefused, match=f"Template HX1 is {status} by WhatsApp, so it was not sent"):
        template(status).check_approval(in_session=in_session)


@pytest.mark.parametrize(
    ("variables", "problem"), [({}, "needs 1 as well"), ({"1": "a", "2": "b"}, "has no 2; its variables: 1")]
)
def test_variables_that_do_not_fit(variables, problem):
    with pytest.raises(InvalidInput, match=problem):
        template("approved").check_variables(variables)


def test_where_the_api_does_not_tell_there_is_none(known, sandbox, caplog):
    sandbox.faults.fail("FetchContent", 403)
    assert known("order_late") is None
    assert "is sent without being looked up" in caplog.text
