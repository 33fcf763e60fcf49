"""Every name and format that outlives a process: what is left at Twilio, in Airflow's database or in a file.

An upgrade may come between any two steps of an outreach. The next step then runs new code on what old code
left behind, and it contacts the customer a second time if it does not recognise it. So nothing in this module
changes, unless a reader for what older versions left behind stays beside it; ``docs/stability.md`` says how
such a change is made. A golden test pins the bytes of everything here, and fails for each single change.

No other module of the product spells these names. The module imports nothing when it is imported, since
operators import it when a DAG file is parsed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

# Keys. A key is what all attempts at one outreach share and no other outreach has: "fx" and 32 hexadecimal
# digits of SHA-256 over the JSON list of its parts. It holds no hyphen, since TaskRouter's expressions allow
# none. Lists of different length or order are different JSON, so two kinds of key cannot meet by accident.

KEY_PREFIX = "fx"
KEY_DIGITS = 32
KEY_LENGTH = 34
FINGERPRINT_DIGITS = 16
PSEUDONYM_DIGITS = 32


class KeyKind:
    """The first part of a key: what the outreach is, so that two kinds never share a key."""

    INTERACTION = "interaction"
    MESSAGE = "message"
    INVITE = "invite"
    TRANSFER = "transfer"
    FOLLOW_UP = "follow_up"
    SCHEDULE = "schedule"
    CAMPAIGN = "campaign"
    CONVERSATION = "conversation"
    PARK = "park"
    NOTIFICATION = "notice"


def derive_key(*parts: str | int) -> str:
    """Make a key of its parts.

    :param parts: in their order; the functions below say which parts make which key.
    """
    return KEY_PREFIX + _digest(*parts)


def task_key(
    kind: str, dag_id: str, run_id: str, logical_date: datetime | None, task_id: str, map_index: int
) -> str:
    """Make the default key: the same for every try of a task, on any worker.

    :param kind: one of :class:`KeyKind`.
    :param dag_id: of the task.
    :param run_id: of its run; it counts only where the run has no logical date.
    :param logical_date: of its run, aware; ``None`` where it has none.
    :param task_id: of the task.
    :param map_index: of the task, -1 unless it is mapped.
    """
    return derive_key(kind, dag_id, *_run(run_id, logical_date), task_id, map_index)


def campaign_key(dag_id: str, run_id: str, logical_date: datetime | None, task_id: str) -> str:
    """Make the key of a campaign without a name of its own: one for all parts of a mapped task.

    The parameters are those of :func:`task_key`.
    """
    return derive_key(dag_id, *_run(run_id, logical_date), task_id)


def user_text_key(kind: str, text: str) -> str:
    """Make the key from the user's own ``idempotency_key``, or from the name of a campaign.

    :param kind: one of :class:`KeyKind`.
    :param text: the user's.
    """
    return derive_key("given", kind, text)


def contact_key(kind: str, campaign: str, contact_id: str) -> str:
    """Make the key of one contact's interaction or message in a campaign.

    :param kind: one of :class:`KeyKind`.
    :param campaign: the campaign's key.
    :param contact_id: what tells the contact from all others of the campaign.
    """
    return derive_key("bulk", kind, campaign, contact_id)


def step_key(follow_up: str, number: int) -> str:
    """Make the key of one step's message in a follow-up.

    :param follow_up: the follow-up's key.
    :param number: of the step, from 0.
    """
    return derive_key("step", follow_up, number)


def alert_key(alert: str, person: str, records: Iterable[str]) -> str:
    """Make the ``idempotency_key`` of what an alert tells one person.

    :param alert: the alert's name.
    :param person: who is contacted.
    :param records: what tells their rows apart, in any order.
    """
    return derive_key("alert", alert, person, *sorted(set(records)))


def notification_kind(recipient: str) -> str:
    """Give the kind of a key that a user gave for a notification: a different kind for each recipient.

    :param recipient: a digest of whom it goes to, or a conversation.
    """
    return f"{KeyKind.NOTIFICATION} {recipient}"


def notification_key(recipient: str, event: Any) -> str:
    """Make the key of a notification about one event.

    The run's id counts here, not its logical date: an event is of one run, and some of Airflow's contexts
    name a run by its id only, such as that of a DAG's callback when no task is known to have ended last. With
    the date in it, one event would have two keys, and the events of one run would make two groups.

    :param recipient: a digest of whom it goes to, or a conversation.
    :param event: the event, with the kind of what happened and its ids, which are ``None`` where Airflow's
        context does not name them.
    """
    parts = fields(event, ("kind", "dag_id", "run_id", "task_id", "map_index", "deadline_id")).values()
    return derive_key(KeyKind.NOTIFICATION, recipient, *("" if part is None else part for part in parts))


def group_key(recipient: str, event: Any, group_by: str, period: int | None) -> str:
    """Make the key of a notification that stands for a group of events.

    :param recipient: a digest of whom it goes to, or a conversation.
    :param event: one of the events.
    :param group_by: ``dag``, ``run``, ``task``, or a name of the user's own, which takes in all DAGs.
    :param period: the number of the period in which the group makes one notification, if there is one.
    """
    ids: tuple[str, ...] = ()
    if group_by == "dag":
        ids = ("dag_id",)
    elif group_by == "run":
        ids = ("dag_id", "run_id")
    elif group_by == "task":
        ids = ("dag_id", "task_id")
    parts = (*fields(event, ids).values(), period)
    group = ("" if part is None else part for part in parts)
    return derive_key("notices", recipient, event.kind, group_by, *group)


def recovery_key(recipient: str, message_sid: str) -> str:
    """Make the key of the notification that the failure in an earlier notification is over.

    :param recipient: a digest of whom it goes to, or a conversation.
    :param message_sid: the message that told of the failure, ``IM…``.
    """
    return derive_key(EVENT_RECOVERED, recipient, message_sid)


def fingerprint(channel: str, address: str | None, conversation_sid: str | None) -> str:
    """Make a short digest by which two outreaches under one key are told apart.

    :param channel: ``sms``, ``whatsapp``, and so on.
    :param address: the customer's address or chat identity.
    :param conversation_sid: the existing conversation that is to be routed, where one was given.
    """
    return _digest(channel, address, conversation_sid)[:FINGERPRINT_DIGITS]


def pseudonym(secret: str, person: str) -> str:
    """Make a person's pseudonym for tables: always the same, and traced back only with the secret.

    :param secret: the key of the hash.
    :param person: the canonical form of their address, equal on every channel on which they are one person.
    """
    import hashlib
    import hmac

    return hmac.new(secret.encode(), person.encode(), hashlib.sha256).hexdigest()[:PSEUDONYM_DIGITS]


def _run(run_id: str, logical_date: datetime | None) -> tuple[str, ...]:
    """Name a run: by its logical date where it has one, else by its id.

    A run that is deleted and made anew, by hand or by a backfill, has the same logical date and another id.
    """
    return (run_id,) if logical_date is None else ("logical_date", utc_text(logical_date))


def utc_text(moment: datetime) -> str:
    """Write a moment in ISO 8601 and UTC: one text for one moment, whatever its zone and its class.

    :param moment: aware; a naive one is taken for UTC, never for the time of the machine.
    """
    from datetime import datetime, timedelta

    # Subclasses, such as pendulum's, write themselves differently, so only the numbers are taken.
    plain = datetime(  # noqa: DTZ001 - the offset is taken off in the next line
        moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, moment.microsecond
    )
    return (plain - (moment.utcoffset() or timedelta(0))).isoformat() + "+00:00"


def _digest(*parts: str | int | None) -> str:
    import hashlib
    import json

    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:KEY_DIGITS]


# At Twilio: unique names of conversations, and attributes of conversations, messages and tasks.

UNIQUE_NAME_PREFIX = "flexout_"
LOCK_NAME_PREFIX = "flexout_lock_"
PROBE_NAME_PREFIX = "flexout_probe_"

RECORD_ATTRIBUTE = "flexout"
"""Of a conversation: the record of its outreach."""
ROUTING_RECORD_ATTRIBUTE = "flexout_routing"
"""Of a conversation that began without an agent: the record of the outreach that routed it to one."""
REPLY_RECORD_ATTRIBUTE = "flexout_on_reply"
"""Of a conversation that was there already: the record of the outreach that took it up and said what routes
the customer's reply from then on."""
LOCK_ATTRIBUTE = "flexout_lock"
"""Of the empty conversation that stands for a lock: who holds it."""
PARKED_ATTRIBUTE = "flexout_parked"
"""Of a conversation: the attributes of the task that it had before it was parked."""
PARKED_BY_ATTRIBUTE = "flexout_parked_by"
"""Of a conversation: the keys of what parked it, newest last, each with the tasks that it had by then."""
PARKED_BY_KEPT = 10
KEY_ATTRIBUTE = "flexout_key"
"""Of a message and of a task: the key."""
SOURCE_ATTRIBUTE = "flexout_source"
"""Of a message: the DAG, run, task and map index behind it, for people."""
EVENT_ATTRIBUTE = "flexout_event"
"""Of a notification: the kind of event that it is about. Those of earlier versions may lack it."""

