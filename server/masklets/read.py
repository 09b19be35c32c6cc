"""Masklets, tracks and masks as the wire shows them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from annotator.masklet.packed import PackedMasklet
from annotator.propagate.plan import spans_of
from server.db import page
from server.masklets.edit import prompts_hash, prompts_of
from server.masklets.said import Layout, Said, held_in, layout, left_of, outdated, presences, records_of
from server.masklets.schemas import Flag, MaskFrameOut, MaskletOut, MasksOut, TrackList, TrackOut
from server.storage import Storage, read_bytes
from server.tables.masklets import Masklet, MaskletState, Track, TrackState
from server.tables.projects import Project, PropagatorName
from server.tables.tasks import Task, TaskKind
from server.tables.videos import Video

KEPT_BYTES = 64 << 20
"""Of packed masklets kept open: some hundred kilobytes each, of a very long video some ten megabytes."""


def of_task(task: Task) -> ColumnElement[bool]:
    """A condition: the masklets that a task is about, all of a subject task, the one of every later step."""
    mine = Masklet.task_id == task.id if task.kind == TaskKind.STC_SUBJECT else Masklet.id == task.masklet_id
    return and_(mine, Masklet.state != MaskletState.REMOVED)


def masklets_of(session: Session, task: Task) -> list[Masklet]:
    """The masklets that a task is about, by number."""
    return list(session.scalars(select(Masklet).where(of_task(task)).order_by(Masklet.number)))


@dataclass(frozen=True)
class Present:
    """What people say of a masklet now, and what a new track of it would be."""

    masklet: Masklet
    said: Said
    hashed: str
    propagator: PropagatorName
    shown: Mapping[UUID, Sequence[Sequence[int]]]
    """Of `said.presences`, for the locks of the masklet and of the tracks beside it."""
    count: int

    @cached_property
    def layout(self) -> Layout:
        """How it would be followed."""
        return layout(self.said, self.count)

    def with_said(self, said: Said) -> Present:
        """The same masklet, as if this were what people say."""
        return replace(self, said=said)


def presents(session: Session, masklets: Sequence[Masklet], tracks: Iterable[Track]) -> dict[UUID, Present]:
    """The present of masklets, to be compared with these tracks of them."""
    prompts = prompts_of(session, [m.id for m in masklets])
    shown = presences(session, [*(m.locks for m in masklets), *(t.locks for t in tracks)])
    facts = (
        select(Masklet.id, Video.pictures, Project.propagator)
        .join(Video, Video.id == Masklet.video_id)
        .join(Project, Project.id == Masklet.project_id)
        .where(Masklet.id.in_(prompts))
    )
    found = {masklet_id: (pictures or 0, propagator) for masklet_id, pictures, propagator in session.execute(facts)}
    return {
        m.id: Present(
            masklet=m,
            said=Said(prompts[m.id], held_in(m.locks, shown)),
            hashed=prompts_hash(prompts[m.id], m.locks),
            propagator=found[m.id][1],
            shown=shown,
            count=found[m.id][0],
        )
        for m in masklets
    }


def masklet_outs(session: Session, masklets: Sequence[Masklet]) -> list[MaskletOut]:
    """Masklets with their prompts and their track: the newest one, or the last good one when that came to nothing."""
    tracks: dict[UUID, Track] = {}
    current = {m.current_track_id for m in masklets}
    ids = [m.id for m in masklets]
    newest = select(Track.masklet_id, func.max(Track.version)).where(Track.masklet_id.in_(ids))
    shown = or_(
        tuple_(Track.masklet_id, Track.version).in_(newest.group_by(Track.masklet_id)),
        Track.id.in_([track_id for track_id in current if track_id is not None]),
    )
    for track in session.scalars(select(Track).where(shown).order_by(Track.version)):
        known = tracks.get(track.masklet_id)
        came_to_nothing = track.state in (TrackState.CANCELLED, TrackState.FAILED)
        if known is None or not came_to_nothing or known.id not in current:
            tracks[track.masklet_id] = track
    now = presents(session, masklets, tracks.values())
    return [
        MaskletOut(
            id=m.id,
            number=m.number,
            label=m.label,
            state=m.state,
            video_id=m.video_id,
            colour=m.number - 1,
            prompts=list(now[m.id].said.prompts),
            locks=[(lock["picture_start"], lock["picture_end"]) for lock in m.locks],
            track=track_out(tracks[m.id], now[m.id]) if m.id in tracks else None,
        )
        for m in masklets
    ]


def track_outs(session: Session, masklet: Masklet, cursor: str | None, limit: int) -> TrackList:
    """A page of the versions of a masklet's masks, the newest first."""
    statement = select(Track).where(Track.masklet_id == masklet.id)
    tracks, after = page(session, statement, [Track.version], cursor=cursor, limit=limit, newest_first=True)
    now = presents(session, [masklet], tracks)[masklet.id]
    return TrackList(items=[track_out(track, now) for track in tracks], next=after)


def track_out(track: Track, now: Present) -> TrackOut:
    """A track beside the present of its masklet."""
    stale = track.prompts_hash != now.hashed
    return TrackOut(
        id=track.id,
        masklet_id=track.masklet_id,
        version=track.version,
        state=track.state,
        pictures_done=track.pictures_done,
        stale=stale,
        stale_spans=spans_of(stale_pictures(track, now)) if stale else [],
        current=track.id == now.masklet.current_track_id,
        origin=track.origin,
        created_at=track.created_at,
        prompted=len(track.prompts),
        presence=None if track.presence is None else [(run[0], run[1]) for run in track.presence],
        propagator=track.propagator,
        job_id=track.job_id,
        flags=[Flag.model_validate(flag) for flag in track.flags],
    )


def stale_pictures(track: Track, now: Present) -> NDArray[np.bool_]:
    """bool[pictures]: what a new track would follow anew after this one."""
    if track.propagator != now.propagator:
        return ~now.layout.locked
    before = Said(records_of(track), held_in(track.locks, now.shown))
    return outdated(now.layout, layout(before, now.count), left_of(track, now.count))


def fresh_track_out(session: Session, track: Track) -> TrackOut:
    """A track beside the present prompts of its masklet."""
    masklet = session.get_one(Masklet, track.masklet_id)
    return track_out(track, presents(session, [masklet], [track])[masklet.id])


_opened: WeakKeyDictionary[Storage, OrderedDict[str, tuple[PackedMasklet, int]]] = WeakKeyDictionary()
"""With the bytes that each takes."""
_lock = threading.Lock()


def packed(storage: Storage, key: str) -> PackedMasklet:
    """A stored packed masklet, checked; those used last stay open."""
    with _lock:
        kept = _opened.setdefault(storage, OrderedDict())
        if key in kept:
            kept.move_to_end(key)
            return kept[key][0]
    data = read_bytes(storage, key)
    found = PackedMasklet.open(data)
    with _lock:
        kept[key] = found, len(data)
        held = sum(size for _, size in kept.values())
        while held > KEPT_BYTES and len(kept) > 1:
            held -= kept.popitem(last=False)[1][1]
    return found


def masks_out(storage: Storage, track: Track, start: int, stop: int) -> MasksOut:
    """The masks of the pictures start … stop-1 of a finished track; pictures that were never tracked are left out."""
    assert track.file_key is not None
    file = packed(storage, track.file_key)
    return MasksOut(
        track_id=track.id,
        height=file.height,
        width=file.width,
        given=None,
        frames=[
            MaskFrameOut(picture=f.picture, counts=f.rle.counts if f.rle else None, score=round(f.score, 4))
            for f in file.range(start, stop)
            if f.known
        ],
    )
