"""What is a template, of which type it is afterwards, and who may see it."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from uuid import UUID

import pytest
from airflow.sdk import DAG, TaskGroup
from airflow.sdk.definitions.template import literal

from airflow_provider_flexout.mixins.templates import TemplateFieldsMixin
from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.agents import (
    InviteAgentOperator,
    TransferInteractionOperator,
    UpdateTaskAttributesOperator,
)
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.dag_run import ScheduleFollowUpOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CloseInteractionOperator, CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.transfers.outreach import (
    OutreachToObjectStorageOperator,
    OutreachToSqlOperator,
)
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.rows import AREAS, STEAL, TABLES, check_rows

KINDS = (
    BulkOutreachOperator,
    CloseInteractionOperator,
    ConversationReplySensor,
    CreateConversationOperator,
    CreateInteractionOperator,
    FlexNotifier,
    FollowUpOperator,
    InviteAgentOperator,
    OutreachToObjectStorageOperator,
    OutreachToSqlOperator,
    ScheduleFollowUpOperator,
    SendConversationMessageOperator,
    TransferInteractionOperator,
    UpdateTaskAttributesOperator,
)
NO_TEXT = {
    "after",  # of ScheduleFollowUpOperator: a length of time, or seconds
    "attributes",
    "available_timeout",
    "close_after",
    "columns",
    "concurrency",
    "conf",
    "contact_window",
    "contacts",
    "conversations",
    "delivery_timeout",
    "content_variables",
    "frequency_cap",
    "last_wait",
    "lookback",
    "max_failures",
    "rate",
    "routing",
    "steps",
    "suppression",
    "throttle",
}
ONE_OF = {
    BulkOutreachOperator: {"message": "Hello."},
    ScheduleFollowUpOperator: {"after": "1h"},
    SendConversationMessageOperator: {"body": "Hello."},
}
"""What an operator cannot do without, beside its required arguments, or has another argument for."""
CONTEXT = {
    "year": 1984,
    "price": "12.50",
    "nothing": None,
    "some": ["+12025550141", "1"],
    "s": STEAL,
    "exception": ValueError("No table."),
    "uuid": UUID(int=7),
}


@pytest.mark.usefixtures("use_connection")
@pytest.mark.parametrize("dag_id", sorted(AREAS))
def test_rows_arrive_as_they_are(dags, served, dag_id):
    assert dags.dags[dag_id].test().state == "success"
    check_rows(served, dag_id)


def required(kind):
    """Name the arguments that an operator cannot do without."""
    return [
        name
        for name, one in inspect.signature(kind.__init__).parameters.items()
        if one.default is inspect.Parameter.empty and one.kind is inspect.Parameter.KEYWORD_ONLY
    ]


def rendered(kind, *, native=True, context=CONTEXT, **given):
    """Make an operator or notifier in a DAG, and render it with these values in place of its arguments."""
    with DAG("types", schedule=None, render_template_as_native_obj=native) as dag:
        named = {} if kind is FlexNotifier else {"task_id": "one"}
        needed = dict.fromkeys(required(kind), "{{ price }}") | ONE_OF.get(kind, {})
        if kind is FlexNotifier:
            needed = {"channel": "sms", "to": "+12025550117"}
        one = kind(**named, **needed)
    for name, value in given.items():
        setattr(one, name, value)
    one.render_template_fields({"dag": dag} | context)
    return one


def fields_of(kind):
    return sorted(set(kind.template_fields))


text_fields = pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for kind in KINDS
        for name in fields_of(kind)
        if name not in NO_TEXT or (name == "after" and kind is not ScheduleFollowUpOperator)
    ],
    ids=lambda value: getattr(value, "__name__", value),
)


def test_the_kinds_are_all_there_are():
    def below(kind):
        return {kind}.union(*map(below, kind.__subclasses__()))

    ours = {
        one
        for one in below(TemplateFieldsMixin)
        if one.__module__.startswith("airflow_provider_flexout")
        and "mixins" not in one.__module__
        and not one.__name__.startswith("_")
    }
    assert ours == set(KINDS)


@text_fields
@pytest.mark.parametrize("native", [True, False])
def test_text_stays_text(kind, name, native):
    for template, text in {
        "+12025550141": "+12025550141",
        "12.50": "12.50",
        "1984": "1984",
        "None": "None",
        "['a']": "['a']",
        "{{ year }}": "1984",
        "{{ price }}": "12.50",
        "{{ year }}{{ year }}": "19841984",
        "{{ exception }}": "No table.",
        "{{ uuid }}": "00000000-0000-0000-0000-000000000007",
    }.items():
        value = getattr(rendered(kind, native=native, **{name: template}), name)
        assert (type(value), value) == (str, text)


@text_fields
def test_what_is_no_text_stays_what_it_is(kind, name):
    assert getattr(rendered(kind, **{name: "{{ nothing }}"}), name) is None
    assert getattr(rendered(kind, **{name: "{{ some }}"}), name) == CONTEXT["some"]


@pytest.mark.parametrize(
    ("kind", "name", "template", "value"),
    [
        (CreateInteractionOperator, "available_timeout", "3600", 3600),
        (CreateInteractionOperator, "routing", "{'priority': {{ year }}}", {"priority": 1984}),
        (BulkOutreachOperator, "contacts", "{{ some }}", CONTEXT["some"]),
        (BulkOutreachOperator, "max_failures", "0.1", 0.1),
        (FollowUpOperator, "steps", [{"after": "4h", "body": "1984"}], [{"after": "4h", "body": "1984"}]),
        (FlexNotifier, "attributes", {"a": ["12.50", "{{ year }}"]}, {"a": ["12.50", 1984]}),
        (UpdateTaskAttributesOperator, "attributes", {"a": "{{ nothing }}"}, {"a": None}),
        (ScheduleFollowUpOperator, "conf", {"to": "+12025550141"}, {"to": "+12025550141"}),
        (ScheduleFollowUpOperator, "after", "{{ year }}", 1984),
    ],
)
def test_objects_are_rendered_natively_and_texts_in_them_are_not_read(kind, name, template, value):
    assert getattr(rendered(kind, **{name: template}), name) == value


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_value_is_no_template(kind, native):
    """Neither what a template gives, nor what an expression holds; and nothing is rendered twice."""
    for name in fields_of(kind):
        one = rendered(kind, native=native, **{name: "{{ s }}"})
        assert getattr(one, name) == STEAL
        one.render_template_fields(CONTEXT)
        assert getattr(one, name) == STEAL
        assert getattr(rendered(kind, native=native, **{name: literal(STEAL)}), name) == STEAL


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_text_that_is_not_utf_8_is_refused_and_of_an_alarm_replaced(kind):
    for name in fields_of(kind):
        for value, read in (
            ("a\ud800b", "a\ufffdb"),
            ({"a": ["a\ud800b"]}, {"a": ["a\ufffdb"]}),
            ({"a\ud800b": 1}, {"a\ufffdb": 1}),
            ("a\0b", "a\ufffdb"),
        ):
            if kind is FlexNotifier:
                assert getattr(rendered(kind, **{name: value}), name) == read
            elif "\0" not in value:
                with pytest.raises(AirflowFailException, match=f"^{name}: holds"):
                    rendered(kind, **{name: value})


@pytest.mark.parametrize("native", [True, False])
def test_a_template_of_nothing_but_none_is_missing(native):
    steps = [{"after": "4h", "body": "{{ nothing }}"}, {"after": "4h", "body": "None"}]
    one = rendered(FollowUpOperator, native=native, steps=steps)
    assert [step["body"] for step in one.steps] == [None, "None"]
    assert rendered(SendConversationMessageOperator, native=native, body="{{ nothing }}").body is None


@pytest.mark.parametrize("contacts", [[{"to": STEAL}], ({"name": TABLES},)])
def test_contacts_in_the_file_are_data(contacts):
    assert rendered(BulkOutreachOperator, contacts=contacts).contacts == contacts


@pytest.mark.parametrize(
    "contacts", ["s3://bucket/{{ year }}.csv", {"path": "{{ year }}.csv"}, {"sql": "SELECT {{ year }}"}]
)
def test_where_contacts_are_is_the_authors(contacts):
    assert "1984" in str(rendered(BulkOutreachOperator, contacts=contacts).contacts)


def test_a_template_that_fails_names_its_field_and_not_its_text(caplog):
    with pytest.raises(Exception, match="unknown"):
        rendered(CreateInteractionOperator, to="+12025550141 {{ unknown }}")
    assert "The template in to cannot be rendered" in caplog.text
    assert "+12025550141" not in caplog.text


def test_addresses_are_kept_from_the_page_of_rendered_templates(monkeypatch):
    given = {
        "to": "ana",
        "cc": ["ada@example.com"],
        "attributes": {"second": ["+12025550141"]},
        "idempotency_key": "2026-11-28-+12025550141",
        "customer_name": "Ada",
        "suppression": ["anybody"],
    }
    hidden = {"to", "from_", "cc", "bcc", "attributes", "idempotency_key", "suppression"}
    all_fields = set(CreateInteractionOperator.template_fields)
    one = rendered(CreateInteractionOperator, **given)
    assert set(one.template_fields) == all_fields - hidden
    assert (one.to, one.cc) == ("ana", ["ada@example.com"])
    assert "contacts" not in rendered(BulkOutreachOperator, contacts=[{"to": "ana"}]).template_fields
    assert "contacts" in rendered(BulkOutreachOperator, contacts="a.csv").template_fields
    monkeypatch.setenv("AIRFLOW__FLEXOUT__SHOW_ADDRESSES", "True")
    assert set(rendered(CreateInteractionOperator, **given).template_fields) == all_fields


def test_default_args_are_the_authors():
    with (
        DAG("mapped", schedule=None, default_args={"subject": "{{ price }}"}) as dag,
        TaskGroup("group", default_args={"attributes": {"price": "{{ price }}"}}),
    ):
        mapped = CreateInteractionOperator.partial(task_id="one", channel="sms").expand_kwargs(
            [{"to": "{{ price }}"}]
        )
    context = {"dag": dag, "ti": SimpleNamespace(map_index=0), "dag_run": SimpleNamespace(conf={})} | CONTEXT
    mapped.render_template_fields(context)
    one = context["task"]
    assert (one.subject, one.attributes, one.to) == ("12.50", {"price": "12.50"}, "{{ price }}")


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind is not FlexNotifier], ids=lambda kind: kind.__name__
)
def test_of_a_mapped_operator_only_what_is_written_in_partial_is_a_template(kind, native):
    nested = {"text": STEAL, "list": [TABLES, {"to": "+12025550141"}]}
    for name in fields_of(kind):
        for value in (STEAL, TABLES, "1984", nested):
            with DAG("mapped", schedule=None, render_template_as_native_obj=native) as dag:
                other = "idempotency_key" if name == "flexout_conn_id" else "flexout_conn_id"
                partial = {other: "{{ price }}"} if other in kind.template_fields else {}
                needed = {one: "{{ price }}" for one in required(kind) if one != name}
                given = kind.arguments_of_fields.get(name, name)
                mapped = kind.partial(task_id="one", **needed, **partial).expand_kwargs([{given: value}])
            context = {
                "dag": dag,
                "ti": SimpleNamespace(map_index=0),
                "dag_run": SimpleNamespace(conf={}),
            } | CONTEXT
            mapped.render_template_fields(context)
            assert getattr(context["task"], name) == value
            assert all(getattr(context["task"], one) == "12.50" for one in partial)


def test_what_partial_says_under_another_name_is_the_authors():
    with DAG("mapped", schedule=None, render_template_as_native_obj=True) as dag:
        mapped = OutreachToSqlOperator.partial(task_id="one", conn_id="db", dag_id="{{ year }}").expand(
            campaign=["{{ price }}"]
        )
    context = {"dag": dag, "ti": SimpleNamespace(map_index=0), "dag_run": SimpleNamespace(conf={})} | CONTEXT
    mapped.render_template_fields(context)
    assert (context["task"].source_dag_id, context["task"].campaign) == ("1984", "{{ price }}")
