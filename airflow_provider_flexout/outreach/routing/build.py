"""Twilio's ``Routing`` object: which agent, by way of which queue and workflow; checked before it is sent.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import check_object, whole_number
from airflow_provider_flexout.outreach.values.attributes import check_new_attributes
from airflow_provider_flexout.outreach.values.durations import read_duration
from airflow_provider_flexout.outreach.values.plain import plain
from airflow_provider_flexout.outreach.values.sids import check_sid, is_sid
from airflow_provider_flexout.twilio.http.redaction import masked_repr

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults


_SIDS = {
    "workspace_sid": "WS",
    "workflow_sid": "WW",
    "queue_sid": "WQ",
    "worker_sid": "WK",
    "task_channel_sid": "TC",
}
LONGEST_TIMEOUT = 1_209_600
"""Seconds for which TaskRouter keeps an unassigned task at most: two weeks."""
_HIGHEST_PRIORITY = 2**31 - 1
_PROPERTIES = (
    "attributes",
    "priority",
    "queue_sid",
    "task_channel_sid",
    "task_channel_unique_name",
    "timeout",
    "worker_sid",
    "workflow_sid",
    "workspace_sid",
)
NAMED = {"queue": "WQ", "task_channel": "TC", "worker": "WK", "workflow": "WW"}
"""What may be given by its name, with the first two letters of its SID."""
_TEXTS = ("customerName", "customerAddress", "from", "subject")


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
    :param key: see :func:`~airflow_provider_flexout.outreach.values.plain.user_key`.
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


def with_seconds(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Give a routing with its ``timeout`` in seconds.

    :param properties: the ``properties`` of a ``Routing`` object.
    :raises InvalidInput: when it is not a length of time.
    """
    timeout = properties.get("timeout")
    if isinstance(timeout, timedelta) or (isinstance(timeout, str) and whole_number(timeout) is None):
        seconds = read_duration("routing.timeout", timeout).total_seconds()
        return {**properties, "timeout": int(seconds)}
    return dict(properties)


def check_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Check a routing's keys and values; give them with numbers as numbers.

    A template renders a number as text, so a text of digits counts as a number.

    :param properties: the ``properties`` of a ``Routing`` object.
    :raises InvalidInput: for the first that is wrong.
    """
    checked = dict(properties)
    for name in properties:
        if name not in _PROPERTIES:
            raise InvalidInput(f"routing.{name}", _unknown(str(name)))
    if properties.get("task_channel_sid") and properties.get("task_channel_unique_name"):
        raise InvalidInput(
            "routing.task_channel_sid", "given together with task_channel_unique_name; keep one."
        )
    if properties.get("priority") is not None:
        checked["priority"] = _whole("priority", properties["priority"], 0, _HIGHEST_PRIORITY)
    if properties.get("timeout") is not None:
        checked["timeout"] = _whole("timeout", properties["timeout"], 1, LONGEST_TIMEOUT)
    for name, value in _known_attributes(properties.get("attributes")):
        if name == "customers" and not isinstance(value, Mapping):
            raise InvalidInput("attributes.customers", "must be an object with name, phone and email.")
        if name in _TEXTS and not isinstance(value, str):
            raise InvalidInput(f"attributes.{name}", f"must be text, got {type(value).__name__}.")
    return checked


def _known_attributes(attributes: Any) -> list[tuple[str, Any]]:
    if not isinstance(attributes, Mapping):
        return []
    return [(name, attributes[name]) for name in (*_TEXTS, "customers") if attributes.get(name) is not None]


def _unknown(name: str) -> str:
    from difflib import get_close_matches  # a millisecond, which a DAG file does not pay

    known = (*_PROPERTIES, *NAMED)
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"a routing holds {', '.join(sorted(known))}."
    return f"unknown; {hint}"


def _whole(name: str, value: Any, least: int, most: int) -> int:
    number = whole_number(value)
    if number is None or not least <= number <= most:
        raise InvalidInput(
            f"routing.{name}", f"must be a whole number from {least} to {most}, got {masked_repr(value)}."
        )
    return number


def names_apart(properties: dict[str, Any]) -> dict[str, str]:
    """Take the names out of a routing's properties; a SID in a name's place becomes that SID.

    :param properties: the ``properties`` of a ``Routing`` object; changed in place.
    :returns: the names to look up, by the routing's key.
    :raises InvalidInput: when a name is not a text, or is given together with the SID.
    """
    named = {}
    for key, prefix in NAMED.items():
        name = properties.pop(key, None)
        if name in (None, ""):
            continue
        if not isinstance(name, str):
            raise InvalidInput(f"routing.{key}", f"must be a name, got {type(name).__name__}.")
        sid_key = f"{key}_sid"
        for other in (sid_key, f"{key}_unique_name"):
            if properties.get(other):
                raise InvalidInput(f"routing.{key}", f"given together with {other}; keep one of them.")
        if is_sid(name, prefix):
            properties[sid_key] = name
        else:
            named[key] = name
    return named
