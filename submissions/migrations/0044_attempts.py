from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0040_storage_holds_and_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attempts',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('under_way', models.PositiveIntegerField(help_text='Their outcome is not known yet.')),
                ('counted', models.PositiveIntegerField(help_text='They have failed, or gave something away.')),
                ('expires', models.FloatField(db_index=True, help_text='Seconds since the epoch.')),
            ],
            options={
                'verbose_name_plural': 'attempts',
            },
        ),
    ]
