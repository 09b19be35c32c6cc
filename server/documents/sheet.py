"""The pictures of a preview: the frames of a masklet's clip that the model sees, each with its red box, on one sheet.

Frames and boxes are those of the release: the trainer's own choice of frames on the grid, and the box of each grid
frame's mask, drawn by the trainer's own code before the picture is made smaller. A release cuts its clip anew, so a
pixel may differ by what coding it costs.
"""

from __future__ import annotations

import asyncio
from io import BytesIO
from weakref import WeakKeyDictionary

import numpy as np
from anyio import CapacityLimiter, to_thread
from PIL import Image
from sqlalchemy.orm import Session

from annotator.masklet.rle import to_box
from annotator.video.frames import GRID_RATE
from model.data.regions import draw_region
from model.data.sampling import sample_pictures
from server.documents.errors import SheetsWait
from server.masklets.read import packed
from server.storage import Storage
from server.tables.masklets import Masklet, Track
from server.tables.tasks import Task
from server.tables.videos import Video
from server.videos.readers import frame_table, readers_of

AT_ONCE = 2
"""Sheets that one process draws at the same time: each decodes 32 groups of pictures."""
WAITING = 32
"""Sheets that wait for these."""
COLUMNS = 8
WIDTH = 160
"""Pixels of one frame on the sheet."""


def track_of(session: Session, task: Task) -> Track | None:
    """The finished track that the task's captions are about; None while there is none."""
    if task.masklet_id is None:
        return None
    current = session.get_one(Masklet, task.masklet_id).current_track_id
    return session.get(Track, current) if current else None


_places: WeakKeyDictionary[asyncio.AbstractEventLoop, CapacityLimiter] = WeakKeyDictionary()


async def sheet_in_turn(storage: Storage, video: Video, track: Track) -> bytes:
    """`sheet`, in a thread, AT_ONCE at the same time. Raises SheetsWait when too many wait."""
    places = _places.setdefault(asyncio.get_running_loop(), CapacityLimiter(AT_ONCE))
    if places.statistics().tasks_waiting >= WAITING:
        raise SheetsWait
    return await to_thread.run_sync(sheet, storage, video, track, limiter=places)


def sheet(storage: Storage, video: Video, track: Track) -> bytes:
    """JPEG of at most 32 frames, eight in a row, in the order of time."""
    assert track.file_key is not None
    masks = packed(storage, track.file_key)
    table = frame_table(storage, video)
    grid = table.grid()
    chosen = sample_pictures(len(grid), float(GRID_RATE))
    with readers_of(storage).open(video) as reader:
        height = max(1, round(WIDTH * reader.height / reader.width))
        rows = -(-len(chosen) // COLUMNS)
        whole = Image.new("RGB", (WIDTH * min(COLUMNS, len(chosen)), height * rows))
        for place, frame in enumerate(chosen):
            picture = int(grid[frame])
            rle = masks.frame(picture).rle
            seen = reader.picture(picture).astype(np.uint8, copy=False)
            box = to_box(rle) if rle is not None else None
            image = Image.fromarray(seen if box is None else draw_region(seen, box))
            small = image.resize((WIDTH, height), Image.Resampling.BICUBIC)
            whole.paste(small, ((place % COLUMNS) * WIDTH, place // COLUMNS * height))
    buffer = BytesIO()
    whole.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()
