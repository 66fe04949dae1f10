"""URLs of the pages."""

from django.urls import path

from . import home, playground
from .account import access, isolation, tokens, webhooks
from .account import data as account
from .docs import documents
from .lab import catalogue, layers, matrix
from .lab import experiment as lab
from .runs import comparison, history, sharing

urlpatterns = [
    path("", home.home, name="home"),
    path("playground/", playground.playground, name="playground"),
    path("playground/run/", playground.run, name="playground_run"),
    path("submissions/", history.history, name="history"),
    path("submissions/compare/", comparison.compare, name="compare"),
    path("submissions/export/", history.export, name="export"),
    path("submissions/links/", sharing.links, name="share_links"),
    path("submissions/links/<str:key>/revoke/", sharing.revoke, name="revoke_link"),
    path("submissions/<uuid:pk>/", history.submission, name="submission"),
    path("submissions/<uuid:pk>/again/", playground.run_again, name="run_again"),
    path("submissions/<uuid:pk>/cancel/", history.cancel, name="cancel"),
    path("submissions/<uuid:pk>/share/", sharing.share, name="share"),
    path("shared/<str:key>/", sharing.shared, name="shared"),  # `key` stays out of the log
    path("accounts/webhooks/", webhooks.webhooks, name="webhooks"),
    path("accounts/isolation/", isolation.isolation, name="isolation"),
    path("accounts/data/", account.account_data, name="account_data"),
    path("accounts/data/delete/", account.delete_account, name="delete_account"),
    path("accounts/tokens/", tokens.tokens, name="tokens"),
    path("accounts/tokens/<str:token_key>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("accounts/access/revoke/", access.revoke_access, name="revoke_access"),
    path("docs/", documents.documents, name="documents"),
    path("docs/<path:name>/", documents.document, name="document"),
    path("lab/", catalogue.catalogue, name="lab"),
    path("lab/glossary/", lab.glossary, name="lab-glossary"),
    path("lab/matrix/", matrix.matrix, name="lab-matrix"),
    path("lab/matrix/<slug:attack>/<slug:layer>/", matrix.pair, name="lab-pair"),
    path("lab/layers/", layers.layers, name="layers"),
    path("lab/layers/<slug:slug>/", layers.layer, name="layer"),
    path("lab/runs/<uuid:pk>/", lab.lab_run, name="lab-run"),
    path("lab/<slug:slug>/", lab.experiment, name="experiment"),
]
