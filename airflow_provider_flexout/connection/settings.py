"""Reading an Airflow connection: how to reach Twilio, and what operators take as defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_provider_flexout.connection.extra import Extra
from airflow_provider_flexout.connection.masking import secrets_in
from airflow_provider_flexout.connection.metrics import AirflowMetrics
from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.diagnosis.target import DiagnosisTarget
from airflow_provider_flexout.outreach.values.arguments import check_one_line
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.outreach.values.sids import check_sid
from airflow_provider_flexout.twilio import metrics
from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Hosts, OAuthCredentials, Settings

if TYPE_CHECKING:
    from airflow.sdk import Connection


@dataclass(frozen=True, slots=True)
class FlexConnection:
    """What an Airflow connection of type ``flexout`` says.

    :param settings: how to reach Twilio, and with which credentials.
    :param defaults: SIDs and senders for arguments that operators leave out.
    :param pseudonym_secret: the key of the pseudonyms of people in tables.
    :param events_queue: the URL of the queue that Twilio's events come through, which may hold a password;
        ``None`` where there is none.
    :param secrets: what must not appear in a log.
    """

    settings: Settings
    defaults: ConnectionDefaults
    pseudonym_secret: str = field(repr=False)
    events_queue: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def account_sid(self) -> str | None:
        """The account, ``AC…``, where the connection names it."""
        return self.settings.account_sid

    @property
    def diagnosis_target(self) -> DiagnosisTarget:
        """What ``flexout doctor`` looks at: everything here but the secrets."""
        credentials = self.settings.credentials
        if isinstance(credentials, OAuthCredentials):
            login = f"OAuth client {credentials.client_id}"
        else:
            kind = "API key" if credentials.username.startswith("SK") else "auth token of"
            login = f"{kind} {credentials.username}"
        return DiagnosisTarget(login, self.settings.hosts.described, self.defaults, self.account_sid)


def read_connection(connection: Connection) -> FlexConnection:
    """Read a connection of type ``flexout``.

    :param connection: the connection as Airflow gives it.
    :raises InvalidInput: with the name of the field that is missing or wrong, and without its secret.
    """
    metrics.send_to(AirflowMetrics)
    extra = Extra(connection)
    for name in ("host", "port", "schema"):
        if getattr(connection, name):  # the Test button may pass 0 for a port that is not set
            extra.refuse(name, "is not used; a URL in place of Twilio's hosts is base_url, in the extra.")
    credentials = _credentials(extra, connection.login, connection.password)
    login = connection.login if isinstance(credentials, BasicCredentials) else None
    settings = Settings(
        credentials=credentials,
        hosts=Hosts(region=extra.region(), edge=extra.edge(), base_url=extra.base_url()),
        read_timeout=extra.timeout() or timing.READ_TIMEOUT,
        verify=extra.verify(),
        proxy=extra.proxy(),
        account_sid=extra.text("account_sid") or (login if login and login.startswith("AC") else None),
    )
    proxy = settings.proxy
    if not proxy:
        from airflow_provider_flexout.twilio.http.transport import proxy_for

        where = "the proxy of the environment (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY)"
        proxy = proxy_for(settings, settings.hosts.base("flex-api"))
        extra.check_proxy(where, proxy)
    for channel in CHANNELS.values():
        for name in channel.sender_fields[:1]:
            if sender := extra.text(name):
                extra.check(name, channel.check_sender, channel.normalize(sender))
        for name in channel.sender_fields[1:]:  # the sender's name
            extra.check(name, check_one_line, extra.text(name))
    defaults = ConnectionDefaults.from_extra(str(connection.conn_id), extra.fields)
    secret, queue = extra.text("pseudonym_secret") or str(connection.password), extra.events_queue()
    secrets = {str(connection.password), secret, *secrets_in(proxy), *secrets_in(queue)}
    return FlexConnection(settings, defaults, secret, queue, tuple(secrets))


def _credentials(
    extra: Extra, login: str | None, password: str | None
) -> BasicCredentials | OAuthCredentials:
    for name, value in (("login", login), ("password", password)):
        if not value:
            sids = "set the login to a SID (AC…, SK… or OQ…) and the password to its secret"
            extra.refuse(name, f"is missing; {sids}.")
        extra.check_text(name, value)
        if not str(value).isprintable():
            extra.refuse(name, "has a line break or an invisible character in it; remove it.")
    login, password = str(login), str(password)
    if login.startswith("OQ"):
        return OAuthCredentials(login, password)
    if not login.startswith(("AC", "SK")):
        kinds = "an account SID (AC…), an API key SID (SK…) or an OAuth client id (OQ…)"
        extra.refuse("login", f"must be {kinds}, but this one starts with {login[:2]!r}.")
    extra.check("login", check_sid, login, login[:2])
    return BasicCredentials(login, password)
