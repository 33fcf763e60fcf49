"""Reading the two JSON documents of a request for an interaction: ``Channel`` and ``Routing``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.state.channel_types import (
    CHANNEL_TYPES,
    type_of_address,
    type_of_sender,
)
from airflow_provider_flexout.sandbox.state.seed import (
    TASK_CHANNELS,
    WORKFLOW,
    WORKSPACE,
)
from airflow_provider_flexout.sandbox.wire.http import ApiError, parse_json
from airflow_provider_flexout.sandbox.wire.parameters import is_one_line
from airflow_provider_flexout.sandbox.wire.sids import is_sid

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from airflow_provider_flexout.sandbox.state.workspace import TaskRouterWorkspace

__all__ = [
    "ChannelRequest",
    "RoutingRequest",
    "invalid",
    "read_channel",
    "read_object",
    "read_routing",
]

_INITIATORS: Final = ("agent", "api", "customer")
_CHANNEL_KEYS: Final = frozenset({"type", "initiated_by", "properties", "participants"})
_PROPERTY_KEYS: Final = frozenset({"type", "media_channel_sid", "from", "from_name"})
_PARTICIPANT_KEYS: Final = frozenset({"type", "address", "proxy_address", "identity", "level", "name"})
_ROUTING_KEYS: Final = frozenset({"type", "properties", "reservation"})
_TARGET_KEYS: Final = frozenset(
    {
        "workspace_sid",
        "workflow_sid",
        "queue_sid",
        "worker_sid",
        "task_channel_sid",
        "task_channel_unique_name",
        "attributes",
        "priority",
        "timeout",
    }
)
_LONGEST_IDENTITY: Final = 256
_LONGEST_TIMEOUT: Final = 1_209_600
_DEFAULT_TIMEOUT: Final = 86_400


@dataclass(slots=True)
class ChannelRequest:
    """What ``Channel`` asks for; participants as fields of a conversation's participant."""

    kind: str
    initiated_by: str
    media_channel_sid: str | None
    email_from: str | None
    email_from_name: str | None
    participants: list[dict[str, Any]]


@dataclass(slots=True)
class RoutingRequest:
    """What ``Routing`` asks for; without a queue and a worker, the workflow's filters choose."""

    workflow_sid: str
    queue_sid: str | None
    worker_sid: str | None
    task_channel_sid: str
    priority: int
    timeout: int
    attributes: dict[str, Any] = field(default_factory=dict)
    ignore_capacity: bool = True


def invalid(reason: str) -> ApiError:
    """Return the error for a request that makes no channel.

    :param reason: what is wrong with it.
    """
    return ApiError(400, 45366, f"Failed to create Channel. Invalid request parameters: {reason}")


def read_object(name: str, text: str) -> dict[str, Any]:
    """Read a form field that holds a JSON object.

    :param name: the field.
    :param text: its value.
    :raises ApiError: 400/45004.
    """
    try:
        parsed = parse_json(text)
    except ValueError as error:
        raise ApiError(400, 45004, f"Flex validation error: {name} is not valid JSON ({error})") from error
    if not isinstance(parsed, dict):
        raise ApiError(400, 45004, f"Flex validation error: {name} is not a JSON object")
    return parsed


def _known(where: str, given: Mapping[str, Any], keys: Collection[str]) -> None:
    unknown = sorted(given.keys() - keys)
    if unknown:
        raise invalid(f"{where} has no {', '.join(unknown)}")


