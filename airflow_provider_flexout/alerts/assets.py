"""Assets of alerts, ``flexout://alerts/<name>``: one DAG finds something wrong, another sees to it.

Imported when a DAG file names such an asset, so this imports next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any
    from urllib.parse import SplitResult

    from airflow.sdk import Asset

    from airflow_provider_flexout.alerts.alert import Alert


def sanitize_uri(uri: SplitResult) -> SplitResult:
    """Refuse URIs that are none of ours; Airflow calls this for the scheme ``flexout``.

    :param uri: ``flexout://alerts/<name>`` or ``flexout://replies/<name>``.
    :raises ValueError: naming what is allowed.
    """
    if uri.netloc not in durable.ASSET_KINDS or not uri.path.strip("/"):
        raise ValueError(
            f"{durable.ASSET_SCHEME}://{uri.netloc}{uri.path} is not one of "
            + ", ".join(f"{durable.ASSET_SCHEME}://{kind}/<name>" for kind in durable.ASSET_KINDS)
            + "."
        )
    return uri


def create_asset(*, kind: str = "alerts", name: str) -> Asset:
    """Make an asset of the scheme; Airflow's factory for it.

    :param kind: ``alerts`` or ``replies``.
    :param name: the alert's, or what the replies are to.
    """
    from airflow.sdk import Asset

    return Asset(
        uri=f"{durable.ASSET_SCHEME}://{kind}/{name}", name=f"{durable.ASSET_SCHEME}://{kind}/{name}"
    )


def alerts_of(triggering_asset_events: Mapping[Any, Iterable[Any]]) -> list[Alert]:
    """Read the alerts of all events that started a run; Airflow puts several into one run.

    An event without an alert, such as one that somebody made by hand, is logged, and keeps none of the others
    from being seen to.

    The alert is the event's extra, or its ``payload`` where a watcher made the event.

    :param triggering_asset_events: the context's.
    :returns: in the order in which Airflow gives the events, an alert that came twice once.
    :raises InvalidInput: when there are events, and none of them has an alert.
    """
    import logging

    from airflow_provider_flexout.alerts.alert import Alert
    from airflow_provider_flexout.outreach.errors import InvalidInput

    found: list[Alert] = []
    problem = None
    for asset, events in triggering_asset_events.items():
        for event in events:
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
