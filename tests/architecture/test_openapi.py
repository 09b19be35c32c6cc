"""The API's description is what it says it is, by somebody else's validator."""

from __future__ import annotations

from fastapi import FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator


def test_the_description_is_openapi_3_1(one_app: FastAPI) -> None:
    told = one_app.openapi()
    assert told["openapi"].startswith("3.1.")
    assert [str(error) for error in OpenAPIV31SpecValidator(told).iter_errors()] == []
    operations = [each["operationId"] for path in told["paths"].values() for each in path.values()]
    assert len(operations) == len(set(operations)) > 100, "the web client's functions are named after them"
