"""What a campaign takes for contacts, and when it is green."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.bulk.test_runner import bulk, lines, people
from tests.unit.conftest import TaskInstance

CUSTOMER = "+12025550141"


@pytest.mark.parametrize("most", [None, 5, 0.9])
def test_where_nobody_is_reached_and_something_is_wrong_the_task_fails(run, served, most):
    ti = TaskInstance()
    with pytest.raises(AirflowFailException, match=r"Nobody was reached: of 1 contacts, invalid 1\. The log"):
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
            "contacts: is a text that looks like a list or a template; hand the list",
        ),
        (
            f'{{"to": "{CUSTOMER}"}}',
            "contacts: is a text that looks like a list or a template; hand the list",
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
