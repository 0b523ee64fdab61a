from django.db import migrations


def mark(apps, schema_editor):
    """Documents that were ready before there were fingerprints: they are outdated, and read again when that is asked
    for, not because somebody edits a chunk."""
    documents = apps.get_model("knowledge", "Document").objects
    documents.filter(stage="ready", fingerprint="").update(fingerprint="unknown")


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0011_waiting")]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
