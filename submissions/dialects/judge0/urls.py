"""The addresses of Judge0's API, below /judge0/."""

from django.urls import path

from .views import (
    JUDGE0,
    about,
    authenticate,
    authorize,
    configuration,
    create,
    create_all,
    delete,
    list_all,
    list_languages,
    show,
    show_all,
    show_language,
    statuses,
    version,
)

urlpatterns = [
    path("submissions/", JUDGE0.view(get=list_all, post=create), name="judge0-submissions"),
    path("submissions/batch/", JUDGE0.view(get=show_all, post=create_all), name="judge0-batch"),
    path(
        "submissions/<uuid:token>/", JUDGE0.view(get=show, delete=delete), name="judge0-submission"
    ),
    path("languages/", JUDGE0.view(get=list_languages), name="judge0-languages"),
    path("languages/all/", JUDGE0.view(get=list_languages), name="judge0-all-languages"),
    path("languages/<int:number>/", JUDGE0.view(get=show_language), name="judge0-language"),
    path("statuses/", JUDGE0.view(get=statuses), name="judge0-statuses"),
    path("config_info/", JUDGE0.view(get=configuration), name="judge0-configuration"),
    path("about/", JUDGE0.view(get=about), name="judge0-about"),
    path("version/", JUDGE0.view(get=version), name="judge0-version"),
    path("authenticate/", JUDGE0.view(post=authenticate), name="judge0-authenticate"),
    path("authorize/", JUDGE0.view(post=authorize), name="judge0-authorize"),
]
