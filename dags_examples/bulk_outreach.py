"""### Tell everybody in a file, on as many workers as there are

Each customer gets one text conversation with an agent, and one message with fields from their row. The file
is cut into parts, and each part is a mapped task. If a task is killed, retried or cleared, it continues with
the customers who have not been reached.

To run it:

1. `pip install airflow-provider-flexout`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with).
3. Write a CSV file with the columns `customer,phone,name,order`, where your workers can read it: local, or on
   object storage such as `s3://bucket/contacts.csv`.
4. Trigger the DAG, with the file's path and a folder for the results.

Afterwards, the files in the folder have a line of JSON for each customer: how it ended, why, and the SIDs.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from airflow.sdk import Param, dag, task

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    params={
        "contacts": Param("s3://bucket/contacts.csv", type="string"),
        "results": Param("s3://bucket/results", type="string"),
        "size": Param(10_000, type="integer", minimum=1, description="customers in a part"),
    },
    default_args={"retries": 5, "retry_delay": timedelta(seconds=30)},
)
def bulk_outreach():
    @task
    def cut(params: dict[str, object]) -> list[dict[str, object]]:
        """List which rows are in which part; the rows themselves stay in the file."""
        from airflow_provider_flexout.bulk.sources.split import parts_of

        return parts_of(params["contacts"], size=params["size"])

    # [START bulk]
    reached = BulkOutreachOperator.partial(
        task_id="reach",
        channel="sms",
        columns={"to": "phone", "id": "customer", "customer_name": "name"},
        message="Hello {name}, order {order} is late. We are sorry! Reply here and we will find a new date.",
        frequency_cap={"at_most": 1, "per": "P1D"},
        max_failures=0.2,
        results="{{ params.results }}/{{ run_id }}/{{ ti.map_index }}.jsonl",
    ).expand(contacts=cut())
    # [END bulk]

    @task
    def add_up(parts: list[dict[str, object]]) -> dict[str, int]:
        """Add up the counts of all parts."""
        counts: Counter[str] = Counter()
        for part in parts:
            counts.update({name: count for name, count in part.items() if isinstance(count, int)})
        return dict(counts)

    add_up(reached.output)


bulk_outreach()
