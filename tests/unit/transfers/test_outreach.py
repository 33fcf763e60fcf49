"""What the operators write of outreaches, compared with what the sandbox holds of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.transfers.outreach import OutreachToSqlOperator
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.transfers.conftest import campaign, contacts, number, rows_in


def to_sql(**arguments):
    given = {"conn_id": "warehouse", "create_tables": True, "lookback": "1d"} | arguments
    return OutreachToSqlOperator(task_id="results", **given)


def as_written(moment: datetime | float | None) -> str | None:
    """Write a moment as SQLite has it."""
    if isinstance(moment, float):
        moment = datetime.fromtimestamp(int(moment * 1000) / 1000, timezone.utc)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if moment else None


def whole(moment: datetime) -> datetime:
    """Cut a moment to seconds, as Twilio's dates are."""
    return moment.replace(microsecond=0)


def held(served: Sandbox) -> dict[str, dict[str, object]]:
    """Read the state of the sandbox by ourselves; give what a row has to say, by address."""
    found = {}
    for one in served.conversations:
        address = one.participants[0].address
        inbound = [each for each in one.transcript if each.role == "customer"]
        events = [each for each in served._store.task_events if each.task.sid == one.task_sid]
        accepted = [each for each in events if each.type == "reservation.accepted"]
        completed = [each.at for each in events if each.type == "task.completed"]
        delivery, first = one.transcript[0].delivery, one.transcript[0]
        arrived = [each for each in ("undelivered", "delivered") if delivery[each] == "all"]
        found[address] = {
            "campaign": "spring",
            "contact_id": str(5000 + int(address[-4:]) - 100),
            "sender": one.participants[0].proxy_address,
            "conversation_sid": one.sid,
            "interaction_sid": one.interaction_sid,
            "task_sid": one.task_sid,
            "opened_at": as_written(whole(one.created)),
            "first_message_sid": first.sid,
            "first_message_status": arrived[0],
            "first_message_error": first.error_codes[0] if first.error_codes else None,
            "time_to_reply": (whole(inbound[0].at) - whole(first.at)).total_seconds() if inbound else None,
            "inbound_messages": len(inbound),
            "outbound_messages": len(one.transcript) - len(inbound),
            "worker_sid": accepted[-1].worker_sid if accepted else None,
            "worker_name": "ana" if accepted else None,
            "accepted_at": as_written(accepted[-1].at) if accepted else None,
            "completed_at": as_written(completed[-1]) if completed else None,
        }
    return found


def test_each_row_is_what_the_sandbox_holds(run, served, warehouse, ends):
    counts = run(to_sql(include_addresses=True)).xcoms["return_value"]
    written = {row["address"]: row for row in rows_in(warehouse)}
    messages = [each for one in served.conversations for each in one.transcript]
    assert counts == {"outreaches": 9, "messages": len(messages), "unknown_tasks": 0, "deleted": 0}
    assert {address: row["ended"] for address, row in written.items()} == ends
    for address, expected in held(served).items():
        assert expected.items() <= written[address].items()
    assert [row["address"] for row in written.values() if row["opted_out_at"]] == [number(2)]
    assert written[number(0)]["wrap_up"] == '{"outcome": {"note": "+1•••••0100", "result": "sold"}}'
    of_messages = {row["message_sid"]: row for row in rows_in(warehouse, "outreach_message")}
    roles = {"customer": "customer", "agent": "agent", "system": "pipeline"}
    assert {sid: row["author_kind"] for sid, row in of_messages.items()} == {
        one.sid: roles[one.role] for one in messages
    }


def test_twice_in_a_row_gives_the_same_rows(run, served, warehouse, ends):
    run(to_sql())
    before = rows_in(warehouse), rows_in(warehouse, "outreach_message")
    run(to_sql())
    assert (rows_in(warehouse), rows_in(warehouse, "outreach_message")) == before


def test_a_later_run_replaces_what_has_gone_on(run, served, warehouse):
    served.agent().accepts(after=0)
    run(campaign(contacts(2)))
    run(to_sql())
    served.customer(number(0)).says("Where is it?")
    run(to_sql())
    assert sorted(row["inbound_messages"] for row in rows_in(warehouse)) == [0, 1]
    assert len(rows_in(warehouse, "outreach_message")) == 3


