"""What a campaign says while it runs."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

from airflow_provider_flexout.bulk.outcome import ContactOutcome
from airflow_provider_flexout.bulk.progress import Progress
from airflow_provider_flexout.bulk.result import Result
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from tests.unit.conftest import TaskInstance

PATIENCE = 30.0


class Told(TaskInstance):
    """A task instance that notices what it is told while the task runs."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = False  # once, and the next line comes all the same
        self.lines: list[str] = []
        self.more = threading.Condition()

    def xcom_push(self, key: str, value: Any) -> None:
        if key == "progress" and not self.failed:
            self.failed = True
            raise ConnectionError("Airflow is away")
        super().xcom_push(key, value)
        if key == "progress":
            with self.more:
                self.lines.append(value)
                self.more.notify_all()

    def waits_for(self, pattern: str) -> bool:
        """Wait until a line of progress says so."""
        with self.more:
            return self.more.wait_for(
                lambda: any(re.fullmatch(pattern, line) for line in self.lines), PATIENCE
            )


@pytest.fixture(autouse=True)
def often(monkeypatch) -> None:
    monkeypatch.setattr("airflow_provider_flexout.bulk.progress.PROGRESS_EVERY", 0.01)


def test_it_is_told_in_the_log_and_in_an_xcom_while_contacts_are_being_reached(run, served, caplog):
    told, seen = Told(), []

    def suppressed(address: str) -> bool:
        """Let the third contact wait until progress tells of the first two, and that one was refused."""
        if address.endswith("01"):
            served.faults.rate_limit("CreateConversation")
        if address.endswith("02"):
            line = r"2 contacts done \(67%\), [\d.]+/s, \d+ s left, until \d\d:\d\d UTC: opened 2; .*: 1\."
            seen.append(told.waits_for(line))
            assert "2 contacts done (67%)" in caplog.text
        return False

    contacts = [{"to": f"+120255501{number:02d}"} for number in range(3)]
    operator = BulkOutreachOperator(
        task_id="reach",
        contacts=contacts,
        message="Hi.",
        channel="sms",
        suppression=suppressed,
        concurrency=1,
    )
    summary = run(operator, context={"ti": told}).xcoms["return_value"]
    assert summary["opened"] == 3
    assert seen == [True]
    assert "could not be written: Airflow is away" in caplog.text


def test_what_cannot_be_known_is_not_told():
    now = 0.0
    progress = Progress(clock=lambda: now)
    assert progress.describe(None) == "0 contacts done, 0.0/s"
    for line in range(1, 1235):
        progress.add(Result(line, None, ContactOutcome.OPENED if line % 2 else ContactOutcome.INVALID))
    now = 10.0
    assert progress.describe(None) == "1,234 contacts done, 123.4/s: opened 617, invalid 617"
    assert re.fullmatch(
        r"1,234 contacts done \(50%\), 123\.4/s, 10 s left, until \d\d:\d\d UTC: opened 617, invalid 617",
        progress.describe(0.5),
    )
    assert re.search(r"13 h \d+ min left, until \d\d \w{3} \d\d:\d\d UTC", progress.describe(0.0002))


@pytest.mark.parametrize("file", [True, False], ids=["a file of results", "none"])
def test_each_contact_is_in_the_results_or_in_the_log(run, served, tmp_path, caplog, file):
    contacts = [{"to": f"+120255501{number:02d}"} for number in range(3)]
    results = tmp_path / "results.jsonl"
    given = {"results": str(results)} if file else {}
    caplog.set_level("INFO")
    run(BulkOutreachOperator(task_id="reach", contacts=contacts, message="Hi.", channel="sms", **given))
    told = results.read_text() if file else caplog.text
    assert all(one.sid in told for one in served.conversations)
    assert len(served.conversations) == 3
    assert ("Sent message" in caplog.text) is not file
    caplog.clear()
    other = CreateInteractionOperator(task_id="other", channel="sms", to="+12025550199")
    run(other)
    assert "Opened interaction" in caplog.text
