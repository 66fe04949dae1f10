"""The way in without choices, so that a new door needs no migration. The column is as before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0065_files_removed")]

    operations = [
        migrations.AlterField(
            model_name="submission",
            name="via",
            field=models.CharField(help_text="The way in: a value of Via.", max_length=16),
        ),
    ]
