"""A good request for every operation that the sandbox has, and something there for it to be about."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

import httpx

_NUMBERED = itertools.count(1)
FILE: Any = {"content": b"GIF89a", "headers": {"Content-Type": "image/gif"}}
_EVENT = "com.twilio.conversations.message.added"
_TEMPLATE = {"language": "en", "types": {"twilio/text": {"body": "Hello"}}}


class Things:
    """One of everything, made anew: what is deleted or closed for one operation is there for the next.

    :param client: asks the sandbox.
    :param extra: of its connection.
    """

    def __init__(self, client: httpx.Client, extra: Mapping[str, str]) -> None:
        self._client, self._extra = client, extra
        workspace = f"/v1/Workspaces/{extra['workspace_sid']}"
        worker = f"{workspace}/Workers/{extra['worker_sid']}"
        made = self._post("/v1/Interactions", Channel=self.channel(), Routing=self.routing())
        task = made["routing"]["properties"]
        conversation = json.loads(task["attributes"])["conversationSid"]
        talk = f"/v1/Conversations/{conversation}"
        message = self._post(f"{talk}/Messages", Body="Hello")["sid"]
        client.post("/sandbox/clock", json={"advance": "5s"})
        interaction = f"/v1/Interactions/{made['sid']}/Channels/{made['channel']['sid']}"
        transfer = self._hand_over(interaction)
        task = client.get(f"{interaction}/Invites").json()["invites"][-1]["routing"]["properties"]
        hooks = f"/v1/Instances/{extra['instance_sid']}/InteractionWebhooks"
        media = client.post(f"/v1/Services/{extra['chat_service_sid']}/Media", **FILE)
        messaging = client.get("/v1/Services", headers={"X-Forwarded-Host": "messaging.twilio.com"})
        service = messaging.json()["services"][0]["sid"]
        sink = self._post("/v1/Sinks", **self.sink())["sid"]
        self._sids = {
            "Accounts": f"{extra['account_sid']}.json",  # its format is part of the path
            "Accounts IncomingPhoneNumbers.json": extra["account_sid"],
            "Activities": self._first(f"{workspace}/Activities", "activities"),
            "Addresses": self._first("/v1/Configuration/Addresses", "address_configurations"),
            "Channels": made["channel"]["sid"],
            "Content": client.post("/v1/Content", json=_TEMPLATE).json()["sid"],
            "Conversations": conversation,
            "Events": self._first(f"{workspace}/Events", "events"),
            "Flows": extra["studio_flow_sid"],
            "Instances": extra["instance_sid"],
            "InteractionWebhooks": self._post(hooks, **self.hook())["ttid"],
            "Interactions": made["sid"],
            "Media": media.json()["sid"],
            "Messages": message,
            "Participants": self._first(f"{talk}/Participants", "participants"),
            "Roles": self._first("/v1/Roles", "roles"),
            "Receipts": self._first(f"{talk}/Messages/{message}/Receipts", "delivery_receipts"),
            "Reservations": self._first(f"{workspace}/Tasks/{task['sid']}/Reservations", "reservations"),
            "Services": extra["chat_service_sid"],
            "Sinks": self._post("/v1/Sinks", **self.sink())["sid"],
            "SubscribedEvents": _EVENT,
            "Subscriptions": self._post("/v1/Subscriptions", **self.subscription(sink))["sid"],
            "TaskChannels": self._first(f"{workspace}/TaskChannels", "channels"),
            "TaskQueues": extra["queue_sid"],
            "Tasks": task["sid"],
            "Transfers": transfer,
            "Webhooks": self._post(f"{talk}/Webhooks", **self.scoped_hook())["sid"],
            "Workers": extra["worker_sid"],
            "Workflows": extra["workflow_sid"],
            "Workspaces": extra["workspace_sid"],
            "Interactions Participants": self._last(f"{interaction}/Participants", "participants"),
            "Services Compliance": service,
            "Services PhoneNumbers": service,
            "Workspaces Channels": self._first(f"{worker}/Channels", "channels"),
        }
        self._of_one = self._made_for_one(workspace)
        self.all = sorted(set(self._sids.values()))

    def _made_for_one(self, workspace: str) -> dict[str, dict[str, str]]:
        """Make what one operation alone can work on: what nothing needs, and what nobody has responded to."""
        self._client.post("/sandbox/agents", json={"by_hand": True})
        worker = self._extra["worker_sid"]
        task = self._post(f"{workspace}/Tasks", RoutingTarget=worker)["sid"]
        offered = {
            "TaskSid": task,
            "Sid": self._last(f"{workspace}/Tasks/{task}/Reservations", "reservations"),
        }
        routing = json.dumps({"task_routing": {}})
        return {
            "UpdateTaskReservation": offered,
            "FetchWorkerReservation": {"WorkerSid": worker, "Sid": offered["Sid"]},
            "UpdateWorkerReservation": {"WorkerSid": worker, "Sid": offered["Sid"]},
            "DeleteTask": {"Sid": task},
            "DeleteActivity": {"Sid": self._post(f"{workspace}/Activities", FriendlyName="Spare")["sid"]},
            "DeleteTaskQueue": {"Sid": self._post(f"{workspace}/TaskQueues", FriendlyName="Spare")["sid"]},
            "DeleteWorker": {"Sid": self._post(f"{workspace}/Workers", FriendlyName="eve")["sid"]},
            "DeleteWorkflow": {
                "Sid": self._post(f"{workspace}/Workflows", FriendlyName="Spare", Configuration=routing)[
                    "sid"
                ]
            },
        }

    def named_in(self, path: str, operation: str) -> dict[str, str]:
        """Fill the names in an operation's path.

        :param path: with its names in braces.
        :param operation: its name.
        """
        found, parts = {}, path.split("/")
        for kind, name, after in zip(parts, parts[1:], [*parts[2:], ""], strict=False):
            if name[:1] == "{":
                known = (f"{parts[2]} {kind}", f"{kind} {after}", kind)
                found[name[1:-1]] = next(self._sids[one] for one in known if one in self._sids)
        found.update({name: sid for name, sid in self._of_one.get(operation, {}).items() if name in found})
        return found

    def request(self, name: str, client: tuple[str, str]) -> dict[str, Any]:
        """Give the fields of a good request, where one without any would be refused.

        :param name: the operation's.
        :param client: login and password of the OAuth client.
        """
        someone = {"Identity": f"guest_{next(_NUMBERED)}"}
        named = {"FriendlyName": f"Nr. {next(_NUMBERED)}"}
        forms: dict[str, dict[str, Any]] = {
            "CreateActivity": named,
            "CreateApprovalCreate": {"name": "hello", "category": "UTILITY"},
            "CreateConfigurationAddress": {"Type": "sms", "Address": self._number()},
            "CreateContent": _TEMPLATE,
            "CreateConversationMessage": {"Body": "Hello"},
            "CreateConversationParticipant": someone,
            "CreateConversationScopedWebhook": self.scoped_hook(),
            "CreateInteraction": {"Channel": self.channel(), "Routing": self.routing()},
            "CreateInteractionChannelInvite": {"Routing": self.routing()},
            "CreateInteractionChannelParticipant": {
                "Type": "customer",
                "MediaProperties": json.dumps({"type": "sms", "address": self._number()}),
            },
            "CreateInteractionTransfer": self.transfer(self._sids["Interactions Participants"]),
            "CreateInteractionWebhook": self.hook(),
            "CreateOauth2Token": {
                "grant_type": "client_credentials",
                "client_id": client[0],
                "client_secret": client[1],
            },
            "CreateServiceConversationMessage": {"Body": "Hello"},
            "CreateSink": self.sink(),
            "CreateSubscribedEvent": {"Type": _EVENT},
            "CreateSubscription": self.subscription(self._sids["Sinks"]),
            "CreateServiceConversationParticipant": someone,
            "CreateServiceConversationScopedWebhook": self.scoped_hook(),
            "CreateTaskQueue": named,
            "CreateTask": {"WorkflowSid": self._extra["workflow_sid"]},
            "CreateWorker": named,
            "CreateWorkflow": named | {"Configuration": json.dumps({"task_routing": {}})},
            "ListParticipantConversation": someone,
            "ListServiceParticipantConversation": someone,
            "UpdateConfiguration": {"DefaultClosedTimer": "P1D"},
            "UpdateInteractionChannel": {"Status": "closed"},
            "UpdateTaskReservation": {"ReservationStatus": "rejected"},
            "UpdateWorkerReservation": {"ReservationStatus": "rejected"},
            "UpdateInteractionChannelParticipant": {"Status": "wrapup"},
        }
        return forms.get(name, {})

    def channel(self) -> str:
        """Give a ``Channel`` object to a customer of its own."""
        person = {"address": self._number(), "proxy_address": self._extra["sms_from"]}
        return json.dumps({"type": "sms", "initiated_by": "agent", "participants": [person]})

    def routing(self) -> str:
        """Give a ``Routing`` object."""
        names = ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")
        return json.dumps({"properties": {name: self._extra[name] for name in names}})

    def transfer(self, agent: str) -> dict[str, str]:
        """Give a transfer to the queue that the task comes from.

        :param agent: the SID of who hands over, in the channel.
        """
        return {"from": agent, "to": self._extra["queue_sid"], "type": "cold"}

    def _hand_over(self, interaction: str) -> str:
        """Transfer an interaction, let another agent accept it, and return the transfer's SID."""
        agent = self._last(f"{interaction}/Participants", "participants")
        answer = self._client.post(f"{interaction}/Transfers", json=self.transfer(agent))
        assert answer.is_success, answer.text
        self._client.post("/sandbox/clock", json={"advance": "5s"})
        return answer.json()["sid"]

    def hook(self) -> dict[str, Any]:
        """Give an interaction webhook, which hears of nothing that the tests do."""
        return {
            "WebhookUrl": "http://localhost:9/",
            "WebhookEvents": "onChannelCreateFailed",
            "Type": "interaction",
        }

    def sink(self) -> dict[str, Any]:
        """Give a sink of Event Streams, whose events are only kept."""
        stream = {"arn": "arn:aws:kinesis:eu-central-1:1:stream/x", "role_arn": "arn:x", "external_id": "x"}
        return {"Description": "x", "SinkType": "kinesis", "SinkConfiguration": json.dumps(stream)}

    def subscription(self, sink_sid: str) -> dict[str, Any]:
        """Give a subscription.

        :param sink_sid: of its sink.
        """
        return {"Description": "x", "SinkSid": sink_sid, "Types": json.dumps({"type": _EVENT})}

    def scoped_hook(self) -> dict[str, Any]:
        """Give a conversation's webhook, likewise."""
        url = {"Configuration.Url": "http://localhost:9/", "Configuration.Filters": "onConversationRemoved"}
        return {"Target": "webhook", **url}

    def _number(self) -> str:
        return f"+1202{next(_NUMBERED):07d}"

    def _post(self, path: str, **form: Any) -> Any:
        answer = self._client.post(path, data=form)
        assert answer.is_success, answer.text
        return answer.json()

    def _rows(self, path: str, of: str) -> list[str]:
        return [row["sid"] for row in self._client.get(path).json()[of]]

    def _first(self, path: str, of: str) -> str:
        return self._rows(path, of)[0]

    def _last(self, path: str, of: str) -> str:
        return self._rows(path, of)[-1]
