"""Making the request of an outreach in one go, for tests of what is done with it."""

from __future__ import annotations

from typing import Any

from airflow_provider_flexout.outreach.interaction.request import (
    AttemptFields,
    InteractionRequest,
    build_request,
)
from airflow_provider_flexout.outreach.spec import OutreachSpec

_BESIDE_THE_SPEC = {"key", "defaults", *AttemptFields.__annotations__}


def request_of(**arguments: Any) -> InteractionRequest:
    """Make the request from the arguments of the spec and of ``build_request``."""
    beside = {name: arguments.pop(name) for name in _BESIDE_THE_SPEC if name in arguments}
    return build_request(OutreachSpec(**arguments), **beside)
