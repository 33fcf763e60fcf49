"""``python -m tests.system.tools.lineage_dag``: a campaign and its results in ``dag.test()``.

People come from a file, and from a table; what became of them goes into a table and into a file. Airflow's
settings and connections are those of the environment, and so is the folder of the files, FLEXOUT_LINEAGE.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from airflow.configuration import conf
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.utils import db

from airflow_provider_flexout.assets.flexout import create_asset
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.transfers.outreach import OutreachToObjectStorageOperator, OutreachToSqlOperator
from tests.version_compat import DagBag

CUSTOMERS = ("+12025550117", "+12025550118")


def build(folder: Path) -> None:
    """Make the DAG.

    :param folder: where the files are.
    """
    with DAG("lineage", schedule=None):
        said = {"channel": "sms", "message": "Hello", "campaign": "spring"}
        from_file = BulkOutreachOperator(
            task_id="from_file",
            contacts=str(folder / "people.csv"),
            results=str(folder / "results.jsonl"),
            inlets=[create_asset(name="late orders")],
            outlets=[create_asset(kind="replies", name="to late orders")],
            **said,
        )
        query = {"conn_id": "warehouse", "sql": f"SELECT * FROM people WHERE \"to\" = '{CUSTOMERS[1]}'"}  # noqa: S608
        from_table = BulkOutreachOperator(task_id="from_table", contacts=query, **said)
        table = OutreachToSqlOperator(
            task_id="table",
            conn_id="warehouse",
            campaign="spring",
            create_tables=True,
            include_addresses=True,
        )
        file = OutreachToObjectStorageOperator(
            task_id="file", path=str(folder / "outreach.jsonl"), campaign="spring", include_addresses=True
        )
        told = EmptyOperator(task_id="told", outlets=[create_asset(name="late orders")])
        told >> from_file >> from_table >> table >> file


if "FLEXOUT_LINEAGE" in os.environ:
    build(Path(os.environ["FLEXOUT_LINEAGE"]))
if __name__ == "__main__":
    db.initdb()
    run = DagBag(conf.get("core", "dags_folder")).dags["lineage"].test()
    sys.exit(run.state != "success")
