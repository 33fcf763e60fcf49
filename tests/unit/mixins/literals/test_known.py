"""Which arguments are known while a DAG is parsed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow.sdk import DAG, BaseOperator, ObjectStoragePath
from airflow.sdk.definitions.template import literal

from airflow_provider_flexout.mixins.literals.known import Literals


def known(value, **settings):
    dag = SimpleNamespace(jinja_environment_kwargs=settings)
    return "value" in Literals.of(BaseOperator, {"value": value}, dag)


@pytest.mark.parametrize(
    "value", ["+1202", "{ds}", "", None, 5, 1.5, True, b"x", [1, "a"], {"a": ("b",)}, {1}]
)
def test_a_literal_is_known(value):
    assert known(value)


@pytest.mark.parametrize(
    "value",
    [
        "{{ ds }}", "a{% if x %}b{% endif %}", "{# a #}", ["a", "{{ ds }}"], {"a": [{"b": "{{ ds }}"}]},
        {"{{ ds }}": 1}, print, [print], ObjectStoragePath("file:///a.csv"), literal("{{ ds }}"),
        SimpleNamespace(template_fields=("a",)),
    ],
)  # fmt: skip
def test_what_is_made_later_is_not_known(value):
    assert not known(value)


def test_the_output_of_a_task_is_not_known():
    with DAG("outputs", schedule=None):
        output = BaseOperator(task_id="before").output
    assert not known(output)
    assert not known({"a": [output["key"], output.map(str)]})


def test_a_dag_may_have_other_delimiters_of_templates():
    assert known("<< params.to >>")
    assert not known("<< params.to >>", variable_start_string="<<")
    assert not known("# for row in rows", line_statement_prefix="#")
    assert not known("{{ ds }}", variable_start_string="<<")


def test_the_name_of_a_file_of_templates_is_not_known():
    class Texts(BaseOperator):
        template_ext = (".j2",)

    found = Literals.of(Texts, {"body": "hello.j2", "subject": "hello"}, None)
    assert found == {"subject": "hello"}


def test_of_a_list_or_an_object_the_known_part():
    found = Literals({"a": {"b": "{{ ds }}", "c": [1, "{{ ds }}"], "d": None}, "e": "{{ ds }}", "f": 1})
    assert (found.part("a"), found.part("e"), found.part("f")) == ({"c": [1], "d": None}, None, 1)
    assert found.has("f")
    assert not found.has("f", "a")
    assert found.also(e=2) == {"e": 2, "f": 1}
    assert found.but("f") == {}
    assert (found.also(a=2).part("a"), found.but("a").part("a")) == (2, None)


def test_of_a_list_with_templates_each_entry():
    found = Literals({"a": [{"b": "{{ ds }}", "c": 1}, {"b": 2}, "{{ ds }}"], "d": [1], "e": "{{ ds }}"})
    (_, part), (whole, same), (_, nothing) = found.entries("a")
    assert whole is same
    assert (part, nothing) == ({"c": 1}, None)
    assert found.entries("d") == found.entries("e") == found.entries("f") == []
    assert found.also(a=2).entries("a") == found.but("a").entries("a") == []