PROBE_ATTRIBUTE = "flexout_probe"
"""Of a task: the probe that made it."""

EVENT_FAILURE = "failure"
EVENT_DEADLINE = "deadline"
EVENT_RECOVERED = "recovered"


def unique_name(key: str) -> str:
    """Name the conversation of an outreach; Twilio lets the name exist once.

    :param key: the outreach's.
    """
    return UNIQUE_NAME_PREFIX + key


def lock_name(key: str) -> str:
    """Name the empty conversation that stands for a lock.

    :param key: what is locked.
    """
    return LOCK_NAME_PREFIX + key


def probe_name(probe_id: str, number: int) -> str:
    """Name a conversation that a probe makes.

    :param probe_id: what tells the probe from all others.
    :param number: of the conversation, from 1.
    """
    return f"{PROBE_NAME_PREFIX}{probe_id}_{number}"


def visibility_name(key: str, where: str) -> str:
    """Name the empty conversation whose age says how long attempts have looked for what was sent earlier.

    :param key: of what the attempts send.
    :param where: the SID of what it is sent into; empty where it makes that itself.
    """
    return lock_name(derive_key("visibility", key, where))


# The record of an outreach, in the attributes of its conversation. A field that an older reader may overlook
# is added without a new version number. The number grows when a reader that does not know of the change could
# contact the customer a second time, and such a reader refuses the record. "key" and "source" keep their
# places in every version.

