"""Rows with a key, moment, template and queue of their own: whatever hits whichever step, one of each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from airflow_provider_flexout.bulk.campaign import Campaign
from airflow_provider_flexout.bulk.contacts.contact import contact_of
from airflow_provider_flexout.bulk.contacts.reach_once import ReachedContact, reach_once
from airflow_provider_flexout.bulk.sources.row import Row
from airflow_provider_flexout.outreach.errors import ContactHeld
from airflow_provider_flexout.outreach.policies.decision import Hold, check_policies
from airflow_provider_flexout.outreach.policies.recipients import recipients_of
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.sandbox.state.seed import QUEUES
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash.faults import KILLED_AFTER, KILLED_BEFORE, SMOOTH, killed_in_flight
from tests.crash.grid import Grid
from tests.crash.outreaches import CUSTOMER
from tests.crash.stage import Stage
from tests.crash.test_campaign_grid import problem_with
from tests.crash.test_interaction_grid import FAULTS
from tests.crash.tries import hit_at, named, tries, worth_hitting

OWN = {"key": "order-17", "due": "", "team": "", "template": ""}
TEAM = {"team": "Outreach"}
COLUMNS = {"idempotency_key": "key", "not_before": "due", "queue": "team", "content_sid": "template"}
FIRST, ANOTHER = "spring", "summer"
"""Two campaigns, in which the row has the same key."""


@pytest.mark.parametrize("own", [{}, TEAM, {"template": "order_late"}], ids=["key", "queue", "template"])
@pytest.mark.parametrize("retry", ["same", "another"])
def test_every_step_of_a_row_with_its_own_key(new_stage: Callable[..., Stage], grid: Grid, own, retry):
    """The next try is the campaign's own, or another campaign that has the row with this key."""
    make, later = partial(new_stage, lag=5), FIRST if retry == "same" else ANOTHER
    steps = smooth(make(), own)
    assert [step for step in steps if step.startswith("Create")] == [
        "CreateConversation",
        "CreateConversationParticipant",
        "CreateInteraction",
        "CreateConversationMessage",
    ]
    bad = []
    for place in worth_hitting(steps):
        for fault in FAULTS:
            stage = make()
            done = tries(
                stage,
                lambda again, stage=stage: reach(stage, own, campaign=later if again else FIRST, again=again),
                hit_at(place, fault),
            )
            stage.sandbox.clock.advance("1h")
            cleared = tries(stage, lambda _, stage=stage: reach(stage, own, campaign=ANOTHER, again=True))
            ends = (done[-1].result, cleared[-1].result)
            problem = next((one for end in ends if (one := problem_with(stage, end))), None)
            grid.note(f"a row's own key, {retry} campaign", steps[place], fault.name, good=not problem)
            if problem:
                bad.append(f"{steps[place]} (request {place + 1}) x {fault.name}: {problem}")
            if own == TEAM:
                routed = {QUEUES[one.queue_sid].name for one in stage.sandbox.tasks}
                assert routed == {"Outreach"}, fault.name
    assert not bad, "\n" + "\n".join(bad)


@pytest.mark.parametrize("late", [1.0, 15.0])
@pytest.mark.parametrize("place", range(5))
def test_a_request_that_arrives_after_its_campaign_is_dead_is_found_by_another(new_stage, place, late):
    stage = new_stage()
    done = tries(
        stage,
        lambda again: reach(stage, {}, campaign=ANOTHER if again else FIRST, again=again),
        hit_at(place, killed_in_flight(late)),
    )
    assert problem_with(stage, done[-1].result) is None


@pytest.mark.parametrize("fault", [KILLED_BEFORE, KILLED_AFTER], ids=lambda one: one.name)
@pytest.mark.parametrize("place", range(5))
def test_a_row_that_waits_is_left_alone_until_its_moment_and_then_reached_once(new_stage, place, fault):
    """Before the moment nothing is sent at all; the try that is hit comes after it, and so does the next."""
    stage = new_stage()
    own = {"due": f"{stage.sandbox.clock.now():%Y}-12-24T00:00Z"}
    before = tries(stage, lambda _: reach(stage, own, again=False))
    assert isinstance(before[-1].result, ContactHeld)
    assert not stage.sandbox.conversations
    assert not before[-1].requests
    moment = stage.sandbox.clock.now().replace(month=12, day=24, hour=1)
    stage.sandbox.clock.advance(f"{(moment - stage.sandbox.clock.now()).total_seconds():.0f}s")
    done = tries(stage, lambda again: reach(stage, own, again=again), hit_at(place, fault))
    assert problem_with(stage, done[-1].result) is None


def reach(
    stage: Stage, own: dict[str, str], *, campaign: str = FIRST, again: bool
) -> Procedure[ReachedContact]:
    """One try at a row, as a campaign makes it."""
    defaults = ConnectionDefaults.from_extra("flexout_default", stage.sandbox.connection()["extra"])
    shared = Campaign(
        key=campaign,
        defaults=defaults,
        spec=OutreachSpec(channel="sms"),
        message="Hello, {name}.",
        content_variables={"1": "{name}", "2": "{name}"},
        columns=COLUMNS,
        retried=again,
        resumed=again,
    )
    template = next((one.sid for one in stage.sandbox.templates if one.name == own.get("template")), "")
    values = {"to": CUSTOMER, "name": "Ada"} | OWN | own | {"template": template}
    contact = contact_of(Row(1, values), COLUMNS)
    request = shared.request_for(contact)
    rules = shared.rules_for(contact)
    policies = rules.policies(recipients_of(request), request.unique_name)
    decision = yield from check_policies(policies, stage.sandbox.clock.now())
    if isinstance(decision, Hold):
        raise ContactHeld(decision.until, decision.why)
    draft = shared.draft_for(contact, request.channel_type)
    return (yield from reach_once(request, draft, clock=stage.now))


def smooth(stage: Stage, own: dict[str, str]) -> list[str]:
    """Name the steps of a try that nothing hits."""
    (only,) = tries(stage, lambda _: reach(stage, own, again=False), iter([SMOOTH]))
    return [named(request) for request in only.requests]
