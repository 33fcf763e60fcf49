"""A campaign whose sender may not send stops, instead of ending well with nobody reached."""

from __future__ import annotations

import threading
import time

import pytest

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.twilio.http.codes import SENDER_CODES, ErrorCode
from airflow_provider_flexout.version_compat import AirflowException, AirflowFailException

APPROVED = "order_late"


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """As it is outside of the other tests."""
    monkeypatch.setattr("airflow_provider_flexout.bulk.receipts.sender_check.LAST_WAIT", 60.0)


@pytest.fixture
def impatience(monkeypatch, patience):
    monkeypatch.setattr("airflow_provider_flexout.bulk.receipts.sender_check.LAST_WAIT", 1.0)


def people(count: int, prefix: str = "") -> list[dict[str, str]]:
    return [{"to": f"{prefix}+1202555{number:04d}"} for number in range(100, 100 + count)]


def bulk(contacts: object, **arguments: object) -> BulkOutreachOperator:
    given = {"message": "Late", "channel": "sms"} | arguments
    return BulkOutreachOperator(task_id="reach", contacts=contacts, **given)


def stopped(run, operator) -> tuple[str, dict]:
    xcoms: dict = {}
    with pytest.raises(AirflowFailException) as error:
        run(operator, xcoms=xcoms)
    return str(error.value), xcoms["summary"]


@pytest.mark.parametrize("code", sorted(SENDER_CODES))
def test_a_few_contacts_are_enough_to_know(run, served, code):
    served.customer().fails(code, after=0)
    problem, summary = stopped(run, bulk(people(3)))
    assert f"code {code}. {ErrorCode(code).hint}" in problem
    assert problem.startswith("Stopped after 3 contacts (opened 3). Message IM")
    assert summary["not_begun_after_line"] == 3


def test_the_rest_of_a_large_campaign_is_not_begun(run, served):
    served.customer().fails(30034, after=0)
    problem, summary = stopped(run, bulk(people(1000), rate=100))
    assert "Register the sender for A2P 10DLC" in problem
    assert summary["opened"] == len(served.conversations) < 1000


def test_whatsapp(run, served):
    served.customer().fails(63112, after=0)
    template = next(one.sid for one in served.templates if one.name == APPROVED)
    operator = bulk(
        people(2),
        channel="whatsapp",
        message=None,
        content_sid=template,
        content_variables={"1": "Ada", "2": "4711"},
    )
    assert "appeal in its Business Manager" in stopped(run, operator)[0]


@pytest.mark.parametrize("order", [1, -1])
def test_failures_because_of_customers_say_nothing_of_the_sender(run, served, order):
    served.customer().fails(30034, after=0)
    for row in people(6)[::order][1:]:
        served.customer(row["to"]).fails(30006, after=0)
    assert "Register the sender" in stopped(run, bulk(people(6)))[0]


def test_many_customers_who_cannot_be_reached_hide_no_sender(run, served):
    served.customer().fails(30034, after=0)
    for row in people(60)[1:]:
        served.customer(row["to"]).fails(30003, after=0)
    assert "Register the sender" in stopped(run, bulk(people(60)))[0]


def test_a_message_that_is_only_sent_says_nothing_yet(run, served):
    served.customer().fails(30034, after="4s")
    served.customer("+12025550100").receives(after="1h")
    assert "Register the sender" in stopped(run, bulk(people(3)))[0]


@pytest.mark.parametrize("agent", ["now", "on_reply"])
def test_without_receipts_it_fails_until_one_says_that_a_message_was_sent(
    run, served, impatience, capsys, agent
):
    served.customer().receives(after="1h")  # and the message is sent after half of it
    xcoms: dict = {}
    with pytest.raises(AirflowException, match=r"no receipt says that any was sent\. Another try") as error:
        run(bulk(people(3), agent=agent), xcoms=xcoms)
    assert not isinstance(error.value, AirflowFailException), "another try looks again"
    assert (xcoms["summary"]["opened"], xcoms["summary"]["unconfirmed_senders"]) == (3, 1)
    served.clock.advance("40m")
    summary = run(bulk(people(3), agent=agent), try_number=2).xcoms["summary"]
    assert (summary["adopted"], summary["unconfirmed_senders"]) == (3, 1)
    assert "not known whether 1 sender may send" in capsys.readouterr().out
    assert len(served.messages) == 3


