"""The provider's metadata, which Airflow reads at start-up; this module imports nothing of Airflow."""

from __future__ import annotations

from typing import Any

from airflow_provider_flexout import __version__

PACKAGE = "airflow_provider_flexout"
INTEGRATION = "Twilio Flex"
_OPERATOR_MODULES = ("interaction", "conversation", "message", "follow_up", "bulk", "agents", "dag_run")


def get_provider_info() -> dict[str, Any]:
    """Describe the provider to Airflow."""
    return {
        "package-name": "airflow-provider-flexout",
        "name": INTEGRATION,
        "description": (
            "Outreach through `Twilio Flex <https://www.twilio.com/docs/flex>`__: a pipeline opens a "
            "conversation between a customer and an agent, once."
        ),
        "versions": [__version__],
        "integrations": [
            {
                "integration-name": INTEGRATION,
                "external-doc-url": "https://www.twilio.com/docs/flex/developer/conversations/interactions-api",
                "tags": ["service"],
            }
        ],
        "hooks": [{"integration-name": INTEGRATION, "python-modules": [f"{PACKAGE}.hooks.flex"]}],
        "operators": [
            {
                "integration-name": INTEGRATION,
                "python-modules": [f"{PACKAGE}.operators.{module}" for module in _OPERATOR_MODULES],
            }
        ],
        "sensors": [{"integration-name": INTEGRATION, "python-modules": [f"{PACKAGE}.sensors.reply"]}],
        "triggers": [
            {
                "integration-name": INTEGRATION,
                "python-modules": [
                    f"{PACKAGE}.triggers.timer",
                    f"{PACKAGE}.triggers.reply",
                    f"{PACKAGE}.triggers.poll",
                ],
            }
        ],
        "transfers": [
            {
                "source-integration-name": INTEGRATION,
                "target-integration-name": "Common SQL",
                "python-module": f"{PACKAGE}.transfers.outreach",
            },
            {
                "source-integration-name": INTEGRATION,
                "target-integration-name": "Common IO",
                "python-module": f"{PACKAGE}.transfers.outreach",
            },
        ],
        "asset-uris": [
            {
                "schemes": ["flexout"],
                "handler": f"{PACKAGE}.assets.flexout.sanitize_uri",
                "factory": f"{PACKAGE}.assets.flexout.create_asset",
                "to_openlineage_converter": f"{PACKAGE}.assets.flexout.convert_asset_to_openlineage",
            }
        ],
        "notifications": [f"{PACKAGE}.notifications.flex.FlexNotifier"],
        "extra-links": [f"{PACKAGE}.links.flex.FlexTaskLink", f"{PACKAGE}.links.flex.ConversationLink"],
        "cli": [f"{PACKAGE}.cli.airflow_commands.airflow_commands"],  # read by Airflow 3.2 and later
        "config": {
            "flexout": {
                "description": "The provider for Twilio Flex.",
                "options": {
                    "show_addresses": {
                        "description": (
                            "Whether Airflow's page of rendered templates shows the addresses of customers."
                        ),
                        "version_added": __version__,
                        "type": "boolean",
                        "example": None,
                        "default": "False",
                    }
                },
            }
        },
        "connection-types": [
            {
                "connection-type": "flexout",
                "hook-class-name": f"{PACKAGE}.hooks.flex.FlexHook",
                "hook-name": INTEGRATION,
                "ui-field-behaviour": UI_FIELD_BEHAVIOUR,
                "conn-fields": CONN_FIELDS,
            }
        ],
    }


UI_FIELD_BEHAVIOUR: dict[str, Any] = {
    "hidden-fields": ["host", "port", "schema"],
    "relabeling": {
        "login": "Account SID, API key SID or OAuth client id (needed)",
        "password": "Secret (needed)",
    },
    "placeholders": {"login": "AC…, SK… or OQ…", "password": "auth token, key secret or client secret"},
}


def _text(label: str, description: str) -> dict[str, Any]:
    return {"label": label, "description": description, "schema": {"type": ["string", "null"]}}


_NEEDED = "Needed unless every task names one"

CONN_FIELDS: dict[str, dict[str, Any]] = {
    "workspace_sid": _text("Workspace SID (needed)", f"WS…, where interactions get their tasks. {_NEEDED}"),
    "queue_sid": _text("Queue SID (needed)", f"WQ…, for interactions that an agent initiates. {_NEEDED}"),
    "worker_sid": _text("Worker SID (needed)", f"WK…, the agent who gets them. {_NEEDED}"),
    "sms_from": _text("SMS sender (needed for SMS)", f"+13115550100, or a short code. {_NEEDED}"),
    "workflow_sid": _text("Workflow SID", "WW…; may be left out when the workspace has only one"),
    "account_sid": _text("Account SID", "AC…, when the login is an API key or an OAuth client"),
    "chat_service_sid": _text("Conversation service SID", "IS…, which files go to; for Console links too"),
    "messaging_service_sid": _text("Messaging Service SID", "MG…, for conversations by SMS and WhatsApp"),
    "instance_sid": _text("Flex instance SID", "GO…, for interaction webhooks"),
    "studio_flow_sid": _text("Studio flow SID", "FW…, which routes a customer's reply to an agent"),
    "whatsapp_from": _text("WhatsApp sender", "whatsapp:+13115550100"),
    "messenger_from": _text("Messenger sender", "messenger:1234567890"),
    "email_from": _text("Email sender", "support@example.com"),
    "email_from_name": _text("Email sender's name", "Support"),
    "base_url": _text(
        "Base URL",
        "a URL such as the sandbox's, http://127.0.0.1:8765: everything then goes there, not to Twilio",
    ),
    "region": _text(
        "Region", "for example ie1; the default is us1, the only one for which Twilio lists Flex"
    ),
    "edge": _text("Edge", "for example dublin"),
    "timeout": _text("Timeout", "seconds to wait for a response; 30 when left out"),
    "verify": _text("Verify TLS", "true, false, or the path of a CA bundle"),
    "proxy": {
        "label": "Proxy",
        "description": "URL of a proxy for all requests, such as http://proxy:3128",
        "schema": {"type": ["string", "null"], "format": "password"},
    },
    "pseudonym_secret": {
        "label": "Pseudonym secret",
        "description": "the key of the pseudonyms of people in tables; the password when left out",
        "schema": {"type": ["string", "null"], "format": "password"},
    },
    "events_queue": {
        "label": "Events queue",
        "description": "redis://host:6379/0, where flexout relay puts what Twilio pushes; it wakes tasks",
        "schema": {"type": ["string", "null"], "format": "password"},
    },
}
