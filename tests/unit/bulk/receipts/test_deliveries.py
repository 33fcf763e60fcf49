"""Campaigns that know what arrived: on the worker, between deferrals, and in the results."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from airflow_provider_flexout.bulk.progress import Progress
from airflow_provider_flexout.bulk.receipts import deliveries
from airflow_provider_flexout.bulk.receipts.deliveries import Deliveries, SentContact
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.version_compat import AirflowException, AirflowFailException
from tests.unit.bulk.test_runner import bulk as campaign
from tests.unit.bulk.test_runner import lines, people

CUSTOMERS = [one["to"] for one in people(10)]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The pauses between two rounds are a hundredth of what they are."""
    monkeypatch.setattr("airflow_provider_flexout.outreach.waiters.PollSchedule.pause", lambda *_: 0.05)


def once(is_so, then):
    """Do something in another thread, as soon as something is so."""

    def watch():
        while not is_so():
            time.sleep(0.02)
        then()

    threading.Thread(target=watch, daemon=True).start()


def bulk(contacts: object, **arguments: Any) -> BulkOutreachOperator:
    return campaign(contacts, **{"delivery_timeout": 30, **arguments})


def test_who_got_the_message_and_who_did_not(run, served, tmp_path):
    served.customer(CUSTOMERS[1]).fails(30003, after=0)
    results = tmp_path / "results.jsonl"
    operator = bulk(people(3), wait_until="delivered", deferrable=False, results=str(results))
    served.customer().receives(after=0)
    summary = run(operator).xcoms["return_value"]
    assert (summary["contacts"], summary["opened"], summary["undelivered"]) == (3, 2, 1)
    assert summary["unconfirmed"] == 0
    first, second, third = lines(results)
    assert (first["outcome"], first["status"], "code" in first) == ("opened", "delivered", False)
    assert (second["outcome"], second["status"], second["code"]) == ("undelivered", "undelivered", 30003)
    assert "code 30003. The phone is off" in second["reason"]
    assert third["conversation_sid"].startswith("CH")
    assert "+1202" not in results.read_text()


def test_without_a_file_the_log_says_who_did_not_get_it(run, served, caplog):
    served.customer().receives(after=0)
    served.customer(CUSTOMERS[1]).fails(30006, after=0)
    run(bulk(people(2), wait_until="delivered", deferrable=False))
    assert "Line 2: undelivered: Message IM" in caplog.text


@pytest.mark.parametrize(("until", "status"), [("sent", "sent"), ("delivered", "delivered")])
def test_it_waits_for_the_stage_and_no_further(run, served, tmp_path, until, status):
    served.customer().receives(after="1h")
    results = tmp_path / "results.jsonl"
    operator = bulk(people(2), wait_until=until, deferrable=False, results=str(results))
    once(lambda: len(served.messages) == 2, lambda: served.clock.advance("40m" if until == "sent" else "1h"))
    run(operator)
    assert {one["status"] for one in lines(results)} == {status}


def test_what_is_not_waited_for_is_not_looked_at(run, served):
    summary = run(bulk(people(2))).xcoms["return_value"]
    assert "unconfirmed" not in summary
    assert served.requests.count("FetchConversationMessage") == 0


def test_receipts_take_a_request_a_contact(run, served):
    served.customer().receives(after=0)
    run(bulk(people(10), wait_until="delivered", deferrable=False))
    assert served.requests.count("FetchConversationMessage") == 10


def test_a_conversation_without_an_agent(run, served, tmp_path):
    served.customer().receives(after=0)
    results = tmp_path / "results.jsonl"
    extra = {"agent": "on_reply", "on_reply": "pipeline"}
    run(bulk(people(2), wait_until="delivered", deferrable=False, results=str(results), **extra))
    assert [one["status"] for one in lines(results)] == ["delivered"] * 2


def test_what_stays_within_the_chat_has_nothing_to_be_delivered(run, served, tmp_path):
    results = tmp_path / "results.jsonl"
    rows = [{"to": "ada", "order": "1"}]
    run(bulk(rows, channel="chat", wait_until="delivered", deferrable=False, results=str(results)))
    assert lines(results)[0]["status"] is None


