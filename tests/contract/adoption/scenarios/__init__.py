"""What is recorded: short histories of tasks, and the moments at which each may be cut."""

from tests.contract.adoption.scenarios import agents, campaigns, follow_ups, messages, outreaches
from tests.contract.adoption.scenarios.registry import SCENARIOS

__all__ = ["SCENARIOS", "agents", "campaigns", "follow_ups", "messages", "outreaches"]