def test_addresses_and_texts_are_written_on_request_only(run, served, warehouse, ends, caplog, capsys):
    caplog.clear()
    capsys.readouterr()
    ti = run(to_sql())
    shown = caplog.text + capsys.readouterr().out + str(ti.xcoms)
    kept = warehouse.read_bytes()
    for secret in ("2025550100", "Who is this?", "Your order is late."):
        assert secret.encode() not in kept
        assert secret not in shown
    warehouse.unlink()
    run(to_sql(include_addresses=True, include_bodies=True))
    bodies = {row["body"] for row in rows_in(warehouse, "outreach_message")}
    assert bodies == {"Your order is late.", "Yes", "STOP", "START", "Who is this?"}


def test_a_pseudonym_stays_with_the_person_and_changes_with_the_secret(
    run, served, warehouse, use_connection
):
    def people() -> dict[str, str]:
        run(to_sql())
        return {row["conversation_sid"]: row["person"] for row in rows_in(warehouse)}

    run(campaign(contacts(2)))
    run(CreateConversationOperator(task_id="open", channel="whatsapp", to=f"whatsapp:{number(0)}"))
    by_password = people()
    assert len(set(by_password.values())) == 2  # of three outreaches
    use_connection(pseudonym_secret="of its own")
    assert set(people().values()).isdisjoint(by_password.values())


def test_requests(run, served, warehouse):
    """Two of each, one for the page, one for the replies' tasks: the fewest that tell it all."""
    run(campaign(contacts(20), agent="on_reply"))
    for at in range(3):
        served.customer(number(at)).says("Yes")
    before = len(served.requests)
    run(to_sql())
    assert len(served.requests) - before == 20 * 2 + 1 + 1


def test_at_most_three_requests_where_agents_have_tasks(run, served, warehouse):
    served.agent().accepts(after=0)
    run(campaign(contacts(20)))
    before = len(served.requests)
    run(to_sql())
    assert len(served.requests) - before == 20 * 3 + 1


def test_a_campaign_and_a_dag_and_conversations(run, served, warehouse):
    run(campaign(contacts(2)))
    run(campaign(contacts(3, first=2), campaign="autumn"), dag_id="returns")
    run(CreateConversationOperator(task_id="open", channel="sms", to=number(9)), dag_id="returns")
    sids = [one.sid for one in served.conversations]

    def written(**arguments):
        warehouse.unlink(missing_ok=True)
        return run(to_sql(lookback=None, **arguments)).xcoms["return_value"]["outreaches"]

    assert written(campaign="spring") == 2
    assert written(campaign="winter") == 0
    assert written(dag_id="returns") == 4
    assert written(dag_id="returns", campaign="autumn") == 3
    assert written(conversations=[]) == 0
    assert written(conversations=[sids[0], sids[5], sids[0]]) == 2
    assert written(conversations=[{"conversation_sid": one} for one in sids]) == 6


def test_a_period_holds_its_beginning_and_not_its_end(run, served, warehouse):
    opened = []
    for at in range(3):
        run(campaign(contacts(1, first=at)))
        opened.append(whole(served.conversations[-1].created))
        served.clock.advance("1h")
    interval = {"data_interval_start": opened[1] - timedelta(seconds=5), "data_interval_end": opened[2]}
    for arguments, expected in [
        ({"start": opened[1]}, {1, 2}),
        ({"start": str(opened[0]), "end": opened[2].isoformat()}, {0, 1}),
        ({"end": opened[2], "lookback": "70m"}, {1}),
        ({"start": opened[2], "lookback": timedelta(minutes=70)}, {1, 2}),
        ({}, {1}),
        ({"lookback": "1h"}, {0, 1}),
    ]:
        warehouse.unlink(missing_ok=True)
        run(to_sql(**{"lookback": None} | arguments, include_addresses=True), context=interval)
        assert {int(row["address"][-4:]) - 100 for row in rows_in(warehouse)} == expected, arguments


