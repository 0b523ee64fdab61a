from django.db import migrations, models


class Migration(migrations.Migration):
    """What is there already counts as people's: nothing tells who wrote it."""

    dependencies = [("knowledge", "0014_unique_items")]

    operations = [migrations.AddField("document", "extracted", models.JSONField(default=dict))]
