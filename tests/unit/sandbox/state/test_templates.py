"""Templates, and the seeded ones: one for each status that WhatsApp gives."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.rules.templates import STATUSES
from airflow_provider_flexout.sandbox.state.templates import (
    TemplateRecord,
    placeholders,
    seeded_templates,
)


def test_each_sandbox_has_its_own_copy():
    first, second = seeded_templates(), seeded_templates()
    assert first == second
    next(iter(first.values())).variables["1"] = "changed"
    assert first != second


def test_every_decision_is_there():
    found = {each.status for each in seeded_templates().values()}
    assert found == {*STATUSES} - {"received"}


def test_placeholders_are_found_and_filled():
    types = {"twilio/text": {"body": "Hello {{1}}, {{name}}"}}
    template = TemplateRecord("HX", 1, 0, 0, "hello", "en", {}, types)
    assert placeholders(types) == {"1", "name"}
    assert template.fill({"1": "Ada"}) == '{"twilio/text": {"body": "Hello Ada, "}}'
