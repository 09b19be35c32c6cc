"""Which source videos are held out: decided once and for ever, near-duplicates together, balanced by what they hold.

What a video looks like comes from its print (likeness.py). A new video that looks like one that has its split gets the
same one. The others are given out so that the share held out is near what is asked for, in all and in each stratum
(question type, domain), in an order that is drawn from the videos' content. Where it is asked for, the videos that one
person's work is about stay together too, so that the held-out part is by people whom the network has not learnt from.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import Subquery

from server.db import one_at_a_time
from server.tables.releases import ReleaseItem, Split, SplitAssignment, VideoPrint
from server.tables.videos import Question, Segment, Video

SEED = b"vidgrain-split-1:"

Strata = Mapping[str, float]


def draw(sha256: str) -> float:
    """The video's lot, 0 to 1, from its content: the same on every installation."""
    return int.from_bytes(hashlib.sha256(SEED + sha256.encode()).digest()[:8], "big") / 2**64


@dataclass
class Group:
    """Videos that must be on one side. `fixed` is where members are already; `lot` orders groups."""

    members: list[UUID]
    lot: float
    strata: Strata
    fixed: Split | None = None
    like: dict[UUID, UUID] = field(default_factory=dict)


def give_out(groups: Sequence[Group], test_share: float) -> list[Split]:
    """The split of each group. With two groups or more, and a share above 0, at least one is held out and at least one
    trains, as far as the fixed ones leave room for it."""
    total: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for group in groups:
        total.update(group.strata)
        if group.fixed is Split.TEST:
            held.update(group.strata)
    splits: dict[int, Split] = {place: group.fixed for place, group in enumerate(groups) if group.fixed is not None}
    free = sorted((place for place in range(len(groups)) if place not in splits), key=lambda p: _turn(groups[p]))
    for place in free:
        strata = groups[place].strata
        gain = sum(
            (abs(held[s] - test_share * total[s]) - abs(held[s] + more - test_share * total[s])) / max(total[s], 1)
            for s, more in strata.items()
        )
        splits[place] = Split.TEST if test_share > 0 and gain > 0 else Split.TRAIN
        if splits[place] is Split.TEST:
            held.update(strata)
    by_lot = sorted(free, key=lambda place: groups[place].lot)
    if by_lot and test_share > 0:
        if len(groups) > 1 and Split.TEST not in splits.values():
            splits[by_lot[0]] = Split.TEST
        if Split.TRAIN not in splits.values():
            splits[by_lot[-1]] = Split.TRAIN
    return [splits[place] for place in range(len(groups))]


def _turn(group: Group) -> tuple[float, float]:
    """Large groups first, while there is room for them on either side."""
    return -sum(group.strata.values()), group.lot


def assign(session: Session, items: Subquery, test_share: float, *, by_annotator: bool = False) -> Counter[str]:
    """Give each video of the items that has none its split; how many of the items' videos are on each side.

    `by_annotator`: no author of the items is on both sides, as far as the videos that have their split allow it.

    A video without a print gets none, since a split is for ever and nobody knows yet what it looks like: its work was
    accepted after the build looked, and is for a later release. One such transaction at a time: splits are for all
    projects.
    """
    from server.releases.likeness import VERSION, hashes_of, pairs
    from server.releases.likeness import groups as hang_together

    one_at_a_time(session, "splits")
    strata = _strata(session, items)
    fixed = {
        row.video_id: row.split for row in session.execute(select(SplitAssignment.video_id, SplitAssignment.split))
    }
    hashed = {row.id: row.sha256 for row in session.execute(select(Video.id, Video.sha256))}
    seen = select(VideoPrint.video_id, VideoPrint.hashes).where(VideoPrint.version == VERSION)
    prints = {row.video_id: row.hashes for row in session.execute(seen)}
    new = sorted((video for video in strata if video not in fixed and video in prints), key=lambda video: hashed[video])
    if new:
        videos = [*new, *sorted(fixed, key=lambda video: hashed[video])]
        alike = pairs([hashes_of(prints.get(video, "")) for video in videos], range(len(new)))
        tied = {**alike, **_same_author(session, items, videos)} if by_annotator else alike
        found = [
            _group([videos[place] for place in places], videos, alike, fixed, strata, hashed)
            for places in hang_together(len(videos), tied)
        ]
        mine = [group for group in found if any(video in strata for video in group.members)]
        for group, split in zip(mine, give_out(mine, test_share), strict=True):
            for video in group.members:
                if video in strata and video not in fixed:
                    session.add(SplitAssignment(video_id=video, split=split, like_id=group.like.get(video)))
                    fixed[video] = split
        session.flush()
    return Counter(fixed[video].value for video in strata if video in fixed)


