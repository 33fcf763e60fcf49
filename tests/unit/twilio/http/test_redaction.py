"""Addresses are masked wherever they stand, and SIDs are not."""

from __future__ import annotations

import json
import re
from unicodedata import normalize
from urllib.parse import unquote

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from airflow_provider_flexout.twilio.http.redaction import mask_address, mask_text, masked_exceptions
from tests.unit.twilio.http.responses import CH


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("+13115552368", "+1•••••2368"),
        ("whatsapp:+13115552368", "whatsapp:+1•••••2368"),
        ("+1234567", "+1•••"),
        ("+12345678", "+1•••••78"),
        ("+123456789", "+1•••••89"),
        ("+1234567890", "+1•••••7890"),
        ("ada@example.com", "a•••@example.com"),
        ("messenger:1234567890", "messenger:12•••"),
        ("guest_42", "gu•••"),
        (None, "(none)"),
        ("", "(none)"),
        ("whatsapp:US.abc", "whatsapp:US.•••"),
        ("US.abcdefg", "US.•••"),
        ("US.abcdefgh", "US.•••fgh"),
        ('"a b"@example.com', "a•••@example.com"),
        ("ada@home@example.com", "a•••@example.com"),
        ("2025550141:x", "20•••"),
    ],
)
def test_an_address_is_masked(address, masked):
    assert mask_address(address) == masked


