"""Twilio's ``Routing`` object: which agent, by way of which queue and workflow.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.routing.checks import check_properties, names_apart, with_seconds
from airflow_provider_flexout.outreach.values.arguments import check_object
from airflow_provider_flexout.outreach.values.attributes import check_new_attributes
from airflow_provider_flexout.outreach.values.plain import plain
from airflow_provider_flexout.outreach.values.sids import check_sid

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

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
    attributes: Mapping[str, Any],
    defaults: ConnectionDefaults,
    by_agent: bool,
    validate: bool,
) -> dict[str, Any]:
    """Make the ``Routing`` object of an outreach from the given one, the attributes and the connection.

    Names (``queue``, ``worker``, ``workflow``, ``task_channel``) stay in it until
    :func:`~airflow_provider_flexout.outreach.routing.names.with_sids` has looked them up.

    :param routing: Twilio's object, or its ``properties`` alone; ``None`` for the connection's own.
    :param attributes: task attributes; those in ``routing`` override them.
    :param defaults: what the connection provides.
    :param by_agent: whether an agent initiates the interaction, so that queue and worker are required.
    :param validate: whether SIDs, keys and values are checked.
    :raises InvalidInput: when something is missing or wrong.
    """
    outer, properties = _apart(routing)
    named = names_apart(properties)
    properties["workspace_sid"] = defaults.require(
        properties.get("workspace_sid"), "routing.workspace_sid", "workspace_sid"
    )
    if not properties.get("workflow_sid") and "workflow" not in named and defaults.workflow_sid:
        properties["workflow_sid"] = defaults.workflow_sid
    if by_agent:
        for who in ("queue", "worker"):
            if who not in named:
                name = f"{who}_sid"
                properties[name] = defaults.require(properties.get(name), f"routing.{name}", name)
    properties = with_seconds(properties)
    if validate:
        for name, prefix in _SIDS.items():
            if name in properties:
                check_sid(f"routing.{name}", properties[name], prefix)
        properties = check_properties(properties)
    properties["attributes"] = plain({**attributes, **_attributes(properties)})
    check_new_attributes(properties["attributes"])
    return {**outer, "properties": {**properties, **named}}


def build_target(
    routing: Mapping[str, Any] | None,
    *,
    attributes: Mapping[str, Any],
    defaults: ConnectionDefaults,
    validate: bool,
) -> dict[str, Any]:
    """Make the ``Routing`` object of an invite.

    The connection provides workspace and workflow only, since its queue and worker already have the
    conversation.

    :param routing: Twilio's object, or its ``properties`` alone; it names a queue, a worker or a workflow.
    :param attributes: task attributes; those in ``routing`` override them.
    :param defaults: what the connection provides.
    :param validate: whether SIDs, keys and values are checked.
    :raises InvalidInput: when something is missing or wrong.
    """
    built = build_routing(
        routing, attributes=attributes, defaults=defaults, by_agent=False, validate=validate
    )
    _, given = _apart(routing)
    if not any(given.get(name) for who in ("queue", "worker", "workflow") for name in (who, f"{who}_sid")):
        raise InvalidInput("routing", "names nobody: pass a queue, a worker or a workflow to invite.")
    return built


def with_target(routing: Mapping[str, Any] | None, target: Mapping[str, str]) -> dict[str, Any]:
    """Put one contact's queue, worker, workflow and priority in place of those in a routing.

    :param routing: Twilio's object, or its ``properties`` alone; ``None`` for the connection's own.
    :param target: names or SIDs by ``queue``, ``worker`` and ``workflow``, and the ``priority``.
    """
    outer, properties = _apart(routing)
    for name in target:
        properties.pop(f"{name}_sid", None)
    return {**outer, "properties": {**properties, **target}}


def with_key(routing: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Write the outreach's key among the task attributes.

    :param routing: a whole ``Routing`` object.
    :param key: see :mod:`~airflow_provider_flexout.outreach.values.keys`.
    """
    return with_attributes(routing, {**routing["properties"]["attributes"], durable.KEY_ATTRIBUTE: key})


def with_attributes(routing: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Put task attributes in place of those that are there.

    :param routing: a whole ``Routing`` object.
    :param attributes: all of them.
    """
    check_new_attributes(attributes)
    return {**routing, "properties": {**routing["properties"], "attributes": dict(attributes)}}


def _apart(routing: Mapping[str, Any] | None) -> tuple[dict[str, Any], dict[str, Any]]:
    if routing and not isinstance(routing, Mapping):
        raise InvalidInput(
            "routing",
            "must be Twilio's Routing object or its properties, as in {'queue': 'Support'}, "
            f"got {type(routing).__name__}.",
        )
    given = dict(routing or {})
    if "properties" not in given:
        return {}, given
    properties = given.pop("properties")
    check_object("routing.properties", properties, "{'queue': 'Support'}")
    return given, dict(properties)


def _attributes(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    attributes = properties.get("attributes") or {}
    check_object("routing.attributes", attributes, "{'customerName': 'Ada'}")
    return cast("Mapping[str, Any]", attributes)