def _one_of(where: str, value: Any, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise invalid(f"{where} is one of {', '.join(choices)}, not {value!r}")
    return str(value)


def _object(where: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(f"{where} is not an object")
    return value


def read_channel(text: str, *, loose: bool) -> ChannelRequest:
    """Read ``Channel``.

    :param text: the form field.
    :param loose: whether addresses are taken in any form.
    :raises ApiError: 400 with 45004 or 45366.
    """
    given = read_object("Channel", text)
    _known("Channel", given, _CHANNEL_KEYS)
    kind = _one_of("Channel.type", given.get("type"), tuple(CHANNEL_TYPES))
    initiated_by = _one_of("Channel.initiated_by", given.get("initiated_by"), _INITIATORS)
    properties = _object("Channel.properties", given.get("properties"))
    _known("Channel.properties", properties, _PROPERTY_KEYS)
    media = properties.get("media_channel_sid")
    if media is not None and not is_sid(media, "CH"):
        raise invalid("Channel.properties.media_channel_sid is not the SID of a conversation")
    participants = given.get("participants") or []
    if not isinstance(participants, list):
        raise invalid("Channel.participants is not a list")
    _check_channel(kind, initiated_by, properties, participants)
    return ChannelRequest(
        kind,
        initiated_by,
        media,
        properties.get("from"),
        properties.get("from_name"),
        [_participant(kind, each, loose=loose) for each in participants],
    )


def _check_channel(
    kind: str, initiated_by: str, properties: Mapping[str, Any], participants: list[Any]
) -> None:
    media = properties.get("media_channel_sid")
    if initiated_by == "customer" and not media:
        raise invalid("initiated_by customer needs properties.media_channel_sid")
    if initiated_by == "agent" and not media and not participants:
        raise invalid("initiated_by agent needs participants")
    if media and participants:
        raise invalid("participants can't be added to the conversation in properties.media_channel_sid")
    if CHANNEL_TYPES[kind].is_email and initiated_by != "customer":
        for name in ("from", "from_name"):
            if not isinstance(properties.get(name), str) or not properties[name]:
                raise invalid(f"an email channel needs properties.{name}")
            if not is_one_line(properties[name]):
                raise invalid(f"properties.{name} holds a line break")


def _participant(kind: str, given: Any, *, loose: bool) -> dict[str, Any]:
    given = _object("Channel.participants[]", given)
    _known("Channel.participants[]", given, _PARTICIPANT_KEYS)
    if not all(isinstance(each, str) for each in given.values()):
        raise invalid("Channel.participants[] holds something that is not a string")
    if CHANNEL_TYPES[kind].by_identity:
        if not given.get("identity"):
            raise invalid(f"a participant on {kind} needs an identity")
        _check_identity(given["identity"])
        return {"identity": given["identity"]}
    by_email = CHANNEL_TYPES[kind].is_email
    fields = ("address", "level", "name") if by_email else ("address", "proxy_address")
    if by_email and given.get("level") not in {"to", "cc", "bcc"}:
        raise invalid("a participant on email needs a level: to, cc or bcc")
    for name in fields:
        if not given.get(name):
            raise invalid(f"a participant on {kind} needs {name}")
        if by_email and not is_one_line(given[name]):
            raise invalid(f"{name} holds a line break")
        check = {"address": type_of_address, "proxy_address": type_of_sender}.get(name)
        if check is not None and not loose and check(given[name]) != kind:
            raise invalid(f"{name} is not an address for {kind}")
    if given["address"] == given.get("proxy_address"):
        raise invalid("address and proxy_address must be different")
    return {"kind": kind, **{name: given[name] for name in fields}}


def _check_identity(identity: str) -> None:
    """Refuse what Twilio asks to avoid: the characters that RFC 3986 reserves, and what can't be shown."""
    reserved = {each for each in identity if each in ":/?#[]@!$&'()*+,;=%" or each.isspace()}
    if reserved or not identity.isprintable() or len(identity) > _LONGEST_IDENTITY:
        raise invalid("an identity has at most 256 characters, none of them reserved in URLs")


def read_routing(
    text: str | None, initiated_by: str, workspace: TaskRouterWorkspace, *, loose: bool
) -> RoutingRequest:
    """Read ``Routing``.

    :param text: the form field.
    :param initiated_by: who begins, from ``Channel``.
    :param workspace: the workspace that it must name.
    :param loose: whether sample SIDs (``WSXXXX…``) stand for the seeded ones.
    :raises ApiError: 400 with 45004 or 45366.
    """
    if text is None:
        raise invalid("Routing is required")
    given = read_object("Routing", text)
    _known("Routing", given, _ROUTING_KEYS)
    target = _object("Routing.properties", given.get("properties"))
    _known("Routing.properties", target, _TARGET_KEYS)
    _choose("workspace_sid", target, (WORKSPACE.sid,), loose=loose, required=True)
    agent = initiated_by == "agent"
    queue = _choose("queue_sid", target, tuple(workspace.queues), loose=loose, required=agent)
    worker = _choose("worker_sid", target, tuple(workspace.workers), loose=loose, required=agent)
    workflow = _choose("workflow_sid", target, tuple(workspace.workflows), loose=loose, required=False)
    return RoutingRequest(
        workflow or WORKFLOW.sid,
        queue,
        worker,
        _task_channel(target, loose=loose),
        _whole_number("priority", target.get("priority", 0), 2**31 - 1),
        _whole_number("timeout", target.get("timeout", _DEFAULT_TIMEOUT), _LONGEST_TIMEOUT),
        _object("Routing.properties.attributes", target.get("attributes")),
    )


def _choose(
    name: str, target: Mapping[str, Any], known: tuple[str, ...], *, loose: bool, required: bool
) -> str | None:
    value = target.get(name)
    if value is None:
        if required:
            raise invalid(f"Routing.properties.{name} is required")
        return None
    if value in known:
        return str(value)
    if loose and isinstance(value, str) and value[:2] == known[0][:2]:
        return known[0]
    raise invalid(f"Routing.properties.{name} {value!r} does not exist")


def _task_channel(target: Mapping[str, Any], *, loose: bool) -> str:
    sid = _choose("task_channel_sid", target, tuple(TASK_CHANNELS), loose=loose, required=False)
    if sid is not None:
        return sid
    name = target.get("task_channel_unique_name") or "default"
    for channel in TASK_CHANNELS.values():
        if channel.unique_name == name:
            return channel.sid
    raise invalid(f"Routing.properties.task_channel_unique_name {name!r} does not exist")


def _whole_number(name: str, value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise invalid(f"Routing.properties.{name} is not a whole number from 0 to {most}")
    return value
