"""The addresses of Jobe's API, which CodeRunner expects just there."""

from django.urls import path, re_path

from .views import JOBE, find_file, languages, post_file, put_file, run

RESTAPI = "index.php/restapi/"

urlpatterns = [
    path(f"{RESTAPI}languages/", JOBE.view(get=languages), name="jobe-languages"),
    path(f"{RESTAPI}runs/", JOBE.view(post=run), name="jobe-runs"),
    path(f"{RESTAPI}files/", JOBE.view(post=post_file), name="jobe-files"),
    re_path(
        r"^index\.php/restapi/files/(?P<file_id>[A-Za-z0-9]{1,64})/$",
        JOBE.view(put=put_file, head=find_file),
        name="jobe-file",
    ),
]
