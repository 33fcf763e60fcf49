"""Conversations and their participants: names, pairs of addresses, states, timers."""

from __future__ import annotations

import json

import pytest

CUSTOMER = "+15005550010"
PROXY = "+15005550006"


@pytest.fixture
def conversations(twilio):
    return twilio.conversations.v1.conversations


def bind(conversation, address=CUSTOMER, proxy=PROXY, **more):
    return conversation.participants.create(
        messaging_binding_address=address, messaging_binding_proxy_address=proxy, **more
    )


def test_a_unique_name_is_given_once(conversations, refused):
    first = conversations.create(unique_name="fx1", friendly_name="One")
    with refused(409, 50353):
        conversations.create(unique_name="fx1")
    assert conversations("fx1").fetch().sid == first.sid
    first.update(state="closed")
    with refused(409, 50353):
        conversations.create(unique_name="fx1")
    assert conversations("fx1").delete()
    assert conversations.create(unique_name="fx1").sid != first.sid


def test_a_name_can_be_taken_before_it_is_found(sandbox, conversations, refused):
    sandbox.settings.update({"name_lag": "2s"})
    made = conversations.create(unique_name="fx1")
    with refused(409, 50353):
        conversations.create(unique_name="fx1")
    with refused(404, 20404):
        conversations("fx1").fetch()
    assert conversations(made.sid).fetch().unique_name == "fx1"
    sandbox.clock.advance("2s")
    assert conversations("fx1").fetch().sid == made.sid
    made.update(unique_name="fx2")
    with refused(404, 20404):
        conversations("fx2").fetch()


def test_a_conversation_can_be_renamed(conversations, refused):
    one, two = conversations.create(unique_name="one"), conversations.create(unique_name="two")
    with refused(409, 50353):
        two.update(unique_name="one")
    assert one.update(unique_name="one").unique_name == "one"
    assert one.update(unique_name="three").unique_name == "three"
    assert two.update(unique_name="one").unique_name == "one"
    with refused(404, 20404):
        conversations("two").fetch()


def test_a_conversation_changes_what_it_is_told_to(sandbox, conversations):
    made = conversations.create(attributes='{"a": 1}')
    sandbox.clock.advance("1m")
    changed = made.update(attributes='{"a": 2}', friendly_name="Ada")
    assert (changed.attributes, changed.friendly_name) == ('{"a": 2}', "Ada")
    assert (changed.date_updated - changed.date_created).total_seconds() == 60
    assert sandbox.conversation(made.sid).attributes == {"a": 2}


def test_a_closed_conversation_is_read_only(conversations, refused):
    closed = conversations.create()
    person = bind(closed)
    message = closed.messages.create(body="hello")
    closed.update(state="closed")
    for attempt in (
        lambda: closed.update(state="active"),
        lambda: closed.update(attributes="{}"),
        lambda: closed.messages.create(body="anybody there?"),
        lambda: message.update(body="no"),
        lambda: message.delete(),
        lambda: closed.participants.create(identity="ada"),
        lambda: person.update(attributes="{}"),
        lambda: person.delete(),
    ):
        with refused(400, 50377):
            attempt()
    assert closed.fetch().state == "closed"
    assert [each.body for each in closed.messages.list()] == ["hello"]


def test_a_deleted_conversation_is_gone(sandbox, twilio, conversations, refused):
    gone = conversations.create()
    bind(gone)
    assert gone.delete()
    with refused(404, 20404):
        gone.fetch()
    assert sandbox.conversations == []
    assert twilio.conversations.v1.participant_conversations.list(address=CUSTOMER) == []
    bind(conversations.create())


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"attributes": "{"}, 50304),
        ({"attributes": "[]"}, 20001),
        ({"attributes": '"' + "x" * 16 * 1024 + '"'}, 50303),
        ({"friendly_name": "x" * 257}, 20001),
        ({"messaging_service_sid": "MG1"}, 20001),
        ({"state": "sleeping"}, 20001),
        ({"state": "closed"}, 50384),
        ({"timers_closed": "PT10M"}, 50382),
        ({"timers_closed": "PT5M", "state": "active"}, 20001),
        ({"timers_inactive": "ten minutes", "state": "active"}, 20001),
    ],
)
def test_wrong_conversations_are_refused(sandbox, conversations, refused, form, code):
    with refused(400, code):
        conversations.create(**form)
    assert sandbox.conversations == []


def test_timers_run_from_the_last_message(sandbox, conversations):
    made = conversations.create(state="active", timers_inactive="PT1M", timers_closed="PT10M")
    assert set(made.timers) == {"date_inactive", "date_closed"}
    sandbox.clock.advance("61s")
    assert made.fetch().state == "inactive"
    made.messages.create(body="wake up")
    assert made.fetch().state == "active"
    sandbox.clock.advance("9m")
    assert made.fetch().state == "inactive"
    sandbox.clock.advance("61s")
    assert made.fetch().state == "closed"


