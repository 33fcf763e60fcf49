"""What a DAG file loads: Airflow parses it again and again, so nothing that only a running task needs."""

from __future__ import annotations

import ast
import subprocess
import sys

from airflow_provider_flexout.get_provider_info import get_provider_info
from tests.paths import EXAMPLES

HEAVY = ("aiohttp", "holidays", "httpcore", "httpx", "pendulum", "phonenumbers", "pyarrow", "pydantic")


def named_in_dags() -> list[str]:
    """Every module of ours that the examples import, and that Airflow knows from the metadata."""
    info = get_provider_info()
    kinds = ("operators", "sensors", "triggers", "hooks")
    names = {module for kind in kinds for group in info[kind] for module in group["python-modules"]}
    names |= {path.rpartition(".")[0] for path in info["notifications"] + info["extra-links"]}
    for file in EXAMPLES.glob("*.py"):
        imports = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.ImportFrom)]
        names |= {str(node.module) for node in imports}
    return sorted(name for name in names if name.startswith("airflow_provider_flexout."))


IMPORTS = """
from airflow.sdk import DAG
from airflow_provider_flexout.operators.agents import *
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.dag_run import ScheduleFollowUpOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import *
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
"""
OPERATORS = """
with DAG("outreach"):
    conversation = {"conversation_sid": "{{ ti.xcom_pull('a')['conversation_sid'] }}"}
    interaction = {"interaction_sid": "{{ ti.xcom_pull('a')['interaction_sid'] }}"}
    CreateInteractionOperator(task_id="a", channel="sms", to="{{ params.to }}", routing={"queue": "Support"})
    CreateConversationOperator(task_id="b", channel="whatsapp", to="{{ params.to }}")
    SendConversationMessageOperator(task_id="c", body="Order {{ params.order }} is late.", **conversation)
    ConversationReplySensor(task_id="d", after=2, levels=["to", "cc"], **conversation)
    FollowUpOperator(task_id="e", steps=[{"after": "4h", "body": "Hello?"}], **conversation)
    ScheduleFollowUpOperator(task_id="f", trigger_dag_id="later", after="3d", **conversation)
    InviteAgentOperator(task_id="g", routing={"worker": "ada"}, **interaction)
    TransferInteractionOperator(task_id="h", routing={"queue": "Billing"}, **interaction)
    UpdateTaskAttributesOperator(task_id="i", task_sid="{{ params.task }}", attributes={"vip": True})
    CloseInteractionOperator(task_id="j", task_status="completed", **interaction)
"""


def loaded_by(code: str, *wanted: str) -> list[str]:
    """Run code in a process of its own; give what it loads of these.

    What Airflow itself has loaded is forgotten first, so that it shows if our code loads it again.
    """
    before = (
        "import importlib, sys, airflow.sdk.execution_time.context, airflow.triggers.base\n"
        "from airflow.sdk import BaseHook, BaseNotifier, BaseOperator, BaseSensorOperator\n"
    )
    take_out = (
        f"for name in {wanted!r}: [sys.modules.pop(each) for each in list(sys.modules)"
        " if each == name or each.startswith(name + '.')]\n"
    )
    after = f"\nprint(*[name for name in {wanted!r} if name in sys.modules])"
    whole = before + take_out + code + after
    done = subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


def test_a_dag_file_loads_nothing_heavy():
    code = f"for name in {named_in_dags()!r}: importlib.import_module(name)"
    assert loaded_by(code, *HEAVY) == []


def test_operators_are_checked_without_what_only_a_running_task_needs():
    """The numbers, models and requests of Twilio take five times as long to load as all that is checked."""
    airflows = {"pendulum", "pydantic"}  # Airflow loads them for a DAG of its own operators too
    heavy = [*(name for name in HEAVY if name not in airflows), "difflib"]
    ours = ("outreach.waiters", "twilio.api", "twilio.http.codes", "twilio.http.resource")
    assert loaded_by(IMPORTS + OPERATORS, *heavy, *(f"airflow_provider_flexout.{one}" for one in ours)) == []
