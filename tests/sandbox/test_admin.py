"""The sandbox's own controls over HTTP: everything that the Python handle can do."""

from __future__ import annotations

import pytest

CUSTOMER = "+15005550010"


@pytest.fixture
def control(anybody):
    """Ask the controls: they want no credentials."""

    def ask(method, path, **given):
        return anybody.request(method, f"/sandbox{path}", **given)

    return ask


def test_the_index_tells_of_every_control(control, anybody):
    controls = control("GET", "/").json()["controls"]
    for line in controls:
        methods, _, path = line.partition(" /sandbox/")
        path = path.partition("{")[0]
        if "GET" in methods and not path.endswith("/"):
            with anybody.stream("GET", f"/sandbox/{path}") as answer:  # the events never end
                assert answer.status_code == 200, line


@pytest.mark.parametrize("auth", ["basic", "api_key", "oauth"])
def test_the_connection_is_ready_to_use(sandbox, control, auth):
    answer = control("GET", "/connection", params={"auth": auth}).json()
    assert answer == sandbox.connection(auth=auth)
    assert answer["conn_type"] == "flexout"
    assert answer["login"][:2] == {"basic": "AC", "api_key": "SK", "oauth": "OQ"}[auth]
    assert set(answer["extra"]) == {
        "account_sid",
        "base_url",
        "workspace_sid",
        "workflow_sid",
        "queue_sid",
        "worker_sid",
        "chat_service_sid",
        "instance_sid",
        "studio_flow_sid",
        "sms_from",
        "whatsapp_from",
        "messenger_from",
        "email_from",
        "email_from_name",
    }


def test_people_clock_and_transcript(sandbox, control, open_one, twilio):
    control(
        "POST",
        "/customers",
        json={
            "address": CUSTOMER,
            "replies": [{"text": "yes", "after": "2h"}, "thanks"],
            "receives": {"after": "3s"},
        },
    ).raise_for_status()
    control(
        "POST",
        "/agents",
        json={"worker": "ana", "accepts": True, "says": "Hello", "finishes": {"after": "5h"}},
    ).raise_for_status()
    sids = open_one()
    twilio.conversations.v1.conversations(sids["conversation"]).messages.create(body="well?", author="dag")
    before = control("GET", "/clock").json()
    after = control("POST", "/clock", json={"advance": "3h"}).json()
    assert before["frozen"] is True
    assert after["now"] == sandbox.clock.now().isoformat()
    [shown] = control("GET", "/conversations").json()["conversations"]
    assert shown == control("GET", f"/conversations/{sids['conversation']}").json()
    assert shown["task_sid"] == sids["task"]
    assert [(each["role"], each["body"]) for each in shown["transcript"]] == [
        ("pipeline", "well?"),
        ("agent", "Hello"),
        ("customer", "thanks"),
        ("customer", "yes"),
    ]
    assert shown["transcript"][0]["delivery"]["delivered"] == "all"
    control("POST", "/clock", json={"advance": "122m"})
    assert control("GET", "/tasks").json()["tasks"][0]["status"] == "completed"
    assert control("GET", "/interactions").json()["interactions"][0]["channel_status"] == "closed"


def test_customers_speak_and_opt_out(sandbox, control, open_one):
    open_one()
    control(
        "POST", "/customers", json={"address": CUSTOMER, "says": "hi", "opts_out": True}
    ).raise_for_status()
    assert [each.body for each in sandbox.messages] == ["hi"]
    wrong = control("POST", "/customers", json={"address": "+15005550099", "says": "hi"})
    assert wrong.status_code == 400
    assert "no open conversation" in wrong.json()["message"]


def test_faults_settings_log_and_reset(sandbox, control, http):
    planted = control(
        "POST", "/faults", json={"kind": "fail", "operation": "CreateConversation", "status": 503, "times": 2}
    ).json()
    assert (planted["planted"], planted["fired"]) == (2, 0)
    assert http.post("/v1/Conversations").status_code == 503
    assert control("GET", "/faults").json()["fired"] == 1
    assert control("DELETE", "/faults").json()["planted"] == 0
    assert http.post("/v1/Conversations").status_code == 201
    assert control("POST", "/settings", json={"task_list_lag": "5s"}).json()["task_list_lag"] == 5
    assert sandbox.task_list_lag == 5
    log = control("GET", "/requests", params={"operation": "CreateConversation", "limit": 1}).json()[
        "requests"
    ]
    assert [each["status"] for each in log] == [201]
    control("POST", "/reset").raise_for_status()
    assert (sandbox.conversations, len(sandbox.requests), sandbox.task_list_lag) == ([], 0, 0)
    assert control("GET", "/conversations").json() == {"conversations": []}


def test_tokens_can_be_revoked(sandbox, control, anybody):
    client = sandbox.connection(auth="oauth")
    form = {
        "grant_type": "client_credentials",
        "client_id": client["login"],
        "client_secret": client["password"],
    }
    token = anybody.post("/v2/token", data=form).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    url = "/v1/Conversations"
    assert anybody.get(url, headers=headers).status_code == 200
    control("POST", "/tokens", json={"revoke": True}).raise_for_status()
    assert anybody.get(url, headers=headers).status_code == 401


@pytest.mark.parametrize("limit", ["1", "2", "99"])
def test_lists_can_be_cut_to_the_newest(control, twilio, limit):
    made = [twilio.conversations.v1.conversations.create().sid for _ in range(3)]
    shown = control("GET", "/conversations", params={"limit": limit}).json()["conversations"]
    assert [each["sid"] for each in shown] == made[-int(limit) :]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("GET", "/clock/deeper", None, 404),
        ("GET", "/conversations/nobody", None, 404),
        ("DELETE", "/clock", None, 405),
        ("GET", "/connection?auth=magic", None, 400),
        ("GET", "/tasks?limit=many", None, 400),
        ("POST", "/clock", {"advance": "soon"}, 400),
        ("POST", "/clock", {"frozen": "yes"}, 400),
        ("POST", "/clock", {"pace": 2}, 400),
        ("POST", "/settings", {"speed": 2}, 400),
        ("POST", "/faults", {"kind": "earthquake", "operation": "*"}, 400),
        ("POST", "/faults", {"kind": "fail", "operation": "*", "surprise": 1}, 400),
        ("POST", "/faults", {"kind": "fail"}, 400),
        ("POST", "/customers", {"dances": True}, 400),
        ("POST", "/customers", {"replies": {"words": "yes"}}, 400),
        ("POST", "/agents", {"worker": "nobody"}, 400),
        ("POST", "/tokens", {}, 400),
        ("POST", "/reset", {"really": True}, 400),
    ],
)
def test_wrong_controls_are_refused_with_a_sentence(control, method, path, body, status):
    answer = control(method, path, json=body)
    assert answer.status_code == status
    assert answer.json()["message"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"[" * 100_000])
def test_bodies_that_are_no_json_objects_are_refused(control, body):
    assert control("POST", "/clock", content=body).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "localhost:8765"}, 200),
        ({"Host": "[::1]:8765"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:8765"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:8765", "Origin": "http://localhost:8765"}, 200),
        ({"Host": "localhost:8765", "Origin": "http://localhost:3000"}, 403),
    ],
)
def test_web_pages_of_others_are_kept_out(control, headers, status):
    assert control("GET", "/conversations", headers=headers).status_code == status
