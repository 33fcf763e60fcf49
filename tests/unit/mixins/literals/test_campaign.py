"""What all contacts of a campaign share is checked when the DAG is parsed, by a module of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from airflow_provider_flexout.mixins.literals.campaign import check_campaign
from airflow_provider_flexout.mixins.literals.known import Literals
from airflow_provider_flexout.outreach.errors import InvalidInput

OTHERS = """
import sys
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
CreateInteractionOperator(task_id="open", channel="sms", to="+12025550117")
sys.exit("airflow_provider_flexout.bulk.campaign" in sys.modules)
"""


@pytest.mark.parametrize(
    ("argument", "value"),
    [("rate", 0), ("concurrency", 0), ("agent", "later"), ("contacts", 5), ("max_failures", -1)],
)
def test_what_no_contact_could_have_is_refused(argument, value):
    with pytest.raises(InvalidInput) as refused:
        check_campaign(Literals({argument: value}), ["channel", "to"])
    assert refused.value.argument == argument


def test_other_operators_do_not_import_a_campaigns_rules():
    assert subprocess.run([sys.executable, "-c", OTHERS], check=False).returncode == 0
