"""What can be seen in conversations without participants, whose messages reach nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.outreach.probe.observations import described
from airflow_provider_flexout.outreach.probe.target import LABEL
from airflow_provider_flexout.twilio.api.conversations import (
    create_participant,
    create_studio_webhook,
    fetch_conversation,
    list_conversations,
    update_conversation,
)
from airflow_provider_flexout.twilio.api.messages import create_message
from airflow_provider_flexout.twilio.api.tasks import list_tasks
from airflow_provider_flexout.twilio.http.auth import create_token
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import Conflict, NotFound, RequestRejected, TwilioError
from airflow_provider_flexout.twilio.http.settings import OAuthCredentials

if TYPE_CHECKING:
    from typing import Any

    from airflow_provider_flexout.outreach.probe.observations import Observations
    from airflow_provider_flexout.outreach.probe.resources import ProbeResources
    from airflow_provider_flexout.outreach.probe.target import ProbeTarget
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Call, Procedure

__all__ = ["LONGEST_LAG", "POLL", "probe_client", "probe_conversation", "probe_senders"]

POLL = 1.0
LONGEST_LAG = 30.0
"""Seconds after which something that has not shown counts as not seen."""

_DATES_DIFFER = 2.0
"""Seconds after which two of Twilio's dates, which say whole seconds, differ."""
_UNKNOWN_FIELD = {"FlexoutProbe": "1"}
_FAR_AHEAD = 1000
_INVALID_ADDRESS = 50407

# Numbers that are set aside for fiction: nobody has them. https://nanpa.com/numbering/555-line-numbers
_FICTITIOUS = "+1202555{:04d}"
_SHORT_CODE = "72975"
_USER_ID = "whatsapp:US.13491208655302{:06d}"


def probe_conversation(target: ProbeTarget, resources: ProbeResources, seen: Observations) -> Procedure[None]:
    """Look at one conversation: its name, its dates, its timers, and what is refused in it.

    :param target: whom and what the probe may use.
    :param resources: what the probe makes.
    :param seen: takes what is seen.
    """
    made = yield from resources.new_conversation()
    yield from _measure_name(target, made, seen)
    yield from _observe_dates(made, seen)
    yield from _observe_unknown_fields(target, made, seen)
    if flow_sid := target.defaults.studio_flow_sid:
        ahead = create_studio_webhook(made.sid, flow_sid, replay_after=_FAR_AHEAD)
        yield from _observe_acceptance("replay_ahead", ahead, ErrorCode.UNKNOWN_PARAMETERS, seen)
    else:
        seen.doubt("replay_ahead", "the connection has no studio_flow_sid")
    yield from _observe_order(seen)
    yield from _observe_closed_name(resources, made, seen)


def _measure_name(target: ProbeTarget, made: Conversation, seen: Observations) -> Procedure[None]:
    began = target.clock()
    elapsed = 0.0
    while elapsed <= LONGEST_LAG:
        try:
            yield fetch_conversation(str(made.unique_name))
        except NotFound:
            yield Sleep(POLL)
            elapsed = target.clock() - began
        else:
            seen.measure("name_lag", elapsed)
            return
    seen.add_other("name_lag", f"it took longer than {LONGEST_LAG:.0f} s")


def _observe_dates(made: Conversation, seen: Observations) -> Procedure[None]:
    before = yield fetch_conversation(made.sid)
    yield Sleep(_DATES_DIFFER)
    yield create_message(made.sid, body=LABEL)
    after = yield fetch_conversation(made.sid)
    if _closes(after) == _closes(before) or after.date_updated == before.date_updated:
        yield Sleep(_DATES_DIFFER)  # it may take a moment to show
        after = yield fetch_conversation(made.sid)
    if before.date_updated and after.date_updated:
        seen.add("date_updated", "move" if after.date_updated > before.date_updated else "keep")
    if _closes(before) and _closes(after):
        seen.add("timers_from", "last_message" if _closes(after) > _closes(before) else "creation")
    else:
        seen.doubt("timers_from", "the conversation did not show when it closes")


def _closes(conversation: Conversation) -> str:
    return str((conversation.timers or {}).get("date_closed") or "")


