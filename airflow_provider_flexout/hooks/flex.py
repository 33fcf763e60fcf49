"""The hook: clients for Twilio from an Airflow connection."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook

from airflow_provider_flexout.connection.contact_once import ContactOnce

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airflow.sdk import ObjectStoragePath

    from airflow_provider_flexout.connection.interactions import InteractionsClient
    from airflow_provider_flexout.connection.settings import FlexConnection
    from airflow_provider_flexout.outreach.diagnosis.finding import Finding
    from airflow_provider_flexout.outreach.orphans import OrphanedConversation
    from airflow_provider_flexout.outreach.results.history import PastOutreach
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.twilio.http.client import AsyncClient, Client
    from airflow_provider_flexout.twilio.http.settings import Settings


class FlexHook(ContactOnce, BaseHook):
    """Connects to Twilio with the credentials of a connection of type ``flexout``.

    The connection's login says how: an account SID (``AC…``) or an API key SID (``SK…``) with its
    secret use HTTP Basic, an OAuth client id (``OQ…``) uses a bearer token that is kept until shortly
    before it expires. https://www.twilio.com/docs/usage/requests-to-twilio

    ``open_once``, ``send_once`` and ``close`` do what the operators do, from plain Python; ``aopen_once``,
    ``asend_once`` and ``aclose`` do it in an event loop.

    :param flexout_conn_id: the id of the Airflow connection, which is looked up when it is first needed; the
        default is ``flexout_default``.
    """

    conn_name_attr = "flexout_conn_id"
    default_conn_name = "flexout_default"
    conn_type = "flexout"
    hook_name = "Twilio Flex"

    def __init__(self, flexout_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.flexout_conn_id = flexout_conn_id

    def get_conn(self) -> Client:
        """Give a client for a task; use it as a context manager.

        :raises InvalidInput: when the connection lacks a field, which the error names.
        """
        from airflow_provider_flexout.twilio.http.client import Client

        return Client(self._connection.settings)

    async def get_async_conn(self) -> AsyncClient:
        """Give a client for an event loop; use it as an asynchronous context manager.

        The connection is looked up without blocking the loop, so this must be awaited:
        ``async with await hook.get_async_conn() as client``.

        :raises InvalidInput: when the connection lacks a field, which the error names.
        """
        from airflow_provider_flexout.twilio.http.client import AsyncClient

        return AsyncClient((await self._read_connection()).settings)

    @asynccontextmanager
    async def shared_async_conn(self) -> AsyncIterator[AsyncClient]:
        """Lend the client that everybody in this event loop shares for this connection.

        One pool of connections and one rate limit serve all of them, for triggers and for many outreaches
        at once. The Airflow connection is looked up by the first user, and again after five minutes or once
        Twilio has rejected the credentials. Leaving the block closes nothing that others use:
        ``async with hook.shared_async_conn() as client``.

        :raises InvalidInput: when the connection lacks a field, which the error names.
        """
        from airflow_provider_flexout.connection.shared_client import shared_client

        async with shared_client(self.flexout_conn_id).acquire(self._read_connection) as client:
            yield client

    async def _read_connection(self) -> FlexConnection:
        from airflow_provider_flexout.connection.masking import amask
        from airflow_provider_flexout.connection.settings import read_connection

        read = read_connection(await self.aget_connection(self.flexout_conn_id))
        await amask(read.secrets)
        return read

    @property
    def settings(self) -> Settings:
        """How to reach Twilio, for a client that you make yourself."""
        return self._connection.settings

    @property
    def defaults(self) -> ConnectionDefaults:
        """SIDs and senders of the connection's extra."""
        return self._connection.defaults

    @property
    def pseudonym_secret(self) -> str:
        """The key for pseudonyms of people in tables; by default, the connection's password."""
        return self._connection.pseudonym_secret

    @property
    def events_queue(self) -> str | None:
        """The URL of the queue that Twilio's events come through, where the connection has one."""
        return self._connection.events_queue

    @property
    def base_url(self) -> str | None:
        """The URL that stands in for every Twilio host, where the connection has one."""
        return self._connection.settings.hosts.base_url

    @cached_property
    def _connection(self) -> FlexConnection:
        from airflow_provider_flexout.connection.masking import mask
        from airflow_provider_flexout.connection.settings import read_connection

        read = read_connection(self.get_connection(self.flexout_conn_id))
        mask(read.secrets)
        return read

    @cached_property
    def interactions(self) -> InteractionsClient:
        """A client that reads and changes open interactions."""
        from airflow_provider_flexout.connection.interactions import InteractionsClient

        return InteractionsClient(self.get_conn, self.defaults)

    def history(self, address: str, *, channel: str | None = None) -> list[PastOutreach]:
        """List every outreach to a person, on all channels, the oldest first, to say why they were contacted.

        Each names the DAG, run and task behind it, and the messages since, with their delivery; addresses are
        masked, and no text is included. The list comes from Twilio, so it lacks deleted conversations.

        :param address: the person's phone number with its country code, mail address, or other address, in
            any spelling; or their chat identity.
        :param channel: the name of the channel, where the form of the address suggests another one:
            ``"chat"`` for an identity of digits only. By default, the form decides.
        :returns: the outreaches; ``as_dict()`` of each gives plain JSON.
        :raises InvalidInput: when the address cannot be read, or lacks its country code.
        :raises FlexoutError: when Twilio rejects a request or cannot be reached.
        """
        from airflow_provider_flexout.outreach.inbox.conversations import addresses_of
        from airflow_provider_flexout.outreach.results.history import read_history

        addresses = addresses_of("address", address, channel)
        with self.get_conn() as client:
            return client.run(read_history(addresses))

    def find_orphans(self, older_than: Duration = "1h") -> list[OrphanedConversation]:
        """List the open conversations whose outreach stopped half-way, as when a machine was lost.

        :param older_than: how long nothing must have changed in them, ten minutes at least: a timedelta,
            seconds, or text (``"1h"``, ``"PT1H"``). The default is an hour.
        :raises InvalidInput: when ``older_than`` is not a length of time, or too short.
        :raises FlexoutError: when Twilio rejects a request or cannot be reached.
        """
        from airflow_provider_flexout.outreach import orphans
        from airflow_provider_flexout.outreach.values.durations import read_duration

        with self.get_conn() as client:
            return client.run(orphans.find_orphans(read_duration("older_than", older_than)))

    def delete_orphan(self, orphan: OrphanedConversation) -> bool:
        """Delete an orphaned conversation, unless it turns out that somebody was contacted in it.

        This takes half a minute.

        :param orphan: one of those that :meth:`find_orphans` lists.
        :returns: whether it was deleted.
        :raises InvalidInput: when the connection names no workspace.
        """
        from airflow_provider_flexout.outreach import orphans

        workspace_sid = self.defaults.require(None, "workspace_sid", "workspace_sid")
        with self.get_conn() as client:
            return client.run(orphans.delete_orphan(orphan, workspace_sid))

    def diagnose(self) -> list[Finding]:
        """Check everything that an outreach through this connection needs, as ``flexout doctor`` does.

        It only reads, and sends nothing to anybody. Anything that cannot be read is a finding, too.

        :raises InvalidInput: when the connection lacks a field, which the error names.
        """
        from airflow_provider_flexout.outreach.diagnosis.diagnose import diagnose

        with self.get_conn() as client:
            return client.run(diagnose(self._connection.diagnosis_target))

    def upload_media(self, place: str | ObjectStoragePath, *, channel: str | None = None) -> str:
        """Upload a file for one or more messages, and give its SID, ``ME…``.

        Nobody gets the file until a message names it.
        https://www.twilio.com/docs/conversations/api/media-resource

        :param place: a local path, or an object's URL such as ``s3://aws_default@bucket/card.png``.
        :param channel: the name of a channel whose limits of size and type are checked; ``None`` checks only
            the size limit that every channel has.
        :raises InvalidInput: when the file is missing, too large or of a wrong type, there is no such
            channel, or the connection's ``chat_service_sid`` is missing or not one of this account's.
        """
        from airflow_provider_flexout.connection.files import file_at
        from airflow_provider_flexout.outreach.channels.registry import channel_named
        from airflow_provider_flexout.outreach.message.media import upload

        service_sid = self.defaults.require(None, "chat_service_sid", "chat_service_sid")
        file = file_at(place)
        file.check(channel_named(channel) if channel else None)
        with self.get_conn() as client:
            return client.run(upload(file, service_sid))

    def test_connection(self) -> tuple[bool, str]:
        """Say whether the connection works, for the Test button, without showing a secret.

        Credentials and workspace are checked first; then the first problem that :meth:`diagnose` finds is
        named.
        """
        from airflow_provider_flexout.outreach.diagnosis.finding import in_short
        from airflow_provider_flexout.twilio.api.conversations import list_conversations
        from airflow_provider_flexout.twilio.api.tasks import fetch_workspace
        from airflow_provider_flexout.twilio.http.errors import FlexoutError

        try:
            workspace_sid = self.defaults.workspace_sid
            with self.get_conn() as client:
                client.send(list_conversations(page_size=1))
                workspace = client.send(fetch_workspace(workspace_sid)) if workspace_sid else None
        except FlexoutError as error:
            return False, str(error)
        expected = self._connection.account_sid
        if workspace and expected and workspace.account_sid and expected != workspace.account_sid:
            return False, f"These credentials belong to {workspace.account_sid}, not to {expected}."
        checked = f"Workspace: {workspace.friendly_name}." if workspace else "No workspace_sid is set."
        accepted = f"{self._connection.settings.hosts.described} accepts the credentials. {checked}"
        problem = in_short(self.diagnose(), f"flexout doctor --conn-id {self.flexout_conn_id}")
        return (False, f"{accepted} {problem}") if problem else (True, accepted)

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Describe the connection form to Airflow 3.1; newer ones read the provider's metadata."""
        from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget, BS3TextFieldWidget
        from wtforms import PasswordField, StringField

        from airflow_provider_flexout.get_provider_info import CONN_FIELDS

        def field(info: dict[str, Any]) -> Any:
            secret = info["schema"].get("format") == "password"
            make = PasswordField if secret else StringField
            widget = BS3PasswordFieldWidget() if secret else BS3TextFieldWidget()
            return make(info["label"], description=info["description"], widget=widget)

        return {name: field(info) for name, info in CONN_FIELDS.items()}

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Describe the standard fields to Airflow 3.1; newer ones read the provider's metadata."""
        from airflow_provider_flexout.get_provider_info import UI_FIELD_BEHAVIOUR

        return {name.replace("-", "_"): value for name, value in UI_FIELD_BEHAVIOUR.items()}
