"""Each filter that a list takes filters: what stays fits it, and what does not fit is gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from airflow_provider_flexout.sandbox.sandbox import ROUTES
from tests.sandbox.test_field_effects import OPERATIONS, START, Copy, workspace

PARTICIPANTS = ("ListParticipantConversation", "ListServiceParticipantConversation")
PAGING = {"PageSize", "Page", "PageToken"}
STATISTICS = [operation.name for operation in ROUTES if operation.name.endswith("RealTimeStatistics")]
ELSEWHERE = {
    *(f"{name} TaskChannel" for name in STATISTICS),
    *(f"{name} {query}" for name in PARTICIPANTS for query in ("Address", "Identity")),
    "ListTaskQueue WorkerSid",
    "ListWorker TaskQueueSid",
}
"""What has a test of its own below."""
CASES = [
    (operation.name, name)
    for operation in ROUTES
    if operation.method == "GET"
    for name, param in operation.query.items()
    if name not in PAGING and not param.required and f"{operation.name} {name}" not in ELSEWHERE
]
IN_EVENTS = {
    "EventType": "event_type",
    "ReservationSid": "reservation_sid",
    "TaskQueueSid": "task_queue_sid",
    "TaskSid": "task_sid",
    "WorkerSid": "worker_sid",
    "WorkflowSid": "workflow_sid",
}
SECOND = 'name == "second"'
Row = dict[str, Any]


class Filter(NamedTuple):
    """How a filter is asked for.

    :param value_of: chooses a value, given the rows.
    :param fits: whether a row fits the value.
    """

    value_of: Callable[[list[Row]], Any]
    fits: Callable[[Row, Any], bool]


def equal(key: str) -> Filter:
    return Filter(
        lambda rows: next(row[key] for row in reversed(rows) if row[key]),
        lambda row, value: row[key] == value,
    )


def in_data(key: str) -> Filter:
    def value_of(row: Row) -> Any:
        return {**row["event_data"], "event_type": row["event_type"]}.get(key)

    return Filter(
        lambda rows: next(value for value in map(value_of, reversed(rows)) if value),
        lambda row, value: value_of(row) == value,
    )


def created(row: Row) -> str:
    return row.get("date_created") or row["event_date"]


def later(date: str, seconds: int) -> str:
    return (datetime.fromisoformat(date.replace("Z", "+00:00")) + timedelta(seconds=seconds)).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )


def is_second(row: Row, _: object) -> bool:
    return json.loads(row["attributes"]).get("name") == "second"


FILTERS = {
    "ActivityName": equal("activity_name"),
    "ActivitySid": equal("activity_sid"),
    "AssignmentStatus": equal("assignment_status"),
    "Available": Filter(
        lambda rows: str(rows[-1]["available"]).lower(), lambda row, v: row["available"] is (v == "true")
    ),
    "EvaluateTaskAttributes": Filter(lambda _: SECOND, is_second),
    "FriendlyName": equal("friendly_name"),
    "Priority": equal("priority"),
    "ReservationStatus": equal("reservation_status"),
    "RoutingTarget": equal("routing_target"),
    "SinkSid": equal("sink_sid"),
    "State": equal("state"),
    "TargetWorkersExpression": Filter(lambda _: SECOND, is_second),
    "TaskQueueName": equal("task_queue_friendly_name"),
    "TaskQueueSid": equal("task_queue_sid"),
    "Type": equal("type"),
    "WorkerSid": equal("worker_sid"),
    "WorkflowName": equal("workflow_friendly_name"),
    "WorkflowSid": equal("workflow_sid"),
    "StartDate": Filter(lambda rows: max(map(created, rows)), lambda row, value: created(row) >= value),
    "EndDate": Filter(lambda rows: min(map(created, rows)), lambda row, value: created(row) <= value),
}
OF_ONE = {
    **{f"ListEvent {name}": in_data(key) for name, key in IN_EVENTS.items()},
    "ListEvent Minutes": Filter(lambda _: 1, lambda row, _: created(row) >= later(START.isoformat(), 540)),
    "ListWorker TaskQueueName": Filter(lambda _: "Second", is_second),
}
FITS_NOTHING = {
    "ListIncomingPhoneNumber PhoneNumber": "+1999",
    "ListTask HasAddons": "true",
    "ListTaskReservation ReservationStatus": "rejected",
    "ListTaskReservation WorkerSid": f"WK{'a' * 32}",
    "ListWorkspace FriendlyName": "Second",
}
"""Of filters of which each row there is fits every value but these."""
ORDERS = {
    "ListConversationMessage Order": ("asc", "desc"),
    "ListServiceConversationMessage Order": ("asc", "desc"),
    "ListTask Ordering": ("DateCreated:asc", "DateCreated:desc"),
}


@pytest.fixture
def copy(monkeypatch) -> Copy:
    """A sandbox that has a second one of everything, made ten minutes later, and unlike the first.

    The clock stands within a second then, of which the dates in responses say nothing.
    """
    copy = Copy(monkeypatch)
    copy.client.post("/sandbox/clock", json={"advance": "600.7s"}).raise_for_status()
    named = '{"name": "second"}'
    copy.made(workspace(copy, "Workers"), FriendlyName="second", Attributes=named)
    queue = copy.made(workspace(copy, "TaskQueues"), FriendlyName="Second", TargetWorkers=SECOND)
    routing = {"filters": [{"expression": "1==1", "targets": [{"queue": queue, "priority": 7}]}]}
    workflow = copy.made(
        workspace(copy, "Workflows"),
        FriendlyName="Second",
        Configuration=json.dumps({"task_routing": routing}),
    )
    copy.made(workspace(copy, "Tasks"), WorkflowSid=workflow, Attributes=named)
    copy.made("/v1/Conversations", State="inactive")
    conversation = copy.things.named_in("/v1/Conversations/{Sid}", "FetchConversation")["Sid"]
    copy.made(f"/v1/Conversations/{conversation}/Messages", Body="Second")
    copy.made("/v1/Subscriptions", **copy.things.subscription(copy.made("/v1/Sinks", **copy.things.sink())))
    return copy


def rows_of(copy: Copy, name: str, **query: Any) -> list[Row]:
    operation = OPERATIONS[name]
    path = operation.path.format_map(copy.things.named_in(operation.path, name))
    response = copy.client.get(path, params=query)
    assert response.is_success, response.text
    [rows] = [value for value in response.json().values() if isinstance(value, list)]
    return rows


@pytest.mark.parametrize(("name", "query"), CASES)
def test_a_filter_leaves_what_fits_and_nothing_else(copy, name, query):
    case = f"{name} {query}"
    rows = rows_of(copy, name)
    if case in FITS_NOTHING:
        assert rows
        assert rows_of(copy, name, **{query: FITS_NOTHING[case]}) == []
        return
    if case in ORDERS:
        one, other = (rows_of(copy, name, **{query: value}) for value in ORDERS[case])
        assert one == other[::-1] != other
        return
    value_of, fits = OF_ONE.get(case) or FILTERS[query]
    value = value_of(rows)
    left = rows_of(copy, name, **{query: value})
    assert left == [row for row in rows if fits(row, value)]
    assert 0 < len(left) < len(rows)


def test_a_queue_is_found_by_a_worker_that_it_takes_and_a_worker_by_a_queue(copy):
    queues = {row["friendly_name"]: row["sid"] for row in rows_of(copy, "ListTaskQueue")}
    [second] = rows_of(copy, "ListWorker", TaskQueueSid=queues["Second"])
    assert second["friendly_name"] == "second"
    of_second = {row["friendly_name"] for row in rows_of(copy, "ListTaskQueue", WorkerSid=second["sid"])}
    of_ana = {
        row["friendly_name"] for row in rows_of(copy, "ListTaskQueue", WorkerSid=copy.extra["worker_sid"])
    }
    assert of_second - of_ana == {"Second"}


@pytest.mark.parametrize("name", PARTICIPANTS)
def test_a_participant_is_looked_up_by_what_it_is_known_by(copy, name):
    one, other = (copy.made("/v1/Conversations") for _ in range(2))
    copy.made(f"/v1/Conversations/{one}/Participants", Identity="ada")
    bound = {
        "MessagingBinding.Address": "+12025550171",
        "MessagingBinding.ProxyAddress": copy.extra["sms_from"],
    }
    copy.made(f"/v1/Conversations/{other}/Participants", **bound)
    for query, found in (({"Identity": "ada"}, one), ({"Address": "+12025550171"}, other)):
        assert [row["conversation_sid"] for row in rows_of(copy, name, **query)] == [found]


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_are_of_one_task_channel(copy, name):
    worker = f"{workspace(copy, 'Workers')}/{copy.extra['worker_sid']}"
    for channel in copy.client.get(f"{worker}/Channels").json()["channels"]:
        if channel["task_channel_unique_name"] == "voice":
            copy.client.post(f"{worker}/Channels/{channel['sid']}", data={"Available": "false"})
    path = OPERATIONS[name].path.format_map(copy.things.named_in(OPERATIONS[name].path, name))
    default, voice = (
        copy.client.get(path, params={"TaskChannel": channel}).json() for channel in ("default", "voice")
    )
    counted = "total_workers" if name == "FetchWorkersRealTimeStatistics" else "total_tasks"
    assert default[counted] > voice[counted]
