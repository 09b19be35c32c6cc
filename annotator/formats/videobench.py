"""PLM-VideoBench's test form of the held-out split: fgqa binaries, sgqa, rcap, rtloc, rdcap, and region metadata.

rcap, rtloc and rdcap have the released schema; frames are grid frames of the 6 fps clip, 0-based, end inclusive. An
fgqa question becomes one row for each of its distractors: two options, `answer_index` says which is right (drawn from
the row's id, so that both places are right equally often), `qa_uid` joins the binaries of a question, which counts only
when all are right (MBAcc). `region_metadata.jsonl` has one line a video and masklet with its boxes.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
import pyarrow as pa

from annotator.formats.plm import SCHEMAS, Subset
from annotator.formats.plm_records import write_both, write_regions
from annotator.formats.released import ReleaseFolder

SPLIT: Final = "test"
_STC: Final[tuple[Subset, ...]] = ("rcap", "rtloc", "rdcap")
_TEXT, _INT, _FLOAT = pa.string(), pa.int32(), pa.float64()
FGQA: Final = pa.schema(
    [
        ("uid", _TEXT),
        ("qa_uid", _TEXT),
        ("video", _TEXT),
        ("question", _TEXT),
        ("answer", _TEXT),
        ("options", pa.struct([("option_0", _TEXT), ("option_1", _TEXT)])),
        ("answer_index", _INT),
        (
            "metadata",
            pa.struct(
                [
                    ("source_video_id", _TEXT),
                    ("source_dataset", _TEXT),
                    ("source_start_time", _FLOAT),
                    ("source_end_time", _FLOAT),
                    ("question_type", _TEXT),
                    ("source_domain", _TEXT),
                ]
            ),
        ),
    ]
)
SGQA: Final = pa.schema([(name, _TEXT) for name in ("uid", "video", "question", "answer", "domain")])


def write_videobench(release: ReleaseFolder, to: Path) -> list[str]:
    """`<subset>/plm_<subset>_test.jsonl` and `.parquet`, `region_metadata.jsonl`, `videos/`."""
    notes = []
    if SPLIT in release.splits:
        for subset in _STC:
            write_both(to / subset / f"plm_{subset}_{SPLIT}", SCHEMAS[subset], release.rows(SPLIT, subset))
        write_regions(to / "region_metadata.jsonl", _kept(release, to))
        asked = [0, 0]
        with _distractors(release, to / ".distractors") as wrong:
            write_both(to / "fgqa" / f"plm_fgqa_{SPLIT}", FGQA, _binaries(release, wrong, to, asked))
        if asked[0] > asked[1]:
            notes.append(f"{asked[0] - asked[1]} of {asked[0]} questions have no distractors and are in no binary.")
        write_both(to / "sgqa" / f"plm_sgqa_{SPLIT}", SGQA, _egocentric(release, to))
    return notes


def binaries(row: Mapping[str, Any], distractors: Iterable[str], video: str) -> Iterator[dict[str, Any]]:
    """A question with its answer against each distractor."""
    told = row["metadata"]
    for number, wrong in enumerate(distractors):
        uid = f"{row['qa_id']}.{number}"
        right = hashlib.sha256(uid.encode()).digest()[0] & 1
        options = (wrong, row["answer"]) if right else (row["answer"], wrong)
        yield {
            "uid": uid,
            "qa_uid": row["qa_id"],
            "video": video,
            "question": row["question"],
            "answer": row["answer"],
            "options": {"option_0": options[0], "option_1": options[1]},
            "answer_index": right,
            "metadata": {
                "source_video_id": told["source_video_id"],
                "source_dataset": told["source_dataset"],
                "source_start_time": told["source_start_time"],
                "source_end_time": told["source_end_time"],
                "question_type": told["q_type"],
                "source_domain": told["domain"],
            },
        }


@contextmanager
def _distractors(release: ReleaseFolder, path: Path) -> Iterator[Callable[[str], list[str]]]:
    """The other options of each question, which conversations tell in another order: kept in a file meanwhile."""
    with closing(sqlite3.connect(path, isolation_level=None)) as kept:
        kept.execute("PRAGMA journal_mode = OFF")
        kept.execute("CREATE TABLE wrong (question TEXT PRIMARY KEY, options BLOB) WITHOUT ROWID")
        meta = (row["meta"] for row in release.conversations(SPLIT))
        rows = ((told["qa_id"], orjson.dumps(told["distractors"])) for told in meta if told.get("distractors"))
        kept.execute("BEGIN")
        kept.executemany("INSERT OR REPLACE INTO wrong VALUES (?, ?)", rows)
        kept.execute("COMMIT")

        def of(question: str) -> list[str]:
            found = kept.execute("SELECT options FROM wrong WHERE question = ?", (question,)).fetchone()
            return list(orjson.loads(found[0])) if found else []

        yield of
    path.unlink()


def _binaries(
    release: ReleaseFolder, wrong: Callable[[str], list[str]], to: Path, asked: list[int]
) -> Iterator[dict[str, Any]]:
    for segment in release.segments(SPLIT):
        for row in segment.questions:
            if row["metadata"]["q_subtype"] == "SGQA":
                continue
            distractors = wrong(row["qa_id"])
            asked[0] += 1
            asked[1] += bool(distractors)
            if distractors:
                yield from binaries(row, distractors, _clip(segment.clip, to))


def _egocentric(release: ReleaseFolder, to: Path) -> Iterator[dict[str, Any]]:
    for segment in release.segments(SPLIT):
        for row in segment.questions:
            if row["metadata"]["q_subtype"] == "SGQA":
                about = {"uid": row["qa_id"], "video": _clip(segment.clip, to), "domain": row["metadata"]["domain"]}
                yield {**about, "question": row["question"], "answer": row["answer"]}


def _kept(release: ReleaseFolder, to: Path) -> Iterator[Any]:
    for video in release.videos(SPLIT):
        _clip(video.clip, to)
        yield video


def _clip(clip: Path, to: Path) -> str:
    target = to / "videos" / clip.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(clip, target)
    return clip.name
