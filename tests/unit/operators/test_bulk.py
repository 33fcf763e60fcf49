"""What a campaign takes for contacts, and when it is green."""

from __future__ import annotations

import json
import math
from datetime import date
from decimal import Decimal

import pytest

from airflow_provider_flexout.operators.agents import UpdateTaskAttributesOperator
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.alerts.planned import plan
from tests.unit.bulk.test_runner import bulk, lines, people
from tests.unit.conftest import TaskInstance
from tests.unit.operators.test_interaction import create, send

CUSTOMER = "+12025550141"


@pytest.mark.parametrize("most", [None, 5, 0.9])
def test_where_nobody_is_reached_and_something_is_wrong_the_task_fails(run, served, most):
    ti = TaskInstance()
    with pytest.raises(AirflowFailException, match=r"Nobody was reached: of 1 contact, invalid 1\. The log"):
        run(bulk([{"to": "nobody"}], max_failures=most), context={"ti": ti})
    assert ti.xcoms["summary"]["invalid"] == 1


def test_where_there_is_nobody_to_reach_the_task_succeeds(run, served):
    rows = people(2)
    summary = run(bulk(rows, suppression=[row["to"] for row in rows])).xcoms["return_value"]
    assert summary["suppressed"] == 2


def test_who_was_reached_by_an_earlier_try_counts(run, served):
    run(bulk(people(1)))
    summary = run(bulk([*people(1), {"to": "nobody"}]), try_number=2).xcoms["return_value"]
    assert (summary["adopted"], summary["invalid"]) == (1, 1)


def test_the_results_have_the_id_as_the_row_has_it(run, served, tmp_path):
    results, ids = tmp_path / "results.jsonl", [17, "017", " 17 "]
    rows = [row | {"id": one} for row, one in zip(people(3), ids, strict=True)]
    run(bulk(rows, results=str(results)))
    assert sorted(lines(results), key=lambda one: one["line"])[0]["id"] == 17
    assert {one["line"]: one["id"] for one in lines(results)} == dict(enumerate(ids, 1))


class DataFrame:
    """As much of pandas' as an operator may look at: it has a length, and iterates over its columns."""

    columns = ("to", "order")

    def to_dict(self, orient):
        return people(1)

    def __len__(self):
        return 1

    def __getitem__(self, name):
        return [CUSTOMER]

    def __iter__(self):
        return iter(self.columns)


@pytest.mark.parametrize(
    ("contacts", "sentence"),
    [
        (DataFrame(), r"contacts: is a DataFrame; pass its rows, as in df\.to_dict\('records'\)\."),
        (
            f"[{{'to': '{CUSTOMER}'}}]",
            "contacts: is a text that looks like a list or a template; pass the list",
        ),
        (
            f'{{"to": "{CUSTOMER}"}}',
            "contacts: is a text that looks like a list or a template; pass the list",
        ),
        ("{{ ti.xcom_pull('people') }}", "contacts: is a text that looks like a list or a template"),
        (CUSTOMER, r"contacts: \+1•••••0141 is not one of \.csv"),
        (b"to\n1", "contacts: bytes is not a source of contacts"),
        ({CUSTOMER}, "contacts: set is not a source of contacts"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_list_of_contacts_is_refused_in_one_sentence(
    run, served, caplog, capsys, contacts, sentence
):
    operator = bulk([])
    context = {"ti": TaskInstance()}
    operator.contacts = contacts  # as Airflow leaves it after rendering
    with pytest.raises(AirflowFailException, match=f"^{sentence}") as caught:
        operator.execute(context)
    assert CUSTOMER not in str(caught.value) + caplog.text + capsys.readouterr().out
    assert len(served.requests) == 0


MIXED = {
    "order": Decimal("12.50"), "vip": True, "count": 3, "since": date(2026, 11, 22),
    "note": math.nan, "gone": None, "ref": b"A-1",
}  # fmt: skip
READ = {
    "order": "12.50",
    "vip": True,
    "count": 3,
    "since": "2026-11-22",
    "note": None,
    "gone": None,
    "ref": "A-1",
}


def test_a_campaign_reads_the_values_of_pandas_and_databases(run, served):
    row = {"to": CUSTOMER, "customer_name": math.nan, "attributes": MIXED} | MIXED
    message = "Order {order} of {since}, {count} parts, {ref}."
    run(bulk([row], message=message, attributes={"price": Decimal("0.10")}))
    (task,) = served.tasks
    assert task.attributes.items() >= (READ | {"price": "0.10"}).items()
    assert "customerName" not in task.attributes
    assert served.conversations[0].texts == ["Order 12.50 of 2026-11-22, 3 parts, A-1."]


def test_a_column_that_holds_nothing_is_empty_in_each_form(run, served, tmp_path):
    results = tmp_path / "results.jsonl"
    rows = [
        person | {"order": one}
        for person, one in zip(people(4), [1, None, math.nan, Decimal("NaN")], strict=True)
    ]
    run(bulk(rows, message="{order}", results=str(results)))
    assert {one["reason"] for one in lines(results) if one["outcome"] == "invalid"} == {
        "message: column 'order' is empty."
    }
    assert len(served.conversations) == 1


def test_operators_read_them_in_the_same_way(run, served):
    served.agent().accepts(after=0)
    sids = run(create(to=CUSTOMER, customer_name=math.nan, attributes=MIXED)).xcoms["return_value"]
    (task,) = served.tasks
    assert task.attributes.items() >= READ.items()
    assert "customerName" not in task.attributes
    run(send(sids["conversation_sid"], body="Hello.", attributes=MIXED))
    assert served.messages[-1].attributes.items() >= READ.items()
    patch = UpdateTaskAttributesOperator(
        task_id="u", task_sid=sids["task_sid"], attributes={"order": Decimal("9.90")}
    )
    run(patch)
    assert served.tasks[0].attributes["order"] == "9.90"


def test_a_plan_of_them_is_json():
    rows = [{"phone": CUSTOMER, "name": math.nan} | MIXED, {"phone": math.nan} | MIXED]
    made = json.loads(json.dumps(plan(rows, customer_name="name", attributes=list(MIXED)), allow_nan=False))
    (contact,) = made["contacts"]
    assert (
        contact["attributes"].items() >= {name: one for name, one in READ.items() if one is not None}.items()
    )
    assert contact.get("customer_name") is None
    assert [one["why"] for one in made["excluded"]] == ["nothing in column 'phone'"]