def test_without_a_data_interval_the_period_begins_before_the_logical_date(run, served, warehouse):
    """A run reads its own outreaches, however late its task comes, or comes again."""
    run(campaign(contacts(1)))
    opened = datetime.now(timezone.utc)
    for logical_date, expected in [
        (opened - timedelta(days=20), 1),  # cleared weeks later
        (opened + timedelta(days=3), 1),  # nothing is looked for in the future
        (None, 1),
        (opened + timedelta(seconds=20), 1),
    ]:
        warehouse.unlink(missing_ok=True)
        at = {"data_interval_start": logical_date, "data_interval_end": logical_date}
        run(to_sql(lookback="1h"), context={"logical_date": logical_date, **at})
        assert len(rows_in(warehouse)) == expected, logical_date


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"lookback": None}, "start: missing, and this run has no data interval"),
        ({"start": "yesterday"}, "start: 'yesterday' is not a moment"),
        ({"start": "2026-11-22T10:00"}, "is not a moment"),
        ({"lookback": "soon"}, "lookback: 'soon' is not a length of time"),
        (
            {"start": "2026-11-22T10:00Z", "end": "2026-11-22T09:00Z", "lookback": None},
            "start: .* is not before the end",
        ),
        ({"campaign": " "}, "campaign: empty"),
        ({"conversations": []}, "conversations: are read whenever they were opened"),
        ({"conversations": "CH1", "lookback": None}, "conversations: must be a list of SIDs, got str"),
        ({"conversations": ["IM1"], "lookback": None}, "conversations: expected the SID of a conversation"),
        ({"conversations": ["CH" + "0" * 32], "lookback": None}, None),
        ({"table": "outreach; drop"}, "table: 'outreach; drop' is not the name of a table"),
        ({"messages_table": "outreach"}, "messages_table: 'outreach' is already the name of another"),
        ({"conn_id": "flexout_default"}, "conn_id: connection 'flexout_default' is not to a database"),
        ({"create_tables": False}, "table: there is no table outreach; pass create_tables=True"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_read(run, served, warehouse, arguments, problem):
    if problem is None:  # a conversation that is gone is counted
        assert run(to_sql(**arguments)).xcoms["return_value"]["deleted"] == 1
        return
    with pytest.raises(AirflowFailException, match=problem):
        run(to_sql(**arguments))
    assert len(served.requests) == 0


def test_a_conversation_of_somebody_else_is_refused_by_name(run, served, warehouse, connect_elsewhere):
    sid = connect_elsewhere()
    with pytest.raises(AirflowFailException, match=f"{sid} was not opened by this provider"):
        run(to_sql(conversations=[sid], lookback=None))
    assert run(to_sql()).xcoms["return_value"]["outreaches"] == 0


def test_what_taskrouter_has_forgotten_is_null_and_counted(run, served, warehouse, capsys):
    served.agent().accepts(after=0).finishes(after="1m")
    run(campaign(contacts(2)))
    served.clock.advance("40d")
    counts = run(to_sql(lookback="60d")).xcoms["return_value"]
    assert (counts["outreaches"], counts["unknown_tasks"]) == (2, 2)
    assert {row["worker_sid"] for row in rows_in(warehouse)} == {None}
    assert "TaskRouter has no events of it (any more)" in capsys.readouterr().out


def test_credentials_that_may_not_read_events_are_counted(run, served, warehouse, capsys):
    served.agent().accepts(after=0)
    run(campaign(contacts(1)))
    run(campaign(contacts(1, first=1), agent="on_reply"))
    served.customer(number(1)).says("Yes")
    served.faults.fail("ListEvent", 403, times=2)
    assert run(to_sql()).xcoms["return_value"]["unknown_tasks"] == 2
    assert "It is not known which agent had 2 of them" in capsys.readouterr().out


def test_what_twilio_refuses_now_and_then_is_asked_again(run, served, warehouse, ends):
    served.faults.fail("ListConversationMessage", 503, times=3)
    served.faults.fail("ListEvent", 429, times=2)
    assert run(to_sql()).xcoms["return_value"]["outreaches"] == 9
