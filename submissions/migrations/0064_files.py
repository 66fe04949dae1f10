"""Files of runs: descriptions in the row, contents in a table of their own."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0063_mcp'),
    ]

    operations = [
        migrations.AddField(
            model_name='submission',
            name='files_in',
            field=models.JSONField(blank=True, help_text='Name, size, type and digest of each file sent with it.', null=True),
        ),
        migrations.AddField(
            model_name='submission',
            name='files_left_out',
            field=models.JSONField(blank=True, help_text='How many files were not kept, by reason.', null=True),
        ),
        migrations.AddField(
            model_name='submission',
            name='files_out',
            field=models.JSONField(blank=True, help_text='The same of each file made.', null=True),
        ),
        migrations.AddField(
            model_name='submission',
            name='outputs',
            field=models.BooleanField(db_default=False, default=False, help_text='Whether the run gives back files.'),
        ),
        migrations.CreateModel(
            name='RunFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attempt', models.PositiveSmallIntegerField(help_text='The attempt that made it; 0 if it came with the request.')),
                ('position', models.PositiveSmallIntegerField(help_text="Its place in the run's list, from 0.")),
                ('content', models.BinaryField()),
                ('created', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('submission', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='submissions.submission')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('submission', 'attempt', 'position'), name='run_file_once')],
            },
        ),
    ]