def test_many_messages_take_several_xcoms(monkeypatch):
    progress = Progress()
    sent = [SentContact(line, "opened", "CH0", f"IM{line}") for line in range(2_500)]
    pages = deliveries.write_pages(Deliveries("sent", progress, None, sent))
    assert {name: len(page) for name, page in pages.items()} == {
        "unconfirmed_0": 1_000,
        "unconfirmed_1": 1_000,
        "unconfirmed_2": 500,
    }
    assert deliveries.read_pages(json.loads(json.dumps(list(pages.values())))) == sent


@pytest.mark.parametrize("deferrable", [True, False])
@pytest.mark.parametrize("most", [1, 0.05])
def test_what_does_not_arrive_counts_among_the_failures(run, served, most, deferrable):
    served.customer().receives(after=0)
    for customer in CUSTOMERS[:2]:
        served.customer(customer).fails(30003, after=0)
    xcoms: dict[str, Any] = {}
    operator = bulk(people(25), wait_until="delivered", deferrable=deferrable, max_failures=most)
    with pytest.raises(AirflowFailException, match=r"2 of them failed .* more than max_failures=") as caught:
        run(operator, xcoms=xcoms)
    assert "undelivered 2" in str(caught.value)
    assert xcoms["summary"]["undelivered"] == 2


def test_where_nothing_arrives_nobody_was_reached(run, served):
    served.customer().fails(30003, after=0)
    with pytest.raises(AirflowFailException, match=r"Nobody was reached: of 2 contacts, undelivered 2\."):
        run(bulk(people(2), wait_until="delivered", deferrable=False))


def test_while_it_runs_it_stops_for_failures(run, served, monkeypatch):
    monkeypatch.setattr(deliveries, "FIRST_LOOK_AFTER", 0.0)
    served.customer().fails(30003, after=0)
    with pytest.raises(AirflowFailException, match="None was started after line") as caught:
        run(bulk(people(600), wait_until="delivered", deferrable=False, max_failures=5, rate=200))
    assert "30003" in str(caught.value)
    assert 5 < len(served.conversations) < 600


def test_a_sender_that_may_not_send_ends_the_wait(run, served, monkeypatch):
    served.customer().receives(after="10m")
    served.customer(CUSTOMERS[1]).fails(30034, after="10m")
    once(lambda: len(served.messages) == 3, lambda: served.clock.advance("10m"))
    xcoms: dict[str, Any] = {}
    with pytest.raises(AirflowFailException, match="Register the sender for A2P 10DLC"):
        run(bulk(people(3), wait_until="delivered", deferrable=False), xcoms=xcoms)
    assert xcoms["summary"]["undelivered"] == 1


def test_a_later_try_waits_for_what_an_earlier_one_sent(run, served, tmp_path):
    served.customer(CUSTOMERS[0]).fails(30003, after=0)
    served.customer(CUSTOMERS[1]).receives(after=0)
    run(bulk(people(2)))
    results = tmp_path / "results.jsonl"
    operator = bulk(people(2), wait_until="delivered", deferrable=False, results=str(results))
    summary = run(operator, try_number=2).xcoms["return_value"]
    assert (summary["adopted"], summary["undelivered"]) == (1, 1)
    assert [one["status"] for one in lines(results)] == ["undelivered", "delivered"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"wait_until": "read"}, "wait_until: 'read' is not one of"),
        ({"wait_until": None}, "wait_until: got None, which is not one of"),
        ({"wait_until": "sent", "delivery_timeout": "soon"}, "delivery_timeout: "),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_sent(run, served, arguments, sentence):
    with pytest.raises(AirflowFailException, match=f"^{sentence}"):
        run(bulk(people(1), **arguments))
    assert len(served.requests) == 0


def test_a_wait_is_interrupted_at_once(run, served):
    served.customer().receives(after="1h")
    operator = bulk(people(1), wait_until="delivered", deferrable=False)
    once(lambda: len(served.messages) == 1, operator.on_kill)
    with pytest.raises(AirflowException, match=r"Stopped from outside after 1 contact\."):
        run(operator)
