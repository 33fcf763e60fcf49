"""Two small DAGs: one that works, one that fails."""

from __future__ import annotations

from airflow.sdk import BaseHook, dag, task


@dag(schedule=None)
def squares():
    @task
    def numbers() -> list[int]:
        return [int(number) for number in BaseHook.get_connection("numbers").extra_dejson["numbers"]]

    @task(map_index_template="{{ task.op_kwargs.number }} squared")
    def square(number: int) -> dict[str, int]:
        return {"square": number**2}

    square.expand(number=numbers())


@dag(schedule=None)
def lost_order():
    @task
    def find_order():
        raise LookupError("there is no order A-1041")

    find_order()


squares()
lost_order()
