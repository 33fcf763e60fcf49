"""Open, then say, for many, by dag.test(): each text reaches whom it is for, or nobody."""

from __future__ import annotations

import pytest

from tests.rows import PLACES, check_places


@pytest.mark.usefixtures("use_connection")
@pytest.mark.parametrize("dag_id", PLACES)
def test_a_text_never_moves_to_another_person(dags, served, capfd, dag_id):
    state = dags.dags[dag_id].test().state
    assert state == PLACES[dag_id][0]
    check_places(served, dag_id)
    refused = "left 2 results. zip pairs results by their positions" in "".join(capfd.readouterr())
    assert refused == (state == "failed")
