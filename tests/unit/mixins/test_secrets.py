"""A template whose text is sent reads no connection, no Variable and no other secret."""

from __future__ import annotations

import pytest
from airflow.sdk import DAG, BaseOperator, Variable
from jinja2 import DictLoader

from airflow_provider_flexout.mixins.secrets import _SETTINGS, may_read_secrets
from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.mixins.test_templates import CONTEXT, KINDS, fields_of, rendered


class TaskInstance:
    def get_template_context(self):
        return {"var": {"value": {"secret": "s3cret"}}}

    _cached = "s3cret"


WAYS = [
    "{{ conn.flexout_default.password }}", "{{ conn['flexout_default'].password }}", "{{ conn }}!",
    "{{ conn.get('flexout_default') }}", "{{ var.value.secret }}!", "{{ var.json.secret.a }}!",
    "{{ var.value.get('secret') }}", "{{ var['value']['secret'] }}!", "{% set a = var.value.secret %}{{ a }}",
    "{{ task.hook.settings }}", "{{ task['hook'] }}", "{{ task | attr('hook') }}",
    "{{ [task] | map(attribute='hook') | first }}",
    "{{ ti.get_template_context()['var'] }}", "{{ ti._cached }}", "{{ ti['_cached'] }}",
    "{{ json.codecs.builtins }}", "{{ '{0.hook.settings}'.format(task) }}",
    "{{ task.dag.task_dict['other'].token }}", "{{ task.dag.tasks | map(attribute='token') | first }}",
    "{{ '{t.hook.settings}' | attr('format_map') }}", "{{ ['{0.hook}'] | map(attribute='format') | first }}",
]  # fmt: skip


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    monkeypatch.setenv("AIRFLOW_VAR_SECRET", "s3cret")
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", '{"conn_type": "flexout", "password": "s3cret"}')


def context():
    import json

    from airflow.sdk.execution_time.context import ConnectionAccessor, VariableAccessor

    with DAG("types", schedule=None):
        BaseOperator(task_id="other").token = "s3cret"
        task = SendConversationMessageOperator(task_id="task", conversation_sid="CH" + "0" * 32, body="text")
    var = {"value": VariableAccessor(deserialize_json=False), "json": VariableAccessor(deserialize_json=True)}
    return CONTEXT | {
        "conn": ConnectionAccessor(), "var": var, "task": task, "ti": TaskInstance(), "json": json,
    }  # fmt: skip


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_to_a_secret(way, native):
    for kind, name, value in (
        (SendConversationMessageOperator, "body", way),
        (CreateInteractionOperator, "to", way),
        (CreateInteractionOperator, "attributes", {"a": [way]}),
        (FollowUpOperator, "steps", [{"after": "4h", "body": way}]),
        (FlexNotifier, "body", way),
    ):
        with pytest.raises(AirflowFailException, match=f"^{name}: a template whose text is sent cannot read"):
            rendered(kind, native=native, context=context(), **{name: value})


def test_every_field_is_closed_unless_it_is_a_setting():
    for kind in KINDS:
        for name in fields_of(kind):
            if not may_read_secrets(name, "{{ var.value.secret }}!"):
                with pytest.raises(AirflowFailException):
                    rendered(kind, context=context(), **{name: "{{ var.value.secret }}!"})
    assert {"body", "subject", "customer_name", "attributes", "to"}.isdisjoint(_SETTINGS)


def read_secret(**_):
    return Variable.get("secret")


def test_what_the_author_may_do():
    one = rendered(
        SendConversationMessageOperator,
        context=context() | {"params": {"_id": 17}},
        body=read_secret,
        subject="{{ params._id }} {{ params['_id'] }} {{ json.dumps(some) }} {{ year }} "
        "{{ task.task_id }} {{ task.dag.task_dict['other'].task_id }}",
        conversation_sid="{{ var.value.secret }}",
    )
    assert (one.body, one.conversation_sid) == ("s3cret", "s3cret")
    assert one.subject == '17 17 ["+12025550141", "1"] 1984 task other'
    notifier = FlexNotifier(channel="sms", to=read_secret, body=read_secret)
    with DAG("types", schedule=None) as dag:
        notifier.render_template_fields({"dag": dag} | context())
    assert (notifier.to, notifier.body) == ("s3cret", "s3cret")
    assert rendered(FlexNotifier, context=context(), to="{{ var.value.secret }}").to == "s3cret"
    assert rendered(FlexNotifier, context=context(), to=["{{ var.value.secret }}"]).to == ["s3cret"]


INCLUSIONS = [
    "{% include 'shop.py' %}", "{% include ['none.py', 'shop.py'] %}", "{% extends 'shop.py' %}",
    "{% include 'shop.py' ignore missing %}", "{% import 'shop.py' as shop %}{{ shop.token }}",
    "{% from 'shop.py' import token %}{{ token }}",
]  # fmt: skip


class Shop(DAG):
    """A DAG in whose folder lies a file with a secret."""

    def get_template_env(self, **given):
        env = super().get_template_env(**given)
        env.loader = DictLoader({"shop.py": "{% set token = 's3cret' %}s3cret"})
        return env


def in_a_shop(kind, **arguments):
    with Shop("shop", schedule=None) as dag:
        one = kind(task_id="one", conversation_sid="CH" + "0" * 32, **arguments)
    one.render_template_fields({"dag": dag} | context())
    return one


@pytest.mark.parametrize("way", INCLUSIONS)
def test_no_file_is_included(way):
    with pytest.raises(AirflowFailException, match=r"^body: a template whose text is sent cannot read '"):
        in_a_shop(SendConversationMessageOperator, body=way)


def test_a_setting_and_the_authors_function_and_class_may_read_files():
    class FromFiles(SendConversationMessageOperator):
        template_ext = (".py",)

    assert in_a_shop(SendConversationMessageOperator, body="x", media=INCLUSIONS[0]).media == "s3cret"
    assert in_a_shop(FromFiles, body="shop.py").body == "s3cret"
    told = in_a_shop(
        SendConversationMessageOperator,
        body=lambda context, jinja_env: jinja_env.get_template("shop.py").render(context),
    )
    assert told.body == "s3cret"
