"""Every channel by its name and by its addresses, and who an address is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_flexout.get_provider_info import CONN_FIELDS
from airflow_provider_flexout.outreach.channels.registry import (
    CHANNELS,
    channel_named,
    channel_of,
    normalize_name,
    person_of,
    read_entry,
)
from airflow_provider_flexout.outreach.errors import InvalidInput
from tests.paths import ROOT

NUMBER = "+12025550117"
EXAMPLES = {
    "sms": NUMBER,
    "whatsapp": f"whatsapp:{NUMBER}",
    "messenger": "messenger:24381250",
    "email": "ada@example.com",
    "chat": "guest_42",
    "web": "guest_42",
}


def test_every_channel_has_an_example_here():
    assert list(EXAMPLES) == list(CHANNELS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_address_leads_to_its_channel(name):
    channel, address = channel_named(name), EXAMPLES[name]
    channel.check_address("to", address)
    assert channel.normalize(address) == address
    assert channel_of(address).name == ("chat" if name == "web" else name)
    assert address in channel.addresses(address)
    assert set(channel.spellings(address)) & set(read_entry(address))
    assert person_of(channel.person(address)) == channel.person(address)
    assert address not in channel.masked(address)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("other", EXAMPLES)
def test_a_channel_refuses_the_addresses_of_others(name, other):
    if EXAMPLES[name] == EXAMPLES[other]:
        return
    with pytest.raises(InvalidInput, match=r"^to: "):
        CHANNELS[name].check_address("to", EXAMPLES[other])


@pytest.mark.parametrize("name", ["pigeon", None, ["sms"], ""])
def test_what_is_not_a_channel(name):
    with pytest.raises(InvalidInput, match=f"choose one of {', '.join(EXAMPLES)}"):
        channel_named(name)


def test_names_are_written_as_tables_hold_them():
    assert channel_named(normalize_name(" SMS ")).name == "sms"


@pytest.mark.parametrize(
    ("address", "person"),
    [
        (NUMBER, NUMBER),
        (f"whatsapp:{NUMBER}", NUMBER),
        ("messenger:24381250", "messenger:24381250"),
        ("Ada@Example.com", "ada@example.com"),
        ("Ada Lovelace <Ada@example.com>", "ada@example.com"),
        ("Guest_42", "Guest_42"),
    ],
)
def test_who_an_address_is(address, person):
    assert person_of(address) == person


@pytest.mark.parametrize(
    ("address", "in_key"),
    [
        (NUMBER, NUMBER),
        (f"whatsapp:{NUMBER}", NUMBER),
        ("messenger:24381250", "messenger:24381250"),
        ("Ada@Example.com", "ada@example.com"),
        ("Ada Lovelace <Ada@example.com>", "ada lovelace <ada@example.com>"),
        ("Guest_42", "Guest_42"),
    ],
)
def test_what_keys_hold_of_an_address_never_changes(address, in_key):
    assert channel_of(address).key_part(address) == in_key


def test_the_connection_has_the_sender_fields_of_the_channels():
    needed = {name for channel in CHANNELS.values() for name in channel.sender_fields}
    assert needed == {name for name in CONN_FIELDS if "_from" in name}


PRODUCT = ROOT / "airflow_provider_flexout"
APART = ("sandbox", "demo", "outreach/channels")  # which share no code with it, or are the channels
BY_FORM_ALONE = PRODUCT / "twilio" / "http" / "redaction.py"  # masks text in which no channel is known
TELLING = {*EXAMPLES, "whatsapp:", "messenger:", "@", "+"}


def telling_tests(path: Path) -> Iterator[str]:
    """What compares something with a channel's name or prefix, or chooses by it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare):
            compared = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"startswith", "removeprefix"}:
            compared = node.args
        elif isinstance(node, ast.Subscript):
            compared = [node.slice]
        else:
            continue
        inside = (one for each in compared for one in ast.walk(each) if isinstance(one, ast.Constant))
        yield from (f"{path.name}:{node.lineno}: {one.value}" for one in inside if one.value in TELLING)


def test_no_other_module_asks_which_channel_it_is():
    found = []
    for path in PRODUCT.rglob("*.py"):
        if not path.relative_to(PRODUCT).as_posix().startswith(APART) and path != BY_FORM_ALONE:
            found += telling_tests(path)
    assert found == []
    assert len(list(telling_tests(BY_FORM_ALONE))) > 1, "it would not be found anyway"
