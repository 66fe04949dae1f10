"""A door of its own for agents. The column is as before; only the names that it may hold are more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0062_lanes")]

    operations = [
        migrations.AlterField(
            model_name="submission",
            name="via",
            field=models.CharField(
                choices=[
                    ("session", "Session"),
                    ("token", "Token"),
                    ("basic", "Basic"),
                    ("mcp", "MCP"),
                ],
                max_length=16,
            ),
        ),
    ]
