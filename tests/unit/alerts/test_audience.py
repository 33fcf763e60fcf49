"""From rows to people: each once, and every row that cannot be used is told of."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.alerts.alert import Alert
from airflow_provider_flexout.alerts.plan import affected_contacts
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.alerts.planned import ADA, ALERT, BEN, CAI, excluded, plan


def test_a_person_with_many_rows_is_one_contact():
    made = plan(
        [
            {"phone": ADA, "name": "Ada", "n": 1},
            {"phone": BEN, "name": "Ben"},
            {"phone": ADA, "n": 2},
        ],
        customer_name="name",
        attributes=["n"],
        keywords=lambda row: {"message": f"Hello {row['name']}"},
    )
    keys = [one.pop("idempotency_key") for one in made["contacts"]]
    assert len(set(keys)) == 2
    assert made["contacts"] == [
        {
            "channel": "sms",
            "to": ADA,
            "customer_name": "Ada",
            "attributes": {"n": 1},
            "message": "Hello Ada",
        },
        {
            "channel": "sms",
            "to": BEN,
            "customer_name": "Ben",
            "attributes": {"n": None},
            "message": "Hello Ben",
        },
    ]
    assert [one["rows"] for one in made["people"]] == [[1, 3], [2]]


def test_all_forms_of_a_number_are_one_contact():
    numbers = ("+525512345678", "+5215512345678", "whatsapp:+525512345678", "+5511987654321")
    made = plan([{"phone": one} for one in numbers], channel="whatsapp", suppression=["55 11 8765-4321"])
    assert [one["to"] for one in made["contacts"]] == ["whatsapp:+525512345678"]
    assert [one["rows"] for one in made["people"]] == [[1, 2, 3]]
    assert excluded(made) == {4: "suppressed"}


def test_bad_rows_are_told_of_and_the_rest_goes_on():
    rows = [
        {"phone": ADA, "channel": "sms", "customer": 1},
        {"mail": "ada@example.com", "channel": "email", "customer": 2},
        {"phone": None, "channel": "sms", "customer": 3},
        {"phone": "  ", "channel": "sms", "customer": 3},
        {"phone": "202-555-0101", "channel": "sms", "customer": 4},
        {"phone": ADA, "channel": "whatsapp", "customer": 1},
        {"phone": BEN, "channel": "pigeon", "customer": 5},
        {"phone": ADA, "channel": "sms", "customer": 6},
        ("a", "tuple"),
        {"phone": CAI, "channel": "whatsapp", "customer": 7},
        {"phone": BEN, "channel": "sms", "customer": None},
    ]
    made = plan(rows, channel="channel", person="customer")
    assert [(one["channel"], one["to"]) for one in made["contacts"]] == [
        ("sms", ADA),
        ("whatsapp", f"whatsapp:{CAI}"),
    ]
    assert excluded(made) == {
        2: "has no column 'phone', only 'mail', 'channel', 'customer'",
        3: "nothing in column 'phone'",
        4: "nothing in column 'phone'",
        5: "not an address that sms takes; did you mean '+1•••••0101'?",
        6: "the same person as row 1, who is contacted on sms",
        7: "'pigeon' is not one of the channels sms, whatsapp, messenger, email, chat, web",
        8: "the address of another person, who is contacted because of row 1",
        9: "is a tuple, not an object of columns",
        11: "nothing in column 'customer'",
    }


def test_a_channel_is_read_in_any_case():
    rows = [{"phone": ADA, "by": " SMS "}, {"phone": BEN, "by": "WhatsApp"}, {"phone": CAI, "by": "Fax"}]
    made = plan(rows, channel="by")
    assert [one["channel"] for one in made["contacts"]] == ["sms", "whatsapp"]
    known = "sms, whatsapp, messenger, email, chat, web"
    assert excluded(made) == {3: f"'fax' is not one of the channels {known}"}
    assert plan(rows, channel="SMS")["contacts"][0]["channel"] == "sms"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"to": "fone"}, "to: 'fone' is not a column of the rows, which have 'phone', 'name', 'n'"),
        ({"customer_name": "nmae"}, "customer_name: 'nmae' is not a column"),
        ({"person": "customer"}, "person: 'customer' is not a column"),
        ({"record": "order"}, "record: 'order' is not a column"),
        ({"attributes": ["n", "m"]}, "attributes: 'm' is not a column"),
        ({"channel": "pigeon"}, r"channel: 'pigeon' is not a channel \(sms, .*\) or a column of the rows"),
    ],
)
def test_a_column_that_no_row_has_is_refused(arguments, problem):
    rows = [{"phone": ADA, "name": "Ada"}, {"phone": BEN, "n": 1}, ("a", "tuple")]
    with pytest.raises(AirflowFailException, match=problem):
        plan(rows, **arguments)


def test_whom_keywords_raises_for_is_left_out_without_a_word_of_the_row():
    def keywords(row):
        if row["n"] == 1:
            raise ValueError(f"{row['phone']} again")
        return None if row["n"] == 2 else {"message": "Hello"}

    rows = [{"phone": ADA, "n": 1}, {"phone": BEN, "n": 2}, {"phone": CAI, "n": 3}, {"phone": ADA, "n": 4}]
    made = plan(rows, keywords=keywords)
    assert [one["to"] for one in made["contacts"]] == [CAI]
    assert excluded(made) == {
        1: "keywords: raised ValueError",
        2: "keywords: gave None, not an object of arguments",
        4: "keywords: raised ValueError",
    }
    assert ADA not in str(made)
    assert [one["row"] for one in made["excluded"]] == [1, 2, 4]


def test_keywords_that_raise_for_everybody_stop_the_plan():
    rows = [{"phone": ADA, "n": 1}, {"phone": BEN, "n": 2}]
    with pytest.raises(
        AirflowFailException, match=r"people: none of 2 can be contacted; .* keywords: raised KeyError"
    ):
        plan(rows, keywords=lambda row: {"message": row["order"]})


def test_a_row_without_its_record_is_left_out_and_makes_nobody_a_contact():
    rows = [{"phone": ADA, "order": None}, {"phone": BEN, "order": 1}, {"phone": BEN, "order": " "}]
    made = plan(rows, record="order")
    assert [one["to"] for one in made["contacts"]] == [BEN]
    assert [one["rows"] for one in made["people"]] == [[2]]
    assert excluded(made) == {1: "nothing in column 'order'", 3: "nothing in column 'order'"}


def test_one_number_on_two_channels_is_one_person_also_without_a_column_for_people():
    made = plan([{"phone": ADA, "by": "whatsapp"}, {"phone": ADA, "by": "sms"}], channel="by")
    assert len(made["contacts"]) == 1
    assert excluded(made) == {2: "the same person as row 1, who is contacted on whatsapp"}


@pytest.mark.parametrize(
    ("channel", "same", "others"),
    [
        ("email", ["ada@example.com", "Ada@Example.com"], ["ben@example.com"]),
        ("chat", ["ada", " ada "], ["Ada"]),
        ("messenger", ["messenger:1001"], ["messenger:1002"]),
    ],
)
def test_who_is_the_same_person_by_address(channel, same, others):
    made = plan([{"who": one} for one in [*same, *others]], to="who", channel=channel)
    assert [one["to"] for one in made["contacts"]] == [same[0], *others]
    assert made["excluded"] == []


def test_ten_thousand_rows_of_three_thousand_people_are_three_thousand_contacts():
    rows = [{"phone": f"+1202555{number % 3000:04d}", "order": number} for number in range(10_000)]
    window = {"start": "09:00", "end": "18:00"}
    made = plan(rows, record="order", contact_window=window, max_contacts=3000)
    assert len(made["contacts"]) == 3000


@pytest.mark.parametrize("suppression", [[ADA, "(202) 555-0102"], lambda address: address != CAI])
def test_suppressed_people_are_left_out(suppression):
    made = plan([{"phone": one} for one in (ADA, BEN, CAI, ADA)], suppression=suppression)
    assert [one["to"] for one in made["contacts"]] == [CAI]
    assert excluded(made) == {1: "suppressed", 2: "suppressed", 4: "suppressed"}


def test_too_many_people_stop_the_plan():
    rows = [{"phone": f"+1202555{number:04d}"} for number in range(101)]
    with pytest.raises(AirflowFailException, match=r"101 people .* pass max_contacts=101 or more"):
        plan(rows)
    assert len(plan(rows, max_contacts=101)["contacts"]) == 101


def test_too_many_people_are_asked_for_where_somebody_approves():
    rows = [{"phone": f"+1202555{number:04d}"} for number in range(1500)]
    made = plan(rows, on_too_many="ask")
    assert made["question"] == "1,500 people, more than max_contacts=100: contact all of them?"
    assert "- 1500 would be contacted, more than max_contacts=100: 1500 by sms" in made["summary"]
    assert len(made["contacts"]) == 1500
    assert plan(rows[:100], on_too_many="ask")["question"] == "Contact 100 people?"
    assert plan(rows[:1])["question"] == "Contact 1 person?"


def test_nobody_is_asked_by_contacts_alone():
    with pytest.raises(AirflowFailException, match="on_too_many: is for plan_outreach"):
        affected_contacts(ALERT, [{"phone": ADA}], to="phone", on_too_many="ask")
    with pytest.raises(AirflowFailException, match=r"on_too_many: 'ak' is not one of fail, ask"):
        plan([{"phone": ADA}], on_too_many="ak")


def test_keys_are_the_same_in_every_run_and_others_for_other_alerts_people_and_records():
    def key(alert=ALERT, phone=ADA, orders=(1, 2), **arguments):
        rows = [{"phone": phone, "order": order} for order in orders]
        (contact,) = affected_contacts(alert, lambda _: rows, to="phone", **arguments)
        return contact["idempotency_key"]

    other = Alert("early orders", "sql_check", None, ALERT.failures)
    assert key() == key(orders=(3,))
    assert key(record="order") == key(record="order", orders=(2, 1))
    keys = {key(), key(other), key(phone=BEN), key(record="order"), key(record="order", orders=(1, 2, 3))}
    assert len(keys) == 5


def test_local_times():
    window = {"start": "09:00", "end": "09:01", "days": "mon-sun"}
    made = plan([{"phone": CAI}, {"phone": "+80012345678"}], contact_window=window)
    in_london, nowhere = (one["local_time"] for one in made["people"])
    assert in_london.endswith("09:00 Europe/London")
    assert nowhere == "no hour is known"
    assert plan([{"phone": CAI}])["people"][0]["local_time"].endswith(" Europe/London")


def test_addresses_are_in_the_contacts_and_nowhere_else(capsys, caplog):
    made = plan([{"phone": ADA}, {"phone": BEN}, {"phone": "2025550103"}], suppression=[BEN])
    contacts = made.pop("contacts")
    assert [one["to"] for one in contacts] == [ADA]
    told = capsys.readouterr().out + caplog.text
    assert "+1•••••0101" in told
    for private in ("5550101", "5550102", "5550103"):
        assert private not in json.dumps(made) + told


def test_the_summary():
    made = plan([{"phone": ADA}, {"phone": None}, {"phone": None}, {"phone": CAI, "x": 1}])
    assert made["summary"].splitlines() == [
        "late orders on orders: null_check on shipped_at failed by 2 rows (error, sql_check)",
        "",
        "- 2 would be contacted: 2 by sms",
        "- 2 left out: nothing in column 'phone'",
    ]
