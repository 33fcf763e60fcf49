"""Studio: the flows that route what customers write. https://www.twilio.com/docs/studio/rest-api/v2/flow."""

from __future__ import annotations

from typing import Any

from airflow_provider_flexout.twilio.http.call import Call, path, read
from airflow_provider_flexout.twilio.http.resource import Resource


class Flow(Resource):
    """A flow, as it was last saved. ``status`` is draft or published; ``definition`` holds its widgets."""

    sid: str
    friendly_name: str | None = None
    status: str | None = None
    definition: dict[str, Any] | None = None

    @property
    def widgets(self) -> list[dict[str, Any]]:
        """The widgets, of which the trigger is one; empty where the definition has another form."""
        states = (self.definition or {}).get("states")
        return [one for one in states if isinstance(one, dict)] if isinstance(states, list) else []


def fetch_flow(flow_sid: str) -> Call[Flow]:
    """Fetch a flow.

    :param flow_sid: the flow, ``FW…``.
    """
    return read("FetchFlow", "studio", path("/v2/Flows/{}", flow_sid), Flow)
