"""Workflows' configurations: which targets a task comes to, and what is refused rather than ignored."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.sandbox.state.workflow_configuration import order_of, read_configuration

ONE, TWO, THREE = ("WQ" + digit * 32 for digit in "123")


def configuration(*filters: dict, **routing: object) -> str:
    return json.dumps({"task_routing": {"filters": filters, **routing}})


def selected(expression: str, *targets: dict) -> dict:
    return {"filter_friendly_name": expression, "expression": expression, "targets": list(targets)}


def steps(text: str, **attributes: object) -> list[tuple[str, int, float | None]]:
    found = read_configuration(text).steps_for(attributes)
    return [(step.target.queue_sid, step.filter, step.until) for step in found]


def test_a_task_comes_to_the_targets_of_the_filters_that_take_it():
    text = configuration(
        selected("type == 'sales'", {"queue": ONE, "timeout": 10}, {"queue": TWO, "timeout": "20"}),
        selected("task.type == 'sales' AND vip == true", {"queue": TWO}),
        selected("type == 'support'", {"queue": THREE}),
        default_filter={"queue": THREE},
    )
    sales = [(ONE, 0, 10.0), (TWO, 0, 30.0)]
    assert steps(text, type="sales") == [*sales, (THREE, -1, None)]
    assert steps(text, type="sales", vip=True) == [*sales, (TWO, 1, None), (THREE, -1, None)]
    assert steps(text) == [(THREE, -1, None)]
    assert steps(configuration(selected("type == 'sales'", {"queue": ONE}))) == []


def test_a_target_without_a_queue_has_the_one_before_it():
    text = configuration(selected("1==1", {"queue": ONE, "timeout": 15}, {"timeout": 15}))
    assert steps(text) == [(ONE, 0, 15.0), (ONE, 0, 30.0)]


def test_a_target_without_a_timeout_is_left_by_skipping_only():
    text = configuration(selected("1==1", {"queue": ONE}, {"queue": TWO, "timeout": 5}))
    assert steps(text) == [(ONE, 0, None), (TWO, 0, 5.0)]


def test_an_order():
    [(path, descending), (_, other)] = order_of("worker.levels[0] DESC, worker.name")
    assert (path.parts, descending, other) == (("worker", "levels", 0), True, False)
    assert order_of("") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "task_routing is not an object"),
        ('{"task_routing": []}', "task_routing is not an object"),
        ('{"task_routing": {}, "more": 1}', "more"),
        ('{"task_routing": {"default": {}}}', "default of task_routing"),
        ('{"task_routing": {"filters": {}}}', "filters is not a list"),
        (configuration({"targets": [{"queue": ONE}]}), "no expression"),
        (configuration(selected("1==1")), "no targets"),
        (configuration(selected("1==", {"queue": ONE})), "expression can't be read"),
        (configuration(selected("taskrouter.dayOfWeek == 'Mon'", {"queue": ONE})), "dates and times"),
        (configuration(selected("a == 1 OR 1 == taskrouter.x", {"queue": ONE})), "dates and times"),
        (configuration(selected("1==1", {"timeout": 1})), "queue is not the SID"),
        (configuration(selected("1==1", {"queue": ONE, "timeout": -1})), "timeout is not a whole"),
        (configuration(selected("1==1", {"queue": ONE, "timeout": 9**99})), "timeout is not a whole"),
        (configuration(selected("1==1", {"queue": ONE, "priority": "high"})), "priority is not a whole"),
        (configuration(selected("1==1", {"queue": ONE, "priority": True})), "priority is not a whole"),
        (configuration(selected("1==1", {"queue": ONE, "skip_if": 1})), "skip_if is not a string"),
        (configuration(selected("1==1", {"queue": ONE, "skip_if": "never"})), "skip_if can't be read"),
        (configuration(selected("1==1", {"queue": ONE, "order_by": "worker.a UP"})), "order_by"),
        (configuration(selected("1==1", {"queue": ONE, "known_worker_sid": "a b"})), "known_worker_sid"),
        (configuration(selected("1==1", {"queue": ONE, "colour": "red"})), "colour"),
        (configuration(default_filter={"queue": "Everyone"}), "default_filter.queue"),
    ],
)
def test_what_cannot_be_understood_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        read_configuration(text)
