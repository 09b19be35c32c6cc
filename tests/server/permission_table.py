"""Who may use which route. A new route needs a line here: that is the decision."""

from __future__ import annotations

PEOPLE = ("nobody", "outsider", "annotator", "holder", "reviewer", "lead", "admin", "reader", "writer")
"""`holder` is the annotator who has leased the task; `reader` and `writer` are an admin's access tokens."""

OPEN = "open"
MONITOR = "monitor"
"""Nobody who is a person: a scraper with the metrics token, or from an address that the settings name."""
SIGNED_IN = "signed in"
PERSON = "person"
ADMIN_PERSON = "admin person"
ADMIN = "admin"
OWN_TOKEN = "own token"
MEMBER = "member"
HOLDER = "holder"
SEES_WORK = "sees the work"
REVIEWER = "reviewer"
LEAD = "lead"

IN_PROJECT = {"annotator", "holder", "reviewer", "lead", "admin", "reader", "writer"}
ALLOWED: dict[str, set[str]] = {
    OPEN: set(PEOPLE),
    MONITOR: set(),
    SIGNED_IN: set(PEOPLE) - {"nobody"},
    PERSON: set(PEOPLE) - {"nobody", "reader", "writer"},
    ADMIN_PERSON: {"admin"},
    ADMIN: {"admin", "reader", "writer"},
    OWN_TOKEN: {"admin"},
    MEMBER: IN_PROJECT,
    HOLDER: {"holder"},
    SEES_WORK: {"holder", "reviewer", "lead", "admin", "reader", "writer"},
    REVIEWER: {"reviewer", "lead", "admin", "reader", "writer"},
    LEAD: {"lead", "admin", "reader", "writer"},
}
"""Who passes each rule. Who does not gets 401 (nobody), 404 (outsider, where something is looked up) or 403."""
ALONE = {OPEN, MONITOR, SIGNED_IN, PERSON, ADMIN_PERSON, ADMIN, OWN_TOKEN}
"""Rules about nothing in a project: an outsider is a person like any other there."""