def test_conversations_can_be_listed_by_state_and_date(sandbox, conversations):
    first = conversations.create()
    sandbox.clock.advance("1d")
    second = conversations.create()
    first.update(state="closed")
    assert [each.sid for each in conversations.list(state="active")] == [second.sid]
    assert [each.sid for each in conversations.list(state="closed")] == [first.sid]
    assert [each.sid for each in conversations.list(start_date="2026-01-01T00:00:00Z")] == [
        second.sid,
        first.sid,
    ]
    day = second.date_created.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [each.sid for each in conversations.list(start_date=day)] == [second.sid]
    assert conversations.list(end_date="2020-01-01T00:00:00Z") == []


def test_a_list_by_date_begins_with_the_latest_whatever_was_imported_last(conversations):
    days = (3, 9, 1, 7, 5, 7)  # two of one moment: the later of them comes first
    sids = [conversations.create(date_created=f"2026-01-{day:02}T08:00:00Z").sid for day in days]
    latest_first = [sids[each] for each in (1, 5, 3, 4, 0, 2)]
    found = [each.sid for each in conversations.list(start_date="2026-01-01T00:00:00Z", page_size=2)]
    assert found == latest_first
    assert [each.sid for each in conversations.list(end_date="2026-01-05T23:59:59Z", page_size=1)] == (
        latest_first[3:]
    )
    assert [each.sid for each in conversations.list()] == sids


def test_pages_by_date_go_on_where_the_last_one_ended(conversations, http):
    for day in (1, 3, 2):
        conversations.create(date_created=f"2026-01-{day:02}T08:00:00Z")
    listing = conversations.page(start_date="2026-01-01T00:00:00Z", page_size=1)
    [latest] = list(listing)
    conversations(latest.sid).delete()
    conversations.create(date_created="2026-01-09T08:00:00Z")  # before what has been read already
    days = []
    while (listing := listing.next_page()) is not None:
        days += [each.date_created.day for each in listing]
    assert days == [2, 1]
    for token in ("PT1", "PT1-", "PT-1", "PTx-1", "PT" + "9" * 19 + "-1"):
        wrong = http.get(f"/v1/Conversations?StartDate=2026-01-01&PageToken={token}")
        assert (wrong.status_code, wrong.json()["code"]) == (400, 20001)


def test_a_pair_of_addresses_is_bound_once(sandbox, conversations, refused):
    holder, other = conversations.create(), conversations.create()
    person = bind(holder)
    for conversation in (other, holder):
        with refused(409, 50416) as error:
            bind(conversation)
        assert f"already exists in Conversation {holder.sid}" in error.message
    bind(other, proxy="+15005550007")
    holder.update(state="inactive")
    with refused(409, 50416):
        bind(conversations.create())
    assert person.delete()
    bind(conversations.create())


def test_closing_frees_the_pair_at_once_or_later(sandbox, conversations, refused):
    first = conversations.create()
    bind(first)
    first.update(state="closed")
    second = conversations.create()
    bind(second)
    sandbox.settings.pair_release = "3s"
    second.update(state="closed")
    third = conversations.create()
    with refused(409, 50416):
        bind(third)
    sandbox.clock.advance("3s")
    bind(third)


@pytest.mark.parametrize(
    ("address", "proxy", "code"),
    [
        ("ada", PROXY, 50407),
        ("+1500-555-0010", PROXY, 50407),
        (CUSTOMER, "us", 50408),
        (CUSTOMER, None, 50408),
        (CUSTOMER, CUSTOMER, 50409),
        (CUSTOMER, f"whatsapp:{PROXY}", 50414),
        (None, PROXY, 20001),
    ],
)
def test_wrong_addresses_are_refused(sandbox, conversations, refused, address, proxy, code):
    made = conversations.create()
    form = {"messaging_binding_address": address, "messaging_binding_proxy_address": proxy}
    with refused(400, code):
        made.participants.create(**{name: value for name, value in form.items() if value})
    assert sandbox.participants == []


def test_an_agent_may_have_a_projected_address(conversations, refused):
    agent = {"identity": "ana", "messaging_binding_projected_address": PROXY}
    made = conversations.create().participants.create(**agent)
    assert made.messaging_binding == {"type": "sms", "projected_address": PROXY}
    with refused(400, 50408):
        conversations.create().participants.create(identity="ana", messaging_binding_projected_address="us")


def test_an_empty_proxy_address_has_its_own_code(http, conversations):
    path = f"/v1/Conversations/{conversations.create().sid}/Participants"
    form = {"MessagingBinding.Address": CUSTOMER, "MessagingBinding.ProxyAddress": ""}
    refused = http.post(path, data=form)
    assert (refused.status_code, refused.json()["code"]) == (400, 50412)


