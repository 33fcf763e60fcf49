"""The words that arguments choose from.

They stand apart from the code that acts on them, so that a DAG file's arguments are checked without loading
it.
"""

from __future__ import annotations

CHANNEL_STATUSES = ("closed", "inactive")
"""What closing makes of an interaction's channel."""
TASK_STATUSES = ("wrapping", "completed")
"""What becomes of the task of an agent who leaves."""
DELIVERY_STAGES = ("queued", "sent", "delivered", "read")
"""Where a message may have arrived, in this order."""
INTERACTION_STAGES = ("accepted", "active", "assigned", "completed")
"""Where an interaction may have arrived, in this order."""
INITIATORS = ("agent", "api", "customer")
"""Who begins a conversation, as Twilio's ``initiated_by``."""
INVITE_STAGES = ("accepted", "assigned", "completed")
"""Where an invite may have arrived, in this order."""
ON_CLOSED_WINDOW = ("fail", "skip", "template")
"""What to do where the channel takes no free text any more."""
ON_OPEN_CONVERSATION = ("fail", "join", "skip")
"""What to do where the customer has an open conversation with the sender."""
ON_SKIP = ("skip", "return")
"""What to do where nobody is to be contacted."""
STRATEGIES = ("conversation_first", "one_call")
"""How a conversation is opened."""
