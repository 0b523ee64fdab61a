from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0006_fill_lexical_index")]

    operations = [
        migrations.RemoveIndex("chunk", "chunk_terms"),
        migrations.RemoveField("chunk", "terms"),
        migrations.RemoveField("chunk", "n_terms"),
    ]