RECORD_VERSION = 1
PIPELINE = "pipeline"
"""In a record: the pipeline routes the customer's reply. It is the value of ``on_reply`` too."""
RECORD_SIDS = ("interaction_sid", "channel_sid", "task_sid", "invite_sid")
SOURCE_FIELDS = ("dag_id", "run_id", "task_id", "map_index")
SOURCE_CAMPAIGN, SOURCE_CONTACT = "campaign", "contact"
"""In the source of a campaign's outreach: its name and the contact's id, each only where there is one."""


def write_record(record: Any) -> dict[str, Any]:
    """Write a record as plain JSON.

    :param record: an ``OutreachRecord``.
    """
    written: dict[str, Any] = {
        "v": RECORD_VERSION,
        "key": record.key,
        "to": record.to,
        "channel": record.channel,
        "fingerprint": record.fingerprint,
        "claim": {"by": record.lease_holder, "within": record.lease_ttl},
    }
    if record.source:
        written["source"] = dict(record.source)
    if record.sids:
        written["sids"] = dict(record.sids)
    if record.first_message_sid:
        written["greeted"] = record.first_message_sid
    if record.on_reply:
        written["on_reply"] = record.on_reply
    if record.campaign:
        written["campaign"] = record.campaign
    return written


def record_version(record: Mapping[str, Any]) -> Any:
    """Give the version of a record; those of before there were versions are the first.

    :param record: as it was found; anybody may have changed it.
    """
    return record.get("v", 1)


