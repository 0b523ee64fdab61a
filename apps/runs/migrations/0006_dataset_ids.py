"""What earlier runs may hold of knowledge bases, read from the graphs that they ran."""

from collections.abc import Iterable
from typing import Any

from django.db import migrations, models

from apps.studio.calls import calls_in
from apps.studio.resources import datasets_in


def fill(apps: Any, schema_editor: Any) -> None:
    run_model, version_model = apps.get_model("runs", "Run"), apps.get_model("studio", "Version")

    def named(document: Any, seen: set[str]) -> set[str]:
        """By the graph, and by every version of what it calls: which of them ran is not worth finding out."""
        found = {str(each) for each in datasets_in(document)}
        for call in calls_in(document):
            if call.app not in seen:
                seen.add(call.app)
                called = version_model.objects.filter(app_id__in=_ids(version_model, call.app))
                for each in called.values_list("document", flat=True):
                    found |= named(each, seen)
        return found

    for version in version_model.objects.iterator(chunk_size=50):
        runs = run_model.objects.filter(version_id=version.id)
        author = str(version.author_id) if version.author_id else None
        runs.update(dataset_ids=sorted(named(version.document, set())), reader_ids=[author] if author else None)
    drafts = run_model.objects.filter(version=None).only("id", "document", "end_user", "source")
    for run in drafts.iterator(chunk_size=200):
        reader = [run.end_user] if run.source == "editor" and run.end_user else None
        ids = sorted(named(run.document or {}, set()))
        if ids or reader:
            run_model.objects.filter(id=run.id).update(dataset_ids=ids, reader_ids=reader)


def _ids(version_model: Any, app: str) -> Iterable[Any]:
    """An app's id as its column takes it; none for what is no id."""
    try:
        return [version_model._meta.get_field("app").related_model._meta.pk.to_python(app)]
    except ValueError:
        return []


class Migration(migrations.Migration):
    dependencies = [("runs", "0005_waits"), ("studio", "0003_ordered_documents")]

    operations = [
        migrations.AddField("run", "dataset_ids", models.JSONField(default=list)),
        migrations.AddField("run", "reader_ids", models.JSONField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