WIDE = {ord(one): 0xFF00 + ord(one) - 0x20 for one in "+0123456789"}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("(202) 555-0141 wrote", "20••• wrote"),
        ("202-555-0141, 202.555.0141", "20•••, 20•••"),
        ("line 3 (2025550141)", "line 3 20•••)"),
        ("0012025550141; 00 44 7911 123456.", "00•••; 00•••."),
        ("12025550143.0", "12•••"),
        ("customer-2025550141", "customer-20•••"),
        ("+1 (202) 555-0141", "+1•••••0141"),
        (
            "\uff0b\uff11\uff13\uff11\uff11\uff15\uff15\uff15\uff12\uff13\uff16\uff18",
            "+1•••••2368",
        ),
        ("\uff11\uff12\uff10\uff12\uff15\uff15\uff15\uff10\uff11\uff14\uff11", "12•••"),
        ("messenger:24381250, messenger:abc.def-1", "messenger:24•••, messenger:ab•••"),
        ("whatsapp:US.24681357902468135790", "whatsapp:US.•••790"),
        ("whatsapp%3AUS.24681357902468135790", "whatsapp:US.•••790"),
        ("no US.ENT.24681357902468135790 here", "no US.ENT.•••790 here"),
        ("whatsapp:+12025550141", "whatsapp:+1•••••0141"),
        ("ada@localhost, o'brien@example.com", "a•••@localhost, o•••@example.com"),
        ("'ada@ada.de', '@example.com", "'a•••@ada.de', •••@example.com"),
        ("info@m\u00fcller.de", "i•••@m\u00fcller.de"),
        ("+1\u2011202\u2011555\u20110141, 202\u2013555\u20120141", "+1•••••0141, 20•••"),
        ("030/123456, 0171/123 45 67, 202/555/0141", "03•••, 01•••, 20•••"),
        ("+49 (0) 30 / 123 456", "+4•••••3456"),
        (repr("+1\u00a0202\u2009555\u202f0141"), "'+1•••••0141'"),
        ("%2B1%20202%20555%200141&x", "+1•••••0141&x"),
        ("\u0660\u0665\u0660-\u0661\u0662\u0663-\u0664\u0665\u0666\u0667", "\u0660\u0665•••"),
        ("02.123.45.67, 01.23.45.67.89", "02•••, 01•••"),
        ("line 5 2026-11-28 2025550141", "line 5 2026-11-28 20•••"),
        ("+12025550141 2026-11-28 12:36", "+1•••••0141 2026-11-28 12:36"),
        ("+4712345 2026-11-28", "+4••• 2026-11-28"),
        ("2025550141 2026-11-28 2025550142 2026-11-29", "20••• 2026-11-28 20••• 2026-11-29"),
        (f"{CH} 2025550141", f"{CH} 20•••"),
        (
            "Line 1 (cust_07911123456), tel07911123456, 2025550141x55",
            "Line 1 (cust_07•••), tel07•••, 20•••x55",
        ),
        ('"a b"@x.de, "ada"@[192.168.0.1], c@[10.0.0.1]', "a•••@x.de, a•••@[192.168.0.1], c•••@[10.0.0.1]"),
        ("US.abcdefghij, US.1349, US.ENT.ab", "US.•••hij, US.•••, US.ENT.•••"),
        ("whatsapp:us.24681357902468135790", "whatsapp:us.24•••"),
        ("202,555,0141; 202_555_0141, 202'555'0141", "20•••; 20•••, 20•••"),
        ("202*555*0141 202|555|0141", "20•••"),
        ("202~555\u30fb0141, 202:555:0141, 202=555=0141, 202\\555\\0141", "20•••, 20•••, 20•••, 20•••"),
        ("202•555••0141, [202] 555-0141, 202\t555\t0141", "20•••, 20•••, 20•••"),
        ("Body=202+555+0141&To=%252B12025550141", "Body=20•••&To=+1•••••0141"),
        (
            "&#43;12025550141, &#x2B;1202&nbsp;5550141, ada&#64;example.com",
            "+1•••••0141, +1•••••0141, a•••@example.com",
        ),
        (json.dumps("\uff0b\uff11202 5550141, ada\uff20example.com"), '"+1•••••0141, a•••@example.com"'),
        (repr("202\u200b555\u20600141, 202\t555\n0141"), "'20•••, 20•••'"),
        (
            "2\ufe0f\u20e30\ufe0f\u20e32\ufe0f\u20e35550141, \u2460\u2461\u24ea\u246155501\u2463",
            "20•••, 12•••",
        ),
        (
            "\U0001d7d0\U0001d7ce\U0001d7d0-555-0141, \u2776\u2777\u2778\u2779\u277a\u277b\u277c",
            "20•••, 12•••",
        ),
        ("2025550141Ada, customerphonenumberis2025550141", "20•••Ada, customerphonenumberis20•••"),
        ("202.5550141, 55512.0141", "20•••, 55•••"),
        ("ada.2025550141@example.com, ada+12345678@example.com", "a•••@example.com, a•••@example.com"),
        ("ada @ example.com, \u0930\u093e\u092e@example.com", "a•••@example.com, \u0930•••@example.com"),
        ("12025550141@s.whatsapp.net, 12025550141@c.us", "1•••@s.whatsapp.net, 1•••@c.us"),
        ("+29051234, +4712345678", "+2•••••34, +4•••••5678"),
        ("202%0A5550141, 202\\x0d5550141, 202&#10;5550141", "20•••, 20•••, 20•••"),
        ("messenger:ab\u200bcdef, messenger:ab\u20ddcdef", "messenger:ab•••, messenger:ab•••"),
        ("messenger:ab\ufe0fcdef, messenger:ab\ufe00cdef", "messenger:ab•••, messenger:ab•••"),
        ("\u09f4 2025550141", "\u09f4 20•••"),
        (ascii("\U0001d7d0\U0001d7ce\U0001d7d0-555-0141"), "'20•••'"),
        ("\\U0010ffff 2025550141, \\U99999999", "\U0010ffff 20•••, \\U99•••"),
        ("1.2025550141E10, 1.2025550141e+10", "12•••, 12•••"),
    ],
)
def test_an_address_in_a_text_is_masked_in_every_form(text, masked):
    assert mask_text(text) == masked
    assert mask_text(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        f"Conversation {CH}, https://www.twilio.com/docs/errors/50407, HTTP 400, code 50407",
        "2026-11-28 12:36:12, 2026-11-28T12:36:12.123456+00:00, manual__2026-11-28T12:36:12+00:00",
        "192.168.100.200:8080, 0.123456789 s, 10,000 of 99,999, 3.11.7",
        "550e8400-e29b-41d4-a716-446655440000",
        "US.csv, DE.parquet, IT.only",
        "28.11.2026 12:36, 28/11/2026, 11/28/2026, 2026/11/28, line 5 2026-11-28 10",
        "1.2345678e-05 s, 1.5e+10 rows, 1.234567e+06",
        "1234/10000 contacts, 192.168.0.0/16, took 12.345678s, 3600.5 seconds, 86400 s, PT4H",
        "1,234,567 of 12,345,678.5, 2026_11_28, [200, 201, 202, 203], 30034, 30032, 63038; 63112; 21612",
        "at 12:36:12.123456+02:00, 10.0.0.1:8080, file.py:123:45, 100% of 20, 50%25",
        "C:\\new\\report, a&b; &copy; caf\u00e9 \ufb01",
        f"20261128T123612, {'WT' + '12345678' * 4}, {'a1' * 20}, deadbeef, 3f2504e04f8941d39a0c0305e82c3301",
    ],
)
def test_what_only_looks_like_an_address_is_not_masked(text):
    assert mask_text(text) == text


