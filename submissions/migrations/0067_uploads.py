"""Uploads, and files of runs that are uploads."""

import django.db.models.deletion
import django.utils.timezone
import submissions.files.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0066_via_without_choices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='runfile',
            name='content',
            field=models.BinaryField(help_text='Empty if it is an upload, which has the content.'),
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.CharField(default=submissions.files.models.new_id, editable=False, max_length=34, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('size', models.PositiveIntegerField(help_text='Bytes.')),
                ('kind', models.CharField(help_text='By its first bytes.', max_length=30)),
                ('sha256', models.CharField(max_length=64)),
                ('content', models.BinaryField()),
                ('created', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires', models.DateTimeField(db_index=True, help_text='Null: never.', null=True)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='runfile',
            name='upload',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='submissions.upload'),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(fields=['user', '-created'], name='upload_user_created'),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(fields=['user', 'sha256'], name='upload_user_sha256'),
        ),
    ]
