"""When an operator's literals are judged, and when they are left alone."""

from __future__ import annotations

import pytest
from airflow.sdk import DAG, task

from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.version_compat import AirflowFailException

CUSTOMER = "+12025550117"
SMS = {"task_id": "open", "channel": "sms"}


def test_the_sentence_names_argument_correction_and_task_and_masks_the_address():
    with pytest.raises(AirflowFailException) as caught:
        CreateInteractionOperator(**SMS, to="202-555-0117")
    sentence = str(caught.value)
    assert sentence.startswith("to: '20•••' is not a phone number")
    assert "Did you mean +1•••••0117?" in sentence
    assert sentence.endswith(" In CreateInteractionOperator(task_id='open').")


def test_default_args_are_judged():
    with (
        DAG("defaults", schedule=None, default_args={"wait_until": "soon"}),
        pytest.raises(AirflowFailException, match=r"^wait_until: 'soon' is not one of"),
    ):
        CreateInteractionOperator(**SMS, to=CUSTOMER)


def test_a_dag_that_begins_its_templates_otherwise():
    with DAG("delimiters", schedule=None, jinja_environment_kwargs={"variable_start_string": "<<"}):
        CreateInteractionOperator(**SMS, to="<< params.to }}")
        CreateInteractionOperator.partial(task_id="mapped", channel="sms", to="<< params.to }}").expand(
            subject=["a"]
        )


def test_a_subclass_is_judged_once_it_is_whole():
    class ToOne(CreateInteractionOperator):
        def __init__(self, **kwargs):
            super().__init__(channel="sms", **kwargs)
            self.to = CUSTOMER

    assert ToOne(task_id="open").to == CUSTOMER
    with pytest.raises(AirflowFailException, match=r"^wait_until: .* In ToOne"):
        ToOne(task_id="open", wait_until="soon")


def test_a_subclass_that_changes_its_arguments_as_it_runs_is_left_alone():
    class ByNumber(CreateInteractionOperator):
        def execute(self, context):
            self.to = CUSTOMER
            return super().execute(context)

    assert ByNumber(**SMS, to="customer 4711").to == "customer 4711"


@pytest.mark.parametrize(
    ("shared", "sentence"),
    [
        ({"wait_until": "soon"}, "wait_until: 'soon'"),
        ({"to": "+1202555"}, "to: "),
        ({"to": 12025550117}, "to: got an int .*; did you mean"),
        ({"routing": {"queu": "Support"}}, "routing.queu: "),
        ({"routing": {"queue_sid": "WT" + "0" * 32}}, "routing.queue_sid: expected the SID of a task queue"),
        ({"attributes": ["order"]}, "attributes: must be an object"),
        ({"frequency_cap": {"at_most": 1}}, "frequency_cap: "),
        ({"contact_window": {"start": "9"}}, "contact_window: start: "),
        ({"suppression": [17.5]}, "suppression: "),
        ({"consent": "always"}, "consent: "),
        ({"on_skip": "ignore"}, "on_skip: 'ignore' is not one of skip, return"),
        ({"idempotency_key": " "}, "idempotency_key: empty"),
        ({"available_timeout": "soon"}, "available_timeout: 'soon' is not a length of time"),
    ],
)
def test_what_mapped_tasks_share_is_judged(shared, sentence):
    with pytest.raises(AirflowFailException, match=f"^{sentence}"):
        CreateInteractionOperator.partial(**SMS, **shared)


def test_what_a_row_may_add_is_not_missed():
    with DAG("rows", schedule=None):

        @task
        def rows():
            return [{"to": CUSTOMER}]

        CreateInteractionOperator.partial(**SMS).expand_kwargs(rows())
        CreateInteractionOperator.partial(task_id="channels", to="Ada").expand(channel=["chat"])
        say = SendConversationMessageOperator.partial
        say(task_id="variables", content_variables={"1": "Ada"}).expand_kwargs(rows())
        say(task_id="long", body="x" * 2_000).expand(channel=["chat"], conversation_sid=["CH" + "0" * 32])
        say(task_id="closed", on_closed_window="template").expand_kwargs(rows())


def test_rows_are_judged_by_the_task_that_gets_them():
    with DAG("rows", schedule=None) as dag:
        mapped = CreateInteractionOperator.partial(**SMS).expand(to=["+1202555"])
    one = mapped.unmap({"to": "+1202555"})
    assert (one.to, dag.task_ids) == ("+1202555", ["open"])


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"after": "soon", "body": "Hello?"}, "'soon' is not a length of time"),
        ({"aftr": "1h", "body": "Hello?"}, 'needs "after"'),
        ({"after": "1h"}, "body: missing"),
        ({"after": "1h", "body": "x" * 2_000}, "body: 2000 characters"),
        ({"after": "1h", "Body": "{{ ds }}"}, "has no 'Body'"),
        ({"after": "soon", "body": "{{ ds }}"}, "'soon' is not a length of time"),
        ({"after": "1h", "body": "{{ ds }}", "on_closed_window": "skip"}, "on_closed_window must be"),
        ("Hello?", 'needs "after"'),
    ],
)
def test_a_template_in_one_step_hides_no_slip_in_another(step, sentence):
    steps = [{"after": "1h", "body": "Of {{ ds }}"}, step]
    for make in (FollowUpOperator, FollowUpOperator.partial):
        with pytest.raises(AirflowFailException, match=rf"^steps\[1\]: {sentence}"):
            make(task_id="remind", conversation_sid="CH" + "0" * 32, steps=steps)
    right = [steps[0], {"after": "{{ params.after }}", "body": "Hello?"}, "{{ params.step }}"]
    FollowUpOperator(task_id="remind", conversation_sid="CH" + "0" * 32, steps=right)
