"""What nobody takes is accepted by Twilio, and so the operators warn of it."""

from __future__ import annotations

import re

import pytest

from airflow_provider_flexout.operators.agents import InviteAgentOperator, TransferInteractionOperator
from tests.unit.bulk.test_runner import bulk, people
from tests.unit.operators.test_interaction import create

NOBODY = {
    "a worker": "it is for worker WK.*, who is Offline",
    "a queue": "queue WQ.* has no agents",
}


@pytest.fixture(params=NOBODY)
def nobody(request, served, use_connection):
    """An agent who is offline, or a queue that nobody matches, named by the connection."""
    if request.param == "a queue":
        use_connection(worker_sid=None)
        for queue in served._store.workspace.queues.values():
            queue.target_workers = 'full_name == "Nobody"'
    else:
        for name in ("ana", "ben"):
            served.agent(name).goes("Offline")
    return f"Twilio has the task, but nobody can take it for now: {NOBODY[request.param]}"


@pytest.mark.parametrize(
    ("what", "routing"),
    [
        ("create", "of the connection"),
        ("create", "of its own"),
        ("campaign", "of the connection"),
        ("campaign", "of its own"),
        ("invite", "of its own"),
        ("transfer", "of its own"),
    ],
)
def test_what_nobody_takes_is_warned_of(run, caplog, nobody, what, routing):
    """Twilio accepts it all the same, and the task is green."""
    by_queue = "queue WQ" in nobody
    named = {"queue": "Outreach"} if by_queue else {"worker": "ben"}
    initiated_by = "api" if by_queue else "agent"
    given = {"routing": named} if routing == "of its own" else {}
    if what == "create":
        run(create(initiated_by=initiated_by, **given))
    elif what == "campaign":
        run(bulk(people(2), initiated_by=initiated_by, **given))
    else:
        opened = run(create(initiated_by=initiated_by)).xcoms["return_value"]
        caplog.clear()
        kind = InviteAgentOperator if what == "invite" else TransferInteractionOperator
        cold = {} if what == "invite" else {"transfer_type": "cold"}
        sids = {"interaction_sid": opened["interaction_sid"], "routing": named}
        run(kind(task_id="invite", **sids, **cold))
    told = [one for one in caplog.messages if re.match(nobody, one)]
    assert len(told) == 1


def test_an_outreach_that_somebody_may_take_is_not_warned_of(run, served, caplog):
    for number, routing in enumerate(({"worker": "ana"}, {"queue": "Everyone"}, None)):
        run(create(routing=routing, idempotency_key=str(number), to=f"+1202555012{number}"))
    assert "nobody takes it" not in caplog.text
