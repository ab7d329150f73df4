"""The description of /ingest names every address and nothing else, and all that it refers to is there."""

from __future__ import annotations

import json
import re

from dashboard.config import load_settings
from dashboard.openapi import description
from dashboard.reception.routes import Reception, routes


def test_every_address_is_described() -> None:
    reception = Reception(load_settings(database_url="postgresql://nobody@127.0.0.1:1/none"))
    named = {re.sub(r":\w+}", "}", route.path) for route in routes(reception)}
    bare = {path for path in named if not path.endswith((".json", ".xml"))}
    described = {path for path in description()["paths"] if path.startswith("/ingest")}
    assert bare == described
    reception.engine.dispose()


def test_all_references_lead_somewhere() -> None:
    document = description()
    for name in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)):
        assert name in document["components"]["schemas"]
    operations = [
        operation["operationId"] for path in document["paths"].values() for operation in path.values()
    ]
    assert len(operations) == len(set(operations))
