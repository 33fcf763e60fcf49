"""What every request meets: credentials, paths, fields, pages, header fields."""

from __future__ import annotations

import json

import httpx
import pytest
from twilio.credential.client_credential_provider import ClientCredentialProvider
from twilio.http.client_token_manager import ClientTokenManager
from twilio.rest import Client

from airflow_provider_flexout.sandbox import HttpRequest, Sandbox

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def token_of(anybody: httpx.Client, sandbox: Sandbox, **changes: str) -> httpx.Response:
    client = sandbox.connection(auth="oauth")
    form = {
        "grant_type": "client_credentials",
        "client_id": client["login"],
        "client_secret": client["password"],
    }
    return anybody.post("/v2/token", data=form | changes)


@pytest.mark.parametrize("auth", ["basic", "api_key"])
def test_the_account_and_its_key_may_ask(sandbox, connect, auth):
    connection = sandbox.connection(auth=auth)
    made = connect(connection["login"], connection["password"]).conversations.v1.conversations.create()
    assert made.account_sid == connection["extra"]["account_sid"]


def test_nobody_else_may_ask(sandbox, connect, refused):
    right, key = sandbox.connection(), sandbox.connection(auth="api_key")
    oauth = sandbox.connection(auth="oauth")
    for login, password in (
        (right["login"], "wrong"),
        (right["login"], key["password"]),
        (key["login"], right["password"]),
        (oauth["login"], oauth["password"]),
        ("AC" + "0" * 32, right["password"]),
    ):
        with refused(401, 20003):
            connect(login, password).conversations.v1.conversations.create()
    assert sandbox.conversations == []


@pytest.mark.parametrize("header", [None, "Basic", "Basic !!", "Bearer x", "Bearer", "Digest x"])
def test_malformed_credentials_are_refused(anybody, header):
    headers = {} if header is None else {"Authorization": header}
    answer = anybody.get("/v1/Conversations", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_twilios_library_gets_a_token_of_its_own(sandbox, connect):
    connection = sandbox.connection(auth="oauth")
    http_client = connect("unused", "unused").http_client
    manager = ClientTokenManager("client_credentials", connection["login"], connection["password"])
    manager.client.http_client = http_client
    client = Client(
        account_sid=connection["extra"]["account_sid"],
        credential_provider=ClientCredentialProvider(
            connection["login"], connection["password"], token_manager=manager
        ),
        http_client=http_client,
    )
    assert client.conversations.v1.conversations.create().sid == sandbox.conversations[0].sid
    assert sandbox.requests.count("CreateOauth2Token") == 1


def test_tokens_expire_and_can_be_revoked(sandbox, anybody):
    def ask(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return anybody.get("/v1/Conversations", headers=headers).status_code

    sandbox.settings.token_lifetime = "10m"
    first, second = (token_of(anybody, sandbox).json() for _ in range(2))
    assert first["expires_in"] == 600
    assert first["access_token"] != second["access_token"]
    assert first["access_token"].count(".") == 2
    sandbox.clock.advance("599s")
    assert (ask(first["access_token"]), ask(second["access_token"])) == (200, 200)
    sandbox.clock.advance("1s")
    assert ask(first["access_token"]) == 401
    third = token_of(anybody, sandbox).json()["access_token"]
    assert ask(third) == 200
    sandbox.revoke_tokens()
    assert ask(third) == 401


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, 20003),
        ({"client_id": "OQ" + "0" * 32}, 401, 20003),
        ({"grant_type": "password"}, 400, 20001),
        ({"surprise": "1"}, 400, 20001),
    ],
)
def test_wrong_requests_for_tokens(sandbox, anybody, changes, status, code):
    answer = token_of(anybody, sandbox, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_errors_look_like_twilios(http):
    answer = http.get("/v1/Conversations/nobody")
    assert answer.status_code == 404
    assert answer.json() == {
        "code": 20404,
        "message": "The requested resource /v1/Conversations/nobody was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }


def test_every_answer_has_twilios_header_fields(sandbox, http):
    answer = http.get("/v1/Conversations")
    assert answer.headers["date"] == sandbox.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert len(answer.headers.get_list("date")) == 1
    assert answer.headers["twilio-request-id"].startswith("RQ")
    assert len(answer.headers["twilio-request-id"]) == 34
    assert "twilio-concurrent-requests" in answer.headers
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1", 404, 20404),
        ("GET", "/v1/Nothing", 404, 20404),
        ("GET", "/v1/Conversations/", 404, 20404),
        ("GET", "/v1//Conversations", 404, 20404),
        ("GET", "/v2/Conversations", 404, 20404),
        ("GET", "/v1/Conversations/CHxyz", 404, 20404),
        ("GET", "/v1/Interactions/CH" + "0" * 32, 404, 20404),
        ("GET", "/v1/Interactions", 405, 20004),
        ("PUT", "/v1/Conversations", 405, 20004),
        ("GET", "/v1/Conversations?Surprise=1", 400, 20001),
        ("GET", "/v1/Conversations?PageSize=0", 400, 20001),
        ("GET", "/v1/Conversations?PageSize=101", 400, 20001),
        ("GET", "/v1/Conversations?PageSize=ten", 400, 20001),
        ("GET", "/v1/Conversations?PageSize=1&PageSize=2", 400, 20001),
        ("GET", "/v1/Conversations?PageToken=made-up", 400, 20001),
        ("GET", "/v1/Conversations?State=sleeping", 400, 20001),
        ("GET", "/v1/Conversations?StartDate=yesterday", 400, 20001),
        ("GET", "/v1/Conversations?StartDate=9999-12-31T23:59:59-23:59", 400, 20001),
        ("GET", "/v1/Conversations?State=%FF", 400, 20001),
        ("GET", "/v1/ParticipantConversations?Address=%2B1&PageToken=PTx", 400, 20001),
    ],
)
def test_wrong_requests_are_refused(http, method, path, status, code):
    answer = http.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"UniqueName": "x"}},
        {"content": b"UniqueName=x", "headers": {"Content-Type": "text/plain"}},
        {"data": {"Surprise": "x"}},
        {
            "content": b"UniqueName=x&UniqueName=y",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        },
        {"content": b"UniqueName=\xff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"data": {"Attributes": "[" * 8000}},
    ],
)
def test_bodies_are_forms_with_known_fields(sandbox, http, body):
    answer = http.post("/v1/Conversations", **body)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert sandbox.conversations == []


