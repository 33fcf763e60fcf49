"""Templates and what WhatsApp says of them."""

from __future__ import annotations

from airflow_provider_flexout.twilio.api.content import Approval, Content, fetch_approval, fetch_content
from airflow_provider_flexout.twilio.http.call import RetrySafety


def test_reading_a_template_is_safe_and_stays_in_its_path():
    for call in (fetch_content("HX1/.."), fetch_approval("HX1/..")):
        assert call.retry_safety is RetrySafety.SAFE
        assert call.path.startswith("/v1/Content/HX1%2F..")


def test_a_template_without_approval_has_none():
    assert Approval.model_validate({"sid": "HX1", "whatsapp": {"status": "approved"}}).whatsapp == {
        "status": "approved"
    }
    assert Approval.model_validate({}).whatsapp is None
    assert Content.model_validate({"sid": "HX1"}).variables is None
