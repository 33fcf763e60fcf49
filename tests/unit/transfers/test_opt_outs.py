"""Who has opted out, in a table that the next campaign reads."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.transfers.conftest import campaign, contacts, number, rows_in
from tests.unit.transfers.test_outreach import to_sql


@pytest.fixture
def opted_out(run, served, warehouse):
    """Of four customers, the first by a word and the second as a code tells; the third has come back."""
    served.customer(number(1)).fails(21610)
    served.customer(number(2)).receives("1s")
    run(campaign(contacts(4), agent="on_reply"))
    served.clock.advance("5s")
    for at, text in ((0, "STOP"), (2, "STOP"), (2, "START"), (3, "Stop it!")):
        served.customer(number(at)).says(text)
        served.clock.advance("2s")


def test_the_loop_closes(run, served, warehouse, opted_out):
    for _ in range(2):
        run(to_sql(opt_outs_table="opt_out"))
    rows = {row["address"]: row for row in rows_in(warehouse, "opt_out")}
    assert set(rows) == {number(0), number(1)}
    keys = {row["outreach_key"]: row for row in rows_in(warehouse)}
    for row in rows.values():
        assert row["opted_out_at"] == keys[row["outreach_key"]]["opted_out_at"] is not None
        assert (row["channel"], row["sender"]) == ("sms", "+15005550006")
    query = {"conn_id": "warehouse", "sql": "SELECT address FROM opt_out"}
    summary = run(
        campaign(contacts(4), campaign="summer", suppression=query, on_open_conversation="join")
    ).xcoms["return_value"]
    assert (summary["suppressed"], summary["joined"]) == (2, 2)


def test_the_last_time_counts_and_what_others_wrote_stays(run, served, warehouse, opted_out):
    run(to_sql(opt_outs_table="opt_out", campaign="winter", lookback=None))
    assert rows_in(warehouse, "opt_out") == []
    run(campaign(contacts(1), campaign="summer", channel="sms", from_="+15005550009", agent="on_reply"))
    served.clock.advance("1h")
    (later,) = [
        one.sid for one in served.conversations if one.participants[0].proxy_address == "+15005550009"
    ]
    served.customer(number(0)).says("STOP", in_conversation=later)
    run(to_sql(opt_outs_table="opt_out"))
    (row,) = [row for row in rows_in(warehouse, "opt_out") if row["address"] == number(0)]
    assert row["sender"] == "+15005550009"
    run(to_sql(opt_outs_table="opt_out", campaign="winter", lookback=None))
    assert len(rows_in(warehouse, "opt_out")) == 2


def test_its_name_is_checked(run, served, warehouse):
    for name, problem in (
        ("opt out", "is not the name of a table"),
        ("outreach", "is already the name of"),
    ):
        with pytest.raises(AirflowFailException, match=f"opt_outs_table: .*{problem}"):
            run(to_sql(opt_outs_table=name))
