"""Generated routings: none that is valid is refused, none that is wrong reaches the network."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.interaction.open_once import open_once
from airflow_provider_flexout.outreach.routing.build import build_target
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.sandbox.state.seed import (
    QUEUES,
    TASK_CHANNELS,
    WORKERS,
    WORKFLOW,
    WORKSPACE,
)

relaxed = settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
numbers = itertools.count(1)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
known = st.fixed_dictionaries(
    {},
    optional={
        "customerName": texts,
        "subject": texts,
        "from": texts,
        "customers": st.fixed_dictionaries({}, optional={"name": texts, "email": st.none()}),
        "followed_by": texts,
    },
)
attributes = st.builds(
    lambda own, rest: {**{f"own_{name}": value for name, value in rest.items()}, **own},
    known,
    st.dictionaries(texts, values, max_size=4),
)


def whole(least, most):
    return st.integers(least, most).flatmap(lambda number: st.sampled_from([number, str(number)]))


def named(key, rows):
    """Give a thing by SID, by name, or by its SID in the name's place, or leave it out."""
    by_sid = st.sampled_from(sorted(rows)).map(lambda sid: {f"{key}_sid": sid})
    in_place = st.sampled_from(sorted(rows)).map(lambda sid: {key: sid})
    by_name = st.sampled_from([row.name for row in rows.values()]).map(lambda name: {key: name})
    return st.one_of(st.just({}), by_sid, in_place, by_name)


def timeouts():
    return whole(1, 1_209_600) | st.integers(1, 1_209_600).map(lambda number: timedelta(seconds=number))


task_channels = named("task_channel", TASK_CHANNELS) | st.sampled_from(
    [row.unique_name for row in TASK_CHANNELS.values()]
).flatmap(lambda name: st.sampled_from([{"task_channel": name}, {"task_channel_unique_name": name}]))
properties = st.builds(
    lambda *parts: {name: value for part in parts for name, value in part.items()},
    named("queue", QUEUES),
    named("worker", WORKERS),
    named("workflow", {WORKFLOW.sid: WORKFLOW}),
    task_channels,
    st.fixed_dictionaries(
        {},
        optional={
            "priority": whole(0, 2**31 - 1),
            "timeout": timeouts(),
            "workspace_sid": st.just(WORKSPACE.sid),
            "attributes": attributes,
        },
    ),
)
routings = properties | properties.map(lambda given: {"properties": given})


def sids_of(rows, sid):
    return {sid, rows[sid].name, getattr(rows[sid], "unique_name", "")}


@relaxed
@given(routing=routings, initiated_by=st.sampled_from(["agent", "api"]))
def test_what_is_valid_opens(client, plan, sandbox, routing, initiated_by):
    number = next(numbers)
    opening = plan(
        key=derive_key(number),
        to=f"+1202555{number:04}",
        routing=routing,
        initiated_by=initiated_by,
        validate=True,
    )
    opened = client.run(open_once(opening))
    (task,) = [one for one in sandbox.tasks if one.sid == opened.task_sid]
    given = routing.get("properties", routing)
    for key, rows, found in (("queue", QUEUES, task.queue_sid), ("worker", WORKERS, task.routing_target)):
        asked = given.get(key) or given.get(f"{key}_sid")
        if asked:
            assert asked in sids_of(rows, found)
    assert task.priority == int(given.get("priority", 0))
    own = {name: value for name, value in given.get("attributes", {}).items() if name.startswith("own_")}
    assert own == {name: task.attributes.get(name) for name in own}


def spoil(**changes):
    return lambda routing: {**routing.get("properties", routing), **changes}


