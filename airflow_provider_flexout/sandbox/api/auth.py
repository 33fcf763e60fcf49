"""Credentials: one test account, by auth token, by API key, or by an OAuth client's access tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse, compact
from airflow_provider_flexout.sandbox.wire.parameters import Param, absent, text

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["OPERATIONS", "authenticate", "unauthorized"]


_TOKEN_FORM: Final = {
    "grant_type": Param(text()),
    "client_id": Param(text()),
    "client_secret": Param(text()),
    "code": Param(absent),
    "redirect_uri": Param(absent),
    "audience": Param(absent),
    "refresh_token": Param(absent),
    "scope": Param(absent),
}


def unauthorized() -> ApiError:
    """Return the error for missing or wrong credentials."""
    return ApiError(401, 20003, "Authenticate", {"WWW-Authenticate": 'Basic realm="Twilio API"'})


def authenticate(store: Store, header: str | None) -> None:
    """Check that a request carries credentials of the test account.

    :param store: the sandbox's state.
    :param header: the ``Authorization`` header.
    :raises ApiError: 401/20003.
    """
    accepted = (store.credentials["basic"].basic, store.credentials["api_key"].basic)
    if header in accepted:
        return
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() == "bearer" and store.tokens.get(token, 0.0) > store.clock.time():
        return
    if scheme.lower() == "basic" and f"Basic {token.strip()}" in accepted:
        return
    raise unauthorized()


def _create_token(request: ApiRequest) -> ApiResponse:
    """Issue an access token to the OAuth client."""
    form = request.form
    if form.get("grant_type") != "client_credentials":
        raise ApiError(400, 20001, "grant_type must be client_credentials")
    client = request.store.credentials["oauth"]
    if (form.get("client_id"), form.get("client_secret")) != (client.login, client.password):
        if request.store.settings.wrong_client == "400":
            raise ApiError(400, 20001, "Invalid client credentials")
        raise unauthorized()
    store = request.store
    issued = store.clock.time()
    lifetime = int(store.settings.token_lifetime)
    token = _signed(
        store.signing_key,
        {
            "iss": "flexout-sandbox",
            "sub": ACCOUNT_SID,
            "client_id": client.login,
            "jti": store.sids.new(""),
            "iat": int(issued),
            "exp": int(issued) + lifetime,
        },
    )
    store.tokens[token] = issued + lifetime
    return ApiResponse(
        {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": lifetime,
            "id_token": None,
            "refresh_token": None,
        }
    )


def _signed(key: bytes, payload: dict[str, Any]) -> str:
    parts = [_url64(compact(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, payload)]
    signature = hmac.new(key, ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, _url64(signature)])


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


OPERATIONS: Final = [
    Operation(
        "CreateOauth2Token",
        "POST",
        "/v2/token",
        _create_token,
        form=_TOKEN_FORM,
        query={"account_sid": Param(absent)},
        public=True,
    )
]
