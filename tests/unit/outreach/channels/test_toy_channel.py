"""A channel is added by its class and its registry line: everything else asks it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach.channels import registry
from airflow_provider_flexout.sandbox.state.channel_types import CHANNEL_TYPES, ChannelType
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException
from tests.paths import ROOT
from tests.unit.alerts.planned import excluded, plan
from tests.unit.moments import at
from tests.unit.outreach.channels.pager import ADDRESS, Pager
from tests.version_compat import TaskDeferred

CUSTOMER, OTHER_SPELLING, OURS = "pager:1234", "pager:001234", "pager:9"
NIGHT_IN_ROME, MORNING_IN_ROME = "2026-11-23T03:00:00+00:00", "2026-11-23T08:00:00+00:00"


@pytest.fixture(autouse=True)
def pager(monkeypatch):
    """Register the channel, in the product and in the stand-in for Twilio."""
    monkeypatch.setitem(registry.CHANNELS, "pager", Pager())
    stand_in = ChannelType("pager", "pager:", lambda address: ADDRESS.fullmatch(address) is not None)
    monkeypatch.setitem(CHANNEL_TYPES, "pager", stand_in)


def create(**arguments):
    given = {"task_id": "open", "channel": "pager", "to": CUSTOMER, "from_": OURS}
    return CreateInteractionOperator(**given | arguments)


def send(conversation_sid, **arguments):
    given = {"task_id": "send", "conversation_sid": conversation_sid, "body": "Call us."}
    return SendConversationMessageOperator(**given | arguments)


@pytest.fixture
def conversation_sid(run):
    return run(create()).xcoms["conversation_sid"]


def skip_reason(run, operator):
    xcoms = {}
    with pytest.raises(AirflowSkipException) as skipped:
        run(operator, xcoms=xcoms)
    assert "1234" not in str(skipped.value)
    return xcoms["skip_reason"]


def test_no_file_of_the_product_knows_it():
    sources = ROOT.glob("airflow_provider_flexout/**/*.py")
    assert [path.name for path in sources if "pager" in path.read_text().lower()] == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"to": "ada"}, r"to: 'pager:#a' is not a pager"),
        ({"from_": "+12025550117"}, r"from_: 'pager:#7' is not a pager"),
        ({"from_": None}, "from_: missing. .* set 'pager_from' in the extra"),
        ({"cc": "pager:7"}, "cc: not supported on pager"),
        ({"to": OURS}, "to: the customer's address and the sender are the same"),
        ({"channel": "pigeon"}, "choose one of .*, pager"),
    ],
)
def test_validation(run, served, arguments, problem):
    with pytest.raises(AirflowFailException, match=problem):
        run(create(**arguments))
    assert len(served.requests) == 0


@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
@pytest.mark.parametrize("written", [CUSTOMER, "1234"])
def test_an_interaction(run, served, strategy, written):
    opened = run(create(strategy=strategy, to=written)).xcoms
    assert opened["channel_type"] == "pager"
    (customer,) = (one for one in served.participants if one.address)
    assert (customer.address, customer.proxy_address) == (CUSTOMER, OURS)
    assert served.interactions[0].channel_type == "pager"


def test_a_message(run, served, conversation_sid):
    run(send(conversation_sid))
    assert [one.body for one in served.messages] == ["Call us."]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"body": "x" * 41, "channel": "pager"}, "41 characters; a message on pager holds at most 40"),
        ({"wait_until": "read"}, "pager has no read receipts"),
        ({"media": "page.png"}, "page.png is image/png; pager carries text/"),
        ({"media": "page.txt"}, "page.txt has 101 bytes; pager carries 1 to 100"),
    ],
)
def test_what_a_message_cannot_be(run, served, tmp_path, conversation_sid, arguments, problem):
    if "media" in arguments:
        file = tmp_path / arguments["media"]
        file.write_bytes(b"x" * 101)
        arguments = arguments | {"media": str(file), "channel": "pager"}
    with pytest.raises(AirflowFailException, match=problem):
        run(send(conversation_sid, **arguments))
    assert not served.messages


def test_a_session_window_of_its_own(run, served, monkeypatch, conversation_sid):
    monkeypatch.setattr(Pager, "session_window", timedelta(hours=2))
    with pytest.raises(AirflowFailException, match=r"pager takes free text for 2 hours .* reopens pager"):
        run(send(conversation_sid))
    served.customer(CUSTOMER).says("Yes?", in_conversation=conversation_sid)
    run(send(conversation_sid))
    assert [one.body for one in served.messages] == ["Yes?", "Call us."]


def test_suppression(run, served):
    assert skip_reason(run, create(suppression=["ada@example.com", OTHER_SPELLING])) == "suppressed"
    assert not served.conversations
    run(create(suppression=["pager:12"]))


def test_a_frequency_cap_counts_every_spelling(run, served):
    cap = {"at_most": 1, "per": "P1D"}
    run(create(to=OTHER_SPELLING, frequency_cap=cap))
    assert skip_reason(run, create(task_id="again", frequency_cap=cap)) == "frequency_cap"
    run(create(task_id="another", to="pager:12", frequency_cap=cap))


@pytest.mark.parametrize("consent", ["receipts", lambda address: address != CUSTOMER])
def test_consent(run, served, conversation_sid, consent):
    served.customer(CUSTOMER).says("STOP", in_conversation=conversation_sid)
    reason = "opted_out" if consent == "receipts" else "no_consent"
    assert skip_reason(run, send(conversation_sid, consent=consent)) == reason


def test_a_contact_window_in_the_persons_zone(run, served):
    operator = create(contact_window={"unknown_zone": "fail"})
    with at(NIGHT_IN_ROME, served), pytest.raises(TaskDeferred) as deferred:
        run(operator)
    assert deferred.value.trigger.serialize()[1]["until"] == MORNING_IN_ROME
    with at(MORNING_IN_ROME, served):
        run(operator, resume=deferred.value)
    assert len(served.conversations) == 1


def test_a_campaign(run, served, tmp_path):
    results = tmp_path / "results.jsonl"
    rows = [
        {"to": CUSTOMER, "text": "Call us."},
        {"to": OTHER_SPELLING, "text": "Call us."},
        {"to": "pager:12", "text": "x" * 41},
        {"to": "ada", "text": "Call us."},
    ]
    operator = BulkOutreachOperator(
        task_id="bulk", contacts=rows, message="{text}", channel="PAGER", from_=OURS, results=str(results)
    )
    run(operator)
    lines = sorted(
        (json.loads(line) for line in results.read_text().splitlines()), key=lambda one: one["line"]
    )
    assert [one["outcome"] for one in lines] == ["opened", "duplicate", "invalid", "invalid"]
    assert [one["id"] for one in lines[:3]] == ["pager:#4", "pager:#4", "pager:#2"]
    reasons = [one["reason"] for one in lines[1:]]
    assert "the same person as line 1" in reasons[0]
    assert "a message on pager holds at most 40" in reasons[1]
    assert "is not a pager" in reasons[2]
    assert [one.body for one in served.messages] == ["Call us."]


def test_a_plan():
    rows = [{"to": "1234"}, {"to": OTHER_SPELLING}, {"to": "12"}, {"to": "ada"}, {"to": "7"}]
    window = {"start": "09:00", "end": "09:01"}
    made = plan(rows, to="to", channel="pager", suppression=["pager:0007"], contact_window=window)
    assert [(one["channel"], one["to"]) for one in made["contacts"]] == [
        ("pager", CUSTOMER),
        ("pager", "pager:12"),
    ]
    assert [(one["who"], one["rows"]) for one in made["people"]] == [("pager:#4", [1, 2]), ("pager:#2", [3])]
    assert made["people"][0]["local_time"].endswith("09:00 Europe/Rome")
    assert excluded(made) == {4: "not an address that pager takes", 5: "suppressed"}


def test_a_notification(served, use_connection):
    notifier = FlexNotifier(channel="pager", to=CUSTOMER, from_=OURS, body="x" * 50, idempotency_key="one")
    for _ in range(2):
        notifier({})
    assert [one.body for one in served.messages] == ["x" * 39 + "…"]
