"""A client for the part of Airflow's REST API that the demo and the tests need."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

PAGE = 100
"""The most that Airflow returns at once, unless it is configured otherwise."""
CONFLICT, SERVER_ERROR = 409, 500
TIMEOUT = 120.0
"""Seconds that Airflow may take for a response, on a machine that is busy with other things."""
TRIES = 5
"""How often Airflow is asked where it is too busy to respond, after a minute or two each time."""


class AirflowApiError(RuntimeError):
    """Airflow refused a request.

    :param response: its response.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        request = response.request
        super().__init__(
            f"Airflow refused {request.method} {request.url.path} with {self.status}: {response.text[:2000]}"
        )


class AirflowApi:
    """Airflow's REST API, version 2, for one user.

    :param url: where the API server listens.
    :param username: login of the user.
    :param password: password of the user.
    """

    def __init__(self, url: str, username: str, password: str) -> None:
        self._client = httpx.Client(
            base_url=f"{url}/api/v2/",
            auth=_TokenAuth(f"{url}/auth/token", username, password),
            timeout=TIMEOUT,
            transport=httpx.HTTPTransport(retries=3),  # of the TCP connect only: the server may be restarting
            trust_env=False,  # no proxy between us and our own machine
        )

    def close(self) -> None:
        """Close its network connections."""
        self._client.close()

    def get(self, path: str, **query: Any) -> Any:
        """GET a JSON document; ask again while SQLite or the machine is too busy, or a connection ends.

        :param path: below `/api/v2/`.
        :param query: URL parameters.
        :raises AirflowApiError: if the response is an error.
        """
        return self._send_until_received("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """POST a JSON document once, and return the response.

        :param path: below `/api/v2/`.
        :param body: the document.
        :raises AirflowApiError: if the response is an error.
        """
        return self._send("POST", path, json=body)

    def create(self, path: str, body: Mapping[str, Any]) -> None:
        """POST what an id in the document makes unique; try again where `get` asks again.

        :param path: below `/api/v2/`.
        :param body: the document.
        :raises AirflowApiError: if the response is an error, or it has existed before.
        """
        self._send_until_received("POST", path, json=body)

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """PATCH with a JSON document, again where `get` asks again, and return the response.

        :param path: below `/api/v2/`.
        :param body: the document.
        :raises AirflowApiError: if the response is an error.
        """
        return self._send_until_received("PATCH", path, json=body)

    def every(self, path: str, key: str, **query: Any) -> Iterator[Any]:
        """Walk through a collection, page by page.

        :param path: below `/api/v2/`.
        :param key: name of the list in the response, such as `task_instances`.
        :param query: URL parameters.
        :raises AirflowApiError: if a response is an error.
        """
        offset = 0
        while True:
            response = self.get(path, limit=PAGE, offset=offset, **query)
            yield from response[key]
            offset += len(response[key])
            if offset >= response["total_entries"] or not response[key]:
                return

    def health(self) -> dict[str, dict[str, str | None]] | None:
        """Return the health of the parts of Airflow; None while nothing responds.

        The response maps the name of each part to its `status` and the time of its latest heartbeat.
        """
        try:
            response = self._client.get("monitor/health", auth=None)
        except httpx.TransportError:
            return None
        health: dict[str, dict[str, str | None]] | None = response.json() if response.is_success else None
        return health

    def responds(self, url: str) -> bool:
        """Say whether a server gives a good response.

        :param url: a page that needs no login.
        """
        try:
            return self._client.get(url, auth=None).is_success
        except httpx.TransportError:
            return False

    def add_connection(self, connection_id: str, connection: Mapping[str, Any]) -> None:
        """Create a connection in the metadata database.

        :param connection_id: its id.
        :param connection: `conn_type`, `host`, `login`, `password`, `schema`, `port`, and `extra`, either as
            a dictionary or as a JSON string.
        :raises AirflowApiError: if Airflow does not take it.
        """
        fields = {name: value for name, value in connection.items() if value is not None}
        if isinstance(fields.get("extra"), dict):
            fields["extra"] = json.dumps(fields["extra"])
        self.create("connections", {**fields, "connection_id": connection_id})

    def _send_until_received(self, method: str, path: str, **arguments: Any) -> Any:
        tried = 0
        while True:
            tried += 1
            try:
                return self._send(method, path, **arguments)
            except AirflowApiError as error:
                if error.status == CONFLICT and method == "POST" and tried > 1:
                    return None  # an earlier request has created it, although its response said otherwise
                if error.status != SERVER_ERROR or tried == TRIES:
                    raise
            except (httpx.TimeoutException, httpx.ReadError, httpx.RemoteProtocolError):
                if tried == TRIES:  # an earlier try may have used a connection just as it was closed
                    raise

    def _send(self, method: str, path: str, **arguments: Any) -> Any:
        response = self._client.request(method, path, **arguments)
        if not response.is_success:
            raise AirflowApiError(response)
        return response.json()


class _TokenAuth(httpx.Auth):
    """Log in at the first request, and again whenever the token has expired."""

    requires_response_body = True

    def __init__(self, url: str, username: str, password: str) -> None:
        self._url = url
        self._credentials = {"username": username, "password": password}
        self._token: str | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._token is None:
            yield from self._log_in()
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            yield from self._log_in()
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _log_in(self) -> Generator[httpx.Request, httpx.Response, None]:
        response = yield httpx.Request("POST", self._url, json=self._credentials)
        if not response.is_success:
            raise AirflowApiError(response)
        self._token = response.json()["access_token"]
