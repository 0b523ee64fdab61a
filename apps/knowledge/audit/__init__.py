"""Whether the stores hold what the tables say, and nothing else: looking for what differs, and putting it right."""

from apps.knowledge.audit.looking import Finding, look, look_outside
from apps.knowledge.audit.repairing import repair, repair_outside

__all__ = ["Finding", "look", "look_outside", "repair", "repair_outside"]