def test_a_conversation_holds_a_thousand_participants_fifty_of_them_not_in_chat(
    sandbox, conversations, refused
):
    sandbox.settings.rate_limits = False
    made = conversations.create()
    for number in range(50):
        made.participants.create(
            messaging_binding_address=f"+150055520{number:02}", messaging_binding_proxy_address=PROXY
        )
    with refused(400, 50422):
        bind(made)
    for number in range(950):
        made.participants.create(identity=f"guest_{number}")
    with refused(400, 50417):
        made.participants.create(identity="one more")
    assert len(sandbox.participants) == 1000


def test_a_conversation_is_made_with_its_participants_or_not_at_all(sandbox, twilio, conversations, refused):
    create = twilio.conversations.v1.conversation_with_participants.create
    binding = {"type": "sms", "address": CUSTOMER, "proxy_address": PROXY}
    people = [{"messaging_binding": binding}, {"identity": "ada", "attributes": {"vip": True}}]
    made = create(unique_name="both", participant=[json.dumps(each) for each in people])
    customer, ada = conversations(made.sid).participants.list()
    assert customer.messaging_binding == binding
    assert (ada.identity, ada.attributes) == ("ada", '{"vip":true}')
    with refused(409, 50416):
        create(unique_name="again", participant=[json.dumps(each) for each in people[::-1]])
    with refused(400, 50426):
        create(participant=[json.dumps({"identity": f"guest_{number}"}) for number in range(11)])
    for wrong in ('"ada"', '{"name": "ada"}', '{"messaging_binding": {"colour": "red"}}', '{"identity": 1}'):
        with refused(400, 20001):
            create(participant=[wrong])
    assert [each.unique_name for each in sandbox.conversations] == ["both"]


def test_the_accounts_timers_are_those_of_new_conversations(sandbox, twilio, conversations):
    configuration = twilio.conversations.v1.configuration()
    configuration.update(default_inactive_timer="PT10M", default_closed_timer="P1D")
    made = conversations.create()
    sandbox.clock.advance("10m")
    assert made.fetch().state == "inactive"
    sandbox.clock.advance("1d")
    assert made.fetch().state == "closed"
    assert (
        configuration.update(default_inactive_timer="", default_closed_timer="").default_closed_timer is None
    )
    assert conversations.create().timers == {}


def test_an_identity_is_in_a_conversation_once(conversations, refused):
    made = conversations.create()
    made.participants.create(identity="ada")
    with refused(409, 50433):
        made.participants.create(identity="ada")
    assert made.participants("ada").fetch().identity == "ada"


def test_participants_can_be_changed_but_not_readdressed(conversations, refused):
    person = bind(conversations.create(), attributes='{"vip": true}')
    assert person.messaging_binding == {"type": "sms", "address": CUSTOMER, "proxy_address": PROXY}
    assert person.update(attributes='{"vip": false}').attributes == '{"vip": false}'
    with refused(400, 50441):
        person.update(messaging_binding_proxy_address="+15005550007")
    with refused(404, 20404):
        conversations(person.conversation_sid).participants("MB" + "0" * 32).fetch()


def test_a_participants_conversations_are_found_by_exact_address(twilio, conversations, refused):
    found = twilio.conversations.v1.participant_conversations
    first = conversations.create(unique_name="first")
    bind(first)
    first.update(state="closed")
    second = conversations.create()
    bind(second)
    second.participants.create(identity="ana")
    rows = found.list(address=CUSTOMER)
    assert [each.conversation_sid for each in rows] == sorted([first.sid, second.sid])
    assert {each.conversation_state for each in rows} == {"active", "closed"}
    assert rows[0].participant_messaging_binding["proxy_address"] == PROXY
    assert [each.conversation_sid for each in found.list(identity="ana")] == [second.sid]
    assert found.list(address=CUSTOMER[:-1]) == []
    with refused(400, 20001):
        found.list()


def test_the_same_under_the_chat_service(twilio, conversations, extra, refused):
    service = twilio.conversations.v1.services(extra["chat_service_sid"])
    made = service.conversations.create(unique_name="fx")
    assert conversations("fx").fetch().sid == made.sid
    person = made.participants.create(identity="ada")
    message = made.messages.create(author="ada", body="hello")
    assert message.participant_sid == person.sid
    assert [each.sid for each in made.participants.list()] == [person.sid]
    assert [each.sid for each in made.messages.list()] == [message.sid]
    assert [each.sid for each in service.conversations.list()] == [made.sid]
    assert [each.conversation_sid for each in service.participant_conversations.list(identity="ada")] == [
        made.sid
    ]
    assert made.update(state="closed").state == "closed"
    assert made.delete()
    stranger = twilio.conversations.v1.services("IS" + "0" * 32).conversations
    for attempt in (stranger.create, stranger.list, stranger("fx").fetch):
        with refused(404, 20404):
            attempt()
