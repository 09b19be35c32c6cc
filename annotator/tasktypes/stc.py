"""STC, spatio-temporal captions: choose subjects, cut and caption their events, verify both, review a share of it."""

from __future__ import annotations

from annotator.records import Body, Problem, Record
from annotator.tasktypes.events import event_fits, event_rules
from annotator.tasktypes.notes import note_fits
from annotator.tasktypes.tasktype import Context, TaskType, from_previous


def _fits(path: str, record: Record, context: Context) -> list[Problem]:
    return event_fits(path, record, context) + note_fits(path, record, context)


def _masklet_rules(context: Context) -> list[Problem]:
    """Every masklet is tracked to the end with the prompts it has now, and is visible somewhere."""
    found = []
    for masklet in context.masklets:
        field = f"subjects.{masklet.id}"
        name = f"“{masklet.label}”" if masklet.label.strip() else "This subject"
        if masklet.track_state != "done":
            what = {"running": "is still being tracked"}.get(masklet.track_state, "is not tracked yet")
            found.append(Problem(field=f"{field}.track", code="no_track", message=f"{name} {what}."))
        elif masklet.unfollowed is not None:
            first, last = masklet.unfollowed
            message = f"{name} is not followed on pictures {first} to {last} yet: follow the whole video."
            found.append(Problem(field=f"{field}.track", code="unfollowed", message=message))
        elif masklet.stale:
            message = f"{name} has changed clicks or locks: track it again before you submit."
            found.append(Problem(field=f"{field}.track", code="stale_track", message=message))
        elif not any(masklet.presence):
            found.append(Problem(field=f"{field}.track", code="never_visible", message=f"{name} is never visible."))
        if not masklet.label.strip():
            message = "Name the subject, so that the next person knows what is meant."
            found.append(Problem(field=f"{field}.label", code="no_label", message=message, severity="warning"))
    return found


def _subject_rules(_body: Body, context: Context) -> list[Problem]:
    if not context.masklets:
        message = "Choose at least one subject: click it in the video and track it."
        return [Problem(field="subjects", code="no_subjects", message=message)]
    return _masklet_rules(context)


def _verify_rules(body: Body, context: Context) -> list[Problem]:
    return _masklet_rules(context) + event_rules(body, context)


SUBJECT = TaskType(
    kind="stc_subject",
    role="annotator",
    decides=False,
    collections=frozenset({"notes"}),  # subjects and masks are the masklets' own records; submit freezes them
    seed=lambda _context: Body(),
    rules=_subject_rules,
    fits=_fits,
)

CAPTION = TaskType(
    kind="stc_caption",
    role="annotator",
    decides=False,
    collections=frozenset({"events", "notes"}),
    seed=lambda _context: Body(),
    rules=event_rules,
    fits=_fits,
)

VERIFY = TaskType(
    kind="stc_verify",
    role="annotator",
    decides=True,
    collections=frozenset({"events", "notes"}),
    seed=from_previous,
    rules=_verify_rules,
    fits=_fits,
    return_steps=("caption", "subject"),
)

REVIEW = TaskType(
    kind="stc_review",
    role="reviewer",
    decides=True,
    collections=frozenset({"events", "notes"}),
    seed=from_previous,
    rules=event_rules,
    fits=_fits,
    return_steps=("caption", "subject"),
)
