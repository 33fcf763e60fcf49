"""Ports of the demo's parts."""

from __future__ import annotations

import itertools
import socket
from pathlib import Path

import pytest

from airflow_provider_flexout.demo import settings
from airflow_provider_flexout.demo.settings import HOST, free_port

LINUX = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_no_port_is_given_twice():
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50


def test_the_system_gives_none_of_them_to_somebody_else():
    first = int(LINUX.read_text().split()[0]) if LINUX.exists() else 49_152
    assert all(free_port() < first for _ in range(50))


@pytest.fixture
def taken(monkeypatch):
    """A port that something listens on, which is the first to be looked at."""
    with socket.socket() as listening:
        listening.bind((HOST, port := free_port()))
        monkeypatch.setattr(settings, "_FIRST_PORT", port)
        monkeypatch.setattr(settings, "_next_port", itertools.count())
        yield port


def test_a_port_that_something_listens_on_is_passed_over(taken):
    assert free_port() > taken


def test_no_free_port_is_an_error(taken, monkeypatch):
    monkeypatch.setattr(settings, "_PORTS", 1)
    with pytest.raises(OSError, match=f"no port of {taken} to {taken} is free"):
        free_port()
