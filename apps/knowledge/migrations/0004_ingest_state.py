from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0003_evaluation")]

    operations = [
        migrations.AddField("document", "fingerprint", models.CharField(blank=True, default="", max_length=64), False),
        migrations.AddField("document", "error_stage", models.CharField(blank=True, default="", max_length=10), False),
        migrations.AddField("document", "queued_at", models.DateTimeField(default=timezone.now)),
    ]
