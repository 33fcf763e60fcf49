"""A user's own suppression list as an argument; what each kind of it does stands in the operators' tests."""

from __future__ import annotations

from functools import partial

import pytest

from airflow_provider_flexout.bulk.sources.row import Header, Row
from airflow_provider_flexout.mixins.suppression import as_template_field, suppression_check
from airflow_provider_flexout.outreach.errors import InvalidInput


def is_suppressed(address: str) -> bool:
    return address == "+12025550117"


class Service:
    def __call__(self, address: str) -> bool:
        return is_suppressed(address)


@pytest.mark.parametrize("suppression", [["+12025550117"], {"+12025550117"}, is_suppressed, Service()])
def test_an_address_is_suppressed_or_not(suppression):
    check = suppression_check(as_template_field(suppression))
    assert check("+12025550117")
    assert not check("+12025550118")


@pytest.mark.parametrize("function", [is_suppressed, Service(), partial(is_suppressed)])
def test_a_function_is_written_into_a_dag_without_its_place_in_memory(function):
    assert " at 0x" not in repr(as_template_field(function))


@pytest.mark.parametrize("wrong", ["+12025550117", 17, {"conn_id": "warehouse"}, {"sql": "select 1"}])
def test_what_is_none_of_these_is_refused(wrong):
    with pytest.raises(InvalidInput, match="suppression"):
        suppression_check(wrong)


def test_a_query_is_run_once_when_the_first_address_is_checked(monkeypatch):
    runs = []

    class Query:
        def __iter__(self):
            runs.append("run")
            return iter([Header(["phone"]), Row(1, {"phone": "+1 202-555-0117"})])

    monkeypatch.setattr("airflow_provider_flexout.bulk.sources.sql.query_rows", lambda *_: Query())
    check = suppression_check({"conn_id": "warehouse", "sql": "select phone from stop"})
    assert runs == []
    assert check("+12025550117")
    assert not check("+12025550118")
    assert runs == ["run"]
