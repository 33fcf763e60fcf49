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
