"""The addresses of the pages and of the API."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from . import async_views, health, history, lab, metrics, pages, playground, views

router = SimpleRouter()
router.register("submissions", views.SubmissionViewSet, basename="submission")
router.register("batches", async_views.BatchViewSet, basename="batch")
router.register("deliveries", async_views.DeliveryViewSet, basename="delivery")

api = [
    path("", views.ApiRoot.as_view(), name="api-root"),
    path("languages/", views.LanguageList.as_view(), name="language-list"),
    path("pool/", views.PoolView.as_view(), name="pool"),
    path("webhook-secret/", async_views.SecretView.as_view(), name="webhook-secret"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    *router.urls,
]

urlpatterns = [
    path("", pages.home, name="home"),
    path("playground/", playground.playground, name="playground"),
    path("playground/run/", playground.run, name="playground_run"),
    path("submissions/", history.history, name="history"),
    path("submissions/compare/", history.compare, name="compare"),
    path("submissions/export/", history.export, name="export"),
    path("submissions/<uuid:pk>/", history.submission, name="submission"),
    path("submissions/<uuid:pk>/again/", playground.run_again, name="run_again"),
    path("submissions/<uuid:pk>/cancel/", history.cancel, name="cancel"),
    path("accounts/webhooks/", pages.webhooks, name="webhooks"),
    path("accounts/data/", pages.account_data, name="account_data"),
    path("accounts/data/delete/", pages.delete_account, name="delete_account"),
    path("accounts/tokens/", pages.tokens, name="tokens"),
    path("accounts/tokens/<str:token_key>/revoke/", pages.revoke_token, name="revoke_token"),
    path("lab/", lab.catalogue, name="lab"),
    path("lab/matrix/", lab.matrix, name="lab-matrix"),
    path("lab/runs/<uuid:pk>/", lab.lab_run, name="lab-run"),
    path("lab/<slug:slug>/", lab.ExperimentPage.as_view(), name="experiment"),
    path("healthz", health.ready, name="health"),
    path("healthz/ready", health.ready, name="health-ready"),
    path("healthz/live", health.live, name="health-live"),
    path("metrics", metrics.metrics, name="metrics"),
    path("run", views.RunView.as_view(), name="run"),
    path("api/", include(api)),
]
