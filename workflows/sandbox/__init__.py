"""Where code nodes run: apart from the host, within limits. `Sandbox` implements the `Code` port."""

from workflows.sandbox.limits import Limits
from workflows.sandbox.sandbox import Sandbox, SandboxFacts

__all__ = ["Limits", "Sandbox", "SandboxFacts"]
