import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0004_ingest_state")]

    operations = [
        migrations.CreateModel(
            name="LexicalSegment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.PositiveIntegerField()),
                ("live", models.PositiveIntegerField()),
                ("bits", models.PositiveSmallIntegerField()),
                ("chunks", models.BinaryField()),
                ("deleted", models.BinaryField(null=True)),
                (
                    "dataset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lexical_segments",
                        to="knowledge.dataset",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LexicalPage",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "segment_id", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.IntegerField()),
                ("postings", models.BinaryField()),
                (
                    "segment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pages",
                        to="knowledge.lexicalsegment",
                    ),
                ),
            ],
        ),
        # Numbers do not compress, and a page that lies in the row itself is read in one step.
        migrations.RunSQL(
            """
            ALTER TABLE knowledge_lexicalpage ALTER COLUMN postings SET STORAGE EXTERNAL;
            ALTER TABLE knowledge_lexicalpage SET (toast_tuple_target = 8160);
            ALTER TABLE knowledge_lexicalsegment ALTER COLUMN chunks SET STORAGE EXTERNAL;
            """,
            migrations.RunSQL.noop,
        ),
    ]
