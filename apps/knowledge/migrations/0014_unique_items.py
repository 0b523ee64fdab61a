"""One document an item of a connector. Of several the one that changed last stays with it.

The others are documents of their own from now on, with a warning: nothing that people may have edited is deleted here.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import Count, F, Q
from django.db.models.functions import MD5

_TWICE = {
    "code": "connector_item_twice",
    "message": "A connector has had another document of the same address, and follows that one: this one stays as it "
    "is. Delete the one that is not needed.",
    "page": None,
}


def part(apps: Any, schema_editor: Any) -> None:
    documents = apps.get_model("knowledge", "Document").objects
    items = documents.filter(connector__isnull=False).values("connector_id", "source_url")
    for item in items.annotate(n=Count("id")).filter(n__gt=1).values("connector_id", "source_url"):
        same = documents.filter(**item).order_by(F("updated_at").desc(), "id")
        for row in same[1:]:
            row.connector = None
            row.warnings = [*row.warnings, _TWICE]
            row.save(update_fields=["connector", "warnings"])


class Migration(migrations.Migration):
    # deferred checks of the rows that were changed may not wait while the table is altered
    atomic = False
    dependencies = [("knowledge", "0013_case_feedback")]

    operations = [
        migrations.RunPython(part, migrations.RunPython.noop),
        migrations.AddConstraint(
            "document",
            models.UniqueConstraint(
                F("connector"), MD5("source_url"), condition=Q(connector__isnull=False), name="document_item_unique"
            ),
        ),
    ]
