"""Rows that look like templates and numbers, on every way to a customer; tests/rows.py has what arrives."""

from __future__ import annotations

from airflow.sdk import dag, task, task_group
from airflow.sdk.definitions.template import literal

from airflow_provider_flexout.alerts.plan import affected_contacts
from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor

STEAL = "Hi {{ conn.flexout_default.password }}"
TABLES = "Bobby {% Tables"
YEAR = "1984"
NAMES = (STEAL, YEAR)
OURS = "{{ dag.dag_id }} of {{ params.shop }}"


def build(name: str, area: str, *, native: bool) -> None:
    """Make the DAG; numbers begin with the area, so that two DAGs share no customer."""

    def people(way: int, count: int = 1) -> list[dict[str, str]]:
        rows = [
            {"to": f"{area}{way}{at}", "customer_name": each, "subject": TABLES}
            for at, each in enumerate(NAMES)
        ]
        return rows[:count]

    @dag(dag_id=name, schedule=None, params={"shop": "0815"}, render_template_as_native_obj=native)
    def rows():
        @task(show_return_value_in_logs=False)
        def read(way: int, count: int = 1) -> list[dict[str, str]]:
            return people(way, count)

        def mapped(way: str, **arguments: str):
            attributes = {"ours": OURS, "code": "12.50", "from": way}
            return CreateInteractionOperator.partial(task_id=way, attributes=attributes, **arguments)

        mapped("expand_kwargs", channel="sms").expand_kwargs(read.override(task_id="read_0")(0, 2))
        mapped("in_the_file", channel="sms").expand_kwargs(people(1))
        mapped("affected").expand_kwargs(find_affected())

        texts = names()
        opened = CreateInteractionOperator(
            task_id="one",
            channel="sms",
            to=f"{area}30",
            customer_name=YEAR,
            subject=literal(TABLES),
            idempotency_key=f"{YEAR}{area[-2:]}",
            attributes={"ours": OURS, "code": "12.50", "from": "one"},
        )
        SendConversationMessageOperator.partial(
            task_id="expand", conversation_sid=opened.output["conversation_sid"], author="{{ params.shop }}"
        ).expand(body=texts)

        @task_group
        def group(to, customer_name, subject):
            opened = CreateInteractionOperator(
                task_id="open",
                channel="sms",
                to=to,
                customer_name=customer_name,
                subject=subject,
                attributes={"ours": OURS, "code": "12.50", "from": "group"},
            )
            SendConversationMessageOperator(
                task_id="say", conversation_sid=opened.output["conversation_sid"], body=customer_name
            )

        group.expand_kwargs(read.override(task_id="read_4")(4))

        BulkOutreachOperator(
            task_id="campaign",
            channel="sms",
            contacts=read.override(task_id="read_5")(5, 2),
            message="Dear {customer_name}, " + OURS,
            attributes={"ours": OURS, "code": "12.50", "from": "campaign"},
        )
        BulkOutreachOperator(
            task_id="campaign_in_the_file",
            channel="sms",
            contacts=people(6, 2),
            message="Dear {customer_name}, " + OURS,
            attributes={"ours": OURS, "code": "12.50", "from": "campaign"},
        )
        texts >> tell()

    @task
    def names() -> list[str]:
        return list(NAMES)

    @task(show_return_value_in_logs=False)
    def find_affected() -> list[dict[str, str]]:
        failure = {"check": "c", "failed_rows": 1}
        alert = {"name": name, "source": "test", "data": "orders", "failures": [failure]}
        return affected_contacts(
            alert,
            people(2),
            to="to",
            customer_name="customer_name",
            keywords=lambda row: {"subject": row["subject"]},
        )

    @task(
        on_success_callback=FlexNotifier(
            channel="sms",
            to=f"{area}70",
            body="{{ ti.xcom_pull(task_ids='names')[0] }}",
            attributes={"ours": OURS, "code": "12.50", "from": "notifier"},
        )
    )
    def tell() -> None:
        """Succeed, which the notifier tells."""

    rows()


@dag(schedule=None, render_template_as_native_obj=True)
def reminded_rows():
    """The steps of a follow-up, and the sensor, which wait too long for dag.test()."""

    @task
    def read() -> list[dict[str, str]]:
        return [{"to": f"+12025554{at}00", "text": each} for at, each in enumerate(NAMES)]

    @task_group
    def group(to, text):
        opened = CreateInteractionOperator(task_id="open", channel="sms", to=to)
        followed = FollowUpOperator(
            task_id="remind",
            conversation_sid=opened.output,
            steps=[{"after": 1, "body": text}],
            last_wait=1,
        )
        followed >> ConversationReplySensor(
            task_id="wait", conversation_sid=opened.output, timeout=1, on_timeout="return", after="-1"
        )

    group.expand_kwargs(read())


reminded_rows()
build("rows", "+120255520", native=False)
build("native_rows", "+120255530", native=True)
