"""Checking arguments that belong together while the DAG is parsed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.channels.base import TEXT_LIMIT
from airflow_provider_flexout.outreach.channels.channel_object import build_channel
from airflow_provider_flexout.outreach.channels.registry import channel_named, normalize_name
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.interaction.request import read_spec
from airflow_provider_flexout.outreach.routing.build import build_routing
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.outreach.values.arguments import (
    check_object,
)
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.outreach.values.plain import check_characters, decoded, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_provider_flexout.mixins.literals.known import Literals

ANY_CONVERSATION = "CH" + "0" * 32
_PEOPLE = ("to", "from_", "from_name", "cc", "bcc", "customer_name")
_OF_A_MESSAGE: dict[str, dict[str, Any]] = {
    "body": {}, "content_sid": {}, "media_sid": {}, "content_variables": {"content_sid": "HX" + "0" * 32},
    "subject": {"body": "text"}, "attributes": {"body": "text"}, "author": {"body": "text"},
}  # fmt: skip
"""The arguments of a message, each with the arguments that it requires."""


def connection_like(to: object = None) -> ConnectionDefaults:
    """Give what a connection may provide, with senders who are not the customer.

    :param to: the customer.
    """
    sender = "+12015550101" if "2015550100" in str(to) else "+12015550100"
    numbers = {"sms_from": sender, "whatsapp_from": f"whatsapp:{sender}", "messenger_from": "messenger:0"}
    mail = {"email_from": "any@sender.invalid", "email_from_name": "Any"}
    sids = {"workspace": "WS", "workflow": "WW", "queue": "WQ", "worker": "WK", "studio_flow": "FW"}
    given: dict[str, Any] = {f"{name}_sid": prefix + "0" * 32 for name, prefix in sids.items()}
    return ConnectionDefaults("any", **given, senders=numbers | mail)


def check_routing(known: Literals, build: Callable[..., Any] = build_routing, **options: Any) -> None:
    """Check the attributes and the routing of an agent's task.

    :param known: the arguments.
    :param build: makes the ``Routing`` object.
    :param options: further arguments of that function.
    :raises InvalidInput: for the first that is wrong.
    """
    attributes, routing = known.part("attributes"), known.part("routing")
    if attributes is not None:
        check_object("attributes", attributes)
        check_characters("attributes", attributes)
    if "routing" not in known and isinstance(routing, Mapping) and not routing:
        return
    build(
        routing,
        attributes=attributes or {},
        defaults=connection_like(),
        validate=known.get("validate", True),
        **options,
    )


def check_people(known: Literals, several: bool = False) -> None:
    """Check the addresses of an outreach, where its channel is known.

    :param known: the arguments.
    :param several: whether ``to`` may be a list.
    :raises InvalidInput: for the first that is wrong.
    """
    given = known.get("channel")
    if isinstance(given, Mapping) or not given:
        return
    channel = channel_named(normalize_name(given))
    people = decoded(known.part("to"))
    listed = several and isinstance(people, (list, tuple))
    spec = read_spec(OutreachSpec(**{name: known[name] for name in _PEOPLE if name in known}))
    channel.check_short_form(spec)
    if listed:
        spec.to = None
    channel.check_types(spec)
    if known.get("validate", True):
        for person in people if listed else [people]:
            if isinstance(person, str) and person:
                channel.check_address("to", channel.normalize(channel.person(person)))
        if spec.from_:
            channel.check_sender("from_", channel.normalize(spec.from_))


def check_outreach(known: Literals, names: Iterable[str], build_request: Callable[..., Any]) -> None:
    """Check the arguments of an outreach.

    :param known: the arguments.
    :param names: all that the class takes of an outreach.
    :param build_request: makes the request, and refuses arguments that cannot be combined.
    :raises InvalidInput: for the first that is wrong.
    """
    if known.has(*names):
        spec = OutreachSpec(**{name: known[name] for name in names})
        _but_from_connection(lambda: build_request(spec, key="", defaults=connection_like(spec.to)), spec)
        return
    check_people(known)
    if isinstance(known.get("channel"), Mapping):
        build_channel(
            OutreachSpec(**{name: known[name] for name in names if name in known}), connection_like()
        )
    check_routing(known, by_agent=False)


def _but_from_connection(check: Callable[[], Any], spec: OutreachSpec) -> None:
    """Check, but accept that a sender is missing, since the connection may provide it."""
    try:
        check()
    except InvalidInput as error:
        if error.argument.startswith("from_") and getattr(spec, error.argument, None) is None:
            return
        raise


def check_message(known: Literals) -> None:
    """Check the arguments of a message.

    :param known: the arguments.
    :raises InvalidInput: for the first that is wrong.
    """
    from airflow_provider_flexout.outreach.message.draft import MessageDraft

    validate = known.get("validate", True)
    channel = known.get("channel")
    one = {"key": "", "conversation_sid": ANY_CONVERSATION} | ({"channel": channel} if channel else {})
    if not (channel or isinstance(known.get("conversation_sid"), str)) and isinstance(known.get("body"), str):
        known = known.also(body=known["body"][: TEXT_LIMIT.most])  # how long it may be is not known
    for name, beside in _OF_A_MESSAGE.items():
        value = known.part(name)
        if value is not None and value != "":
            MessageDraft(**one | beside | {name: value}).check(validate=validate)
    together = ("body", "content_sid", "content_variables", "media_sid", "media", "on_closed_window")
    given = {name: known[name] for name in together if name in known}
    if known.has(*(name for name in together if name != "on_closed_window")) and not given.pop("media", None):
        if isinstance(given.get("body"), str):
            read_text("body", given["body"])
        MessageDraft(**one | given).check(validate=validate)
