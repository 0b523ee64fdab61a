from django.db import migrations

import weft.db.fields


class Migration(migrations.Migration):

    dependencies = [
        ('studio', '0002_app_limits'),
    ]

    operations = [
        migrations.AlterField(
            model_name='draft',
            name='document',
            field=weft.db.fields.OrderedJSONField(),
        ),
        migrations.AlterField(
            model_name='version',
            name='document',
            field=weft.db.fields.OrderedJSONField(),
        ),
    ]
