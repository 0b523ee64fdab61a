"""What can go wrong in the studio, as clients see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from weft.http.errors import WeftError
from workflows.errors import Fault


class DraftConflict(WeftError):
    """Somebody saved the draft since it was loaded. Carries what is stored now, so that the editor can show both."""

    def __init__(self, revision: int, document: dict[str, Any], *, by: tuple[str, str] | None, at: datetime) -> None:
        message = "Somebody else changed this app since you loaded it. Load their version, or overwrite it with yours."
        details = {"revision": revision, "document": document, "updated_at": at.isoformat()}
        details["updated_by_id"], details["updated_by"] = by or (None, None)
        super().__init__("draft_conflict", message, 409, details=details)


class GraphInvalid(WeftError):
    """The draft has faults that would make its runs fail."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        n_errors = sum(fault.severity == "error" for fault in faults)
        message = f"The graph has {n_errors} {'error' if n_errors == 1 else 'errors'}. Fix them first."
        details = {"faults": [fault.to_dict() for fault in faults]}
        super().__init__("graph_invalid", message, 422, details=details)


class ImportRefused(WeftError):
    """The text is no workflow that could be read."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        details = {"faults": [fault.to_dict() for fault in faults]}
        super().__init__("import_invalid", message, 422, field="text", details=details)


class ExportRefused(WeftError):
    """The draft is not even a document that could be written down."""

    def __init__(self, message: str, faults: Sequence[Fault]) -> None:
        details = {"faults": [fault.to_dict() for fault in faults]}
        super().__init__("export_invalid", f"The draft cannot be exported: {message}", 422, details=details)
