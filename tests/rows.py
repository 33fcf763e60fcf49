"""What customers and agents get of the rows in tests/system/airflow/dags: what they hold, as it is.

``dag.test()`` runs the DAGs, and a real Airflow does.
"""

from __future__ import annotations

from airflow_provider_flexout.sandbox import Sandbox
from tests.paths import ROOT

FOLDER = ROOT / "tests" / "system" / "airflow" / "dags"
FILES = (FOLDER / "rows.py", FOLDER / "places.py")
PLACES = {
    "places_in_a_group": ("success", "+1202555500", (0, 2)),
    "places_by_zip": ("success", "+1202555501", (0, 2)),
    "places_that_shift": ("failed", "+1202555502", ()),
    "places_that_shift_into_a_group": ("failed", "+1202555503", ()),
    "places_that_shift_out_of_a_group": ("failed", "+1202555504", ()),
    "places_that_shift_upstream": ("failed", "+1202555505", ()),
    "places_that_shift_in_a_list": ("failed", "+1202555506", ()),
}
"""How the run of a DAG ends, where its customers' numbers begin, and which of the three are spoken to."""
AREAS = {"rows": "+120255520", "native_rows": "+120255530"}
STEAL, TABLES, YEAR = "Hi {{ conn.flexout_default.password }}", "Bobby {% Tables", "1984"


def check_rows(sandbox: Sandbox, dag_id: str) -> None:
    """Look at every conversation of one of the DAGs."""
    ours = f"{dag_id} of 0815"
    got = {}
    for one in sandbox.conversations:
        number = next(each.address for each in one.participants if each.address)
        if number.startswith(AREAS[dag_id]):
            (seen,) = (task.attributes for task in sandbox.tasks if task.conversation_sid == one.sid)
            assert (seen["ours"], seen["code"]) == (ours, "12.50")
            got[number[-2:]] = (
                seen["from"],
                seen.get("customerName"),
                seen.get("subject"),
                sorted(one.texts),
            )
    campaign = [("campaign", name, TABLES, [f"Dear {name}, {ours}"]) for name in (STEAL, YEAR)]
    assert got == {
        "00": ("expand_kwargs", STEAL, TABLES, []),
        "01": ("expand_kwargs", YEAR, TABLES, []),
        "10": ("in_the_file", STEAL, TABLES, []),
        "20": ("affected", STEAL, TABLES, []),
        "30": ("one", YEAR, TABLES, [YEAR, STEAL]),
        "40": ("group", STEAL, TABLES, [STEAL]),
        "50": campaign[0],
        "51": campaign[1],
        "60": campaign[0],
        "61": campaign[1],
        "70": ("notifier", None, None, [STEAL]),
    }


def check_places(sandbox: Sandbox, dag_id: str) -> None:
    """Look at who was told what."""
    _, area, told = PLACES[dag_id]
    got = {}
    for one in sandbox.conversations:
        number = next(each.address for each in one.participants if each.address)
        if number.startswith(area):
            got[number] = one.texts
    expected = {f"{area}{at}": [f"For {area}{at}"] if at in told else [] for at in (0, 2)}
    assert got == expected
