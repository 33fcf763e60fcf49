"""Who is going to be contacted."""

from __future__ import annotations

from airflow_provider_flexout.outreach.policies.recipients import Recipient, Recipients, recipients_of

CUSTOMER = "+12025550117"
OURS = "+15005550006"


def test_people_are_looked_up_once_and_only_when_asked_for(attempt, client, sandbox):
    sid = attempt().conversation_sid
    sandbox.requests.clear()
    recipients = Recipients(conversation_sid=sid)
    assert len(sandbox.requests) == 0
    for _ in range(2):
        (found,) = client.run(recipients.find())
        assert (found.address, found.proxy_address, found.is_identity) == (CUSTOMER, OURS, False)
    assert len(sandbox.requests) == 1
    assert CUSTOMER not in repr(found)


def test_the_people_of_a_whole_channel_object(plan):
    chat = {"type": "chat", "initiated_by": "agent", "participants": [{"identity": "guest_42"}]}
    opening = plan(channel=chat)
    assert recipients_of(opening)._known == (Recipient("guest_42", is_identity=True),)


def test_the_people_of_an_existing_conversation_are_asked_for(attempt, client, plan):
    sid = attempt().conversation_sid
    recipients = recipients_of(plan(to=None, media_channel_sid=sid))
    assert client.run(recipients.find()) == (Recipient(CUSTOMER, OURS),)


def test_a_chat_user_is_known_by_their_identity(attempt, client):
    sid = attempt(channel="chat", to="ada", initiated_by="api").conversation_sid
    assert client.run(Recipients(conversation_sid=sid).find()) == (Recipient("ada", is_identity=True),)