def read_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Read a record of :data:`RECORD_VERSION`, as the arguments of ``OutreachRecord``.

    :param record: as it was found; anybody may have changed it.
    :raises ValueError: when it is damaged; it names the field, and not what stands there.
    """
    from airflow_provider_flexout.outreach.stored_fields import (
        mapping_in,
        scalar_in,
        seconds_in,
        text_in,
        texts_in,
    )

    lease = mapping_in(record, "claim", {})
    return {
        "key": scalar_in(record, "key"),
        "to": scalar_in(record, "to"),
        "channel": scalar_in(record, "channel"),
        "fingerprint": scalar_in(record, "fingerprint"),
        "lease_holder": scalar_in(lease, "by"),
        "lease_ttl": seconds_in(lease, "within"),
        "source": mapping_in(record, "source"),
        "sids": texts_in(record, "sids"),
        "first_message_sid": text_in(record, "greeted"),
        "on_reply": text_in(record, "on_reply"),
        "campaign": text_in(record, "campaign"),
    }


def write_parked_by(parked_by: Any, key: str, task_sids: Iterable[str]) -> dict[str, Any]:
    """Write what parks a conversation, for :data:`PARKED_BY_ATTRIBUTE`.

    :param parked_by: what stands there; anybody may have changed it.
    :param key: of what parks it.
    :param task_sids: the tasks of the agents who have it, ``WT…``.
    """
    earlier = parked_by if isinstance(parked_by, dict) else {}
    kept = {name: value for name, value in earlier.items() if name != key} | {key: list(task_sids)}
    while len(kept) > PARKED_BY_KEPT:
        del kept[next(iter(kept))]
    return kept


def tasks_before_parking(parked_by: Any, key: str) -> list[Any] | None:
    """Give the tasks that a conversation had before it was parked; ``None`` where that key parked nothing.

    :param parked_by: what :func:`write_parked_by` wrote; anybody may have changed it.
    :param key: of what may have parked it.
    """
    if not isinstance(parked_by, dict):
        return None
    task_sids = parked_by.get(key)
    return task_sids if isinstance(task_sids, list) else None


def attribute_key(attributes: Mapping[str, Any]) -> str | None:
    """Give the key among the attributes of a message; ``None`` where there is none.

    :param attributes: as they were found; anybody may have changed them.
    """
    key = attributes.get(KEY_ATTRIBUTE)
    return key or None if isinstance(key, str) else None


def record_key(record: Any) -> str | None:
    """Give the key of a record of any version; ``None`` where it is no record.

    :param record: what was found in its place.
    """
    key = record.get("key") if isinstance(record, dict) else None
    return str(key) if key else None


def record_campaign(record: Any) -> str | None:
    """Give the key of the campaign of a record of any version; ``None`` where there is none.

    :param record: what was found in its place.
    """
    return record.get("campaign") if isinstance(record, dict) else None


def record_on_reply(record: Any) -> str | None:
    """Give what routes the customer's reply by a record of any version; ``None`` where there is nothing.

    :param record: what was found in its place.
    """
    return record.get("on_reply") if isinstance(record, dict) else None


def record_sids(record: Any) -> dict[str, Any] | None:
    """Give the SIDs in a record of any version; ``None`` where there are none.

    :param record: what was found in its place.
    """
    sids = record.get("sids") if isinstance(record, dict) else record
    return sids if isinstance(sids, dict) else None


def record_channel(record: Any) -> str | None:
    """Give the channel of a record of any version; ``None`` where there is none.

    :param record: what was found in its place.
    """
    channel = record.get("channel") if isinstance(record, dict) else None
    return str(channel) if channel else None


def record_source(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give the source of a record of any version.

    :param record: as it was found.
    """
    source = record.get("source")
    return dict(source) if isinstance(source, dict) else None


def campaign_source(
    source: Mapping[str, Any] | None, campaign: str | None, contact_id: str | None
) -> dict[str, Any]:
    """Name the campaign and the contact beside the task behind an outreach.

    :param source: the DAG, run, task and map index.
    :param campaign: the campaign's name; ``None`` where its user gave none.
    :param contact_id: the contact's; ``None`` where it has none that may be written down.
    """
    named = {SOURCE_CAMPAIGN: campaign, SOURCE_CONTACT: contact_id}
    return {**(source or {}), **{name: value for name, value in named.items() if value is not None}}


# In Airflow's database: runs, state stores, triggers and what their tasks come back to, XComs, assets.

RUN_ID_PREFIX = "flexout__"


def scheduled_run_id(key: str, dag_id: str, conversation_sid: str) -> str:
    """Name the run that is scheduled for a conversation.

    :param key: of the task that schedules it.
    :param dag_id: the DAG that will run.
    :param conversation_sid: ``CH…``.
    """
    return RUN_ID_PREFIX + derive_key(key, dag_id, conversation_sid)