def test_json_nested_without_end_is_refused(sandbox, http):
    answer = http.post("/v1/Interactions", data={"Channel": '{"a":' * 50_000})
    assert answer.status_code == 400
    assert http.get("/v1/Conversations").status_code == 200


def pages(http: httpx.Client, path: str, key: str) -> list[list[str]]:
    found, url = [], path
    while url is not None:
        answer = http.get(url).json()
        assert answer["meta"]["key"] == key
        found.append([each.get("sid") or each["conversation_sid"] for each in answer[key]])
        url = answer["meta"]["next_page_url"]
    return found


def test_lists_are_turned_page_by_page(sandbox, http, twilio):
    made = [twilio.conversations.v1.conversations.create().sid for _ in range(5)]
    assert pages(http, "/v1/Conversations?PageSize=2", "conversations") == [made[:2], made[2:4], made[4:]]
    assert pages(http, "/v1/Conversations?PageSize=5", "conversations") == [made]
    newest = "/v1/Conversations?PageSize=2&StartDate=2020-01-01"
    assert pages(http, newest, "conversations") == [made[:2:-1], made[2:0:-1], made[:1]]
    assert [each.sid for each in twilio.conversations.v1.conversations.list(page_size=2)] == made
    first = http.get("/v1/Conversations?PageSize=2").json()
    twilio.conversations.v1.conversations(made[1]).delete()
    rest = http.get(first["meta"]["next_page_url"]).json()
    assert [each["sid"] for each in rest["conversations"]] == made[2:4]


def test_every_list_has_pages(sandbox, http, twilio, open_one, extra):
    conversation = twilio.conversations.v1.conversations.create()
    people = [conversation.participants.create(identity=f"p{n}").sid for n in range(3)]
    messages = [conversation.messages.create(body=str(n)).sid for n in range(3)]
    base = f"/v1/Conversations/{conversation.sid}"
    assert pages(http, f"{base}/Participants?PageSize=2", "participants") == [people[:2], people[2:]]
    assert pages(http, f"{base}/Messages?PageSize=2", "messages") == [messages[:2], messages[2:]]
    down = pages(http, f"{base}/Messages?PageSize=2&Order=desc", "messages")
    assert down == [messages[:0:-1], messages[:1]]
    others = [twilio.conversations.v1.conversations.create() for _ in range(2)]
    for each in others:
        each.participants.create(identity="p0")
    sids = sorted([conversation.sid, *(each.sid for each in others)])
    mine = "/v1/ParticipantConversations?Identity=p0&PageSize=2"
    assert pages(http, mine, "conversations") == [sids[:2], sids[2:]]
    routed = {"attributes": {"key": "k"}}
    tasks = [open_one(routed=routed)["task"] for _ in range(3)]
    path = f"/v1/Workspaces/{extra['workspace_sid']}"
    query = "Ordering=DateCreated%3Aasc&EvaluateTaskAttributes=key%3D%3D%27k%27&PageSize=2"
    assert pages(http, f"{path}/Tasks?{query}", "tasks") == [tasks[:2], tasks[2:]]
    workers = pages(http, f"{path}/Workers?PageSize=1", "workers")
    assert [len(each) for each in workers] == [1, 1, 1]


def test_the_next_page_is_on_the_host_that_was_asked():
    sandbox = Sandbox(seed=1)
    connection = sandbox.connection()
    auth = httpx.BasicAuth(connection["login"], connection["password"])
    bare = httpx.Request("POST", "https://sandbox.example/v1/Conversations")
    headers = dict(next(auth.sync_auth_flow(bare)).headers)

    def ask(method: str, query: str = "") -> dict:
        request = HttpRequest(method, "/v1/Conversations", query, headers, b"", "https")
        return sandbox.handle(request).json()

    for _ in range(2):
        ask("POST")
    url = ask("GET", "PageSize=1&State=active")["meta"]["next_page_url"]
    assert url.startswith(
        "https://sandbox.example/v1/Conversations?State=active&PageSize=1&Page=1&PageToken="
    )


def test_what_was_asked_is_written_down(sandbox, http, anybody):
    http.post("/v1/Conversations", data={"UniqueName": "x"})
    http.post("/v1/Conversations", data={"UniqueName": "x"})
    token_of(anybody, sandbox)
    http.get("/v1/Nowhere?a=b")
    log = sandbox.requests
    assert [(each.n, each.operation, each.status) for each in log] == [
        (1, "CreateConversation", 201),
        (2, "CreateConversation", 409),
        (3, "CreateOauth2Token", 200),
        (4, "", 404),
    ]
    assert log.count("CreateConversation") == 2
    assert log[0].form == {"UniqueName": "x"}
    assert set(log[2].form) == {"grant_type", "client_id"}
    assert log[-1].path == "/v1/Nowhere?a=b"
    assert sandbox.connection(auth="oauth")["password"] not in json.dumps([str(each) for each in log])
