"""The end of a build: the texts about the release and the manifest that names every file of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.formats.plm import SUBSETS
from annotator.formats.shards import TABLE_SCHEMAS
from annotator.records import SCHEMA_VERSION
from model.data.release import SCHEMA, file_sha256
from server.releases.about import State
from server.releases.build import asked_of
from server.releases.card import card, charts, datasets_yaml
from server.releases.load import pseudonym
from server.releases.version import code_version
from server.releases.withdrawn import withdrawn
from server.storage import Storage
from server.storage.named import blob_key
from server.tables.documents import Submission
from server.tables.projects import Project
from server.tables.releases import Release, ReleaseFile, ReleaseItem, ReleaseProblem, Split

SPLITS = [split.value for split in Split]
_VIDEOS = re.compile(r"records/(\w+)/videos-\d+\.parquet")
_ORIGINS = re.compile(r"provenance/(\w+)/\w+-\d+\.parquet")


@dataclass(frozen=True)
class Facts:
    """What the manifest says that only the database knows."""

    release: Mapping[str, Any]
    project: dict[str, str]
    licence: str
    files: list[dict[str, Any]]
    withdrawn: list[dict[str, str]]
    guidelines: list[int]
    since: dict[str, Any] | None
    videos: dict[str, list[str]] = field(default_factory=dict)
    """Names of the videos that have rows, by split."""
    alike: list[dict[str, Any]] = field(default_factory=list)
    """Pairs of these that look alike across the splits (server.releases.split.across)."""
    authors: list[str] | None = None
    """People whose work is on both sides, by pseudonym; None where the split was not to keep them apart."""


def gather(session: Session, release: Release, key: bytes) -> Facts:
    """Read them, when all shards are named. `key` makes the pseudonyms of people whom the rule names."""
    project = session.get_one(Project, release.project_id)
    files = session.scalars(
        select(ReleaseFile).where(ReleaseFile.release_id == release.id, ReleaseFile.media.is_(False))
    )
    guidelines = (
        select(Submission.guideline_version)
        .join(ReleaseItem, ReleaseItem.submission_id == Submission.id)
        .where(ReleaseItem.release_id == release.id)
        .distinct()
    )
    asked = asked_of(release)
    rule = asked.model_dump(mode="json")
    for named in ("annotators", "without_annotators"):
        rule["rule"][named] = [pseudonym(key, person) for person in getattr(asked.rule, named)]
    earlier = session.get(Release, release.since_id) if release.since_id else None
    return Facts(
        release={
            "release": release.name,
            "release_id": str(release.id),
            "number": release.number,
            "rule": rule,
        },
        project={"id": str(project.id), "name": project.name, "kind": project.kind.value},
        licence=release.licence,
        files=[{"path": f.path, "sha256": f.sha256, "bytes": f.bytes, "rows": f.rows} for f in files],
        withdrawn=withdrawn(session, release),
        guidelines=sorted(session.scalars(guidelines)),
        since={"release_id": str(earlier.id), "number": earlier.number, "manifest_sha256": earlier.manifest_sha256}
        if earlier
        else None,
    )


def released_videos(storage: Storage, files: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The videos that have rows, by split and in order of name: not all that were looked at have any."""
    names: dict[str, list[str]] = {split: [] for split in SPLITS}
    for file in files:
        if shard := _VIDEOS.fullmatch(str(file["path"])):
            with storage.local(blob_key(file["sha256"])) as path:
                names[shard[1]] += pq.read_table(path, columns=["video"]).column(0).to_pylist()
    return {split: sorted(found) for split, found in names.items()}


def authors_across(storage: Storage, files: Sequence[Mapping[str, Any]]) -> list[str]:
    """Pseudonyms of those who captioned or answered on both sides, in order: earlier splits may have left no choice."""
    seen: dict[str, set[str]] = {split: set() for split in SPLITS}
    for file in files:
        if shard := _ORIGINS.fullmatch(str(file["path"])):
            with storage.local(blob_key(file["sha256"])) as path, pq.ParquetFile(path) as table:
                for batch in table.iter_batches(columns=["people"]):
                    people = pc.list_flatten(batch.column(0))
                    step, person = pc.struct_field(people, "step"), pc.struct_field(people, "person")
                    wrote = pc.match_substring_regex(step, r"^(answer|caption)")
                    seen[shard[1]].update(pc.unique(pc.filter(person, wrote)).to_pylist())
    return sorted(set.intersection(*seen.values()))


