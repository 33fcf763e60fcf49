"""A campaign whose process is killed again and again in the middle of its work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter

from airflow_provider_flexout.sandbox import Sandbox

CONTACTS, KILLS = 200, 3
CUSTOMERS = [f"+1202555{number:04d}" for number in range(100, 100 + CONTACTS)]
TIMEOUT = 300.0


def test_each_contact_is_reached_once_whenever_it_is_killed(tmp_path, record_figures):
    file = tmp_path / "contacts.csv"
    file.write_text("to,order\n" + "".join(f"{number},A-{number[-4:]}\n" for number in CUSTOMERS))
    with Sandbox(seed=7).serve() as sandbox:
        environment = os.environ | {"AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(sandbox.connection())}
        sandbox.faults.delay("*", 0.2, times=None)

        def begin(number: int) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", "tests.system.celery.one_try", str(file), str(number)]
            return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)

        begun = []
        for kill in range(1, KILLS + 1):
            process, deadline = begin(kill), time.monotonic() + TIMEOUT
            while len(sandbox.conversations) < kill * CONTACTS // (KILLS + 1):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.kill()
            process.wait()
            begun.append(len(sandbox.messages))
        sandbox.faults.clear()
        assert begin(KILLS + 1).wait(TIMEOUT) == 0
    customers = Counter(one.address for each in sandbox.conversations for one in each.participants)
    record_figures({"messages at kills": f"{begun}, then {len(sandbox.messages)}"})
    assert {number: customers[number] for number in CUSTOMERS} == dict.fromkeys(CUSTOMERS, 1)
    assert [len(one.texts) for one in sandbox.conversations] == [1] * CONTACTS
    assert len(sandbox.interactions) == len(sandbox.tasks) == CONTACTS
