"""The API's description: complete, valid, and equal to the committed one."""

from django.core.management import call_command

from tests.support.documents import text


def test_committed_description_is_that_of_the_code(tmp_path):
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(made))
    committed = text("docs/openapi.yaml")
    assert made.read_text() == committed, "the API has changed: look at what `make openapi` changes"


def test_description_names_each_way_to_authenticate(client):
    schema = client.get("/api/schema/", {"format": "json"}).json()
    ways = schema["components"]["securitySchemes"]
    assert ways["apiToken"] == {"type": "http", "scheme": "bearer"}
    assert ways["basicAuth"] == {"type": "http", "scheme": "basic"}
    assert {"apiToken": []} in schema["paths"]["/run"]["post"]["security"]
