"""SA-V: one masklet JSON a video beside its clip, by split, as the published archives have them.

`masklet[k]` is grid frame k. The published videos have 24 pictures a second and masks on each fourth; these clips have
the grid's pictures and nothing else, so that `masklet[k]` is picture k of the file here. An absent masklet has an empty
mask. `video_duration` and `video_frame_count` are those of the source.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from annotator.formats.released import FormError, ReleaseFolder


def write_sav_folder(release: ReleaseFolder, to: Path) -> list[str]:
    """`sav_<split>/<video>_manual.json` and `sav_<split>/<video>.mp4`."""
    for split in release.splits:
        for video in release.videos(split):
            folder = to / f"sav_{split}"
            folder.mkdir(parents=True, exist_ok=True)
            if not video.masks.frames:  # read and held beside the captions before it is handed on
                raise FormError(f"{video.masks_file.name}: has no masklets")
            shutil.copyfile(video.masks_file, folder / video.masks_file.name)
            shutil.copyfile(video.clip, folder / video.clip.name)
    return []
