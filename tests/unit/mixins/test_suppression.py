"""A user's own suppression list as an argument; what each kind of it does stands in the operators' tests."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial

import pytest

from airflow_provider_flexout.bulk.sources.row import Header, Row
from airflow_provider_flexout.mixins.suppression import suppression_check
from airflow_provider_flexout.mixins.templates import as_template_field
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


PARSE = """
import json, functools
from datetime import datetime
from airflow.sdk import DAG
try:
    from airflow.serialization.serialized_objects import DagSerialization
except ImportError:  # Airflow 3.1
    from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator as Create

class Service:
    def __call__(self, address):
        return False

    def asks(self, address):
        return False

letters = "abcdefgh"
kinds = {
    "function": lambda address: False,
    "partial": functools.partial(Service().asks, "a"),
    "object": Service(),
    "method": Service().asks,
    "set": set(letters),
    "frozenset": frozenset(letters),
    "keys": dict.fromkeys(set(letters)).keys(),
}
with DAG("outreach", start_date=datetime(2026, 1, 1), schedule=None) as dag:
    for name, value in kinds.items():
        Create(task_id=name, channel="sms", to="+12025550117", suppression=value, consent=kinds["function"])
        mapped = Create.partial(task_id=name + "s", channel="sms", suppression=value)
        mapped.expand(to=["+12025550117"])
print(json.dumps(DagSerialization.to_dict(dag), sort_keys=True, default=str))
"""


def test_each_parse_writes_the_same_text(tmp_path):
    """Else Airflow would keep a new version of the DAG, and people would look for the edit."""
    (file := tmp_path / "parse.py").write_text(PARSE)
    parses = [
        subprocess.Popen(
            [sys.executable, str(file)],
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    first, second = (parse.communicate()[0].splitlines()[-1] for parse in parses)
    assert first == second
    assert " at 0x" not in first


class Table(list):
    """Like a data frame, it has the names of its columns for elements."""

    columns = ("phone",)


@pytest.mark.parametrize(
    "wrong", ["+12025550117", b"1", 17, {"conn_id": "warehouse"}, {"sql": "select 1"}, Table(["phone"])]
)
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
