"""What each channel can do, end to end; the table in docs/evidence.md is made of these tests' names."""

from __future__ import annotations

import re

import pytest

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.paths import ROOT

PAGE = ROOT / "docs" / "evidence.md"
CUSTOMERS = {
    "sms": "+12025550117",
    "whatsapp": "whatsapp:+12025550117",
    "messenger": "messenger:24381250",
    "email": "ada@example.com",
    "chat": "guest_42",
    "web": "guest_42",
}
BY_NAME = [channel for channel in CUSTOMERS if channel != "email"]
BY_ADDRESS = [channel for channel in CUSTOMERS if channel not in {"chat", "web"}]
every_channel = pytest.mark.parametrize("channel", CUSTOMERS)


@pytest.fixture
def open_one(run):
    """Open a conversation; give its XComs."""

    def opened(channel: str, **arguments):
        operator = CreateInteractionOperator(
            task_id="open", channel=channel, to=CUSTOMERS[channel], customer_name="Ada", **arguments
        )
        return run(operator).xcoms

    return opened


@pytest.fixture
def answered(run, served, open_one):
    """Open a conversation in which the customer has written; give its SID."""

    def opened(channel: str) -> str:
        sid = open_one(channel)["conversation_sid"]
        served.customer(CUSTOMERS[channel]).says("Hello?", in_conversation=sid)
        return sid

    return opened


@pytest.fixture
def say(run):
    def sent(conversation_sid: str, **arguments):
        return run(
            SendConversationMessageOperator(
                task_id="say", conversation_sid=conversation_sid, **({"body": "Hello"} | arguments)
            )
        ).xcoms

    return sent


def opened_for_one_customer(served, xcoms, channel: str) -> None:
    (interaction,), (conversation,), (task,) = served.interactions, served.conversations, served.tasks
    assert (interaction.channel_type, interaction.channel_status) == (channel, "active")
    assert xcoms["interaction_sid"] == interaction.sid
    assert xcoms["conversation_sid"] == conversation.sid
    assert xcoms["task_sid"] == task.sid
    customers = [
        one for one in conversation.participants if CUSTOMERS[channel] in {one.address, one.identity}
    ]
    assert len(customers) == 1


@every_channel
def test_one_call(served, open_one, channel):
    opened_for_one_customer(served, open_one(channel, strategy="one_call"), channel)
    assert served.requests.count("CreateConversation") == 0


@pytest.mark.parametrize("channel", BY_NAME)
def test_conversation_first(served, open_one, channel):
    opened_for_one_customer(served, open_one(channel), channel)
    assert served.requests.count("CreateConversation") == 1


def test_email_is_opened_by_one_call_alone(served, open_one):
    with pytest.raises(AirflowFailException, match="conversation_first is not possible on email"):
        open_one("email", strategy="conversation_first")
    assert len(served.requests) == 0


@every_channel
def test_template(served, answered, say, channel):
    template = next(one for one in served.templates if one.status == "approved")
    say(answered(channel), body=None, content_sid=template.sid, content_variables=template.variables)
    assert served.messages[-1].content_sid == template.sid


@every_channel
def test_media(served, answered, say, tmp_path, channel):
    picture = tmp_path / "card.png"
    picture.write_bytes(b"\x89PNG not really")
    say(answered(channel), media=str(picture))
    assert served.messages[-1].media_sid == served.media[0].sid


@every_channel
def test_reply(served, run, answered, say, channel):
    sid = answered(channel)
    sent = say(sid)
    served.customer(CUSTOMERS[channel]).says("Thank you", in_conversation=sid)
    sensor = ConversationReplySensor(
        task_id="wait", conversation_sid=sid, after=sent["message_sid"], include_body=True, deferrable=False
    )
    found = run(sensor).xcoms["return_value"]
    assert (found["replied"], found["bodies"]) == (True, ["Thank you"])


@pytest.mark.parametrize("channel", BY_ADDRESS)
def test_receipt(served, answered, say, channel):
    served.customer().receives(after=0)
    assert say(answered(channel), wait_until="delivered")["delivery_status"] == "delivered"


# The page ---------------------------------------------------------------------------------------------------


def rows() -> dict[str, dict[str, str]]:
    """The table of the page: what stands under each heading, by channel."""
    text = PAGE.read_text()
    lines = text[text.index("| channel |") :].split("\n\n")[0].splitlines()
    heading, _, *body = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {row[0].strip("`"): dict(zip(heading[1:], row[1:], strict=True)) for row in body}


def test_the_table_has_every_channel_and_every_ability():
    table = rows()
    assert sorted(table) == sorted(CUSTOMERS)
    headings = ["`one_call`", "`conversation_first`", "template", "media", "reply", "receipt"]
    assert all(list(row) == headings for row in table.values())


@every_channel
def test_each_cell_names_a_test_that_there_is_or_a_reason(request, channel):
    there_are = {item.name for item in request.node.getparent(pytest.Module).collect()}
    for ability, cell in rows()[channel].items():
        named = re.fullmatch(r"`(test_\w+\[\w+\])`", cell)
        if named:
            assert named[1] in there_are, f"{channel}, {ability}: {named[1]}"
            assert named[1].endswith(f"[{channel}]")
        else:
            assert re.fullmatch(r"— \[\w+\]\(channels.md#[\w-]+\)", cell), f"{channel}, {ability}: {cell!r}"
