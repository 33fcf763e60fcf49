"""### A dbt test fails: tell the customers in its stored failures

`dbt build` runs the project's tests. Tests with `store_failures: true` keep the failed rows in a table. The
alert that is read from dbt's artifacts has the query for these rows, so you need no SQL of your own to find
the customers. Each is contacted once, however often this runs while the same rows fail.

To run it:

1. `pip install airflow-provider-flexout apache-airflow-providers-standard`, install dbt with the adapter of
   your database, and copy this file into your DAG folder.
2. Make a connection `flexout_default`, a connection `warehouse` to the database that dbt writes to, and a
   Variable `dbt_project` with the folder of the project, which contains `profiles.yml`.
3. Add a test with `store_failures: true` to the project, on a model that has the columns `phone` and
   `number`.
"""

from __future__ import annotations

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, task, task_group

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator

PROJECT = "{{ var.value.dbt_project }}"


def text(row):
    return {"message": f"Your order {row['number']} is not on its way yet. Reply here to hear more."}


@dag(schedule=None, doc_md=__doc__, tags=["flexout", "example"])
def dbt_test_outreach():
    # dbt exits with 1 when a test fails, and with 2 when dbt itself fails.
    build = BashOperator(
        task_id="build",
        bash_command="dbt build --project-dir . --profiles-dir . || test $? -eq 1",
        cwd=PROJECT,
        append_env=True,
    )

    @task(show_return_value_in_logs=False)
    def affected(project: str) -> list[dict[str, object]]:
        """Return the arguments of `outreach`, once per person. They hold numbers, so they are not logged."""
        from airflow_provider_flexout.alerts.plan import affected_contacts
        from airflow_provider_flexout.alerts.readers.dbt import read_dbt
        from airflow_provider_flexout.alerts.rows import FailingRows

        alerts = read_dbt(f"{project}/target/run_results.json", f"{project}/target/manifest.json")
        stored = [alert for alert in alerts if any(failure.query for failure in alert.failures)]
        return [
            contact
            for alert in stored
            for contact in affected_contacts(
                alert, FailingRows("warehouse"), to="phone", record="number", keywords=text
            )
        ]

    @task_group
    def outreach(channel, to, idempotency_key, message):
        opened = CreateInteractionOperator(
            task_id="open_conversation", channel=channel, to=to, idempotency_key=idempotency_key
        )
        SendConversationMessageOperator(
            task_id="say_why",
            conversation_sid=opened.output["conversation_sid"],
            body=message,
            idempotency_key=idempotency_key,
        )

    people = affected(PROJECT)
    build >> people
    outreach.expand_kwargs(people)


dbt_test_outreach()