def problem_lines(session: Session, release_id: UUID) -> Iterable[bytes]:
    """What was left out, one line a problem: `left_out.jsonl`."""
    rows = select(ReleaseProblem).where(ReleaseProblem.release_id == release_id).order_by(ReleaseProblem.position)
    for row in session.scalars(rows.execution_options(yield_per=1000)):
        told = {"document": str(row.document_id), "task": str(row.task_id), "field": row.field, "code": row.code}
        yield orjson.dumps(told | {"message": row.message}, option=orjson.OPT_APPEND_NEWLINE)


def write_texts(folder: Path, facts: Facts, state: State) -> list[str]:
    """README.md, datasets.yaml, statistics.json and the plots; their paths."""
    found = charts(state.tallies)
    rows = {split: state.rows.get(split, 0) for split in SPLITS}
    texts = dict(found.values())
    plots = {title: path for title, (path, _) in found.items()}
    counts = counts_of(facts, state)
    texts["README.md"] = card(facts.project, counts, rows, facts.licence, plots, authors=facts.authors)
    texts["datasets.yaml"] = datasets_yaml(facts.project, [split for split in SPLITS if rows[split]])
    statistics = {"counts": counts, "tallies": state.tallies}
    texts["statistics.json"] = orjson.dumps(statistics, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return sorted(texts)


def counts_of(facts: Facts, state: State) -> dict[str, int]:
    """What a release holds, in a fixed order."""
    counts = {name: state.counts.get(name, 0) for name in ("videos", "segments", "masklets", "documents")}
    counts |= {"captions": state.counts.get("rcap", 0), "answers": state.counts.get("fgqa", 0)}
    counts |= {subset: state.counts.get(subset, 0) for subset in SUBSETS}
    leaks = {"alike_across_splits": len(facts.alike), "annotators_across_splits": len(facts.authors or ())}
    return counts | {name: count for name, count in leaks.items() if count}


def entry(folder: Path, path: str, rows: int | None = None) -> dict[str, Any]:
    """A file's line in the manifest."""
    file = folder / path
    return {"path": path, "sha256": file_sha256(file), "bytes": file.stat().st_size, "rows": rows}


def manifest_of(facts: Facts, state: State, more: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The manifest of a release whose shards are named in `facts.files` and whose other files are `more`."""
    files = {str(each["path"]): dict(each) for each in (*facts.files, *more)}
    rows = {split: state.rows.get(split, 0) for split in SPLITS}
    tables = {str(path).split("/")[2].rsplit("-", 1)[0] for path in files if str(path).startswith("records/")}
    return {
        "schema_version": SCHEMA,
        "record_schema_version": SCHEMA_VERSION,
        **facts.release,
        "project": facts.project,
        "licence": facts.licence,
        "code_version": code_version(),
        "guideline_versions": facts.guidelines,
        "since": facts.since,
        "counts": counts_of(facts, state),
        "problems_left_out": state.problems,
        "documents_left_out": state.left_out,
        # In order of name: what comes back from the job's row is in another order than what was counted here.
        "statistics": {what: dict(sorted(values.items())) for what, values in sorted(state.tallies.items())},
        "schema": {
            table: {column.name: str(column.type) for column in TABLE_SCHEMAS[table]}  # type: ignore[index]  # of ours
            for table in sorted(tables)
        },
        "splits": facts.videos,
        "alike_across_splits": facts.alike,
        **({} if facts.authors is None else {"annotators_across_splits": facts.authors}),
        "withdrawn": facts.withdrawn,
        "media": sorted(path for path in files if path.startswith("media/")),
        "files": [files[path] for path in sorted(files)],
        # A worker without a line loops for ever: ranks × workers must not be more than the lines of the file.
        "loader": {"rows": rows, "max_ranks_times_workers": min([n for n in rows.values() if n], default=0)},
    }


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> str:
    """Write manifest.json; its SHA-256, which names the release."""
    path = folder / "manifest.json"
    path.write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return file_sha256(path)
