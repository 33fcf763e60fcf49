"""Alerts in asset events, ``flexout://alerts/<name>``: one DAG finds a problem, and another acts on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from airflow_provider_flexout.connection.triggering_events import each_event
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from airflow_provider_flexout.alerts.alert import Alert


def alerts_of(triggering_asset_events: Mapping[Any, Iterable[Any]]) -> list[Alert]:
    """Read the alerts of all asset events that started a run, since several events may start one run.

    An event without an alert, such as one that somebody made by hand, is logged and does not stop the others.

    The alert is the event's extra, or its ``payload`` where a watcher made the event.

    :param triggering_asset_events: ``triggering_asset_events`` of Airflow's context.
    :returns: the alerts in the order of the events; an alert that came twice is in the list once.
    :raises InvalidInput: when there are events but none of them has an alert, or the argument is something
        else.
    """
    import logging

    from airflow_provider_flexout.alerts.alert import Alert
    from airflow_provider_flexout.outreach.errors import InvalidInput

    found: list[Alert] = []
    problem = None
    for asset, event in each_event(triggering_asset_events):
        try:
            alert = Alert.from_dict(_alert_in(event.extra))
        except InvalidInput as error:
            problem = error
            logging.getLogger(__name__).warning("Passed over an event of %s: %s", asset, error)
        else:
            found += [alert] if alert not in found else []
    if problem and not found:
        raise problem
    return found


def _alert_in(extra: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Find the alert: it is the extra, without what Airflow adds to it, or the payload of a watcher's event.

    The payload is an object, or its JSON as somebody has put it into a queue.
    """
    given: Any = extra or {}
    if "payload" in given and "failures" not in given:
        given = given["payload"]
    if isinstance(given, (str, bytes)):
        try:
            given = json.loads(given)
        except ValueError:
            given = {}
    found = given if isinstance(given, Mapping) else {}
    return {name: found[name] for name in durable.ALERT_FIELDS if name in found}
