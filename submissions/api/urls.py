"""URLs of the API."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from . import batches, reference, runs, service, sessions, submissions, uploads, webhooks
from .openapi.document import DocumentView

router = SimpleRouter()
router.register("submissions", submissions.SubmissionViewSet, basename="submission")
router.register("files", uploads.UploadViewSet, basename="file")
router.register("sessions", sessions.SessionViewSet, basename="session")
router.register("batches", batches.BatchViewSet, basename="batch")
router.register("deliveries", webhooks.DeliveryViewSet, basename="delivery")

api = [
    path("", service.ApiRoot.as_view(), name="api-root"),
    path("languages/", service.LanguageList.as_view(), name="language-list"),
    path("pool/", service.PoolView.as_view(), name="pool"),
    path("webhook-secret/", webhooks.SecretView.as_view(), name="webhook-secret"),
    path("schema/", DocumentView.as_view(), name="schema"),
    path("docs/", reference.reference, name="docs"),
    *router.urls,
]

urlpatterns = [
    path("run", runs.RunView.as_view(), name="run"),
    path("api/", include(api)),
]