@pytest.mark.parametrize("code", [None, 30003])
def test_what_is_known_is_not_said(run, served, code, capsys):
    if code:
        served.customer().fails(code, after=0)
    served.customer(people(3)[1]["to"]).receives(after=0)
    assert "unconfirmed_senders" not in run(bulk(people(3))).xcoms["summary"]
    assert "not known" not in capsys.readouterr().out


@pytest.mark.parametrize("code", [30007, 30003, 21610, 63049])
def test_what_is_wrong_with_a_customer_stops_nobody(run, served, code):
    served.customer().fails(code, after=0)
    served.customer(people(3)[0]["to"]).receives(after=0)
    assert run(bulk(people(3))).xcoms["summary"]["opened"] == 3


@pytest.mark.parametrize("code", [30007, 30003, 21610, 63049])
def test_where_each_message_has_failed_nobody_was_reached(run, served, code):
    served.customer().fails(code, after=0)
    xcoms: dict = {}
    with pytest.raises(AirflowFailException) as error:
        run(bulk(people(3)), xcoms=xcoms)
    said = "Nobody was reached: the receipts of 3 messages were read, and none has arrived. The first: "
    assert str(error.value).startswith(f"{said}Message IM")
    assert f"code {code}. {ErrorCode(code).hint}" in str(error.value)
    assert xcoms["summary"]["opened"] == 3


def test_failures_beside_messages_that_say_nothing(run, served, impatience):
    served.customer().fails(30003, after=0)
    served.customer(people(3)[1]["to"]).receives(after="1h")
    with pytest.raises(
        AirflowException, match=r"says that any was sent, and 2 have failed\. The first: Mess"
    ):
        run(bulk(people(3)))


def test_a_contact_of_an_earlier_try_was_reached(run, served):
    served.customer().receives(after=0)
    run(bulk(people(3)))
    served.customer().fails(30003, after=0)
    summary = run(bulk(people(4)), try_number=2).xcoms["summary"]
    assert (summary["adopted"], summary["opened"]) == (3, 1)


def test_each_sender_is_looked_at(run, served):
    served.customer("+12025550101").fails(30032, after=0)
    rows = [{"to": "+12025550100"}, {"to": "+12025550101", "from_": "+15005550001"}]
    assert "Verify the toll-free number" in stopped(run, bulk(rows))[0]


def test_a_sender_that_is_fine_costs_less_than_a_request_a_contact(run, served):
    run(bulk(people(20)))
    looks = served.requests.count("ListConversationMessageReceipt")
    assert 1 <= looks < 20


def test_who_is_in_a_chat_gets_no_receipts_and_is_not_waited_for(run, served):
    run(bulk([{"to": "guest_42"}], channel="chat"))
    assert served.requests.count("ListConversationMessageReceipt") == 0


def test_a_try_that_finds_everybody_done_does_not_end_well_where_nobody_was_reached(run, served):
    served.customer().fails(30034, after=0)
    stopped(run, bulk(people(3)))
    xcoms: dict = {}
    with pytest.raises(AirflowFailException, match="Register the sender"):
        run(bulk(people(3)), try_number=2, xcoms=xcoms)
    assert xcoms["summary"]["adopted"] == 3


def test_once_the_sender_may_send_the_rest_is_reached(run, served):
    served.customer().fails(30034, after=0)
    stopped(run, bulk(people(3)))
    served.customer().receives()
    assert run(bulk(people(6)), try_number=2).xcoms["summary"]["opened"] == 3


def test_a_look_that_fails_stops_nobody(run, served):
    served.faults.fail("ListConversationMessageReceipt", 400, code=20001)
    assert run(bulk(people(2))).xcoms["summary"]["opened"] == 2


@pytest.mark.parametrize(("status", "code"), [(403, 20005), (401, 20003), (403, 20003), (400, 63038)])
def test_what_twilio_refuses_at_once_for_everybody(run, served, status, code):
    served.faults.fail("CreateConversationMessage", status, code=code, times=None)
    with pytest.raises(AirflowFailException, match=f"code {code}: .*{ErrorCode(code).hint[:20]}"):
        run(bulk(people(200), concurrency=1))
    assert len(served.conversations) == 1


def test_a_campaign_that_waits_for_a_receipt_can_be_killed(run, served):
    served.customer().receives(after="1h")
    operator = bulk(people(1))

    def kill():
        while not served.requests.count("ListConversationMessageReceipt"):
            time.sleep(0.05)
        operator.on_kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(AirflowException, match=r"Stopped from outside after 1 contact\."):
        run(operator)
    killer.join()
    assert operator._running.sender_check.unconfirmed == [], "it waited to the end"
