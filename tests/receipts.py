"""How the campaigns in tests/system/airflow/dags/receipts.py end, in ``dag.test()`` and in a real Airflow."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from airflow_provider_flexout.sandbox import Sandbox
from tests.paths import ROOT

FILE = ROOT / "tests" / "system" / "airflow" / "dags" / "receipts.py"
CONTACTS = 4


@dataclass(frozen=True)
class Campaign:
    """A campaign whose receipts come an hour after its messages, by the sandbox's clock.

    :param area: how its customers' numbers begin.
    :param failures: by contact, the code of a message that does not arrive.
    :param said: what the task says of it.
    """

    area: str
    failures: dict[int, int]
    said: str = ""

    @property
    def state(self) -> str:
        """How the run of the DAG ends."""
        return "failed" if self.said else "success"

    def prepare(self, sandbox: Sandbox) -> None:
        """Tell the customers when receipts come."""
        for number in range(CONTACTS):
            customer = sandbox.customer(f"{self.area}0{number}")
            code = self.failures.get(number)
            customer.fails(code, after="1h") if code else customer.receives("1h")

    def check(self, results: Path) -> None:
        """Look at what became of each contact whose receipt was read."""
        lines = sorted(map(json.loads, results.read_text().splitlines()), key=lambda one: one["line"])
        assert [one["line"] for one in lines] == [1, 2, 3, 4]
        assert [one["id"] for one in lines] == [0, 1, 2, 3]
        found = [(one["outcome"], one["status"], one.get("code")) for one in lines]
        assert found == [
            ("undelivered", "undelivered", self.failures[number])
            if number in self.failures
            else ("opened", "delivered", None)
            for number in range(CONTACTS)
        ]
        assert self.area not in results.read_text()


CAMPAIGNS = {
    "receipts_arrive": Campaign("+120255560", {2: 30003}),
    "receipts_too_many_failed": Campaign(
        "+120255561",
        {1: 30003, 2: 30005},
        "2 of them failed or cannot be used, more than max_failures=1 allows",
    ),
    "receipts_sender_may_not_send": Campaign("+120255562", {3: 30034}, "Register the sender for A2P 10DLC"),
}
