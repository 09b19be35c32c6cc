"""What a request is answered when the fault is in no row and in no person."""

from __future__ import annotations

from fastapi.testclient import TestClient
from sqlalchemy import text

from server.parts import Parts


def test_tables_of_another_version_are_a_mistake_and_no_outage(admin: TestClient, parts: Parts) -> None:
    """Trying again would mend nothing, so nobody is told to."""
    with parts.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE videos RENAME TO videos_of_old"))
    try:
        answer = admin.get("/api/users")
        assert answer.status_code == 200, "what needs none of it goes on"
        answer = admin.get(f"/api/videos/{'0' * 32}")
        assert (answer.status_code, answer.json()["type"]) == (500, "crash"), answer.text
        assert "videos" not in answer.text and "retry-after" not in answer.headers
    finally:
        with parts.database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE videos_of_old RENAME TO videos"))
