"""Webhook deliveries, and the secret that signs them."""

from django.db.models import QuerySet
from django.http import Http404
from django_filters import rest_framework as filters
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from ..lifecycle.models import OwnedQuerySet
from ..serializers.webhooks import DeliveryOutput, SecretOutput
from ..webhooks.models import Delivery
from ..webhooks.signing import make_secret, secret_of
from .openapi import operations


class DeliveryFilter(filters.FilterSet):  # type: ignore[misc] # django_filters has no types
    """The filters of the list. By ids: the page of a list offers what a filter by rows may be."""

    submission = filters.UUIDFilter()
    batch = filters.UUIDFilter()

    class Meta:
        model = Delivery
        fields = ("state",)


@operations.deliveries
class DeliveryViewSet(ReadOnlyModelViewSet[Delivery]):
    """
    The webhooks of your submissions and batches, newest first: state, number of attempts, the status that
    your server last answered, and when the next attempt is due.

    Filters: `state` (`pending`, `delivered`, `failed`), `submission`, `batch`.
    """

    titles = ("Deliveries", "Delivery")
    queryset = Delivery.objects.all()
    serializer_class = DeliveryOutput
    filterset_class = DeliveryFilter

    def get_queryset(self) -> QuerySet[Delivery]:
        deliveries = super().get_queryset()
        assert isinstance(deliveries, OwnedQuerySet)  # noqa: S101 - for the type checker
        if getattr(self, "swagger_fake_view", False):
            return deliveries.none()
        return deliveries.visible_to(self.request.user)


@operations.secret
class SecretView(APIView):
    """
    The secret that signs your webhooks. GET returns when it was made and, after a replacement, until when
    the previous one is valid too. POST makes a new one and returns it; it cannot be read again.
    """

    name = "Webhook secret"

    def get(self, request: Request) -> Response:
        found = secret_of(request.user)
        if found is None:
            raise Http404
        return Response(SecretOutput(found).data)

    def post(self, request: Request) -> Response:
        secret = make_secret(request.user)
        found = secret_of(request.user)
        return Response({**SecretOutput(found).data, "secret": secret}, status=201)
