"""A follow-up as a value: its steps, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.inbox.checks import CUSTOMER, read_levels
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.values.durations import Duration, read_duration
from airflow_provider_flexout.twilio.http.redaction import masked_repr

STEP_FIELDS = (
    "body",
    "content_sid",
    "content_variables",
    "on_closed_window",
    "media_sid",
    "subject",
    "attributes",
)


@dataclass(frozen=True, slots=True, repr=False)
class Step:
    """One message, and when it is due.

    :param after: how long the customer must not have replied, counted from the message before it.
    :param draft: the message.
    """

    after: timedelta
    draft: MessageDraft


@dataclass(frozen=True, slots=True, repr=False)
class Cadence:
    """A follow-up in one conversation.

    :param conversation_sid: ``CH…``.
    :param steps: the steps in their order.
    :param last_wait: how long a reply to the last step is waited for.
    :param levels: in a mail, the levels of those whose reply ends it.
    """

    conversation_sid: str
    steps: tuple[Step, ...]
    last_wait: timedelta
    levels: tuple[str, ...] = CUSTOMER

    @property
    def keys(self) -> dict[str, int]:
        """The number of each step, by the key of its message."""
        return {step.draft.key: number for number, step in enumerate(self.steps)}


def check_step(number: int, names: Iterable[Any], given: Mapping[str, Any]) -> timedelta:
    """Check the fields of a step by themselves; some may not be known yet.

    :param number: its place among the steps, from 0.
    :param names: the names of its fields.
    :param given: the fields that are known.
    :returns: its ``after``; zero where that is not known.
    :raises InvalidInput: for the first field that is wrong.
    """
    where = f"steps[{number}]"
    if unknown := sorted(map(str, set(names) - {"after", *STEP_FIELDS})):
        raise InvalidInput(where, f"has no {masked_repr(unknown[0])}, only after, {', '.join(STEP_FIELDS)}.")
    if given.get("on_closed_window", "fail") not in ("fail", "template"):
        raise InvalidInput(where, 'on_closed_window must be "fail" or "template"; a step is not skipped.')
    return read_duration(where, given["after"]) if "after" in given else timedelta()


def plan_step(
    number: int,
    given: Mapping[str, Any],
    *,
    key: str,
    conversation_sid: str,
    author: str | None = None,
    validate: bool = True,
    shared_key: bool = False,
    source: Mapping[str, Any] | None = None,
) -> Step:
    """Check a step.

    :param number: its place among the steps, from 0.
    :param given: the step.
    :param key: of the follow-up.
    :param conversation_sid: ``CH…``.
    :param author: as for :func:`plan_cadence`, and so are the others.
    :param validate: whether SIDs are checked.
    :param shared_key: whether the key is the user's own.
    :param source: the DAG, run, task and map index behind it.
    :raises InvalidInput: for the first field that is missing or wrong.
    """
    where = f"steps[{number}]"
    if not isinstance(given, Mapping) or "after" not in given:
        raise InvalidInput(where, 'needs "after": how long to wait for a reply.')
    after = check_step(number, given, given)
    fields = {name: given[name] for name in STEP_FIELDS if name in given}
    draft = MessageDraft(
        durable.step_key(key, number),
        conversation_sid,
        author=author,
        shared_key=shared_key,
        source=source,
        **fields,
    )
    try:
        draft.check(validate=validate)
    except InvalidInput as error:
        if error.argument == "conversation_sid":
            raise
        raise InvalidInput(where, str(error)) from error
    return Step(after, draft)


def plan_cadence(
    *,
    key: str,
    conversation_sid: str,
    steps: Sequence[Mapping[str, Any]],
    author: str | None = None,
    last_wait: Duration | None = None,
    levels: str | Sequence[str] = CUSTOMER,
    validate: bool = True,
    shared_key: bool = False,
    source: Mapping[str, Any] | None = None,
) -> Cadence:
    """Check the arguments of a follow-up; nothing is sent.

    :param key: what all attempts at it share.
    :param conversation_sid: ``CH…``.
    :param steps: the steps, each ``{"after": "4h", "body": …}`` or with the other fields of a message.
    :param author: the author of the messages; ``None`` for Twilio's default.
    :param last_wait: how long a reply to the last step is waited for; by default, as long as before that
        step.
    :param levels: in a mail, the levels of those whose reply ends it.
    :param validate: whether SIDs are checked.
    :param shared_key: whether the key is the user's own, so that other tasks and runs may use it at any time.
    :param source: the DAG, run, task and map index behind it, for people.
    :raises InvalidInput: for the first argument that is missing or wrong.
    """
    if isinstance(steps, (str, Mapping)) or not isinstance(steps, Sequence) or not steps:
        raise InvalidInput("steps", 'write a list of at least one {"after": "4h", "body": "…"}.')
    shared: dict[str, Any] = {
        "author": author,
        "validate": validate,
        "shared_key": shared_key,
        "source": source,
    }
    planned = [
        plan_step(number, given, key=key, conversation_sid=conversation_sid, **shared)
        for number, given in enumerate(steps)
    ]
    wait = planned[-1].after if last_wait is None else read_duration("last_wait", last_wait)
    return Cadence(conversation_sid, tuple(planned), wait, read_levels(levels))
