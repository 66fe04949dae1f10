"""The parts of an error, and the verdict of a program that could not be compiled."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0058_group_that_may_weaken")]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="error_details",
            field=models.JSONField(
                blank=True,
                help_text="The error's type, message, line, column and hint.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="stderr",
            field=models.TextField(blank=True, help_text="Without terminal codes."),
        ),
        migrations.AlterField(
            model_name="submission",
            name="verdict",
            field=models.CharField(
                blank=True,
                choices=[
                    ("ok", "OK"),
                    ("compile_error", "Compile error"),
                    ("runtime_error", "Runtime error"),
                    ("time_limit_exceeded", "Time limit exceeded"),
                    ("memory_limit_exceeded", "Memory limit exceeded"),
                    ("output_limit_exceeded", "Output limit exceeded"),
                    ("process_limit_exceeded", "Process limit exceeded"),
                    ("disk_limit_exceeded", "Disk limit exceeded"),
                    ("cancelled", "Cancelled"),
                    ("internal_error", "Internal error"),
                ],
                max_length=32,
            ),
        ),
    ]