TABLE: dict[tuple[str, str], str] = {
    ("POST", "/api/session"): OPEN,
    ("DELETE", "/api/session"): OPEN,
    ("GET", "/api/invitations/{token}"): OPEN,
    ("POST", "/api/invitations/{token}"): OPEN,
    ("GET", "/api/system"): OPEN,
    ("GET", "/api/health"): OPEN,
    ("GET", "/api/ready"): OPEN,
    ("GET", "/api/metrics"): MONITOR,
    ("DELETE", "/api/sessions"): PERSON,
    ("GET", "/api/me"): SIGNED_IN,
    ("PATCH", "/api/me"): PERSON,
    ("POST", "/api/me/password"): PERSON,
    ("GET", "/api/me/tokens"): PERSON,
    ("POST", "/api/me/tokens"): PERSON,
    ("DELETE", "/api/me/tokens/{token_id}"): OWN_TOKEN,
    ("GET", "/api/users"): ADMIN_PERSON,
    ("POST", "/api/users"): ADMIN_PERSON,
    ("PATCH", "/api/users/{user_id}"): ADMIN_PERSON,
    ("POST", "/api/users/{user_id}/reset"): ADMIN_PERSON,
    ("GET", "/api/jobs"): ADMIN_PERSON,
    ("GET", "/api/jobs/{job_id}"): MEMBER,
    ("POST", "/api/jobs/{job_id}/cancel"): LEAD,
    ("POST", "/api/jobs/{job_id}/retry"): LEAD,
    ("GET", "/api/queues"): ADMIN_PERSON,
    ("GET", "/api/workers"): ADMIN_PERSON,
    ("GET", "/api/events"): MEMBER,
    ("GET", "/api/projects"): SIGNED_IN,
    ("POST", "/api/projects"): ADMIN,
    ("GET", "/api/projects/{project_id}"): MEMBER,
    ("PATCH", "/api/projects/{project_id}"): LEAD,
    ("GET", "/api/projects/{project_id}/guideline"): MEMBER,
    ("PUT", "/api/projects/{project_id}/guideline"): LEAD,
    ("GET", "/api/projects/{project_id}/members"): MEMBER,
    ("POST", "/api/projects/{project_id}/members"): LEAD,
    ("PUT", "/api/projects/{project_id}/members/{user_id}"): LEAD,
    ("DELETE", "/api/projects/{project_id}/members/{user_id}"): LEAD,
    ("GET", "/api/projects/{project_id}/queue"): MEMBER,
    ("POST", "/api/projects/{project_id}/tasks/next"): MEMBER,
    ("POST", "/api/projects/{project_id}/tasks/preload"): MEMBER,
    ("GET", "/api/projects/{project_id}/tasks"): LEAD,
    ("POST", "/api/projects/{project_id}/tasks/bulk"): LEAD,
    ("PUT", "/api/projects/{project_id}/videos/{video_id}/flag"): LEAD,
    ("DELETE", "/api/projects/{project_id}/videos/{video_id}/flag"): LEAD,
    ("GET", "/api/projects/{project_id}/reviews"): REVIEWER,
    ("POST", "/api/projects/{project_id}/uploads"): LEAD,
    ("GET", "/api/uploads/{upload_id}"): LEAD,
    ("PATCH", "/api/uploads/{upload_id}"): LEAD,
    ("POST", "/api/uploads/{upload_id}/finish"): LEAD,
    ("POST", "/api/projects/{project_id}/fetches"): LEAD,
    ("GET", "/api/projects/{project_id}/fetches"): LEAD,
    ("POST", "/api/fetches/{fetch_id}/retry"): LEAD,
    ("DELETE", "/api/fetches/{fetch_id}"): LEAD,
    ("GET", "/api/projects/{project_id}/storage"): LEAD,
    ("GET", "/api/projects/{project_id}/videos"): MEMBER,
    ("DELETE", "/api/projects/{project_id}/videos/{video_id}"): LEAD,
    ("POST", "/api/projects/{project_id}/videos/{video_id}/retry"): LEAD,
    ("GET", "/api/projects/{project_id}/segments"): REVIEWER,
    ("POST", "/api/projects/{project_id}/segments"): LEAD,
    ("POST", "/api/projects/{project_id}/segments/import"): LEAD,
    ("GET", "/api/videos/{video_id}"): MEMBER,
    ("GET", "/api/videos/{video_id}/frames"): MEMBER,
    ("HEAD", "/api/videos/{video_id}/frames"): MEMBER,
    ("GET", "/api/videos/{video_id}/proxy.mp4"): MEMBER,
    ("HEAD", "/api/videos/{video_id}/proxy.mp4"): MEMBER,
    ("GET", "/api/videos/{video_id}/thumbnails.jpg"): MEMBER,
    ("HEAD", "/api/videos/{video_id}/thumbnails.jpg"): MEMBER,
    ("GET", "/api/videos/{video_id}/pictures/{picture}.jpg"): MEMBER,
    ("GET", "/api/tasks/{task_id}"): MEMBER,
    ("POST", "/api/tasks/{task_id}/heartbeat"): HOLDER,
    ("POST", "/api/tasks/{task_id}/release"): HOLDER,
    ("POST", "/api/tasks/{task_id}/skip"): HOLDER,
    ("POST", "/api/tasks/{task_id}/submit"): HOLDER,
    ("POST", "/api/tasks/{task_id}/decision"): HOLDER,
    ("POST", "/api/tasks/{task_id}/take-back"): LEAD,
    ("POST", "/api/tasks/{task_id}/reopen"): LEAD,
    ("GET", "/api/tasks/{task_id}/document"): SEES_WORK,
    ("GET", "/api/tasks/{task_id}/preview"): SEES_WORK,
    ("GET", "/api/tasks/{task_id}/context"): SEES_WORK,
    ("PATCH", "/api/documents/{document_id}"): HOLDER,
    ("GET", "/api/documents/{document_id}/operations"): REVIEWER,
    ("GET", "/api/tasks/{task_id}/masklets"): MEMBER,
    ("POST", "/api/tasks/{task_id}/masklets"): HOLDER,
    ("GET", "/api/projects/{project_id}/effort"): LEAD,
    ("PATCH", "/api/masklets/{masklet_id}"): HOLDER,
    ("DELETE", "/api/masklets/{masklet_id}"): HOLDER,
    ("GET", "/api/masklets/{masklet_id}/masks"): MEMBER,
    ("PUT", "/api/masklets/{masklet_id}/prompts/{picture}"): HOLDER,
    ("DELETE", "/api/masklets/{masklet_id}/prompts/{picture}"): HOLDER,
    ("POST", "/api/masklets/{masklet_id}/proposals"): HOLDER,
    ("POST", "/api/masklets/{masklet_id}/drawings"): HOLDER,
    ("POST", "/api/masklets/{masklet_id}/tracks"): HOLDER,
    ("POST", "/api/masklets/{masklet_id}/split"): HOLDER,
    ("POST", "/api/masklets/{masklet_id}/merge"): HOLDER,
    ("POST", "/api/tracks/{track_id}/cancel"): HOLDER,
    ("GET", "/api/projects/{project_id}/releases/preview"): LEAD,
    ("POST", "/api/projects/{project_id}/releases"): LEAD,
    ("GET", "/api/projects/{project_id}/releases"): LEAD,
    ("GET", "/api/releases/{release_id}"): LEAD,
    ("GET", "/api/releases/{release_id}/manifest.json"): LEAD,
    ("HEAD", "/api/releases/{release_id}/manifest.json"): LEAD,
    ("GET", "/api/releases/{release_id}/files/{path}"): LEAD,
    ("HEAD", "/api/releases/{release_id}/files/{path}"): LEAD,
    ("POST", "/api/runs"): LEAD,
    ("GET", "/api/runs"): SIGNED_IN,
    ("GET", "/api/runs/{run_id}"): LEAD,
    ("GET", "/api/runs/{run_id}/metrics"): LEAD,
    ("GET", "/api/runs/{run_id}/files/{path}"): LEAD,
    ("HEAD", "/api/runs/{run_id}/files/{path}"): LEAD,
    ("POST", "/api/runs/{run_id}/cancel"): LEAD,
    ("POST", "/api/runs/{run_id}/evaluations"): LEAD,
    ("GET", "/api/runs/{run_id}/evaluations"): LEAD,
}
