from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0010_moves")]

    operations = [
        migrations.AddField("document", "not_before", models.DateTimeField(null=True)),
        migrations.AddField("document", "waits", models.PositiveSmallIntegerField(default=0)),
        migrations.AddIndex(
            "document",
            models.Index(
                condition=Q(done__lt=F("total"), stage="ready"), fields=["updated_at"], name="document_unembedded"
            ),
        ),
        migrations.AddIndex("query", models.Index(fields=["created_at"], name="query_age")),
    ]
