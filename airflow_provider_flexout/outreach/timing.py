"""Every span of time that outreach relies on, in seconds where nothing else is said, and why it is that long.

Most of them are parts of one promise: between the moment at which an attempt has seen that nothing was sent,
and its own request, nobody else may send either. No client can hold Twilio to a deadline, so each span has a
margin over what its parts take when all is well (tenths of a second a request, a few seconds for a list to
follow).
"""

from __future__ import annotations

from datetime import timedelta

VISIBILITY_DELAY = 30.0
"""From an attempt's last possible request until its effect shows in every list that the others read.

TaskRouter's lists follow within seconds. A request that is on its way when its process dies is sent or lost
within this time, too.
"""

LEASE_TTL = 20.0
"""After taking a lease: within it, its holder begins to send, or never will.

The two requests that come before (create the conversation, add the customer) must fit into it with their own
retries. The next attempt waits for it, so it is no longer than that.
"""

LEASE_CONFIRMATION = 5.0
"""Within it, an attempt reads the lease in the record and writes its own; after as long, it reads it again.

A slower attempt may have overwritten a lease that it has not seen, and whose holder is past its last look. An
attempt that is killed before it has confirmed makes the next one wait for this time too.
"""

CLOCK_RESOLUTION = 1.0
"""Twilio's dates are whole seconds, so an age computed from two of them may be off by this much."""

NAME_SHOWS_WAIT = 2.0
"""Before a conversation's name is tried again that Twilio says is taken, but does not find yet."""

POLL_INTERVAL = 5.0
"""Between two looks at a list, while something is expected in it within :data:`VISIBILITY_DELAY`.

TaskRouter's lists are slow to show a new task, and quick to throttle those who ask often.
"""

PAIR_RELEASE_WAITS = (3.0, 3.0, 3.0)
"""Between tries to add a customer whose pair of addresses is held by a conversation that has just ended.

Twilio frees the pair a moment after that.
"""

ORPHAN_MIN_AGE = timedelta(minutes=10)
"""Of a conversation without an interaction, before it may be taken for an orphan.

An attempt may be at work on anything younger. All rounds of its reconciliation, each with a lease and two
visibility delays, are over by then.
"""

ORPHAN_LOOK_BACK = timedelta(days=30)
"""How old a conversation may be to be listed as an orphan; the list costs a request for each 100."""

LOCK_TTL = 60.0
"""After taking a lock: within it, its holder begins its last request, or never will.

A whole notification must fit into it: the looks, opening a conversation with its own leases, and the message.
After a holder has died, the next one waits for it and for :data:`VISIBILITY_DELAY`. It cannot become shorter:
while workers are upgraded, a holder of an older version still counts on all of it.
"""

SEND_WITHIN = LEASE_TTL
"""After the look that shows that nothing was sent: within it the request begins, or another look comes first.

A lock over a single request lasts as long.
"""

SEND_RETRIES_WITHIN = 60.0
"""For which a request that reaches somebody waits until Twilio takes it; a look comes after each pause."""

LOCK_WAIT = VISIBILITY_DELAY + 30.0
"""For somebody else's lock, after its time: until a dead holder's lock has been removed, and a bit."""

GIVE_BACK_WITHIN = 2.0
"""In which an attempt that is interrupted gives back what it holds.

Airflow kills a process five seconds after it has told it to end.
"""

LOCK_CLOSES_AFTER = "PT10M"
"""After which Twilio itself closes a dead holder's lock that nobody asked for again. It is the shortest time
that Twilio takes.
"""

LOCK_SHORTEST_PAUSE, LOCK_LONGEST_PAUSE_SHARE = 2.0, 0.25
"""Between two tries to take a lock. The pause grows to this share of the lock's time, since a storm of
callbacks may want the same one.
"""

LOCK_REMOVAL_PAUSE = 1.0
"""Before the next try: after a dead holder's lock has been removed, or from the moment at which it may be."""

POLL_SHORTEST, POLL_LONGEST, POLL_SHARE = 5.0, 600.0, 0.05
"""Between two looks of a wait: a twentieth of its age, but no less and no more than these.

A day of waiting comes to about 220 requests. The shortest is also the least time before the first look:
Airflow can fail a task whose trigger fires while the scheduler is still recording the deferral.
"""

SAFETY_NET_SHORTEST, SAFETY_NET_LONGEST = 600.0, 4_800.0
"""Between two looks of a wait that events wake: the age of the wait, but no less and no more than these.

An event may be lost, and then a look finds what it would have told. A day comes to 24 requests at most.
"""

POLL_SPREAD = 1.2
"""The pause is drawn out by up to this factor, so that waits that began together do not look together."""

OUTAGE_PAUSE, OUTAGE_FAILURES = 60.0, 20
"""A wait whose looks fail pauses up to so long between them, and ends after so many in a row.

That is 17 minutes for a young wait, and more than three hours for an old one.
"""
