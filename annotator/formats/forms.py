"""The forms that a release is given in, by name: each writes its files, and some are read back.

`export` makes a folder of a form, which appears whole or not at all, from a release folder alone; no server is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from annotator.formats.activitynet import activitynet_spans, write_activitynet
from annotator.formats.aside import aside
from annotator.formats.coco_video import write_coco, write_youtube_vis
from annotator.formats.csv_tables import csv_spans, write_csv
from annotator.formats.cvat import cvat_spans, write_cvat
from annotator.formats.davis import write_davis
from annotator.formats.elan import elan_spans, write_elan
from annotator.formats.hf_datasets import write_hf
from annotator.formats.label_studio import label_studio_spans, write_label_studio
from annotator.formats.plm_conversations import write_conversations
from annotator.formats.plm_records import plm_spans, write_plm
from annotator.formats.released import FormError, ReleaseFolder, open_folder
from annotator.formats.sav_folder import write_sav_folder
from annotator.formats.spans import SpanRow
from annotator.formats.videobench import write_videobench
from annotator.formats.webdataset_tars import write_webdataset
from annotator.formats.webvtt import webvtt_spans, write_webvtt


@dataclass(frozen=True, slots=True)
class Form:
    """One interchange format."""

    what: str
    write: Callable[[ReleaseFolder, Path], list[str]]
    """Writes the release into an empty folder; gives what the form could not tell, in sentences."""
    spans: Callable[[Path], Iterator[SpanRow]] | None = None
    """Reads the captions of one file of this form back."""


FORMS: Final[Mapping[str, Form]] = {
    "plm": Form("PLM's released records", write_plm, plm_spans),
    "plm_conversations": Form("PLM conversations with their clips", write_conversations),
    "plm_videobench": Form("PLM-VideoBench's test form", write_videobench),
    "hf": Form("Hugging Face datasets", write_hf),
    "webdataset": Form("WebDataset tars", write_webdataset),
    "sav": Form("SA-V masklet JSON", write_sav_folder),
    "coco": Form("COCO instances on pictures", write_coco),
    "youtube_vis": Form("YouTube-VIS", write_youtube_vis),
    "davis": Form("DAVIS PNG", write_davis),
    "activitynet": Form("ActivityNet Captions JSON", write_activitynet, activitynet_spans),
    "cvat": Form("CVAT XML for videos", write_cvat, cvat_spans),
    "label_studio": Form("Label Studio JSON", write_label_studio, label_studio_spans),
    "elan": Form("ELAN .eaf, a file a video", write_elan, elan_spans),
    "webvtt": Form("WebVTT subtitles, a file a masklet", write_webvtt, webvtt_spans),
    "csv": Form("CSV tables of the records", write_csv, csv_spans),
}
"""The closed registry of forms."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: files, bytes, and what the form could not tell."""

    files: int
    bytes: int
    notes: tuple[str, ...]


def export(
    release: Path, form: str, to: Path, *, verify: bool = True, tell: Callable[[str], None] = lambda _: None
) -> Exported:
    """Write the release folder `release` as the files of a form into the folder `to`, which must not exist or be empty.

    `verify` compares every file of the release with its manifest first; `tell` hears of each video and may raise to
    stop. FormError for an unknown form, a damaged release, or what the form cannot hold; then nothing is left. What a
    killed export left beside `to` is removed by the next one.
    """
    chosen = FORMS.get(form)
    if chosen is None:
        raise FormError(f"There is no form {form!r}. Known: {', '.join(FORMS)}")
    to = to.absolute()
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise FormError(f"{to}: is there already and not empty; forms are written into a new folder")
    opened = open_folder(release, verify=verify, tell=tell)
    try:
        with aside(to) as partial:
            notes = chosen.write(opened, partial)
            files = [path for path in partial.rglob("*") if path.is_file()]
            if not files:
                raise FormError(f"{opened.name}: holds nothing that {form} can tell")
            written = Exported(len(files), sum(path.stat().st_size for path in files), tuple(notes))
            if to.exists():
                to.rmdir()
            partial.rename(to)
    except OSError as error:
        about = f" ({error.filename})" if error.filename else ""
        raise FormError(f"{to}: cannot be written: {error.strerror or error}{about}") from error
    return written
