from django.db import migrations


def let_them_see(apps, _schema_editor):
    """Teachers read everything: a person's sessions have a permission of their own now. `migrate` makes
    permissions only afterwards."""
    group = apps.get_model("auth", "Group").objects.filter(
        name="Teachers", permissions__codename="view_user"
    ).first()
    if group is None:
        return
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="usersessions", model="usersession"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename="view_usersession", defaults={"name": "Can view user session"}
    )
    group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [("submissions", "0073_ended_verifications")]

    operations = [migrations.RunPython(let_them_see, migrations.RunPython.noop)]