REPLY_STATE = "flexout_waits_after"
"""In a task's state store: the reply sensor's waiter."""
INBOX_STATE = "flexout_replies"
"""In an asset's state store: which replies have been reported."""
INBOX_STATE_AT, INBOX_STATE_TOLD = "at", "told"
INBOX_STATE_SINCE = "since"
"""What was written before it is not reported. Older versions do not write it: then, an hour before ``at``."""
INBOX_STATE_PLACE = "place"
"""In the queue of events, of the last that was read. Left out where there is none, as by older versions."""

EXECUTE_COMPLETE = "execute_complete"
EXECUTE_AFTER_HOLD = "execute_after_hold"
EXECUTE_AFTER_WAIT = "execute_after_wait"
EXECUTE_WHEN_DUE = "execute_when_due"

POLL_TRIGGER = "airflow_provider_flexout.triggers.poll.PollTrigger"
POLL_TRIGGER_ARGUMENTS = ("waiter", "flexout_conn_id", "started_at", "deadline", "resume_data")
TIMER_TRIGGER = "airflow_provider_flexout.triggers.timer.TimerTrigger"
# A subclass of this one, which users may write, gives its own path.
REPLY_TRIGGER = "airflow_provider_flexout.triggers.reply.FlexReplyTrigger"
REPLY_TRIGGER_ARGUMENTS = ("dag_id", "task_id", "poll_interval", "days", "flexout_conn_id")
REPLY_TRIGGER_REQUESTS = "requests_per_round"
"""Left out where it was not given, as older versions write the arguments."""


def timer_arguments(until: datetime, resume_data: dict[str, Any] | None) -> dict[str, Any]:
    """Write the arguments of the timer's trigger, which are its event as well.

    :param until: when it fires.
    :param resume_data: what its task needs when it resumes.
    """
    return {TIMER_UNTIL: until.isoformat(), EVENT_RESUME_DATA: resume_data}


EVENT_FOUND, EVENT_TIMED_OUT, EVENT_ERROR, EVENT_PERMANENT = "found", "timed_out", "error", "permanent"
EVENT_WAITER, EVENT_RESUME_DATA = "waiter", "resume_data"
RESUME_ANCHOR, RESUME_HOLD = "anchor", "hold"
RESUME_DUE = "due"
"""Until when a follow-up waits, in seconds since 1970 by Twilio's clock. Older triggers do not have it."""
RESUME_TIME_LIMIT = "time_limit"
"""When ``execution_timeout`` ends a deferred task, in seconds since 1970; only where it has one."""
TIMER_UNTIL = "until"
HELD_SINCE, HELD_BY = "held_since", "held_by"
ANCHOR_FIELDS = ("after", "asked_at")
DELIVERY_WAIT_FIELDS = ("try_began", "wait_began", "outcomes", "pages")
"""What a campaign needs when it resumes to read receipts: when its try and its wait began, in seconds since
1970; how many contacts ended how; and how many XComs hold the messages."""

WAITER_KIND = "kind"
WAITER_INTERACTION, WAITER_MESSAGE, WAITER_REPLY = "interaction", "message", "reply"
WAITER_REPLY_LEVELS = "levels"
"""Whose mails count as a reply; left out where only the customer's do, as older versions write it."""
WAITER_FIELDS = {
    WAITER_INTERACTION: ("workspace_sid", "interaction_sid", "channel_sid", "task_sid", "until"),
    WAITER_MESSAGE: ("conversation_sid", "message_sid", "until"),
    WAITER_REPLY: ("conversation_sid", "after", "asked_at"),
}

INTERACTION_FIELDS = (
    "interaction_sid",
    "channel_sid",
    "conversation_sid",
    "task_sid",
    "invite_sid",
    "channel_type",
    "created",
)
CONVERSATION_FIELDS = ("conversation_sid", "participant_sid", "webhook_sid", "channel_type", "created")
MESSAGE_FIELDS = ("message_sid", "conversation_sid", "index", "created")
INVITE_FIELDS = ("interaction_sid", "channel_sid", "invite_sid", "task_sid", "created")
REPLY_FIELDS = (
    "conversation_sid",
    "replied",
    "message_sids",
    "count",
    "time_to_reply",
    "participant_sid",
)
OUTCOME_FIELDS = (
    "worker_sid",
    "time_to_accept",
    "duration",
    "inbound_messages",
    "outbound_messages",
    "wrap_up",
)
TRANSFER_FIELDS = ("outreaches", "messages", "unknown_tasks", "deleted")
INBOUND_MESSAGE_FIELDS = (
    "message_sid",
    "conversation_sid",
    "index",
    "participant_sid",
    "written_at",
    "source",
)
INBOUND_MESSAGE_REPEATED = "repeated"
"""Of an event that repeats the one before it. Older versions take it for a reply that is reported again."""

