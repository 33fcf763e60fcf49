"""Reading the extra of an Airflow connection: known fields, with values of the right form.

Fields that are not known are refused. Otherwise a misspelt field would count as missing, and a rehearsal with
a misspelt ``base_url`` would contact real customers.
"""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow_provider_flexout.connection.event_queue import check_queue_url
from airflow_provider_flexout.get_provider_info import CONN_FIELDS
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.sids import check_sid

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from airflow.sdk import Connection

_OLD_PREFIX = "extra__flexout__"  # which Airflow's form put before the names of fields until 2.3
_NOT_TEXT = ("timeout", "verify")
_LONGEST_TIMEOUT = 86_400.0
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:[0-9]+)?")
_REGION = re.compile(r"[a-z]{2}\d")
_EDGE = re.compile(r"[a-z]+(-[a-z]+)*")
_NAME = re.compile(r"[A-Za-z_. -]{1,40}")
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")  # the names by which OpenSSL looks for certificates
_PROXIES = ("http://", "https://", "socks5://", "socks5h://")
SIDS = {
    "account_sid": "AC",
    "workspace_sid": "WS",
    "workflow_sid": "WW",
    "queue_sid": "WQ",
    "worker_sid": "WK",
    "chat_service_sid": "IS",
    "messaging_service_sid": "MG",
    "instance_sid": "GO",
    "studio_flow_sid": "FW",
}
"""The kind of each SID, by its field."""


