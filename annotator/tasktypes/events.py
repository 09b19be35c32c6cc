"""The rules of events: inside the grid, in order, captioned, and nothing visible left out. All STC steps share them."""

from __future__ import annotations

from itertools import pairwise

from annotator.quality.dense import gaps, in_order
from annotator.quality.text import caption_problems, repeated
from annotator.records import Body, EventRecord, Problem, Record
from annotator.tasktypes.tasktype import SAMPLED_FRAMES, Context


def event_fits(path: str, record: Record, context: Context) -> list[Problem]:
    """At save: an event that ends before it starts or leaves the video is refused, naming the end that is wrong."""
    if not isinstance(record, EventRecord):
        return []
    last = context.grid_length - 1
    for name, value in (("grid_start", record.grid_start), ("grid_end", record.grid_end)):
        if value > last:
            message = f"Grid frame {value} is outside the video: its last grid frame is {last}."
            return [Problem(field=f"{path}.{name}", code="outside_video", message=message)]
    if record.grid_end < record.grid_start:
        message = f"The event ends at {record.grid_end}, before it starts at {record.grid_start}."
        return [Problem(field=f"{path}.grid_end", code="ends_before_start", message=message)]
    return []


def event_rules(body: Body, context: Context) -> list[Problem]:
    """At submit: every rule of events and captions for the one masklet of the task."""
    found: list[Problem] = []
    for event_id, event in sorted(body.events.items()):
        found += event_fits(f"events.{event_id}", event, context)
    if found:
        return found  # the rules below speak about time and need events inside the grid
    ordered = in_order(body.events.values())
    if not ordered:
        found.append(Problem(field="events", code="no_events", message="Mark and caption at least one event."))
    overlap = _overlaps(ordered)
    found += overlap
    for event in ordered:
        found += caption_problems(f"events.{event.id}.caption", event.caption)
        found += _length(event, context)
    found += repeated((f"events.{event.id}.caption", event.caption) for event in ordered)
    found += _presence(ordered, context, check_gaps=bool(ordered) and not overlap)
    return found


def _overlaps(ordered: list[EventRecord]) -> list[Problem]:
    found = []
    for before, after in pairwise(ordered):
        if after.grid_start <= before.grid_end:
            message = f"Starts at {after.grid_start}, while another event lasts until {before.grid_end}."
            found.append(Problem(field=f"events.{after.id}.grid_start", code="overlap", message=message))
    return found


def _length(event: EventRecord, context: Context) -> list[Problem]:
    length = event.grid_end - event.grid_start + 1
    if length * SAMPLED_FRAMES >= context.grid_length:
        return []
    message = f"{length} grid frames are less than one of the {SAMPLED_FRAMES} frames that the model sees of this clip."
    return [Problem(field=f"events.{event.id}.grid_end", code="too_short", message=message, severity="warning")]


def _presence(ordered: list[EventRecord], context: Context, *, check_gaps: bool) -> list[Problem]:
    if len(context.masklets) != 1 or len(context.masklets[0].presence) != context.grid_length:
        message = "The masklet has no finished track: captions need to know where the subject is visible."
        return [Problem(field="masklet.track", code="no_track", message=message)]
    presence = context.masklets[0].presence
    found = []
    for event in ordered:
        if not any(presence[event.grid_start : event.grid_end + 1]):
            message = "The subject is out of frame during this whole event."
            found.append(Problem(field=f"events.{event.id}", code="absent", message=message, severity="warning"))
    if check_gaps:
        for gap in gaps(ordered, presence):
            message = f"The subject is visible in grid frames {gap.grid_start}–{gap.grid_end} without a caption."
            found.append(Problem(field="events", code="gap", message=message))
    return found