XCOM_SKIP_REASON = "skip_reason"
XCOM_DELIVERY_STATUS = "delivery_status"
XCOM_OUTCOME = "outcome"
XCOM_SUMMARY = "summary"
XCOM_PROGRESS = "progress"
XCOM_UNCONFIRMED = "unconfirmed"
"""A count in a campaign's summary; with a number behind it, a list of the messages that are waited for."""
UNCONFIRMED_FIELDS = ("line", "outcome", "conversation_sid", "message_sid")
XCOM_LEFT = "left"
XCOM_RUN_AFTER = "run_after"
XCOM_RUN_ID = "run_id"
XCOM_CONVERSATION_SID = "conversation_sid"
XCOM_ALERT = "alert"
XCOM_TASK_LINK = "_link_flex_task"
XCOM_CONVERSATION_LINK = "_link_conversation"


def unconfirmed_page(number: int) -> str:
    """Name the XCom of some of the messages of a campaign whose receipts are waited for.

    :param number: of the XCom, from 0.
    """
    return f"{XCOM_UNCONFIRMED}_{number}"


def follow_up_result(ended: Any, conversation_sid: str) -> dict[str, Any]:
    """Write the result of a follow-up, of which each field is an XCom too.

    :param ended: how it ended, an ``Ended``.
    :param conversation_sid: ``CH…``.
    """
    return {
        XCOM_OUTCOME: ended.outcome,
        "step": ended.state.step,
        "message_sids": list(ended.state.message_sids),
        "reply_sids": list(ended.state.reply_sids),
        "time_to_reply": ended.state.time_to_reply,
        XCOM_CONVERSATION_SID: conversation_sid,
    }


def follow_up_progress(waiting: Any, total: int, until: str) -> dict[str, Any]:
    """Write the progress of a follow-up, the XCom :data:`XCOM_PROGRESS`.

    :param waiting: what it waits for, a ``Waiting``.
    :param total: how many steps there are.
    :param until: when it goes on at the latest.
    """
    return {
        "step": waiting.state.step,
        "of": total,
        "message_sids": list(waiting.state.message_sids),
        "waiting_until": until,
        "held": bool(waiting.hold),
    }


# On a queue, and in the asset events that watchers of queues make: an event that Twilio pushed. The version
# grows when a reader that does not know of the change would take the event for something else. A payload
# without one is FlexReplyTrigger's, whose fields a reply has here too.

PUSHED_VERSION = 1
PUSHED_REPLY, PUSHED_MESSAGE, PUSHED_RECEIPT, PUSHED_TASK, PUSHED_CHANNEL = (
    "reply",
    "message",
    "receipt",
    "task",
    "channel",
)
PUSHED_FIELDS = {
    PUSHED_REPLY: INBOUND_MESSAGE_FIELDS,
    PUSHED_MESSAGE: INBOUND_MESSAGE_FIELDS,
    PUSHED_RECEIPT: ("message_sid", "conversation_sid", "participant_sid", "status", "error_code", "at"),
    PUSHED_TASK: ("task_sid", "conversation_sid", "interaction_sid", "status", "at"),
    PUSHED_CHANNEL: (
        "interaction_sid",
        "channel_sid",
        "conversation_sid",
        "task_sid",
        "status",
        "error_code",
        "at",
    ),
}
PUSHED_TIMES = ("written_at", "at")


def write_event(event: Any) -> dict[str, Any]:
    """Write an event as plain JSON.

    :param event: an ``Event``.
    """
    moment = event.time.isoformat() if event.time else None
    return {"v": PUSHED_VERSION, "kind": event.kind} | {
        name: moment if name in PUSHED_TIMES else getattr(event, name) for name in PUSHED_FIELDS[event.kind]
    }