class Extra:
    """The fields of a connection's extra. Errors name the connection and the field, and show no secret.

    :param connection: the connection as Airflow gives it.
    :raises InvalidInput: when it is not a JSON object, has a field that is not known, or a field is text
        where it must not be, or is not text where it must be.
    """

    def __init__(self, connection: Connection) -> None:
        self._place = f"connection {connection.conn_id!r}"
        self.fields: dict[str, Any] = {}
        for given, value in self._parse(connection.extra).items():
            name = given.removeprefix(_OLD_PREFIX)
            if name not in CONN_FIELDS:
                self._refuse_name(name)
            if value is None or value == "":  # which the form leaves where nothing was written
                continue
            if isinstance(value, str) or name not in _NOT_TEXT:
                self.check_text(name, value)
            if name in self.fields and self.fields[name] != value:
                self.refuse(name, f"is given twice, the other time as {_OLD_PREFIX + name!r}.")
            if name in SIDS:
                self.check(name, check_sid, value, SIDS[name])
            self.fields[name] = value

    def refuse(self, name: str, problem: str) -> NoReturn:
        """Refuse a field.

        :param name: the field.
        :param problem: what is wrong with it, without a secret in it.
        :raises InvalidInput: always.
        """
        raise InvalidInput(self._place, f"{name} {problem}")

    def check(self, name: str, rule: Callable[..., None], *given: object) -> None:
        """Check a field by a rule for arguments, and refuse it with the rule's message.

        :param name: the field.
        :param rule: takes the name, and raises ``InvalidInput``.
        :param given: the rule's other arguments.
        """
        try:
            rule(name, *given)
        except InvalidInput as error:
            self.refuse(name, error.problem)

    def check_text(self, name: str, value: object) -> None:
        """Refuse anything but text, and text with visible or invisible whitespace copied around it.

        :param name: the field.
        :param value: its value.
        """
        if not isinstance(value, str):
            self.refuse(name, f"must be a text, but is {type(value).__name__!r} here.")
        if any(one.isspace() or not one.isprintable() for one in (value[:1], value[-1:])):
            self.refuse(name, "begins or ends with whitespace or an invisible character; remove it.")

    def text(self, name: str) -> str | None:
        """Give a text.

        :param name: the field.
        """
        return self.fields.get(name)

    def region(self) -> str | None:
        """Give Twilio's region."""
        return self._host_part("region", _REGION, "ie1")

    def edge(self) -> str | None:
        """Give Twilio's edge."""
        return self._host_part("edge", _EDGE, "dublin")

    def base_url(self) -> str | None:
        """Give the URL in place of Twilio's hosts, without a slash at the end."""
        url = self._url("base_url", "http://", "https://")
        if url and urlsplit(url).username is not None:
            self.refuse("base_url", "has a user or password in it, which belong in login and password.")
        return url

    def proxy(self) -> str | None:
        """Give the URL of the proxy."""
        return self._url("proxy", *_PROXIES)

    def check_proxy(self, name: str, url: str | None) -> None:
        """Refuse a proxy of the environment that no request can go through.

        :param name: where it was found.
        :param url: its URL; ``None`` where there is none.
        """
        if url:
            self._check_url(name, url, *_PROXIES)

    def events_queue(self) -> str | None:
        """Give the URL of the queue that Twilio's events come through."""
        url = self.text("events_queue")
        if url:
            self.check("events_queue", check_queue_url, url)
        return url

    def timeout(self) -> float | None:
        """Give the seconds to wait for a response."""
        value = self.fields.get("timeout")
        if value is None:
            return None
        try:
            seconds = 0.0 if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            seconds = 0.0
        if not 0 < seconds <= _LONGEST_TIMEOUT:
            self.refuse("timeout", f"must be a number of seconds above 0, a day at most, got {value!r}.")
        return seconds

    def verify(self) -> bool | str:
        """Give whether to check certificates, or the path of those that may sign them."""
        value = self.fields.get("verify", True)
        if isinstance(value, bool):
            return value
        form = "must be true, false, or the path of a CA bundle"
        if not isinstance(value, str):
            self.refuse("verify", f"{form}, got {value!r}.")
        if value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not Path(value).exists():
            self.refuse("verify", f"{form}; there is no file {value!r} on this machine.")
        if Path(value).is_dir() and not any(_HASHED.fullmatch(one.name) for one in Path(value).iterdir()):
            self.refuse("verify", f"{form}; in the directory {value!r} no certificate is named by its hash.")
        from airflow_provider_flexout.twilio.http.transport import load_certificates

        try:
            load_certificates(value)
        except OSError as error:  # ssl's errors are of this kind
            self.refuse("verify", f"{form}; {value!r} cannot be read as one ({error}).")
        return value

    def _parse(self, text: str | None) -> dict[str, Any]:
        """Parse the JSON ourselves, since Airflow takes an extra that cannot be parsed for an empty one."""
        if not text:
            return {}
        try:
            parsed = json.loads(text, object_pairs_hook=self._object)
        except InvalidInput:
            raise
        except (TypeError, ValueError, RecursionError):
            self.refuse("extra", "is not JSON.")
        if isinstance(parsed, str):
            self.refuse("extra", "is a text within JSON; was it dumped as JSON twice?")
        if not isinstance(parsed, dict):
            self.refuse("extra", f"must be a JSON object, but is a {type(parsed).__name__}.")
        return parsed

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Make an object of its pairs; if a name came twice, Python's ``json`` would take the last one."""
        made: dict[str, Any] = {}
        for name, value in pairs:
            if name in made:
                self.refuse("extra", f"has the field {_shown(name)} twice.")
            made[name] = value
        return made

    def _refuse_name(self, name: str) -> NoReturn:
        plain = {_plain(known): known for known in CONN_FIELDS}
        near = get_close_matches(_plain(name), plain, n=1)
        hint = f"did you mean {plain[near[0]]!r}?" if near else f"there are {', '.join(CONN_FIELDS)}."
        self.refuse("extra", f"has an unknown field {_shown(name)}; {hint}")

    def _host_part(self, name: str, form: re.Pattern[str], example: str) -> str | None:
        value = self.text(name)
        if value and not form.fullmatch(value):
            self.refuse(
                name, f"must be Twilio's name of it in lower case, such as {example!r}, got {value!r}."
            )
        return value

    def _url(self, name: str, *schemes: str) -> str | None:
        """Give a URL of a host and nothing more. It may hold a password, so no error repeats it."""
        url = self.text(name)
        if not url:
            return None
        path = self._check_url(name, url, *schemes)
        if path not in ("", "/"):
            self.refuse(name, "must end after host and port: Twilio's paths are added to it.")
        return url.rstrip("/")

    def _check_url(self, name: str, url: str, *schemes: str) -> str:
        """Refuse a URL without one of these schemes, or without a host; give what follows the host."""
        if not url.startswith(schemes):
            self.refuse(name, f"must start with {' or '.join(schemes)}.")
        if any(character.isspace() or not character.isprintable() for character in url):
            self.refuse(name, "has whitespace or a line break in it.")
        if url.startswith("socks") and find_spec("socksio") is None:
            self.refuse(name, "is a SOCKS proxy, which needs a package: pip install 'httpx[socks]'.")
        from airflow_provider_flexout.twilio.http.transport import is_usable

        host, path = re.split("(?=[/?#])", url.partition("://")[2] + "/", maxsplit=1)
        if not _HOST.fullmatch(host.rpartition("@")[2]) or not is_usable(url):
            self.refuse(
                name, "needs a host, and a port from 1 to 65535 if it has one, as in http://host:8765."
            )
        return path[:-1]


def _shown(name: str) -> str:
    """Show the name of a field, unless it may be a value that was written in its place."""
    return repr(name) if _NAME.fullmatch(name) else "(not shown: it does not look like a name)"


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())
