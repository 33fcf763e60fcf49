"""Templates, as the sandbox's Content API describes them."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput, TemplateRefused
from airflow_provider_flexout.outreach.message.templates import Template, look_up
from airflow_provider_flexout.twilio.api.content import Approval, Content
from airflow_provider_flexout.twilio.http.errors import NotFound

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
    ("names", "variables", "problem"),
    [
        ("1", {}, "needs 1 as well"),
        ("12", {}, "needs 1, 2 as well"),
        ("1", {"1": "a", "2": "b"}, "has no 2; its variables: 1"),
        ("12", {"1": "a", "2": "b", "4": "d", "3": "c"}, "has no 3, 4; its variables: 1, 2"),
        ("", {"1": "a"}, "has no 1; its variables: none"),
    ],
)
def test_variables_that_do_not_fit(names, variables, problem):
    with pytest.raises(InvalidInput, match=rf"{problem}\.$"):
        Template("HX1", "", frozenset(names), "approved", "").check_variables(variables)


def test_why_whatsapp_has_rejected_it_is_said():
    with pytest.raises(TemplateRefused, match='is rejected by WhatsApp with the reason "too vague", so it'):
        Template("HX1", "", frozenset(), "rejected", "too vague").check_approval(in_session=True)


def read(approval=None, **content):
    """Look a template up that Twilio describes so."""
    looking = look_up("HX1")
    next(looking)
    looking.send(Content(sid="HX1", **content))
    with pytest.raises(StopIteration) as found:
        looking.send(approval) if approval else looking.throw(NotFound("FetchApproval", "none"))
    return found.value.value


@pytest.mark.parametrize(
    ("types", "variables", "placeholders"),
    [
        ({"twilio/text": {"body": "Hello {{name}}"}}, {"name": "Ada", "unused": "x"}, {"name"}),
        ({"twilio/text": {"body": "Hello"}}, {"1": "Ada"}, {"1"}),
        (None, None, set()),
    ],
)
def test_its_variables_are_those_that_stand_in_it(types, variables, placeholders):
    """Where none do, such as in a template of another kind, those count that have a sample."""
    assert read(types=types, variables=variables).placeholders == placeholders


def test_what_whatsapp_says_of_it_is_read():
    rejected = Approval(whatsapp={"status": "Rejected", "rejection_reason": "too vague"})
    assert read(rejected, friendly_name="late") == Template(
        "HX1", "late", frozenset(), "rejected", "too vague"
    )
    assert read() == Template("HX1", "", frozenset(), None, "")


@pytest.mark.parametrize(
    ("approval", "is_new"),
    [
        (None, False),
        (Approval(whatsapp={"status": "pending"}), False),
        (Approval(whatsapp={"status": "surprising"}), True),
        (Approval(whatsapp=None), True),
    ],
)
def test_a_status_that_is_not_known_is_none_and_told(approval, is_new, caplog):
    assert read(approval).status == ("pending" if approval and not is_new else None)
    assert ("a status that we do not know" in caplog.text) is is_new


def test_where_the_api_does_not_tell_there_is_none(known, sandbox, caplog):
    sandbox.faults.fail("FetchContent", 403)
    assert known("order_late") is None
    assert "is sent unchecked" in caplog.text
