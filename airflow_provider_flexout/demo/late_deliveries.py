"""The table that the demo's pipeline reads: orders of a furniture shop, most of them late."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Delivery(NamedTuple):
    """One row.

    :param order_number: the key.
    :param customer_name: who waits.
    :param phone: E.164; from the range that is reserved for fiction.
    :param item: for what.
    :param days_late: 0 if it is on time.
    """

    order_number: str
    customer_name: str
    phone: str
    item: str
    days_late: int


DELIVERIES = (
    Delivery("A-1041", "Maria Santos", "+12025550141", "oak bookcase", 2),
    Delivery("A-1047", "James Whitfield", "+12025550147", "reading chair", 5),
    Delivery("A-1052", "Aiko Tanaka", "+12025550152", "standing desk", 1),
    Delivery("A-1055", "Olu Adeyemi", "+12025550155", "hallway mirror", 0),
    Delivery("A-1058", "Clara Lindqvist", "+12025550158", "linen sofa", 9),
    Delivery("A-1063", "Tomasz Nowak", "+12025550163", "kitchen table", 3),
    Delivery("A-1066", "Priya Raman", "+12025550166", "bedside lamp", 2),
)


REPLIES = {
    "+12025550141": "Thursday after five would be fine.",
    "+12025550152": "Can it come on Saturday?",
}
"""What customers reply, by their numbers; nobody else does."""


def late_ones() -> list[Delivery]:
    """Return the rows whose customers are to be contacted."""
    return [delivery for delivery in DELIVERIES if delivery.days_late]


def create_table(file: Path) -> None:
    """Write the table `late_deliveries`.

    :param file: a new SQLite database.
    """
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "CREATE TABLE late_deliveries (order_number TEXT PRIMARY KEY, customer_name TEXT NOT NULL, "
            "phone TEXT NOT NULL, item TEXT NOT NULL, days_late INTEGER NOT NULL)"
        )
        database.executemany("INSERT INTO late_deliveries VALUES (?, ?, ?, ?, ?)", DELIVERIES)
