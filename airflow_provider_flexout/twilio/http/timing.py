"""How long the client waits, how often it tries, and how much it does at once. All times are seconds."""

from __future__ import annotations

from typing import Final

CONNECT_TIMEOUT: Final = 5.0
"""For a connection: name, TCP and TLS."""

READ_TIMEOUT: Final = 30.0
"""For a response, unless the Airflow connection says otherwise. Twilio's own gateway gives up after 26 s."""

WRITE_TIMEOUT: Final = 10.0
"""For sending a request."""

POOL_TIMEOUT: Final = 30.0
"""For a free connection of the pool."""

BEGINS_WITHIN: Final = 15.0
"""For which a request may wait for its connection, all phases together: a slow name server or proxy adds up,
and what reaches somebody must not be written long after the look that allows it."""

KEEPALIVE: Final = 30.0
"""For which an idle connection is kept: less than Twilio's gateways keep theirs, so that it is not closed
while a request is written to it."""

MAX_CONNECTIONS: Final = 100
"""Connections of a pool of httpx's."""

MAX_CONCURRENCY: Final = 100
"""Requests of an asynchronous client that are under way at once, unless it is given another limit."""

MAX_ATTEMPTS: Final = 5
"""How often a request is sent that fails for another reason than a rate limit."""

START_WITHIN: Final = 60.0
"""No attempt starts later than this after the first. Longer waits are for Airflow's retries."""

FIRST_BACKOFF: Final = 0.5
"""Before the second attempt, at most; it doubles with each attempt."""

MAX_BACKOFF: Final = 20.0
"""Between two attempts of a client that sends one request at a time."""

MAX_BACKOFF_WITH_PERMITS: Final = 2.0
"""The same where each request waits for a permit: the rate is lowered for all, so a long wait of one call on
top of that would only starve it."""

MAX_RETRY_AFTER: Final = 60.0
"""For which a ``Retry-After`` can stop an operation of an account. After that, Twilio is asked again."""

TOKEN_MARGIN: Final = 60.0
"""Before its end at which a bearer token counts as expired, so that none expires on the way."""

CONNECTION_TTL: Final = 300.0
"""After which a shared client's Airflow connection is looked up again; its secret may have changed."""

POLLS_PER_SECOND: Final = 30.0
"""Requests that all waits of an account in one process send in a second, at most. Twilio publishes no limit
of reads; 30 a second is what it publishes for other operations of Conversations."""

POLL_CONCURRENCY: Final = 20
"""Requests of all waits of an account in one process that are under way at once: a fifth of what a client may
have."""

POLL_RECOVERY: Final = 60.0
"""In which the rate of the waits comes back from none to all, evenly, after Twilio has refused one of their
requests."""
