"""Every kind of key, for fixed inputs."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pendulum
import pytest

from airflow_provider_flexout.bulk.contacts.contact import contact_of, key_of
from airflow_provider_flexout.bulk.sources.row import Row
from airflow_provider_flexout.notifications.event import CallbackEvent
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.values.plain import user_key

RUN = "manual__2026-11-22T06:00:00+00:00"
SIX = datetime(2026, 11, 22, 6, tzinfo=timezone.utc)
RECIPIENT = "c8408aa34bce139b"
NOVEMBER = "fxefc1e0c0ecbb7fda8731d90a5bf1970f"


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("interaction", "orders", RUN, None, "open", -1), "fx2efb91f17bb4271aea473493639a1e7f"),
        (("message", "orders", RUN, None, "open", -1), "fxb0743bba96b62e470981102babbd9a02"),
        (("invite", "orders", RUN, None, "open", -1), "fxb17dd73c160a017a6e0c6b79d22bad31"),
        (("transfer", "orders", RUN, None, "open", -1), "fx73f5c643bc72ae483a3e0bb7b51493ec"),
        (("follow_up", "orders", RUN, None, "open", -1), "fxcf62c38a48302f50f04e4cb3faf68ff5"),
        (("schedule", "orders", RUN, None, "open", -1), "fxcf44d47d8bc74023f1a0c0bb4047a174"),
        (("interaction", "orders", RUN, None, "open", 3), "fxf991ef2b798975d56a05013084116999"),
        (("interaction", "orders", RUN, SIX, "open", -1), "fxdf41ae1709ee9bd291f828ad959bc9a8"),
        (("interaction", "orders", "backfill__1", SIX, "open", -1), "fxdf41ae1709ee9bd291f828ad959bc9a8"),
    ],
)
def test_default_keys(arguments, key):
    assert durable.task_key(*arguments) == key


def test_the_default_key_of_a_campaign():
    assert durable.campaign_key("orders", RUN, None, "tell") == "fx0465e7f93a1701128b1209b132faf0a9"
    assert durable.campaign_key("orders", RUN, SIX, "tell") == "fx8bb253b1fe196352ca724dcec34755fb"


@pytest.mark.parametrize(
    "moment",
    [
        SIX,
        datetime(2026, 11, 22, 7, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime(2026, 11, 22, 0, 30, tzinfo=timezone(timedelta(hours=-5, minutes=-30))),
        datetime(2026, 11, 22, 6),  # noqa: DTZ001 - Airflow gives none such, and it must not depend on the machine
        pendulum.datetime(2026, 11, 22, 6),
        pendulum.datetime(2026, 11, 22, 15, tz="Asia/Tokyo"),
    ],
)
def test_one_moment_has_one_text(moment):
    assert durable.utc_text(moment) == "2026-11-22T06:00:00+00:00"


def test_every_part_of_a_moment_counts():
    moment = datetime(2027, 1, 2, 3, 4, 5, 250, tzinfo=timezone(timedelta(hours=1)))
    assert durable.utc_text(moment) == "2027-01-02T02:04:05.000250+00:00"


@pytest.mark.parametrize(
    ("kind", "text", "key"),
    [
        ("interaction", "order-4711", "fx0b306b0ab77b4d5423c80bb4c8132c3a"),
        ("message", "order-4711", "fx84835c62d019825ba0c82ae8a708872a"),
        ("interaction", 4711, "fxe5b20d4c1722ea56f4b9cb868e721946"),
        ("campaign", "november", NOVEMBER),
    ],
)
def test_keys_that_users_give(kind, text, key):
    assert user_key(kind, text) == key
    assert durable.user_text_key(kind, str(text)) == key


@pytest.mark.parametrize(
    ("kind", "row", "key"),
    [
        ("interaction", {"id": "17", "to": "+12025550117"}, "fxec0c3c5aceaff03303a86def569546ea"),
        ("message", {"id": "17", "to": "+12025550117"}, "fx8ec34fc42b4bcd420a73da3be76cebca"),
        ("interaction", {"to": "+12025550117"}, "fxaef4a10658eb11cd316ebdfecc394cff"),
        ("interaction", {"to": "whatsapp:+12025550117"}, "fxaef4a10658eb11cd316ebdfecc394cff"),
        ("message", {"to": "Ada@Example.com"}, "fx71000fab734fd4cae16fb6e31930e2c2"),
    ],
)
def test_keys_of_contacts(kind, row, key):
    assert key_of(NOVEMBER, contact_of(Row(1, row), {}), kind) == key


def test_keys_of_contacts_are_made_of_the_campaign_and_the_id():
    assert durable.contact_key("interaction", NOVEMBER, "17") == "fxec0c3c5aceaff03303a86def569546ea"


def test_keys_of_steps():
    follow_up = "fxcf62c38a48302f50f04e4cb3faf68ff5"
    assert durable.step_key(follow_up, 0) == "fx0aef3eca248c5d51c1ace3e22612a0dd"
    assert durable.step_key(follow_up, 1) == "fx5ffd72b4f1f238fd6cb484472dcdda9f"


def test_keys_of_alerts():
    assert durable.alert_key("stock", "ada", ["2", "1", "2"]) == "fx3e23ffa96cb02c0aa6d5a91c60b2d6f7"
    assert durable.alert_key("stock", "ada", list("918273645")) == "fx89142729686e07e847d00b19547e1d97"


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (("failure", "orders", RUN, "load", -1, None), "fxeddb633114dfa85d189c900f0c77e596"),
        (("deadline", "orders", RUN, None, -1, "7"), "fxab32525254041308a9aa9e80cb8559b6"),
        (("failure", None, None, None, -1, None), "fxdd63161e1c4daf0d157a7cc29934dc54"),
    ],
)
def test_keys_of_notifications(event, key):
    assert durable.notification_key(RECIPIENT, CallbackEvent(*event)) == key


@pytest.mark.parametrize(
    ("group", "key"),
    [
        (("dag", "orders", RUN, "load", 123), "fx8d30614e7eb83bc27798918c8181f83f"),
        (("run", "orders", RUN, "load", None), "fx3558e56239a08d2979a3f60f4d542251"),
        (("task", "orders", RUN, "load", 123), "fx8bb776a2c4145f7ba41e1615af03403e"),
        (("warehouse", "orders", RUN, "load", 123), "fxf2a9d01cac7fe2747e47198068cc50fd"),
        (("task", None, None, None, 123), "fxce3eb183102978109c0e396aa8b61207"),
    ],
)
def test_keys_of_grouped_notifications(group, key):
    group_by, dag_id, run_id, task_id, period = group
    event = CallbackEvent("failure", dag_id, run_id, task_id)
    assert durable.group_key(RECIPIENT, event, group_by, period) == key


def test_the_key_of_a_recovery():
    assert durable.recovery_key(RECIPIENT, "IM" + 32 * "1") == "fxfcf6af8544456d453098b8b680ae3605"


def test_keys_that_users_give_for_notifications():
    kind = durable.notification_kind(RECIPIENT)
    assert kind == "notice c8408aa34bce139b"
    assert user_key(kind, "night") == "fx4cbd8ab6b12bf92120d793caed75b156"


@pytest.mark.parametrize(
    ("parts", "digits"),
    [
        (("sms", "+12025550117", None), RECIPIENT),
        (("chat", "ada", None), "506431c3c8ccd531"),
        (("whatsapp", "whatsapp:+12025550117", "CH" + 32 * "0"), "bf6ad8447b69be8f"),
    ],
)
def test_fingerprints(parts, digits):
    assert durable.fingerprint(*parts) == digits


@pytest.mark.parametrize(
    ("secret", "person", "digits"),
    [
        ("secret", "+12025550117", "edbd4e0186031192cd0d2bd2128f032f"),
        ("sécret", "ada@müller.de", "53e230da20eed73b565fbe2f54b42f40"),
    ],
)
def test_pseudonyms(secret, person, digits):
    assert durable.pseudonym(secret, person) == digits


def test_keys_of_any_parts():
    assert durable.derive_key("a", 1) == "fx2657442bb4a48d62f780ea60395ef2d2"
    assert durable.derive_key("é") == "fxd8f81e7a2fa1455720e881bd1d164699"
