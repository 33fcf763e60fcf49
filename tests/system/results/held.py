"""What the tables have to hold, read from the sandbox's state by ourselves, without code of the product."""

from __future__ import annotations

import hmac
import json
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.system.results.story import SECRET, Story

STAGES = ("failed", "undelivered", "read", "delivered", "sent")
AUTHORS = {"customer": "customer", "agent": "agent"}


def second(moment: float | datetime) -> datetime:
    """Cut a moment to seconds, as Twilio's dates are."""
    if not isinstance(moment, datetime):
        moment = datetime.fromtimestamp(moment, timezone.utc)
    return moment.replace(microsecond=0)


def millisecond(moment: float) -> datetime:
    return datetime.fromtimestamp(0, timezone.utc) + timedelta(milliseconds=int(moment * 1000))


def rows(story: Story) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Give the rows of both tables by their primary keys."""
    store = story.sandbox._store
    events: dict[str, list[Any]] = {}
    for one in store.task_events:
        events.setdefault(one.task.sid, []).append(one)
    updated = {one.sid: one.updated for one in store.conversations}
    outreaches, messages = {}, {}
    for view in story.sandbox.conversations:
        record = view.attributes.get("flexout")
        if record is None:
            continue
        outreaches[record["key"]] = _outreach(story, view, record, events, updated[view.sid])
        for one in view.transcript:
            messages[one.sid] = _message(one, record["key"])
    return outreaches, messages


def _outreach(
    story: Story, view: Any, record: dict[str, Any], events: dict[str, list[Any]], updated: float
) -> dict[str, Any]:
    customer = view.participants[0]
    bare = customer.address.removeprefix("whatsapp:")
    source = record["source"]
    ours = [one for one in view.transcript if one.role == "system"]
    theirs = [one for one in view.transcript if one.role == "customer"]
    first = ours[0] if ours else None
    reply = theirs[0] if theirs else None
    happened = events.get(view.task_sid or "", [])
    accepted = [one for one in happened if one.type == "reservation.accepted"]
    completed = [one for one in happened if one.type == "task.completed"]
    noted = json.loads(happened[-1].attributes).get("outcome") if happened else None
    times = (
        millisecond(accepted[-1].at) if accepted else None,
        millisecond(completed[-1].at) if completed else None,
    )
    return {
        "outreach_key": record["key"],
        "campaign": source.get("campaign"),
        "contact_id": story.contact_ids.get(customer.address),
        "dag_id": source["dag_id"],
        "run_id": source["run_id"],
        "task_id": source["task_id"],
        "map_index": -1,
        "channel": "whatsapp" if bare != customer.address else "sms",
        "sender": customer.proxy_address,
        "person": hmac.digest(SECRET.encode(), bare.encode(), "sha256").hex()[:32],
        "address": customer.address,
        "conversation_sid": view.sid,
        "interaction_sid": view.interaction_sid,
        "task_sid": view.task_sid,
        "opened_at": second(view.created),
        "first_message_sid": first.sid if first else None,
        "first_message_at": second(first.at) if first else None,
        "first_message_status": status(first) if first else None,
        "first_message_error": first.error_codes[0] if first and first.error_codes else None,
        "first_reply_at": second(reply.at) if reply else None,
        "time_to_reply": (second(reply.at) - second(first.at)).total_seconds() if first and reply else None,
        "inbound_messages": len(theirs),
        "outbound_messages": len(view.transcript) - len(theirs),
        "opted_out_at": opted_out_at(view.transcript),
        "worker_sid": accepted[-1].worker_sid if accepted else None,
        "worker_name": story.sandbox._store.workspace.workers[accepted[-1].worker_sid].name
        if accepted
        else None,
        "accepted_at": times[0],
        "completed_at": times[1],
        "handling_time": (times[1] - times[0]).total_seconds() if times[0] and times[1] else None,
        "wrap_up": json.dumps({"outcome": noted}) if noted else None,
        "closed_at": second(updated) if view.state == "closed" else None,
        "ended": story.endings[customer.address],
    }


def _message(one: Any, key: str) -> dict[str, Any]:
    inbound = one.role == "customer"
    by_pipeline = "flexout_key" in (one.attributes or {})
    return {
        "message_sid": one.sid,
        "outreach_key": key,
        "conversation_sid": one.conversation_sid,
        "message_index": one.index,
        "direction": "inbound" if inbound else "outbound",
        "author_kind": AUTHORS.get(one.role, "pipeline" if by_pipeline else "system"),
        "sent_at": second(one.at),
        "status": None if inbound else status(one),
        "error_code": one.error_codes[0] if one.error_codes else None,
        "content_sid": one.content_sid,
        "body": one.body,
    }


def status(message: Any) -> str | None:
    if message.delivery is None:
        return None
    return next((one for one in STAGES if message.delivery[one] != "none"), "queued")


def opted_out_at(transcript: tuple[Any, ...]) -> datetime | None:
    """Go through what was said, from the first message on; what is told last counts."""
    at = None
    for one in transcript:
        word = (one.body or "").upper()
        if one.role == "customer" and word in ("STOP", "START", "YES"):
            at = second(one.at) if word == "STOP" else None
        elif 21610 in one.error_codes:
            at = second(one.at)
    return at