WRONG = {
    "unknown key": spoil(colour="red"),
    "misspelt key": spoil(worker_sd="WK"),
    "no SID": spoil(queue_sid="Everyone", queue=None),
    "another kind's SID": spoil(worker_sid=WORKFLOW.sid, worker=None),
    "name and SID": spoil(queue="Everyone", queue_sid=next(iter(QUEUES))),
    "name that is a number": spoil(worker=7, worker_sid=None),
    "priority below zero": spoil(priority=-1),
    "priority too high": spoil(priority=2**31),
    "no priority": spoil(priority="urgent"),
    "a fraction": spoil(priority=0.5),
    "timeout of nothing": spoil(timeout=0),
    "timeout too long": spoil(timeout=1_209_601),
    "timeout too long, as a length of time": spoil(timeout=timedelta(days=15)),
    "attributes that are a list": spoil(attributes=["vip"]),
    "attributes too long": spoil(attributes={"note": "x" * 4096}),
    "attributes too long with what is added": spoil(attributes={"note": "x" * 3500}),
    "attributes that are no JSON": spoil(attributes={"note": object()}),
    "a customer's name that is a number": spoil(attributes={"customerName": 7}),
    "customers that are a text": spoil(attributes={"customers": "Ada"}),
    "another workspace's kind": spoil(workspace_sid=WORKFLOW.sid),
    "properties that are a list": lambda routing: {"properties": [routing]},
}


@settings(relaxed, max_examples=20)
@given(routing=routings, initiated_by=st.sampled_from(["agent", "api"]))
@pytest.mark.parametrize("how", WRONG.values(), ids=WRONG)
def test_what_is_wrong_never_leaves(client, plan, sandbox, how, routing, initiated_by):
    before = len(sandbox.requests)
    with pytest.raises(InvalidInput):
        client.run(open_once(plan(routing=how(routing), initiated_by=initiated_by, validate=True)))
    assert len(sandbox.requests) == before


def test_attributes_that_just_fit_are_not_refused(client, plan, sandbox):
    """The room that is kept for what Flex adds is not more than a few characters too large."""
    for length in range(3300, 3500):
        try:
            opening = plan(attributes={"note": "x" * length})
        except InvalidInput:
            break
    opened = client.run(open_once(opening))
    (task,) = sandbox.tasks
    assert task.sid == opened.task_sid
    assert 4096 - 30 < len(json.dumps(task.attributes, separators=(",", ":"))) <= 4096


(OUTREACH,) = (row.sid for row in QUEUES.values() if row.name == "Outreach")
(CHAT,) = (row.sid for row in TASK_CHANNELS.values() if row.unique_name == "chat")


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("given", [timedelta(minutes=30), 1800, "30m", "PT30M"])
def test_a_timeout_is_written_like_every_length_of_time(given, validate):
    routing = {"queue": "Outreach", "workspace_sid": WORKSPACE.sid, "timeout": given}
    built = build_target(routing, attributes={}, defaults=ConnectionDefaults("flexout"), validate=validate)
    assert built["properties"]["timeout"] == 1800


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"queue": "Outreach", "queue_sid": OUTREACH}, "routing.queue"),
        ({"task_channel": "chat", "task_channel_unique_name": "chat"}, "routing.task_channel"),
        ({"task_channel_sid": CHAT, "task_channel_unique_name": "chat"}, "routing.task_channel_sid"),
        ({"queue": 5}, "routing.queue"),
        ({"quue": "Outreach"}, "did you mean 'queue'"),
        ({"worker_sid": OUTREACH}, "routing.worker_sid"),
        ({"priority": -1}, "routing.priority"),
        ({"priority": "high"}, "routing.priority"),
        ({"priority": "\u00b2"}, "routing.priority"),
        ({"priority": "9" * 5000}, "routing.priority"),
        ({"timeout": "\u00b2"}, "routing.timeout"),
        ({"timeout": "\uff11\uff12"}, "routing.timeout"),
        ({"priority": True}, "routing.priority"),
        ({"timeout": 0}, "routing.timeout"),
        ({"timeout": "soon"}, "routing.timeout"),
        ({"timeout": "3w"}, "routing.timeout"),
        ({"timeout": 1_209_601}, "routing.timeout"),
        ({"attributes": {"customerName": 7}}, "attributes.customerName"),
        ({"attributes": {"customers": "Ada"}}, "attributes.customers"),
        ({"attributes": {"x": float("inf")}}, "attributes"),
        ({"attributes": {"x": "y" * 4096}}, "attributes"),
    ],
)
def test_wrong_routings_never_leave(attempt, sandbox, wrong, where):
    with pytest.raises(InvalidInput, match=where):
        attempt(routing=wrong)
    assert not list(sandbox.requests)
