"""A kind of entry for files that retention has removed."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0064_files'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditentry',
            name='action',
            field=models.CharField(choices=[('finished', 'Run finished'), ('pruned', 'Old runs removed'), ('files_removed', 'Old files of runs removed'), ('erasure_asked', 'Account deleted, content held'), ('erased', 'Content of a deleted account erased'), ('account', 'Account or rights changed'), ('admin_log', 'Change by staff'), ('settings', 'Settings changed'), ('shared', 'Share link made or revoked'), ('access_revoked', 'All tokens and share links revoked'), ('self_check', 'Self-check opened or closed the service')], max_length=16),
        ),
    ]
