"""Twilio's ``Routing`` object: which agent, by way of which queue and workflow.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.sids import check_sid

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.defaults import Defaults

KEY_ATTRIBUTE = "flexout_key"
"""The task attribute by which an attempt finds what an earlier one began."""

_LONGEST_ATTRIBUTES = 4096
_SIDS = {
    "workspace_sid": "WS",
    "workflow_sid": "WW",
    "queue_sid": "WQ",
    "worker_sid": "WK",
    "task_channel_sid": "TC",
}


def build_routing(
    routing: Mapping[str, Any] | None,
    *,
    channel: Mapping[str, Any],
    attributes: Mapping[str, Any],
    defaults: Defaults,
    validate: bool,
) -> dict[str, Any]:
    """Make the ``Routing`` object from what was given, the attributes, and the connection.

    :param routing: Twilio's object, or just its ``properties``.
    :param channel: Twilio's ``Channel`` object, which decides what is needed.
    :param attributes: task attributes beside those in ``routing``, which win.
    :param defaults: the connection's.
    :param validate: whether SIDs are checked.
    :raises InvalidInput: when something is missing or wrong.
    """
    outer, properties = _apart(routing)
    by_agent = channel["initiated_by"] == "agent"
    properties["workspace_sid"] = defaults.require(
        properties.get("workspace_sid"), "routing.workspace_sid", "workspace_sid"
    )
    if not properties.get("workflow_sid") and defaults.workflow_sid:
        properties["workflow_sid"] = defaults.workflow_sid
    if by_agent:
        for name in ("queue_sid", "worker_sid"):
            properties[name] = defaults.require(properties.get(name), f"routing.{name}", name)
    if validate:
        for name, prefix in _SIDS.items():
            if name in properties:
                check_sid(f"routing.{name}", properties[name], prefix)
    properties["attributes"] = {**attributes, **_attributes(properties)}
    _check_size(properties["attributes"])
    return {**outer, "properties": properties}


def with_key(routing: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Write the outreach's key among the task attributes.

    :param routing: a whole ``Routing`` object.
    :param key: see :mod:`~airflow_provider_flexout.outreach.keys`.
    """
    properties = routing["properties"]
    attributes = {**properties["attributes"], KEY_ATTRIBUTE: key}
    _check_size(attributes)
    return {**routing, "properties": {**properties, "attributes": attributes}}


def _apart(routing: Mapping[str, Any] | None) -> tuple[dict[str, Any], dict[str, Any]]:
    given = dict(routing or {})
    if "properties" not in given:
        return {}, given
    properties = given.pop("properties")
    if not isinstance(properties, Mapping):
        raise InvalidInput("routing", "properties must be an object.")
    return given, dict(properties)


def _attributes(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    attributes = properties.get("attributes") or {}
    if not isinstance(attributes, Mapping):
        raise InvalidInput("routing.attributes", "must be an object, as in {'customerName': 'Ada'}.")
    return attributes


def _check_size(attributes: Mapping[str, Any]) -> None:
    try:
        length = len(json.dumps(attributes))
    except TypeError as error:
        raise InvalidInput("attributes", f"cannot be written as JSON: {error}.") from error
    if length > _LONGEST_ATTRIBUTES:
        raise InvalidInput(
            "attributes", f"{length} characters as JSON; a task holds at most {_LONGEST_ATTRIBUTES}."
        )
