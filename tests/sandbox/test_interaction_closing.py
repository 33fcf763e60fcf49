"""Interactions that are closed, twice and wrongly too, or parked."""

from __future__ import annotations


def test_closing_can_complete_the_task(sandbox, twilio, open_one, tasks, refused):
    sids = open_one()
    sandbox.clock.advance("3s")
    found = twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"])
    found.update(status="closed", routing={"status": "closed"})
    assert tasks(sids["task"]).fetch().assignment_status == "completed"
    with refused(400, 80906):
        found.update(status="closed")
    sandbox.settings.close_twice = "accept"
    assert found.update(status="closed").status == "closed"


def test_closing_before_anybody_accepts_cancels_the_task(twilio, open_one, tasks):
    sids = open_one()
    twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"]).update(status="closed")
    assert tasks(sids["task"]).fetch().assignment_status == "canceled"


def test_a_parked_channel_keeps_its_conversation(sandbox, twilio, open_one, tasks, refused):
    sids = open_one()
    sandbox.clock.advance("3s")
    found = twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"])
    with refused(400, 20001):
        found.update(status="inactive")
    assert found.update(status="inactive", routing={"status": "closed"}).status == "inactive"
    assert tasks(sids["task"]).fetch().assignment_status == "completed"
    view = sandbox.conversation(sids["conversation"])
    assert view.state == "active"
    assert [each.identity for each in view.participants] == [None]


def test_wrong_ways_to_close(http, twilio, open_one, refused):
    sids = open_one()
    path = f"/v1/Interactions/{sids['interaction']}/Channels/{sids['channel']}"
    assert http.post(path).json()["code"] == 45358
    assert http.post(path, data={"Status": "gone"}).json()["code"] == 45359
    wrong = http.post(path, data={"Status": "closed", "Routing": '{"status":"wrapup"}'})
    assert (wrong.status_code, wrong.json()["code"]) == (400, 20001)
    with refused(404, 20404):
        twilio.flex_api.v1.interaction(sids["interaction"]).channels("UO" + "0" * 32).fetch()
