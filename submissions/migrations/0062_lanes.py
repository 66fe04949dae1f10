"""What a program had for itself, and users who want a container for each run."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("submissions", "0061_access_revoked"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnContainers",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="own_containers",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("since", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name_plural": "users with own containers",
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="submission",
            name="isolation",
            field=models.CharField(
                choices=[
                    ("auto", "May share a container with its user's other runs"),
                    ("container", "A container of its own"),
                ],
                db_default="container",
                default="auto",
                help_text="Whether the container might serve other runs of the same user.",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="lane",
            field=models.CharField(
                blank=True,
                choices=[
                    ("container", "A container"),
                    ("slot", "A sandbox inside a container of its user"),
                ],
                db_default="",
                default="",
                help_text="What the program had for itself: a container, or a sandbox in a slot.",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="run_number",
            field=models.PositiveIntegerField(
                blank=True, help_text="Number of the run in its container, from 1.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="sandbox",
            field=models.CharField(
                blank=True, help_text="Short id of the container.", max_length=64
            ),
        ),
    ]
