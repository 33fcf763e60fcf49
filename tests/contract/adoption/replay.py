"""Bringing a sandbox into the state that an earlier version left, by sending that version's requests again.

A recording is JSON text and names no class of today's: the requests in their order, the responses to them,
and what Airflow held at each moment. Today's sandbox gives other SIDs than the one that was recorded: each
SID of a recorded response stands for the one in the same place of today's. They are translated on the wire,
so that the code of today knows everything by the recorded SIDs, as Airflow's database does: keys may be made
of them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.contract.adoption.contents import SID
from tests.contract.adoption.simulation import Simulation

RECORDINGS = Path(__file__).parent / "recordings"
"""A folder for each version that was recorded."""
ACCOUNT = "account.json"
"""In each of them: what was in the account before anything happened."""

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass
class Translation:
    """Which SID of today's stands for which recorded one."""

    sids: dict[str, str] = field(default_factory=dict)
    _recorded: dict[str, str] = field(default_factory=dict)
    _etags: dict[tuple[str, str], str] = field(default_factory=dict)

    def learn(self, recorded: Any, today: Any) -> None:
        """Walk two JSON values in parallel, and note which SIDs stand in the same places."""
        if isinstance(recorded, Mapping) and isinstance(today, Mapping):
            for name in recorded.keys() & today.keys():
                self.learn(recorded[name], today[name])
        elif isinstance(recorded, list) and isinstance(today, list) and len(recorded) == len(today):
            for one, other in zip(recorded, today, strict=True):
                self.learn(one, other)
        elif isinstance(recorded, str) and isinstance(today, str):
            inside = _parsed(recorded), _parsed(today)
            if None not in inside:
                self.learn(*inside)
            else:
                self._learn_text(recorded, today)

    def _learn_text(self, recorded: str, today: str) -> None:
        found, others = SID.findall(recorded), SID.findall(today)
        if [sid[:2] for sid in found] == [sid[:2] for sid in others]:
            for one, other in zip(found, others, strict=True):
                self._recorded[self.sids.setdefault(one, other)] = one

    def learn_etag(self, path: str, recorded: str | None, today: str | None) -> None:
        """Note which version of a resource stands for a recorded one."""
        if recorded and today:
            self._etags[path, recorded] = today

    def back(self, today: str) -> str:
        """Put recorded SIDs in the place of today's."""
        return SID.sub(lambda sid: self._recorded.get(sid.group(), sid.group()), today)

    def knows(self, recorded: Any) -> bool:
        """Say whether all SIDs in a JSON value are known."""
        return set(SID.findall(json.dumps(recorded))) <= self.sids.keys()

    def etag(self, path: str, recorded: str) -> str:
        """Give today's version of a resource."""
        return self._etags.get((path, recorded), recorded)

    def value(self, recorded: Any) -> Any:
        """Translate all SIDs in a JSON value, in the midst of texts too."""
        if isinstance(recorded, Mapping):
            return {self.value(name): self.value(one) for name, one in recorded.items()}
        if isinstance(recorded, list):
            return [self.value(one) for one in recorded]
        if isinstance(recorded, str):
            return SID.sub(lambda sid: self.sids.get(sid.group(), sid.group()), recorded)
        return recorded


