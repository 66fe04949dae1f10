"""The one address of MCP."""

from django.urls import path

from . import views

urlpatterns = [path("mcp", views.mcp, name="mcp")]