def _observe_unknown_fields(target: ProbeTarget, made: Conversation, seen: Observations) -> Procedure[None]:
    update = update_conversation(made.sid, attributes={})
    listing = list_conversations(page_size=1)
    tasks = list_tasks(target.workspace_sid, page_size=1)
    for call in (
        replace(update, form={**update.form, **_UNKNOWN_FIELD}),
        replace(listing, query={**listing.query, **_UNKNOWN_FIELD}),
        replace(tasks, query={**tasks.query, **_UNKNOWN_FIELD}),
    ):
        code = yield from _refused_with("unknown_fields", call, seen)
        if code is not None:
            seen.add("unknown_fields", "refuse" if code else "ignore")


def _refused_with(setting: str, call: Call[Any], seen: Observations) -> Procedure[int | None]:
    """Send a call, and give the code with which it was refused: 0 where it was accepted.

    :returns: ``None`` where that is not clear.
    """
    try:
        yield call
    except RequestRejected as error:
        if error.code and error.status not in (401, 403):
            return error.code
        seen.doubt(setting, described(error))
    except TwilioError as error:
        seen.doubt(setting, described(error))
    else:
        return 0
    return None


def _observe_acceptance(
    setting: str, call: Call[Any], refusal: int, seen: Observations
) -> Procedure[str | None]:
    code = yield from _refused_with(setting, call, seen)
    if code not in (None, 0, refusal):
        seen.doubt(setting, f"{call.name} was refused with code {code}, not with {refusal}")
        return None
    if code is None:
        return None
    choice = "refuse" if code else "accept"
    seen.add(setting, choice)
    return choice


def _observe_order(seen: Observations) -> Procedure[None]:
    page = yield list_conversations()
    dates = [one.date_created for one in page.items if one.date_created]
    if len(set(dates)) < 2:
        return  # of a new account's first conversation
    if dates == sorted(dates):
        seen.add("list_order", "oldest_first")
    elif dates == sorted(dates, reverse=True):
        seen.add("list_order", "newest_first")
    else:
        seen.add_other("list_order", "they are not in the order of their dates")


def _observe_closed_name(
    resources: ProbeResources, made: Conversation, seen: Observations
) -> Procedure[None]:
    yield update_conversation(made.sid, state="closed")
    try:
        another = yield from resources.name_again(str(made.unique_name))
    except Conflict as error:
        if error.code != ErrorCode.CONVERSATION_NAME_TAKEN:
            seen.doubt("closed_name", described(error))
            return
        # If an earlier request of this call took the name, another conversation has it now.
        holder = yield fetch_conversation(str(made.unique_name))
        seen.add("closed_name", "kept" if holder.sid == made.sid else "freed")
    else:
        seen.add("closed_name", "kept" if another.sid == made.sid else "freed")


def probe_senders(
    target: ProbeTarget, resources: ProbeResources, seen: Observations, number: int
) -> Procedure[None]:
    """Look at which addresses a conversation takes. Nothing is written in it, so nobody gets anything.

    :param target: whom and what the probe may use.
    :param resources: what the probe makes.
    :param seen: takes what is seen.
    :param number: of this look, from 1; each takes other numbers.
    """
    made = yield from resources.new_conversation()
    invalid_sender = ErrorCode.BINDING_PROXY_ADDRESS_INVALID
    unknown = create_participant(
        made.sid, address=_FICTITIOUS.format(100 + number), proxy_address=_FICTITIOUS.format(150 + number)
    )
    choice = yield from _observe_acceptance("unknown_sender", unknown, invalid_sender, seen)
    if choice == "accept":
        short_code = create_participant(
            made.sid, address=_FICTITIOUS.format(110 + number), proxy_address=_SHORT_CODE
        )
        yield from _observe_acceptance("short_code", short_code, invalid_sender, seen)
    else:
        seen.doubt("short_code", "only the account's own senders are accepted, so no short code is")
    if ours := target.defaults.senders.get("whatsapp_from"):
        address = _USER_ID.format(number)
        sender = channel_of(address).normalize(ours)
        user = create_participant(made.sid, address=address, proxy_address=sender)
        yield from _observe_acceptance("user_id_participant", user, _INVALID_ADDRESS, seen)
    else:
        seen.doubt("user_id_participant", "the connection has no whatsapp_from")


def probe_client(seen: Observations) -> Procedure[None]:
    """Look at how credentials of an OAuth client that does not exist are refused.

    :param seen: takes what is seen.
    """
    try:
        yield create_token(OAuthCredentials("OQ" + "0" * 32, "0" * 32))
    except TwilioError as error:
        if error.status in (400, 401):
            seen.add("wrong_client", str(error.status))
        else:
            seen.doubt("wrong_client", described(error))
