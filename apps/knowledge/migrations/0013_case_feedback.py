from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0012_mark_old_ready")]

    operations = [
        migrations.AlterField(
            "case",
            "source",
            models.CharField(
                choices=[("hand", "Hand"), ("log", "Log"), ("model", "Model"), ("feedback", "Feedback")],
                default="hand",
                max_length=10,
            ),
        )
    ]
