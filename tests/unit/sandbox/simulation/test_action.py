"""Several actions: all are checked before the first, and who fails after that says how many were done."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.simulation.action import action, carry_out, steps_of
from airflow_provider_flexout.sandbox.wire.http import ApiError


class Somebody:
    def __init__(self, store):
        self._store, self.done = store, []

    @action
    def acts(self, what, *, fails=None):
        if not what:
            raise ValueError("nothing to do")
        yield
        if fails:
            raise fails
        self.done.append(what)


@pytest.fixture
def somebody(sandbox) -> Somebody:
    return Somebody(sandbox._store)


def test_called_as_a_method_it_checks_acts_and_returns_whose_it_is(somebody):
    assert somebody.acts("one").acts("two") is somebody
    assert somebody.done == ["one", "two"]
    with pytest.raises(ValueError, match="nothing to do"):
        somebody.acts("")
    assert somebody.done == ["one", "two"]


def test_nothing_is_done_where_one_of_several_is_wrong(somebody):
    acts = steps_of(somebody, "acts")
    with pytest.raises(ValueError, match=r"^nothing to do$"):
        carry_out([acts("one"), acts("two"), acts("")])
    assert somebody.done == []
    carry_out([acts("one"), acts("two")])
    assert somebody.done == ["one", "two"]


ERRORS = [ValueError("not now"), LookupError("not now"), ApiError(400, 20001, "not now")]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(
    ("before", "said"),
    [
        (0, "not now"),
        (1, "not now; 1 of 3 actions was done before"),
        (2, "not now; 2 of 4 actions were done before"),
    ],
)
def test_who_fails_after_the_check_says_how_many_were_done(somebody, error, before, said):
    acts = steps_of(somebody, "acts")
    with pytest.raises((ValueError, LookupError, ApiError)) as failed:
        carry_out([*(acts(n + 1) for n in range(before)), acts("x", fails=error), acts("never")])
    assert str(failed.value) == said
    assert isinstance(failed.value, ApiError) == isinstance(error, ApiError)
    assert somebody.done == [n + 1 for n in range(before)]
