from itertools import islice

from django.db import migrations


def fill(apps, schema_editor):
    """Index the chunks that there are."""
    from apps.knowledge import index, lexical

    Chunk = apps.get_model("knowledge", "Chunk")
    for dataset in apps.get_model("knowledge", "Dataset").objects.only("id"):
        chunks = Chunk.objects.filter(dataset=dataset).exclude(kind="parent").defer("terms").iterator(500)
        while batch := list(islice(chunks, 500)):
            entries = [lexical.Entry(each.id, each.document_id, index.searched_text(each)) for each in batch]
            lexical.add(dataset.id, entries)


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0005_lexical_index")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