@pytest.mark.parametrize("prefix", ["", "whatsapp:"])
@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_a_number_of_any_country_is_masked_however_it_is_written(region, prefix):
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    number = number or phonenumbers.example_number(region)
    formats = phonenumbers.PhoneNumberFormat
    e164 = phonenumbers.format_number(number, formats.E164)
    written = {e164, f"00{e164[1:]}", e164[1:]}
    written |= {phonenumbers.format_number(number, one) for one in (formats.INTERNATIONAL, formats.NATIONAL)}
    for one in written:
        digits = re.sub(r"\D", "", one)
        if len(digits) < 7:
            continue  # the whole number of a small country, which may be anything
        masked = mask_text(f"Reach {prefix}{one}, or not.")
        assert digits not in re.sub(r"\D", "", masked), one
        assert len(re.sub(r"\D", "", masked)) <= 5, masked


class Refused(LookupError):
    """A user's own."""


def fails(error):
    with masked_exceptions():
        raise error from RuntimeError("before: whatsapp:US.24681357902468135790")


@pytest.mark.parametrize(
    "error",
    [
        Refused("no +13115552368"),
        KeyError("2025550141"),
        ValueError(2025550141, 1),
    ],
)
def test_an_exception_of_somebody_elses_is_masked_and_keeps_its_type(error):
    with pytest.raises(type(error)) as raised:
        fails(error)
    shown = f"{raised.value} {raised.value!r} {raised.value.__cause__}"
    assert not any(one in shown for one in ("3115552368", "2025550141", "ada", "2468135790"))


def test_only_what_is_an_address_of_its_arguments_is_masked():
    with pytest.raises(Refused) as raised:
        fails(Refused(2025550141, 1, None, "no +13115552368"))
    assert raised.value.args == ("20•••", 1, None, "no +1•••••2368")


class Stubborn(Exception):
    def __str__(self):
        return "no +13115552368"


@pytest.mark.parametrize(
    ("error", "masked"),
    [
        (Stubborn(), r"Stubborn: no \+1•••••2368"),
        (OSError(5, "ada@localhost"), r"OSError: \[Errno 5\] a•••@localhost"),
    ],
)
def test_an_exception_whose_text_cannot_be_changed_is_replaced(error, masked):
    with pytest.raises(RuntimeError, match=f"^{masked}$") as raised:
        fails(error)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("name", ["ada", "Xena", "-ada", "+ada", ".ada", "ada+flex", "a-b.c+d"])
def test_a_name_is_masked_from_its_first_character(name):
    assert mask_text(f"<{name}@example.com>") == f"<{name[0]}•••@example.com>"


@pytest.mark.parametrize("begin", ["", "whatsapp%3A", "whatsapp%3a", "Address=", "x", "_"])
@pytest.mark.parametrize("plus", ["%2B", "%2b"])
def test_a_number_with_an_encoded_plus_sign_is_masked_whatever_stands_before_it(begin, plus):
    masked = mask_text(f"no {begin}{plus}13115552368!")
    assert masked in (f"no {unquote(begin)}+1•••••2368!", f"no {begin}+13•••!")


