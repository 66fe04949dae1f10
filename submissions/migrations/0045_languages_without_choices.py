from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0044_attempts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='submission',
            name='language',
            field=models.CharField(max_length=32),
        ),
    ]
