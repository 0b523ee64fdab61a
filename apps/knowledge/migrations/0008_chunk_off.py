from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0007_drop_chunk_terms")]

    operations = [
        migrations.AddIndex(
            "chunk",
            models.Index(condition=models.Q(("is_enabled", False)), fields=["dataset"], name="chunk_off"),
        ),
    ]
