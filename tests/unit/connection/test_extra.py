"""What a connection may not say, by the Test button and by the hook."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from airflow import __version__ as airflow_version
from airflow.exceptions import AirflowNotFoundException
from airflow.sdk import Connection

from airflow_provider_flexout.connection.extra import SIDS, Extra
from airflow_provider_flexout.get_provider_info import CONN_FIELDS
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.outreach.errors import InvalidInput

SECRET = "s3cret-of-the-connection"
ACCOUNT = "AC" + "1" * 32


def test_the_prefixes_that_airflow_wrote_until_2_3_are_understood():
    old = {"extra__flexout__base_url": "http://127.0.0.1:8765/", "extra__flexout__region": ""}
    for given in (old, old | {"base_url": "http://127.0.0.1:8765/"}):
        read = Extra(Connection(conn_id="flex", conn_type="flexout", extra=json.dumps(given)))
        assert (read.base_url(), read.region()) == ("http://127.0.0.1:8765", None)


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "no login": ({"login": None}, "login is missing"),
    "no password": ({"password": None}, "password is missing"),
    "login of another kind": ({"login": "XX1"}, "login must be an account SID .* starts with 'XX'"),
    "login with a space": ({"login": f" {ACCOUNT}"}, "login begins or ends with whitespace"),
    "login with a space of no width": (
        {"login": f"{ACCOUNT}\u200b"},
        "login begins or ends with",
    ),
    "password after a byte order mark": ({"password": f"\ufeff{SECRET}"}, "password begins or ends with"),
    "password over two lines": ({"password": f"{SECRET}\n{SECRET}"}, "password has a line break"),
    "login cut off": ({"login": ACCOUNT[:-1]}, r"login expected the SID of an account \(AC and 32"),
    "an API key cut off": ({"login": "SK12"}, "login expected the SID of an API key"),
    "password with a newline": ({"password": f"{SECRET}\n"}, "password begins or ends with whitespace"),
    "host": ({"host": "127.0.0.1"}, "host is not used; .* base_url"),
    "port": ({"port": 8765}, "port is not used; .* base_url"),
    "not JSON": ({"extra": "{'base_url': 'x'}"}, "extra is not JSON"),
    "JSON twice over": ({"extra": json.dumps(json.dumps({"base_url": "x"}))}, "JSON twice"),
    "a list": ({"extra": "[1]"}, "extra must be a JSON object, but is a list"),
    "a misspelt field": ({"baseurl": SECRET}, "unknown field 'baseurl'; did you mean 'base_url'"),
    "a field in capitals": ({"Base_URL": SECRET}, "unknown field 'Base_URL'; did you mean 'base_url'"),
    "a field with hyphens": ({"sms-from": SECRET}, "unknown field 'sms-from'; did you mean 'sms_from'"),
    "an old prefix": (
        {"extra__flexout__baseurl": SECRET},
        "unknown field 'baseurl'; did you mean 'base_url'",
    ),
    "another prefix": (
        {"extra__http__x": SECRET},
        "unknown field 'extra__http__x'; there are workspace_sid, ",
    ),
    "a value for a name": (
        {f"redis://:{SECRET}@h": "events_queue"},
        r"unknown field \(not shown: it does not look like a name\); there are",
    ),
    "a secret for a name": ({f"{SECRET}0": 1}, "unknown field .not shown"),
    "a secret for a name, twice": (
        {"extra": f'{{"{SECRET}": 1, "{SECRET}": 2}}'},
        "field .not shown: .* twice",
    ),
    "a field twice": ({"region": "ie1", "extra__flexout__region": "au1"}, "region is given twice"),
    "the same field twice": (
        {"extra": '{"region": "ie1", "region": "ie1"}'},
        "extra has the field 'region' twice",
    ),
    "another kind of SID": (
        {"workspace_sid": "WW" + "1" * 32},
        r"workspace_sid expected the SID of a workspace .* got the SID of a workflow",
    ),
    "a sender's name over two lines": (
        {"email_from_name": "Flexout\nBcc: everybody"},
        "email_from_name holds a line break",
    ),
    "a number for a text": ({"workspace_sid": 5}, "workspace_sid must be a text, but is 'int'"),
    "false for a URL": ({"base_url": False}, "base_url must be a text, but is 'bool'"),
    "a space for a URL": ({"base_url": " "}, "base_url begins or ends with whitespace"),
    "timeout: a text": (
        {"timeout": "soon"},
        "timeout must be a number of seconds above 0, .* got 'soon'",
    ),
    "timeout: 0": ({"timeout": 0}, "timeout must be a number of seconds above 0, .* got 0"),
    "timeout: inf": (
        {"timeout": "inf"},
        "timeout must be a number of seconds above 0, .* got 'inf'",
    ),
    "timeout: nan": (
        {"timeout": math.nan},
        "timeout must be a number of seconds above 0, .* got nan",
    ),
    "timeout: for ever": ({"timeout": 1e10}, "timeout must be a number of seconds above 0, a day at most"),
    "timeout: true": (
        {"timeout": True},
        "timeout must be a number of seconds above 0, .* got True",
    ),
    "proxy without a scheme": ({"proxy": f"user:{SECRET}@proxy"}, "proxy must start with http://"),
    "proxy: port": ({"proxy": f"http://user:{SECRET}@proxy:99999"}, "proxy needs a host, and a port from 1"),
    "proxy: port of letters": ({"proxy": f"http://user:{SECRET}@proxy:no"}, "proxy needs a host, and a port"),
    "proxy: no host": ({"proxy": f"http://user:{SECRET}@:3128"}, "proxy needs a host"),
    "base_url without a scheme": ({"base_url": f"localhost/{SECRET}"}, "base_url must start with http://"),
    "base_url: newline": ({"base_url": "http://local\nhost"}, "base_url has whitespace or a line break"),
    "base_url: path": ({"base_url": f"http://localhost/{SECRET}"}, "base_url must end after host and port"),
    "base_url: query": ({"base_url": "http://localhost?a=1"}, "base_url must end after host and port"),
    "base_url: a question mark": ({"base_url": "http://localhost:1?"}, "base_url must end after host"),
    "base_url: a hash": ({"base_url": "http://localhost:1/#"}, "base_url must end after host and port"),
    "base_url: colon": ({"base_url": "http://localhost:"}, "base_url needs a host, and a port from 1"),
    "base_url: no IPv4": ({"base_url": "http://1.2.3.999:80"}, "base_url needs a host"),
    "base_url: no IPv6": ({"base_url": "http://[:::]"}, "base_url needs a host"),
    "base_url: no domain": ({"base_url": "http://xn--"}, "base_url needs a host"),
    "base_url: port 0": ({"base_url": "http://localhost:0"}, "base_url needs a host, and a port from 1"),
    "base_url: half a v6": ({"base_url": "http://[::1"}, "base_url needs a host"),
    "base_url: password": (
        {"base_url": f"http://user:{SECRET}@localhost"},
        "base_url has a user or password",
    ),
    "region: an edge": ({"region": "Dublin"}, "region must be Twilio's name .* 'ie1', got 'Dublin'"),
    "region: spaces": ({"region": " ie1 "}, "region begins or ends with whitespace"),
    "region: capitals": ({"region": "IE1"}, "region must be Twilio's name .* lower case"),
    "region: a host": ({"region": "ie1.evil.com#"}, "region must be Twilio's name"),
    "edge: a host": ({"edge": "evil.com/"}, "edge must be Twilio's name of it .* 'dublin'"),
    "verify: no": ({"verify": "no"}, "verify must be true, false, or the path .* no file 'no'"),
    "verify: '0'": ({"verify": "0"}, "verify must be true, false, or the path .* no file '0'"),
    "verify: 0": ({"verify": 0}, "verify must be true, false, or the path of a CA bundle, got 0"),
    "verify: no such file": ({"verify": "/no/ca.pem"}, "no file '/no/ca.pem'"),
    "verify: a directory": ({"verify": str(Path(__file__).parent)}, "no certificate is named by its hash"),
    "sms_from: a text": ({"sms_from": "pizza"}, "sms_from an alphanumeric sender is one-way"),
    "whatsapp_from: of SMS": ({"whatsapp_from": "MG" + "1" * 32}, "whatsapp_from a Messaging Service"),
    "email_from: no address": ({"email_from": "Ada"}, "email_from .* is not a mail address"),
    "messenger_from: no address": ({"messenger_from": "Ada"}, "messenger_from .* not a Messenger address"),
    "verify: a wrong file": ({"verify": __file__}, "test_extra.py' cannot be read as one"),
}


def refused(case: str) -> dict[str, object]:
    """A connection with the case in it, as Airflow reads it from JSON."""
    given = dict(REFUSED[case][0])
    standard = {name: given.pop(name) for name in ("login", "password", "host", "port") if name in given}
    extra = given.pop("extra", given)
    return {"conn_type": "flexout", "login": ACCOUNT, "password": SECRET, "extra": extra} | standard


@pytest.mark.parametrize("name", SIDS)
def test_a_sid_of_the_connection_has_its_form(name):
    prefix = SIDS[name]
    for wrong in ("main", f"{prefix}1", f"{prefix}{'g' * 32}", f"{prefix.lower()}{'1' * 32}"):
        with pytest.raises(InvalidInput, match=f"connection 'flex': {name} expected the SID of .* got"):
            Extra(Connection(conn_id="flex", conn_type="flexout", extra=json.dumps({name: wrong})))
    right = prefix + "aF" * 16
    assert (
        Extra(Connection(conn_id="flex", conn_type="flexout", extra=json.dumps({name: right}))).text(name)
        == right
    )


def test_each_sid_of_the_form_is_checked():
    assert set(SIDS) == {name for name in CONN_FIELDS if name.endswith("_sid")}


def test_a_directory_of_certificates_holds_them_by_their_hashes(tmp_path):
    (tmp_path / "0a1b2c3d.0").touch()
    extra = Extra(
        Connection(conn_id="flex", conn_type="flexout", extra=json.dumps({"verify": str(tmp_path)}))
    )
    assert extra.verify() == str(tmp_path)


@pytest.mark.parametrize("proxy", [f"http://user:{SECRET}@proxy:no", "http://proxy:99999", "ftp://proxy:1"])
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_that_cannot_be_used_is_named(monkeypatch, name, proxy):
    monkeypatch.setenv("AIRFLOW_CONN_FLEX", json.dumps({"login": ACCOUNT, "password": SECRET}))
    monkeypatch.setenv(name, proxy)
    ok, message = FlexHook("flex").test_connection()
    assert not ok
    found = (
        r"^connection 'flex': the proxy of the environment \(HTTPS_PROXY, .*\) (needs a host|must start with)"
    )
    assert re.search(found, message), message
    assert SECRET not in message
    with pytest.raises(InvalidInput):
        FlexHook("flex").get_conn()
    monkeypatch.setenv("NO_PROXY", "twilio.com")
    assert FlexHook("flex").settings.proxy is None


UNREADABLE = {"not JSON", "JSON twice over", "a list"}
"""What Airflow 3.1 refuses by itself: for it, a connection whose extra it cannot read is not there."""


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_named_without_a_secret_by_the_test_button_and_never_retried(monkeypatch, case):
    monkeypatch.setenv("AIRFLOW_CONN_FLEX", json.dumps(refused(case)))
    if case in UNREADABLE and airflow_version.startswith("3.1."):
        with pytest.raises(AirflowNotFoundException):
            FlexHook("flex").get_conn()
        return
    ok, message = FlexHook("flex").test_connection()
    assert not ok
    assert re.search(f"^connection 'flex': .*{REFUSED[case][1]}", message), message
    assert SECRET not in message
    with pytest.raises(InvalidInput) as caught:
        FlexHook("flex").get_conn()
    assert (str(caught.value), caught.value.permanent) == (message, True)