@pytest.mark.parametrize(
    "unit",
    [
        "-", "+", ".", "a", "1", "+1", "%2B", "-.", "a@", "@", "a@b.", "+1-", "%40", "a%40b-", " ", "1 (",
        "é", '"', '"a', '\\"', "1.1 ", "1/", "11 x", "%201", "2026-11-28 ", "1.2.3.4 ", "US.1", "a1",
        "1.1111111 1x", "%25", "\\u0031", "&#49;", "•", "1•", "1,", "1_", "a@ ", "\u2460", "1'", "a1f",
    ],
)  # fmt: skip
def test_any_text_is_masked_in_a_time_in_proportion_to_its_length(unit):
    """Where the time grew with the square of it, each would take minutes: 40,000 hyphens took 7 s."""
    for begin in ("", "+"):
        assert mask_text(begin + unit * (100_000 // len(unit))) != ""


def test_addresses_in_a_text_are_masked_and_sids_are_not():
    text = f"A binding for +13115552368 (ada@example.com, %2B13115552368) already exists in Conversation {CH}"
    assert (
        mask_text(text)
        == f"A binding for +1•••••2368 (a•••@example.com, +1•••••2368) already exists in Conversation {CH}"
    )


SEPARATORS = [
    " ",
    "-",
    ".",
    "\u2011",
    "\u2013",
    "\u2012",
    "\u2212",
    "\u00a0",
    "\u2009",
    "\u202f",
    "\u200b",
    " - ",
    ")",
    "_",
    ",",
    "'",
    "\u2019",
    "*",
    "|",
    "~",
    "\\",
    "\t",
    "\u00ad",
    "\ufe0f\u20e3",
    "•",
    "&nbsp;",
    "%20",
]
ZEROS = [ord(one) for one in "0\uff10\u0660\u06f0\u0966"]


@given(
    number=st.from_regex(r"[1-9][0-9]{7,13}", fullmatch=True),
    begin=st.sampled_from(["", "0", "00", "+", "(0", "whatsapp:+", "tel:", "cust_", "id-", "%2B", "'", "#"]),
    separators=st.lists(st.sampled_from([*SEPARATORS, "", "", ""]), min_size=13, max_size=13),
    zero=st.sampled_from(ZEROS),
    around=st.sampled_from(["{}", "no {}!", "Line 3 ({})", "to={}&x", "a, {}; b", "{} wrote at 12:36"]),
    show=st.sampled_from([str, repr]),
)
def test_no_number_of_any_form_can_be_read(number, begin, separators, zero, around, show):
    written = "".join(one + between for one, between in zip(number, separators, strict=False))
    written = written[: max(place for place, one in enumerate(written) if one.isdigit()) + 1]
    written = begin + "".join(chr(zero + int(one)) if one.isdigit() else one for one in written)
    assume(not _is_readable(written))
    text = show(around.format(written))
    masked = mask_text(text)
    left = "".join(
        str(int(one)) for one in masked.replace("12:36", "").replace("Line 3", "") if one.isdecimal()
    )
    assert number not in left
    assert len(left) <= 5, masked
    assert mask_text(masked) == masked


def _is_readable(written):
    """Say whether it may also be a day, a decimal or an IP address, in full-width digits too."""
    written = normalize("NFKC", written)
    return re.search(r"\d\.\d", written, re.ASCII) is not None or re.search(
        r"(\D|^)\d{1,4}[-/]\d\d?[-/]\d{1,4}(\D|$)", written, re.ASCII
    )


@given(
    local=st.from_regex(r"[a-z][a-z.+_-]{2,20}", fullmatch=True)
    | st.from_regex(r'"[a-z][a-z .()]{2,20}"', fullmatch=True),
    domain=st.sampled_from(
        ["example.com", "localhost", "m\u00fcller.de", "[192.168.0.1]", "[IPv6:2001:db8::1]"]
    ),
    at=st.sampled_from(["@", "%40", "\uff20"]),
    around=st.sampled_from(["{}", "<{}>", "to {}.", "'{}'", "Ada <{}>, Bob"]),
)
def test_no_name_of_a_mail_address_can_be_read(local, domain, at, around):
    masked = mask_text(around.format(local + at + domain))
    assert masked == around.format(f"{local.strip(chr(34))[0]}•••@{domain}")
