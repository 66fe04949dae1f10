"""The addresses of the pages and of the API."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from .api import batches, runs
from .ops import health, metrics
from .pages import history, home, lab, playground

router = SimpleRouter()
router.register("submissions", runs.SubmissionViewSet, basename="submission")
router.register("batches", batches.BatchViewSet, basename="batch")
router.register("deliveries", batches.DeliveryViewSet, basename="delivery")

api = [
    path("", runs.ApiRoot.as_view(), name="api-root"),
    path("languages/", runs.LanguageList.as_view(), name="language-list"),
    path("pool/", runs.PoolView.as_view(), name="pool"),
    path("webhook-secret/", batches.SecretView.as_view(), name="webhook-secret"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    *router.urls,
]

urlpatterns = [
    path("", home.home, name="home"),
    path("playground/", playground.playground, name="playground"),
    path("playground/run/", playground.run, name="playground_run"),
    path("submissions/", history.history, name="history"),
    path("submissions/compare/", history.compare, name="compare"),
    path("submissions/export/", history.export, name="export"),
    path("submissions/<uuid:pk>/", history.submission, name="submission"),
    path("submissions/<uuid:pk>/again/", playground.run_again, name="run_again"),
    path("submissions/<uuid:pk>/cancel/", history.cancel, name="cancel"),
    path("accounts/webhooks/", home.webhooks, name="webhooks"),
    path("accounts/data/", home.account_data, name="account_data"),
    path("accounts/data/delete/", home.delete_account, name="delete_account"),
    path("accounts/tokens/", home.tokens, name="tokens"),
    path("accounts/tokens/<str:token_key>/revoke/", home.revoke_token, name="revoke_token"),
    path("lab/", lab.catalogue, name="lab"),
    path("lab/matrix/", lab.matrix, name="lab-matrix"),
    path("lab/runs/<uuid:pk>/", lab.lab_run, name="lab-run"),
    path("lab/<slug:slug>/", lab.ExperimentPage.as_view(), name="experiment"),
    path("healthz", health.ready, name="health"),
    path("healthz/ready", health.ready, name="health-ready"),
    path("healthz/live", health.live, name="health-live"),
    path("metrics", metrics.metrics, name="metrics"),
    path("run", runs.RunView.as_view(), name="run"),
    path("api/", include(api)),
]
