"""What Airflow reads at start-up."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Describe the provider; filled in below."""
    return {"package-name": "airflow-provider-flexout", "name": "Twilio Flex", "description": "Outreach through Twilio Flex"}
