"""The models of the channels: what they let through Twilio takes, and what Twilio takes they let through.

The judge is the sandbox, which shares no code with the models.
"""

from __future__ import annotations

import string
from collections import Counter
from typing import Any

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.interaction.open_once import open_once
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.sandbox import Sandbox
from tests.outreach_request import request_of

KINDS = ("sms", "whatsapp", "email", "chat", "web", "messenger")
always_the_same = settings(
    max_examples=250, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)

numbers = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)).map(
    lambda region: phonenumbers.format_number(
        phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        or phonenumbers.example_number(region),
        phonenumbers.PhoneNumberFormat.E164,
    )
)
words = st.text(string.ascii_letters + string.digits, min_size=1, max_size=20)
mails = st.builds(
    "{}{}@{}.{}".format,
    words,
    st.sampled_from(["", ".x", "+tag", "_1", "-a"]),
    words,
    st.sampled_from(["com", "co.uk"]),
)
identities = st.text(string.ascii_letters + string.digits + "_-.~äß", min_size=1, max_size=60)
ids = st.text(string.digits, min_size=5, max_size=20)
user_ids = st.builds(
    "{}.{}{}".format,
    st.sampled_from(["US", "DE", "BR", "IN"]),
    st.sampled_from(["", "ENT."]),
    st.text(string.ascii_letters + string.digits, min_size=1, max_size=120),
)
whatsapp = numbers | user_ids
VALID = {
    "sms": numbers,
    "whatsapp": whatsapp | whatsapp.map("whatsapp:{}".format),
    "email": mails | mails.map("Ada Lovelace <{}>".format),
    "chat": identities,
    "web": identities,
    "messenger": ids.map("messenger:{}".format),
}
# Text with a NUL character is refused everywhere.
names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40
).filter(str.strip)
lines = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40)


@st.composite
def valid_outreaches(draw: st.DrawFn) -> dict[str, Any]:
    """The short form of an outreach that nobody may refuse."""
    kind = draw(st.sampled_from(KINDS))
    outreach = {
        "channel": kind,
        "to": draw(VALID[kind]),
        "initiated_by": draw(st.sampled_from(["agent", "api"])),
        "customer_name": draw(st.none() | (lines.filter(str.strip) if kind == "email" else names)),
        "strategy": draw(st.sampled_from([None, "one_call"])),
        "routing": draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "priority": st.integers(0, 1000),
                    "timeout": st.integers(1, 1_209_600),
                    "task_channel_unique_name": st.sampled_from(["sms", "chat", "email", "default"]),
                    "attributes": st.dictionaries(words, names, max_size=3),
                },
            )
        ),
    }
    if kind == "email":
        others = draw(st.lists(mails, max_size=3, unique_by=str.casefold))
        outreach["cc"] = [one for one in others if one.casefold() not in outreach["to"].casefold()]
        outreach["subject"] = draw(st.none() | lines)
    return outreach


wrong = ["", " ", "+1202555", "202-555-0117", "a@b", "ada@ex ample.com", "ada@-x.com", "ada@x..com"]
wrong += ["whatsapp:US.", "whatsapp:us.1349", "whatsapp:US.ENT.", f"whatsapp:US.ENT.{'1' * 128}", "US.1349"]
wrong += ["whatsapp:ada", "messenger:", "messenger:a b", "guest 42", "a/b", "x" * 257, "+", "\n"]
anything = st.one_of(
    st.sampled_from(wrong), *VALID.values(), st.text(max_size=30), st.text(string.printable, max_size=30)
)
maybe = st.none() | anything
participants = st.fixed_dictionaries(
    {},
    optional={
        "address": anything,
        "proxy_address": anything,
        "identity": anything,
        "level": st.sampled_from(["to", "cc", "bcc", "from"]),
        "name": anything,
        "type": st.sampled_from(KINDS),
    },
)
whole_channels = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS), "initiated_by": st.sampled_from(["agent", "api"])},
    optional={
        "properties": st.fixed_dictionaries(
            {}, optional={"type": st.sampled_from(KINDS), "from": mails | anything, "from_name": anything}
        ),
        "participants": st.lists(participants, max_size=2),
    },
)


@st.composite
def near_misses(draw: st.DrawFn) -> dict[str, Any]:
    """An outreach that would be fine, with one of its words exchanged for anything at all."""
    outreach = draw(valid_outreaches())
    changed = draw(
        st.sampled_from(["to", "from_", "from_name", "cc", "bcc", "channel", "initiated_by", "none"])
    )
    if changed != "none":
        outreach[changed] = draw(maybe)
    return outreach


def matching_channels() -> st.SearchStrategy[dict[str, Any]]:
    """Whole objects whose participants are mostly of the right kind, so that some are fine."""

    def pair(kind: str) -> st.SearchStrategy[dict[str, Any]]:
        address = VALID[kind].map(lambda one: one if kind == "sms" else f"{kind}:{one.rpartition(':')[2]}")
        right = st.fixed_dictionaries({"address": address, "proxy_address": address})
        return _channel(kind, right)

    identified = st.fixed_dictionaries({"identity": identities})
    mailed = st.fixed_dictionaries(
        {"address": mails | anything, "level": st.sampled_from(["to", "cc"]), "name": names | anything}
    )
    sender = st.fixed_dictionaries({"from": mails | anything, "from_name": names})
    return st.one_of(
        *(pair(kind) for kind in ("sms", "whatsapp", "messenger")),
        _channel("chat", identified),
        _channel("email", mailed, sender),
    )


def _channel(
    kind: str, participant: st.SearchStrategy[Any], properties: st.SearchStrategy[Any] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "type": st.just(kind),
            "initiated_by": st.sampled_from(["agent", "api"]),
            "properties": st.just({}) if properties is None else properties,
            "participants": st.lists(participant | participants, min_size=1, max_size=2),
        }
    )


@pytest.fixture
def judge(sandbox: Sandbox, connect, defaults: ConnectionDefaults):
    """Plan an outreach and open it in an empty sandbox; say whether it was let through."""

    def opened(outreach: dict[str, Any]) -> bool:
        sandbox.reset()
        try:
            opening = request_of(key=derive_key("judged"), defaults=defaults, **outreach)
        except InvalidInput:
            return False
        with connect() as client:
            client.run(open_once(opening))
        return True

    return opened


@always_the_same
@given(outreach=valid_outreaches())
def test_nothing_valid_is_refused(judge, outreach):
    assert judge(outreach)


def try_to_send(judge, sandbox: Sandbox, outcomes: Counter[bool], outreach: dict[str, Any]) -> None:
    """Open an outreach; Twilio may refuse nothing of it (a TwilioError would fail the test)."""
    outcomes[judge(outreach)] += 1
    refused = [one.status for one in sandbox.requests if one.status not in (200, 201, 404)]
    assert refused == []


def test_nothing_invalid_is_sent(judge, sandbox):
    outcomes: Counter[bool] = Counter()

    @always_the_same
    @given(outreach=near_misses())
    def sent(outreach):
        try_to_send(judge, sandbox, outcomes, outreach)

    sent()
    assert min(outcomes.values()) > 20, "one of the two sides was hardly tried"


@pytest.mark.parametrize("channels", [whole_channels, matching_channels()], ids=["any", "near"])
def test_no_invalid_whole_channel_is_sent(judge, sandbox, channels):
    outcomes: Counter[bool] = Counter()

    @always_the_same
    @given(channel=channels)
    def sent(channel):
        try_to_send(judge, sandbox, outcomes, {"channel": channel})

    sent()
    assert min(outcomes.values()) > 10, "one of the two sides was hardly tried"
