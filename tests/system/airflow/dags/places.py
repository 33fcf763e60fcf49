"""Open, then say, for many, of whom one is suppressed; tests/rows.py has who got what."""

from __future__ import annotations

from airflow.sdk import dag, task, task_group

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator


def people(area: str) -> list[dict[str, str]]:
    return [{"to": f"{area}{at}", "text": f"For {area}{at}"} for at in range(3)]


@task(show_return_value_in_logs=False)
def read(area: str) -> list[dict[str, str]]:
    return people(area)


@task(show_return_value_in_logs=False)
def numbers(area: str) -> list[dict[str, str]]:
    return [{"to": row["to"]} for row in people(area)]


@task(show_return_value_in_logs=False)
def texts(area: str) -> list[str]:
    return [row["text"] for row in people(area)]


def pair(opened_and_text) -> dict[str, object]:
    opened, text = opened_and_text
    return {"conversation_sid": opened, "body": text}


@dag(schedule=None)
def places_in_a_group():
    """The one recipe: a task group, mapped over the rows."""
    area = "+1202555500"

    @task_group
    def reach(to, text):
        opened = CreateInteractionOperator(task_id="open", channel="sms", to=to, suppression=[f"{area}1"])
        SendConversationMessageOperator(
            task_id="say", conversation_sid=opened.output["conversation_sid"], body=text
        )

    reach.expand_kwargs(read(area))


@dag(schedule=None)
def places_by_zip():
    """Zipped results, each of which keeps its place."""
    area = "+1202555501"
    opened = CreateInteractionOperator.partial(
        task_id="open", channel="sms", suppression=[f"{area}1"], on_skip="return"
    ).expand_kwargs(numbers(area))
    SendConversationMessageOperator.partial(task_id="say").expand_kwargs(
        opened.output.zip(texts(area)).map(pair)
    )


@dag(schedule=None)
def places_that_shift():
    """Zipped results of which one is missing."""
    area = "+1202555502"
    opened = CreateInteractionOperator.partial(
        task_id="open", channel="sms", suppression=[f"{area}1"]
    ).expand_kwargs(numbers(area))
    SendConversationMessageOperator.partial(task_id="say", trigger_rule="none_failed").expand_kwargs(
        opened.output.zip(texts(area)).map(pair)
    )


def opened_of(area):
    return CreateInteractionOperator.partial(
        task_id="open", channel="sms", suppression=[f"{area}1"]
    ).expand_kwargs(numbers(area))


@task(trigger_rule="none_failed", show_return_value_in_logs=False)
def one_pair(conversation_sid, body):
    return pair((conversation_sid, body))


@task(trigger_rule="none_failed", show_return_value_in_logs=False)
def all_pairs(pairs):
    return [pair(one) for one in pairs]


@task_group
def say(conversation_sid, body):
    SendConversationMessageOperator(
        task_id="say", trigger_rule="none_failed", conversation_sid=conversation_sid, body=body
    )


@dag(schedule=None)
def places_that_shift_into_a_group():
    """A task group, mapped over zipped results of which one is missing."""
    area = "+1202555503"
    say.expand_kwargs(opened_of(area).output.zip(texts(area)).map(pair))


@dag(schedule=None)
def places_that_shift_out_of_a_group():
    """Zipped results of a mapped task group, in which one was skipped."""
    area = "+1202555504"

    @task_group
    def reach(to):
        CreateInteractionOperator(task_id="open", channel="sms", to=to, suppression=[f"{area}1"])

    reached = reach.expand(to=numbers(area).map(lambda row: row["to"]))
    opened = reached.children["reach.open"].output
    say.expand_kwargs(all_pairs(opened.zip(texts(area))))


@dag(schedule=None)
def places_that_shift_upstream():
    """Zipped results behind what each mapped task of another operator hands over."""
    area = "+1202555505"
    opened = opened_of(area).output
    paired = one_pair.expand_kwargs(opened.zip(texts(area)).map(pair))
    SendConversationMessageOperator.partial(task_id="say", trigger_rule="none_failed").expand_kwargs(paired)


@dag(schedule=None)
def places_that_shift_in_a_list():
    """Zipped results that one task has made a list of."""
    area = "+1202555506"
    say.expand_kwargs(all_pairs(opened_of(area).output.zip(texts(area))))


places_in_a_group()
places_by_zip()
places_that_shift()
places_that_shift_into_a_group()
places_that_shift_out_of_a_group()
places_that_shift_upstream()
places_that_shift_in_a_list()
