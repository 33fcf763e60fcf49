"""What is true or false is given as True or False: a text in its place, even ``"no"``, is true in Python."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.mixins.checked_operator import CheckedOperator
from airflow_provider_flexout.mixins.literals.flags import flags_of
from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.agents import (
    InviteAgentOperator,
    TransferInteractionOperator,
    UpdateTaskAttributesOperator,
)
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import (
    CloseInteractionOperator,
    CreateInteractionOperator,
)
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.transfers.outreach import OutreachToObjectStorageOperator, OutreachToSqlOperator
from airflow_provider_flexout.version_compat import AirflowFailException

CONVERSATION, INTERACTION = f"CH{0:032d}", f"KD{0:032d}"
NEEDED: dict[type[CheckedOperator], dict[str, Any]] = {
    BulkOutreachOperator: {"contacts": [], "message": "Hello", "channel": "sms"},
    CloseInteractionOperator: {"interaction_sid": INTERACTION},
    ConversationReplySensor: {"conversation_sid": CONVERSATION},
    CreateConversationOperator: {"channel": "sms", "to": "+447911123456"},
    CreateInteractionOperator: {"channel": "sms", "to": "+447911123456"},
    FollowUpOperator: {"conversation_sid": CONVERSATION, "steps": [{"after": "1h", "body": "Hello?"}]},
    InviteAgentOperator: {"interaction_sid": INTERACTION, "routing": {"queue": "Support"}},
    OutreachToObjectStorageOperator: {"path": "/data/outreach.parquet"},
    OutreachToSqlOperator: {"conn_id": "warehouse"},
    SendConversationMessageOperator: {"conversation_sid": CONVERSATION, "body": "Hello"},
    TransferInteractionOperator: {"interaction_sid": INTERACTION, "routing": {"queue": "Support"}},
    UpdateTaskAttributesOperator: {"task_sid": f"WT{0:032d}", "attributes": {"order": 4711}},
}
FLAGS = [(kind, name) for kind in NEEDED for name in flags_of(kind)]
each_flag = pytest.mark.parametrize(
    ("kind", "name"), FLAGS, ids=[f"{kind.__name__}-{name}" for kind, name in FLAGS]
)
WRONG = ("no", "False", "", "{{ params.rehearse }}", 0, 1, [True])


def below(kind):
    return {kind}.union(*map(below, kind.__subclasses__()))


def test_every_class_is_asked():
    ours = {one for one in below(CheckedOperator) if one.__module__.startswith("airflow_provider_flexout.")}
    leaves = {one for one in ours if not one.__subclasses__() or one in NEEDED}
    assert {one for one in leaves if flags_of(one)} == NEEDED.keys()
    assert {"dry_run", "validate", "deferrable"} <= flags_of(BulkOutreachOperator).keys()


@each_flag
def test_what_is_neither_is_refused_where_the_dag_is_read(kind, name):
    optional = flags_of(kind)[name]
    for value in (*WRONG, *(() if optional else (None,))):
        sentence = rf"^{name}: must be True or False, got .* In {kind.__name__}\(task_id='one'\)"
        with pytest.raises(AirflowFailException, match=sentence):
            kind(task_id="one", **NEEDED[kind], **{name: value})
        with pytest.raises(AirflowFailException, match=sentence):
            kind.partial(task_id="one", **{name: value})
        with (
            DAG("any", schedule=None, default_args={name: value}),
            pytest.raises(AirflowFailException, match=sentence),
        ):
            kind(task_id="one", **NEEDED[kind])
    for value in (True, False, *((None,) if optional else ())):
        kind(task_id="one", **NEEDED[kind], **{name: value})


@each_flag
def test_what_a_row_gives_is_judged_when_its_task_runs(kind, name):
    for value in ("no", True):
        with DAG("any", schedule=None) as dag:
            mapped = kind.partial(task_id="one", **NEEDED[kind]).expand_kwargs([{name: value}])
        context = {"dag": dag, "ti": SimpleNamespace(map_index=0), "dag_run": SimpleNamespace(conf={})}
        if value is True:
            mapped.render_template_fields(context)
            continue
        with pytest.raises(AirflowFailException, match=f"^{name}: must be True or False, got 'no'"):
            mapped.render_template_fields(context)


def test_a_notifier_and_the_hook(use_connection):
    with pytest.raises(ValueError, match="recovery: must be True or False, got 'no'"):
        FlexNotifier(channel="sms", to="+447911123456", group_by="run", recovery="no")
    with pytest.raises(InvalidInput, match="validate: must be True or False, got 'no'"):
        FlexHook().open_once(channel="sms", to="+447911123456", idempotency_key="one", validate="no")