def across(session: Session, release_id: UUID, released: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Held-out videos of a release that look like one of its training videos: a leak that came before anybody looked,
    as of a video that looks like videos of both sides. `released`: names of its videos by split. In order of name."""
    from server.releases.likeness import VERSION, hashes_of, pairs

    sides = {name: split for split, names in released.items() for name in names}
    rows = session.execute(
        select(Video.sha256, VideoPrint.hashes)
        .join(VideoPrint, (VideoPrint.video_id == Video.id) & (VideoPrint.version == VERSION))
        .where(Video.id.in_(select(ReleaseItem.video_id).where(ReleaseItem.release_id == release_id)))
        .order_by(Video.sha256)
    )
    seen = [(name, hashes_of(row.hashes)) for row in rows if (name := f"v{row.sha256[:16]}") in sides]
    held = [place for place, (name, _) in enumerate(seen) if sides[name] == Split.TEST.value]
    return [
        {"test": seen[a][0], "train": seen[b][0], "share": round(share, 3)}
        for (a, b), share in pairs([hashes for _, hashes in seen], held).items()
        if sides[seen[b][0]] != Split.TEST.value
    ]


def _group(  # noqa: PLR0917 - all that is known of videos, by place and by id
    members: list[UUID],
    videos: Sequence[UUID],
    alike: Mapping[tuple[int, int], float],
    fixed: Mapping[UUID, Split],
    strata: Mapping[UUID, Strata],
    hashed: Mapping[UUID, str],
) -> Group:
    whole: Counter[str] = Counter()
    for video in members:
        whole.update(strata.get(video, {}))
    within = set(members)
    best: dict[UUID, tuple[float, UUID]] = {}
    for (a, b), share in alike.items():
        one, other = videos[a], videos[b]
        if one in within and one not in fixed and share > best.get(one, (0.0, one))[0]:
            best[one] = (share, other)
    sides = [(share, fixed[other]) for share, other in best.values() if other in fixed]
    known = {fixed[video] for video in members if video in fixed}
    # One that looks like videos of both sides goes to where it looks more like; one that only its author ties to both
    # trains, since whoever trains knows the author already.
    side = next(iter(known), None)
    if len(known) > 1:
        side = max(sides, key=lambda pair: pair[0])[1] if sides else Split.TRAIN
    return Group(
        members, min(draw(hashed[video]) for video in members), whole, side, {v: like for v, (_, like) in best.items()}
    )


def _same_author(session: Session, items: Subquery, videos: Sequence[UUID]) -> dict[tuple[int, int], float]:
    """Ties between videos (by place) that the same person's work is about: each with the first one of theirs."""
    places = {video: place for place, video in enumerate(videos)}
    rows = session.execute(select(items.c.video_id, items.c.author).where(items.c.author.is_not(None)).distinct())
    first: dict[UUID, int] = {}
    ties: dict[tuple[int, int], float] = {}
    for place, author in sorted((places[row.video_id], row.author) for row in rows if row.video_id in places):
        if first.setdefault(author, place) != place:
            ties[first[author], place] = 0.0
    return ties


def _strata(session: Session, items: Subquery) -> dict[UUID, Strata]:
    """What each video of the items holds: items, and questions by type and domain."""
    found: dict[UUID, Counter[str]] = {}
    for video, count in session.execute(select(items.c.video_id, func.count()).group_by(items.c.video_id)):
        found[video] = Counter({"items": count})
    segments = select(items.c.segment_id).where(items.c.segment_id.is_not(None)).distinct().subquery()
    types = (
        select(Segment.video_id, Question.q_type, Segment.domain, func.count())
        .join(segments, segments.c.segment_id == Segment.id)
        .join(Question, Question.segment_id == Segment.id)
        .group_by(Segment.video_id, Question.q_type, Segment.domain)
    )
    for video, q_type, domain, count in session.execute(types):
        found[video][f"type:{q_type.value}"] += count
        found[video][f"domain:{domain}"] += count
    return {video: dict(counts) for video, counts in found.items()}