def event_version(payload: Mapping[str, Any]) -> Any:
    """Give the version of an event, which is the first where it names none.

    :param payload: as it was found.
    """
    return payload.get("v", 1)


def read_event(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Read an event of :data:`PUSHED_VERSION`, as the arguments of ``Event``; the time as it is written.

    :param payload: as it was found.
    """
    kind = str(payload.get("kind", PUSHED_REPLY))
    names = PUSHED_FIELDS.get(kind, ())
    return {"kind": kind} | {"time" if name in PUSHED_TIMES else name: payload.get(name) for name in names}


def write_repetition(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Write an event that reports nothing new.

    :param payload: of the event that it repeats.
    """
    return {**payload, INBOUND_MESSAGE_REPEATED: True}


def is_repetition(payload: Mapping[str, Any]) -> bool:
    """Say whether :func:`write_repetition` wrote an event.

    :param payload: as it was found.
    """
    return payload.get(INBOUND_MESSAGE_REPEATED) is True


ASSET_SCHEME = "flexout"
ASSET_KINDS = ("alerts", "replies")
ALERT_FIELDS = ("name", "source", "data", "failures")


def fields(value: object, names: Iterable[str]) -> dict[str, Any]:
    """Write an object's fields as plain JSON, under the names that are pinned here.

    :param value: it has an attribute of each name.
    :param names: one of the lists above.
    """
    return {name: getattr(value, name) for name in names}


# In Redis, between the relay and whoever waits.

EVENTS_STREAM = EVENTS_CHANNEL = "flexout-events"
"""In Redis: the key of the stream of events, and the name of the channel on which each is published, too."""
EVENTS_STREAM_FIELD = "event"
"""Of an entry of the stream: the event as JSON."""


# In a file: what became of each contact of a campaign, a line of JSON each.


RESULT_SIDS = ("interaction_sid", "channel_sid", "conversation_sid", "task_sid", "invite_sid")
RESULT_SIDS_WITHOUT_AGENT = ("conversation_sid", "participant_sid", "webhook_sid")


def result_line(result: Any) -> str:
    """Write a line of the results, without its end.

    :param result: a contact's ``Result``.
    """
    import json

    line: dict[str, Any] = {"line": result.line, "id": result.id, "outcome": result.outcome.value}
    if result.reason:
        line["reason"] = result.reason
    if result.opened:
        without_agent = not hasattr(result.opened, "interaction_sid")
        line |= fields(result.opened, RESULT_SIDS_WITHOUT_AGENT if without_agent else RESULT_SIDS)
    if result.message_sid:
        line["message_sid"] = result.message_sid
    return json.dumps(line, ensure_ascii=False)


def add_delivery(line: str, delivery: Any, reason: str | None) -> str:
    """Add to a line of the results what became of the message.

    :param line: as :func:`result_line` wrote it, or this function did.
    :param delivery: the message's ``MessageDelivery``, of which the first look may have told nothing yet.
    :param reason: why the message did not arrive, in a sentence; ``None`` where it did, or still may.
    """
    import json

    written = json.loads(line)
    if reason:
        written["outcome"] = "undelivered"
        written["reason"] = reason
    written["status"] = delivery.status
    if delivery.error_code:
        written["code"] = delivery.error_code
    return json.dumps(written, ensure_ascii=False)


# In a file: what a probe has found out about Twilio. ``flexout sandbox --as FILE`` reads it, in code of its
# own. A file of a higher version is refused there.

PROBE_FORMAT = "flexout probe"
PROBE_VERSION = 1
PROBE_FINDING_FIELDS = ("setting", "value", "seen", "remark")


def probe_file(findings: Iterable[Any], probed_at: datetime, channel: str) -> str:
    """Write what a probe has found out.

    :param findings: a ``ProbeFinding`` for each setting.
    :param probed_at: when it ended, aware.
    :param channel: over which channel, ``sms`` or ``whatsapp``.
    """
    import json

    rows = [fields(one, PROBE_FINDING_FIELDS) for one in findings]
    document = {
        "format": PROBE_FORMAT,
        "version": PROBE_VERSION,
        "probed_at": utc_text(probed_at),
        "channel": channel,
        "settings": {row["setting"]: row["value"] for row in rows if row["value"] is not None},
        "findings": rows,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