@dataclass(frozen=True)
class Recording:
    """What was recorded of one scenario; the file's keys are those of :attr:`content`."""

    version: str
    content: dict[str, Any]
    account: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.version}-{self.content['name']}"

    @property
    def start(self) -> datetime:
        return datetime.fromisoformat(self.content["start"])

    @property
    def tasks(self) -> list[dict[str, Any]]:
        return list(self.content["tasks"])

    @property
    def exchanges(self) -> list[dict[str, Any]]:
        return list(self.content["exchanges"])

    def held_at(self, cut: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Say what Airflow held of each task when the recording is cut: the last event, and what adds up."""
        events = self.content["airflow"]
        if cut["seen"]:
            noted = events[: cut["events"]]
        else:
            noted = [event for event in events if event["after"] < cut["after"]]
        held: dict[str, dict[str, Any]] = {}
        for event in noted:
            task = held.setdefault(event["task"], {"results": [], "state": {}})
            if event["event"] == "result_line":
                task["results"].append(event["line"])
            elif event["event"] == "state":
                task["state"] |= event["kept"]
            else:
                task["last"] = event
        return held

    def files(self) -> dict[str, bytes]:
        """Give the files that tasks were handed, by name."""
        return {name: base64.b64decode(text) for name, text in self.content.get("files", {}).items()}


def recordings() -> Iterator[Recording]:
    """Read all recordings."""
    for folder in sorted(RECORDINGS.iterdir()):
        account = json.loads((folder / ACCOUNT).read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json")):
            if path.name == ACCOUNT:
                continue
            content = json.loads(path.read_text(encoding="utf-8"))
            events = [_renamed(event) for event in content["airflow"]]
            yield Recording(folder.name, {**content, "airflow": events}, account)


_TRIGGERS = "airflow_provider_flexout.triggers"
_RENAMED = {
    f"{_TRIGGERS}.hold.HoldTrigger": f"{_TRIGGERS}.timer.TimerTrigger",
    f"{_TRIGGERS}.wait.WaitTrigger": f"{_TRIGGERS}.poll.PollTrigger",
    "execute_held": "execute_after_hold",
    "execute_later": "execute_when_due",
    "execute_waited": "execute_after_wait",
    "watch": "waiter",
    "began": "started_at",
    "result": "resume_data",
    "note": "resume_data",
    "beginning": "anchor",
}
"""The names of triggers, their arguments and resume methods that changed once, before the first release, so
that no Airflow holds the old ones. Nothing is added here: a name that changes after a release needs a class
at the old
path."""


def _renamed(event: dict[str, Any]) -> dict[str, Any]:
    """Give what Airflow holds of a deferral under the names of the first release."""
    if event["event"] != "deferred":
        return event

    def new(name: str) -> str:
        return _RENAMED.get(name, name)

    kwargs = {new(name): value for name, value in event["kwargs"].items()}
    if kwargs.get("resume_data"):
        kwargs["resume_data"] = {new(name): value for name, value in kwargs["resume_data"].items()}
    return {
        **event,
        "classpath": new(event["classpath"]),
        "method_name": new(event["method_name"]),
        "kwargs": kwargs,
    }


def authorization(simulation: Simulation) -> dict[str, str]:
    """Give the header by which the sandbox knows its account."""
    connection = simulation.sandbox.connection()
    pair = f"{connection['login']}:{connection['password']}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def account_of(simulation: Simulation) -> dict[str, Any]:
    """Name what is in an account before anything happens: SIDs of the connection, agents and templates."""
    connection = simulation.sandbox.connection()
    extra = {name: value for name, value in connection["extra"].items() if name != "base_url"}
    workers = f"/v1/Workspaces/{extra['workspace_sid']}/Workers"
    names = {}
    for kind, path, key in (("workers", workers, "workers"), ("templates", "/v1/Content", "contents")):
        response = simulation.send("GET", path, headers=authorization(simulation), body=b"", by="worker")
        found = json.loads(response.response_body)[key]
        names[kind] = {one["friendly_name"]: one["sid"] for one in found}
    simulation.exchanges.clear()
    return {"login": connection["login"], "extra": extra, **names}


def replay(simulation: Simulation, recording: Recording, count: int) -> Translation:
    """Send the first requests of a recording again, each at its time.

    :param simulation: a sandbox in which nothing has happened.
    :param recording: what was sent.
    :param count: how many.
    :returns: the SIDs, by which the provider and the sandbox understand each other from now on.
    """
    translation = Translation()
    translation.learn(recording.account, account_of(simulation))
    simulation.to_sandbox = translation.value
    simulation.to_provider = translation.back
    for exchange in recording.exchanges[:count]:
        moment = recording.start.timestamp() + exchange["at"]
        simulation.pass_time(max(0.0, moment - simulation.now()))
        send_again(simulation, exchange, translation)
    return translation


def send_again(simulation: Simulation, exchange: Mapping[str, Any], translation: Translation) -> None:
    """Send a recorded request to today's sandbox, and learn the SIDs of its response.

    :raises AssertionError: when a request that was to change something does not do so any more.
    """
    request = exchange["request"]
    path = translation.value(request["path"])
    headers = {**authorization(simulation), **request.get("headers", {})}
    if "if-match" in headers:
        headers["if-match"] = translation.etag(path, headers["if-match"])
    query = urlencode(translation.value(parse_qsl(request.get("query", ""), keep_blank_values=True)))
    sent = simulation.send(
        request["method"],
        path,
        query=query,
        headers=headers,
        body=_body(request, translation),
        by=exchange["by"],
    )
    recorded = exchange["response"]
    same = sent.status // 100 == recorded["status"] // 100
    assert same or request["method"] == "GET", (
        f"{exchange['operation']} was {recorded['status']} when it was recorded, and is {sent.status} now: "
        f"{sent.response_body!r}"
    )
    if sent.response_body:
        translation.learn(recorded.get("body"), json.loads(sent.response_body))
    translation.learn_etag(path, recorded.get("etag"), sent.response_headers.get("ETag"))


def _body(request: Mapping[str, Any], translation: Translation) -> bytes:
    if "form" in request:
        pairs = [(name, translation.value(value)) for name, value in request["form"]]
        return urlencode(pairs).encode()
    if "json" in request:
        return json.dumps(translation.value(request["json"])).encode()
    return base64.b64decode(request.get("base64", ""))


def _parsed(text: str) -> Any:
    """Read JSON that is written in a text, such as attributes."""
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
