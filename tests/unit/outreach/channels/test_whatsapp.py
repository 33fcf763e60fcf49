"""WhatsApp users without a number, who have an id in its place."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_flexout.outreach.channels.registry import CHANNELS, channel_of, person_of
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.address_list import is_listed

WHATSAPP = CHANNELS["whatsapp"]
USER_ID = "US.24681357902468135790"

user_ids = st.builds(
    "{}.{}{}".format,
    st.sampled_from(["US", "DE", "BR", "IN", "GB"]),
    st.sampled_from(["", "ENT."]),
    st.text(string.ascii_letters + string.digits, min_size=8, max_size=100),
)


@given(bare=user_ids)
def test_a_user_id_is_an_address_with_the_prefix_or_without(bare):
    address = WHATSAPP.normalize(bare)
    assert address == WHATSAPP.normalize(address) == f"whatsapp:{bare}"
    WHATSAPP.check_address("to", address)
    assert channel_of(address) is WHATSAPP
    assert person_of(address) == person_of(bare) == WHATSAPP.key_part(address) == bare
    assert WHATSAPP.addresses(address) == (address,)
    country = bare[:3] + ("ENT." if bare[3:7] == "ENT." else "")
    assert WHATSAPP.masked(address) == f"whatsapp:{country}•••{bare[-3:]}"
    for entry in (bare, address, f" {address} ", bare.lower()):
        assert is_listed([entry])(address)
    assert not is_listed([bare + "0"])(address)


@pytest.mark.parametrize(
    "value",
    [
        "whatsapp:US.",
        "whatsapp:us.1349",
        "whatsapp:USA.1349",
        "whatsapp:US-1349",
        "whatsapp:US.13 49",
        "whatsapp:US.ENT.",
        f"whatsapp:US.{'1' * 129}",
        f"whatsapp:US.ENT.{'1' * 125}",
        USER_ID,
    ],
)
def test_what_only_looks_like_one_is_refused_and_not_shown(value):
    with pytest.raises(InvalidInput) as refused:
        WHATSAPP.check_address("to", value)
    assert value.removeprefix("whatsapp:") not in str(refused.value) or len(value) < 14


@pytest.mark.parametrize(
    "value",
    [
        f" {USER_ID}", f"{USER_ID}\n", f"whatsapp: {USER_ID}", f" whatsapp:{USER_ID}", f"WhatsApp:{USER_ID}",
        f"whatsapp:us{USER_ID[2:]}", f"whatsapp:{USER_ID[:9]} {USER_ID[9:]}",
    ],
)  # fmt: skip
def test_what_was_probably_meant_is_said(value):
    for written in (value, WHATSAPP.normalize(value)):
        with pytest.raises(InvalidInput, match=r"no white space, .* Did you mean whatsapp:US\.•••790\?$"):
            WHATSAPP.check_address("to", written)


def test_the_longest():
    WHATSAPP.check_address("to", f"whatsapp:US.{'1' * 128}")
    WHATSAPP.check_address("to", f"whatsapp:US.ENT.{'1' * 124}")


def test_a_user_id_is_no_sender():
    with pytest.raises(InvalidInput, match="from_: a WhatsApp user's id is not a sender"):
        WHATSAPP.check_participant(
            {"address": "whatsapp:+12025550117", "proxy_address": f"whatsapp:{USER_ID}"}, "to"
        )


def test_the_zones_of_a_country():
    assert "Pacific/Honolulu" in WHATSAPP.time_zones(f"whatsapp:{USER_ID}")
    assert WHATSAPP.time_zones("whatsapp:DE.ENT.4711") == ("Europe/Berlin", "Europe/Busingen")
    assert WHATSAPP.time_zones("whatsapp:IN.4711") == ("Asia/Kolkata",)
    assert WHATSAPP.time_zones("whatsapp:XX.4711") == ()


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("whatsapp:0044 7911 123456", "whatsapp:+4•••••3456? Write whatsapp:+44 and the other 10 digits."),
        ("whatsapp:12025550143", "whatsapp:+1•••••0143? Write whatsapp:+1 and the other 10 digits."),
        ("whatsapp:+1 (202) 555-0143", "whatsapp:+1•••••0143?"),
        ("whatsapp: +12025550143", "whatsapp:+1•••••0143?"),
        ("WhatsApp:+12025550143", "whatsapp:+1•••••0143?"),
        ("tel:+12025550143", "whatsapp:+1•••••0143?"),
        ("12025550143", "whatsapp:+1•••••0143?"),
        ("00447911123456", "whatsapp:+4•••••3456?"),
        ("(202) 555-0143", "whatsapp:+1•••••0143?"),
        ("whatsapp:" + "00447911123456".translate({0x30 + n: 0x660 + n for n in range(10)}), "whatsapp:+4"),
        ("whatsapp:us.24681357902468135790", "whatsapp:US.•••790?"),
        ("us.ENT.24681357902468135790", "whatsapp:US.ENT.•••790?"),
    ],
)  # fmt: skip
def test_what_was_probably_meant(value, meant):
    with pytest.raises(InvalidInput) as refused:
        WHATSAPP.check_address("to", WHATSAPP.normalize(value))
    problem = str(refused.value)
    assert f"Did you mean {meant}" in problem
    assert not any(one in problem for one in ("555014", "7911123", "4681357902", "911 12"))


@pytest.mark.parametrize("value", ["ada@example.com", "guest_42", "customer-12025550143", "whatsapp:ada", ""])
def test_where_nothing_is_guessed(value):
    with pytest.raises(InvalidInput) as refused:
        WHATSAPP.check_address("to", value)
    assert "Did you mean" not in str(refused.value)
