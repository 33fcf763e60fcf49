"""The secrets of a connection in the logs of a task and of its trigger, though somebody writes them there."""

from __future__ import annotations

import json

TIMEOUT = 240.0
QUEUE, DECODED, PROXY, PSEUDONYMS = "queue%2Fsesame", "queue/sesame", "proxy-sesame", "pseudonym-sesame"
PLAIN = "the rice is cheap"


def test_neither_the_log_of_a_task_nor_that_of_its_trigger_shows_them(airflow, sandbox):
    made = sandbox.connection()
    made["extra"] |= {
        "events_queue": f"redis://twilio:{QUEUE}@127.0.0.1:6379/0",
        "proxy": f"http://somebody:{PROXY}@127.0.0.1:8080",
        "pseudonym_secret": PSEUDONYMS,
    }
    airflow.api.post(
        "connections", made | {"connection_id": "flexout_secrets", "extra": json.dumps(made["extra"])}
    )
    secrets = [QUEUE, DECODED, PROXY, PSEUDONYMS, made["password"]]
    texts = [PLAIN, *(f"at {secret}." for secret in secrets)]
    run = airflow.run("telling", {"texts": texts})
    assert run.wait(TIMEOUT) == "success", run.failures()
    written = "\n".join(
        one.read_text() for one in airflow.folder.glob("logs/dag_id=telling/**/*") if one.is_file()
    )
    for who in ("task", "trigger"):
        assert written.count(f"The {who} tells: {PLAIN}") == 1
        assert written.count(f"The {who} tells: at ***.") == len(secrets)
    assert not [secret for secret in secrets if secret in written]
