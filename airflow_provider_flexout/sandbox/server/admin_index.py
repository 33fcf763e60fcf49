"""What the sandbox's own controls are, for people who ask for ``/sandbox/``."""

from __future__ import annotations

from typing import Final

from airflow_provider_flexout.sandbox.simulation.agent_desk import ACTIONS

__all__ = ["AGENT", "CUSTOMER", "FAULTS", "INDEX"]

FAULTS: Final = ("drop_response", "lose_request", "fail", "rate_limit", "throttle", "delay", "fail_channel")
"""The kinds of faults."""
CUSTOMER: Final = ("receives", "fails", "closes", "opts_out", "writes_as", "replies", "says", "reads")
"""What a customer can be told to do."""
AGENT: Final = ("accepts", "declines", "misses", "by_hand", "away", "goes", "handles", "says", "finishes")
"""What an agent can be told to do."""
INDEX: Final = {
    "GET /sandbox/connection": "A ready Airflow connection; ?auth=basic, api_key or oauth.",
    "GET /sandbox/openapi.json": "Which of Twilio's operations are here, with their fields.",
    "GET /sandbox/conversations": "All conversations with their transcripts; ?limit=N for the newest N.",
    "GET /sandbox/conversations/{SID or unique name}": "One conversation.",
    "GET /sandbox/cards": "The newest conversations; ?search= finds a name, an address or a SID.",
    "GET /sandbox/interactions": "All interactions with the state of their channels; ?limit=N.",
    "GET /sandbox/tasks": "All tasks that still exist; ?limit=N.",
    "GET /sandbox/callbacks": "The requests to webhooks, and the status of their responses; ?limit=N.",
    "GET /sandbox/requests": "The log of requests; ?limit=N, ?operation=CreateInteraction.",
    "GET, POST /sandbox/templates": (
        'All message templates. {"template": "win_back", "status": "approved"} is what WhatsApp decides; '
        "a rejection takes a reason."
    ),
    "GET, POST /sandbox/studio_flows": (
        'The Studio flows and their executions. {"name": "Bot", "kind": "bot_first"} adds a flow; '
        "also send_to_flex and fails; routing holds properties of the task's Routing."
    ),
    "GET, POST /sandbox/clock": (
        'The time. {"advance": "2h"} moves it, {"frozen": true} stops it, {"speed": 60} lets it run faster.'
    ),
    "GET, POST /sandbox/settings": "How the sandbox behaves where Twilio leaves room.",
    "POST /sandbox/customers": (
        'What a customer does: {"address": "+15005550010", "replies": {"text": "yes", "after": "2h"}}; '
        "without an address: everybody. Also receives, fails, closes, opts_out, writes_as, says, reads."
    ),
    "POST /sandbox/agents": (
        'What an agent does: {"worker": "ana", "accepts": {"after": "1s"}, "finishes": {"after": "5m"}}; '
        "without a worker: everybody. Also declines, misses, by_hand, away, says, goes (to an activity), "
        "handles (so many)."
    ),
    "POST /sandbox/desk": (
        'What an agent does by hand: {"task": "WT…", "does": "accept"}. '
        f"Also {', '.join(name for name in ACTIONS if name != 'accept')}; say takes a text."
    ),
    "GET /sandbox/events": "What happens, as server-sent events; the page at / is fed by it.",
    "GET, POST, DELETE /sandbox/faults": (
        'What goes wrong: {"kind": "drop_response", "operation": "CreateInteraction", "times": 1}; '
        f"times null means always. Kinds: {', '.join(FAULTS)}. DELETE removes them all."
    ),
    "POST /sandbox/tokens": '{"revoke": true} makes all OAuth access tokens invalid.',
    "POST /sandbox/reset": "Start over; the clock keeps its time.",
}
"""Each control by its method and path, and what it does."""
