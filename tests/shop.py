"""The table that the data-quality examples read: a shop's orders, some of them charged wrongly."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

ORDERS = (
    ("B-2001", "Ada Moreau", "+12025550161", 40, 40),
    ("B-2002", "Ben Okafor", "+12025550162", 25, 52),
    ("B-2003", "Cai Lin", "+12025550163", 90, 99),
    ("B-2004", "Ben Okafor", "+12025550162", 10, 20),
    ("B-2005", "Dua Haddad", None, 15, 51),
    ("B-2006", "Eva Novak", "2025550166", 30, 31),
)
OVERCHARGED = {"+12025550162", "+12025550163"}
"""Whom the wrong charges touch: Ben twice; Dua has no number, and Eva's is not one."""


def create_orders(file: Path) -> dict[str, str]:
    """Write the table, and give the connection to it."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "CREATE TABLE orders (order_number, customer_name, phone, agreed INTEGER, charged INTEGER)"
        )
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", ORDERS)
    return {"conn_type": "sqlite", "host": str(file)}
