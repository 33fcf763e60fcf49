"""A campaign over a served sandbox: what it leaves there, and what it says of each contact."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_flexout.bulk.campaign import Campaign
from airflow_provider_flexout.bulk.result import Result
from airflow_provider_flexout.bulk.row_queue import PIECE
from airflow_provider_flexout.bulk.runner import CampaignRunner
from airflow_provider_flexout.bulk.sources.row import BrokenRow
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.version_compat import AirflowException, AirflowFailException
from tests.unit.conftest import TaskInstance


def people(count: int) -> list[dict[str, str]]:
    return [{"to": f"+1202555{number:04d}", "order": f"A-{number}"} for number in range(100, 100 + count)]


def bulk(contacts: object, **arguments: object) -> BulkOutreachOperator:
    given = {"message": "Your order {order} is late.", "channel": "sms"} | arguments
    return BulkOutreachOperator(task_id="reach", contacts=contacts, **given)


def lines(path: Path) -> list[dict[str, object]]:
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return sorted(found, key=lambda one: one["line"])


def test_each_contact_is_reached_once(run, served, tmp_path):
    results = tmp_path / "results.jsonl"
    summary = run(bulk(people(30), results=str(results))).xcoms["return_value"]
    assert (summary["contacts"], summary["opened"]) == (30, 30)
    expected = [[f"Your order A-{number} is late."] for number in range(100, 130)]
    assert sorted(one.texts for one in served.conversations) == expected
    assert {line["conversation_sid"] for line in lines(results)} == {one.sid for one in served.conversations}
    assert "+1202" not in results.read_text()


ASKED_ONCE = 2
"""Whether an agent is there, and anybody in the queue, after the first conversation that is opened."""


def requests_but_for_receipts(served):
    """Count the requests; how often it looks for receipts depends on how long it takes."""
    return len(served.requests) - served.requests.count("ListConversationMessageReceipt")


def test_a_first_try_takes_five_requests_for_a_contact(run, served):
    run(bulk(people(10)))
    assert requests_but_for_receipts(served) == 50 + ASKED_ONCE


def test_a_retry_reads_back_what_is_done(run, served):
    run(bulk(people(100)))
    before = requests_but_for_receipts(served)
    summary = run(bulk(people(101)), try_number=2).xcoms["return_value"]
    assert (summary["adopted"], summary["opened"]) == (100, 1)
    assert requests_but_for_receipts(served) - before <= 2 + 6 + ASKED_ONCE
    assert len(served.conversations) == 101


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"to": "", "order": "1"}, "to: empty"),
        ({"to": "12025550100", "order": "1"}, "Did you mean +1•••••0100?"),
        ({"to": "+12025550100"}, "message: column 'order' is missing"),
        ("nobody", "is a str, not an object of columns"),
        ({"to": "+12025550103", "order": "\0"}, "order: holds a NUL character"),
        ({"to": "+12025550103", "order": "\ud83d"}, "order: holds half of a surrogate pair"),
        ({"to": "+12025550103", "order": float("nan")}, "message: column 'order' is empty"),
        ({"to": "+12025550103", "order": "1", "customer_name": ["Ada"]}, "customer_name: got a list; a text"),
        (
            {"to": "+12025550103", "order": "1", "attributes": "{"},
            "attributes: cannot be read or written as JSON",
        ),
        ({"to": "+12025550103", "order": "1", "attributes": "[1]"}, "must be an object, as in"),
        ({"to": "+12025550103", "order": "1", "attributes": {"on": {1, 2}}}, "written as JSON"),
    ],
)
def test_what_is_wrong_with_a_row_is_its_own_affair(run, served, tmp_path, row, reason):
    results = tmp_path / "results.jsonl"
    rows = [{"to": "+12025550101", "order": "1"}, row, {"to": "+12025550102", "order": "2"}]
    summary = run(bulk(rows, results=str(results))).xcoms["return_value"]
    assert (summary["opened"], summary["invalid"]) == (2, 1)
    assert reason in lines(results)[1]["reason"]
    assert "2025550100" not in results.read_text()
    assert len(served.conversations) == 2


def test_all_forms_of_a_number_are_one_contact(run, served, tmp_path):
    rows = [{"to": number, "order": "1"} for number in ("+525512345678", "+5215512345678", "+5511987654321")]
    rows.append({"to": "whatsapp:+551187654321", "order": "1"})
    results = tmp_path / "results.jsonl"
    with pytest.raises(
        AirflowFailException, match=r"Nobody was reached: of 4 contacts, duplicate 2, failed 2\."
    ):
        run(bulk(rows, results=str(results), channel="whatsapp"))  # which takes no text out of the blue
    assert {line["line"]: line["reason"] for line in lines(results) if line["outcome"] == "duplicate"} == {
        2: "the same person as line 1; a person is contacted once, on one channel.",
        4: "the same person as line 3; a person is contacted once, on one channel.",
    }
    assert not served.conversations, "no agent gets a task without a message"


def test_what_is_no_text_is_written_as_one_and_what_is_no_object_is_read_as_one(run, served):
    row = {"to": "+12025550101", "order": 1.5, "customer_name": 17, "subject": 4711, "id": 1}
    run(bulk([row | {"attributes": '{"vip": true}'}]))
    (task,) = served.tasks
    assert (task.attributes["vip"], task.attributes["customerName"]) == (True, "17")
    assert served.conversations[0].texts == ["Your order 1.5 is late."]


@pytest.mark.parametrize("value", [0, -1, "many", None, 1.5, float("nan"), True, 10**400])
@pytest.mark.parametrize("argument", ["concurrency", "rate", "max_failures"])
def test_a_number_that_is_none_is_refused_before_anything_is_sent(run, served, argument, value):
    right = {"concurrency": (), "rate": (1.5, None), "max_failures": (0, 1.5, None)}[argument]
    if value in right:
        return
    with pytest.raises(AirflowFailException, match=f"^{argument}: .* is not a n"):
        run(bulk(people(3), **{argument: value}))
    assert len(served.requests) == 0


@pytest.mark.parametrize(
    ("argument", "value", "problem"),
    [
        ("attributes", "vip", "attributes: must be an object"),
        ("channel", {"type": "sms"}, "channel: must be a channel's name"),
        ("on_open_conversation", "wait", "on_open_conversation: 'wait' is not one of"),
    ],
)
def test_what_is_wrong_for_every_contact_is_refused_before_anything_is_sent(
    run, served, argument, value, problem
):
    row = people(1)[0] | {"attributes": {"order": 1}}
    with pytest.raises(AirflowFailException, match=f"^{problem}"):
        run(bulk([row], **{argument: value}))
    assert len(served.requests) == 0


def test_a_mail_address_is_the_same_however_it_is_written(run, served):
    rows = [{"to": to, "channel": "email", "order": "1"} for to in ("Ada@Example.com", "ada@example.com")]
    summary = run(bulk(rows)).xcoms["return_value"]
    assert (summary["opened"], summary["duplicate"]) == (1, 1)
    assert len(served.conversations) == 1


def test_a_channel_is_read_in_any_case_and_is_the_same_in_another_try(run, served):
    (row,) = people(1)
    assert run(bulk([row | {"channel": " SMS "}])).xcoms["return_value"]["opened"] == 1
    again = run(bulk([row | {"channel": "sms"}]), try_number=2)
    assert again.xcoms["return_value"]["adopted"] == 1


def test_without_a_file_of_results_the_log_shows_no_address(run, served, caplog):
    row = {"to": "12025550100", "id": "+12025550100", "order": "1"}
    run(bulk([row, people(2)[1]]))
    (line,) = [one.getMessage() for one in caplog.records if one.getMessage().startswith("Line ")]
    assert line.startswith("Line 1 (+1•••••0100): invalid: to: '12•••' is not a phone number")
    assert "2025550100" not in caplog.text


def test_too_many_failures_stop_it(run, served):
    served.faults.fail("CreateInteraction", 400, times=None)
    with pytest.raises(AirflowFailException, match=r"Stopped after .* more than max_failures=3"):
        run(bulk(people(100), max_failures=3, concurrency=5))
    assert served.conversations == []


@pytest.mark.parametrize(("most", "ends"), [(3, 4), (0.1, 20)], ids=["a number", "a share"])
def test_it_stops_as_soon_as_there_are_too_many_failures(run, served, tmp_path, most, ends):
    results = tmp_path / "results.jsonl"
    broken = [{"to": "nobody"}] * 50
    with pytest.raises(AirflowFailException):
        run(bulk(broken, max_failures=most, concurrency=1, results=str(results)))
    assert len(lines(results)) == ends


def test_it_says_from_where_on_nobody_was_begun(run, served, tmp_path):
    file, results, ti = tmp_path / "contacts.csv", tmp_path / "results.jsonl", TaskInstance()
    rows = [f"+1202555{number:04d}" if number < 110 else "nobody" for number in range(100, 1500)]
    file.write_text("to\n\n" + "\n".join(rows) + "\n")
    operator = bulk(str(file), message="Hello.", max_failures=3, concurrency=5, results=str(results))
    with pytest.raises(AirflowFailException, match=r"None was started after line (\d+)\.") as stopped:
        run(operator, context={"ti": ti})
    last = ti.xcoms["summary"]["not_begun_after_line"]
    assert f"after line {last}." in str(stopped.value)
    assert [line["line"] for line in lines(results)] == list(range(3, last + 1))
    assert 12 + 4 <= last <= 12 + 4 + 5


@pytest.mark.parametrize(
    ("name", "content"), [("contacts.csv", "to,order\n"), ("contacts.jsonl", ""), (None, [])]
)
def test_no_contacts_are_said_to_be_none(run, served, tmp_path, capsys, name, content):
    if name:
        (tmp_path / name).write_text(content)
    summary = run(bulk(str(tmp_path / name) if name else content)).xcoms["return_value"]
    assert summary["contacts"] == 0
    assert f"No contacts in {name or 'the list'}." in capsys.readouterr().out


def test_a_share_of_failures_below_the_limit_does_not_stop_it(run, served):
    rows = [{"to": "nobody"}, *people(29)]
    assert run(bulk(rows, max_failures=0.1)).xcoms["return_value"]["opened"] == 29


def test_a_wrong_password_ends_it_at_once(run, served, use_connection, monkeypatch):
    connection = served.connection() | {"password": "wrong"}
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(connection))
    with pytest.raises(AirflowFailException, match="password"):
        run(bulk(people(100), concurrency=2))
    assert len(served.requests) <= 2


@pytest.mark.parametrize("most", [None, 0])
def test_a_sandbox_that_does_not_run_is_named_with_its_address(run, served, monkeypatch, most):
    monkeypatch.setattr("airflow_provider_flexout.twilio.http.timing.FIRST_BACKOFF", 0.0)
    connection = served.connection()
    connection["extra"]["base_url"] = "http://127.0.0.1:1"
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(connection))
    there = r"could not reach http://127\.0\.0\.1:1 .* start it: flexout sandbox"
    with pytest.raises((AirflowException, AirflowFailException), match=f"in line 1: .* {there}") as caught:
        run(bulk(people(2), max_failures=most))
    assert people(1)[0]["to"] not in str(caught.value)


@pytest.mark.parametrize("last", [False, True], ids=["with tries to follow", "on the last try"])
def test_what_passes_is_left_to_the_next_try(run, served, last, forget_budgets):
    served.faults.rate_limit("CreateConversation", retry_after=90)  # longer than the client's patience
    operator = bulk(people(1))
    if last:
        with pytest.raises(AirflowFailException, match=r"Nobody was reached: of 1 contact, failed 1\."):
            run(operator, max_tries=0)
        return
    reason = "the next try continues with them. The first is in line 1: CreateConversation: .* 429"
    with pytest.raises(AirflowException, match=f"1 contact could not be reached yet; {reason}"):
        run(operator)
    forget_budgets()
    assert run(bulk(people(1)), try_number=2).xcoms["return_value"]["opened"] == 1


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("phone,order", "no column 'to', which a contact's 'to' needs, only 'phone', 'order'"),
        ("to;order", "no column 'to'"),
        ("to,name", "no column 'order', which the message needs"),
        ("to,order,to", "two columns 'to'"),
    ],
)
def test_a_file_without_a_column_is_refused_before_anything_is_sent(run, served, tmp_path, header, problem):
    file = tmp_path / "contacts.csv"
    file.write_text(f"{header}\n+12025550101,7,8\n")
    with pytest.raises(AirflowFailException, match=problem):
        run(bulk(str(file)))
    assert len(served.requests) == 0


def test_each_line_of_a_file_is_told_of(run, served, tmp_path):
    file, results = tmp_path / "contacts.csv", tmp_path / "results.jsonl"
    file.write_bytes(
        b'customer,phone,order\n1,+12025550101,a\n2,+12025550102,"b\n3,+12025550103\n'
        b"1,+12025550104,d\n5,+12025550105,\xeb\n6,,f\n7,+12025550107,\n8,+12025550108,h\n"
    )
    columns = {"to": "phone", "id": "customer"}
    summary = run(bulk(str(file), columns=columns, results=str(results))).xcoms["return_value"]
    assert (summary["contacts"], summary["opened"], summary["invalid"]) == (8, 2, 6)
    assert [line["line"] for line in lines(results)] == list(range(2, 10))
    assert [line.get("reason", "-").split(";")[0] for line in lines(results)] == [
        "-",
        "a quote is not closed",
        "has 2 values, the header has 3",
        "id: is in line 2 already, which contacts another person.",
        "is not UTF-8",
        "phone: empty",
        "message: column 'order' is empty.",
        "-",
    ]


def test_contacts_are_read_as_they_are_wanted(use_connection, served):
    """No more rows are out of the source than are at work, and a piece that waits for them."""
    counted = Counted()
    hook = FlexHook()
    campaign = Campaign("c", hook.defaults, OutreachSpec(channel="sms"), "Hello.", concurrency=10)

    async def go() -> None:
        async with AsyncClient(hook.settings) as client:
            await CampaignRunner(campaign, client, counted.end).go(counted)

    asyncio.run(go())
    assert (counted.ended, counted.most) == (5000, PIECE)


class Counted:
    """Broken rows without end, nearly, that know how many of them are not done yet."""

    def __init__(self) -> None:
        self.begun = self.ended = self.most = 0

    def __iter__(self) -> Iterator[BrokenRow]:
        for self.begun in range(1, 5001):
            self.most = max(self.most, self.begun - self.ended)
            yield BrokenRow(self.begun, "is broken")

    def share(self) -> None:
        """Nobody knows."""

    def end(self, result: Result) -> None:
        self.ended += 1
