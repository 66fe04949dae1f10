"""Make a group whose members may weaken layers in the lab, so that a teacher only adds people to it."""

from django.db import migrations, models

GROUP = "Lab: may weaken"


def make(apps, schema_editor):
    """Make the group. The permission may not exist yet: Django makes it after all migrations."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="submissions", model="submission"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename="run_weakened",
        defaults={"name": "Can run experiments in weakened sandboxes"},
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0052_admin_desk"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    # Going back leaves the group: a teacher may have added people to it.
    operations = [
        migrations.RunPython(make, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="submission",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("contained", "Contained"),
                    ("breach", "Breach"),
                    ("unproven", "Inconclusive"),
                ],
                help_text="The result of the experiment.",
                max_length=16,
            ),
        ),
    ]
