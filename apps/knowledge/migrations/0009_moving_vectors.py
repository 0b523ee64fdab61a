from django.db import migrations, models

import apps.knowledge.models.dataset


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0008_chunk_off")]

    operations = [
        migrations.AddField("dataset", "moving", models.JSONField(default=dict)),
        migrations.AlterField(
            "dataset",
            "vector_store",
            models.CharField(
                choices=[("chroma", "Chroma"), ("pgvector", "Pgvector")],
                default=apps.knowledge.models.dataset.chosen_store,
                max_length=10,
            ),
        ),
    ]
