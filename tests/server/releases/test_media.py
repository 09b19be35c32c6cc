"""Clips of segments at a constant rate, and the preflight that reads every row."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import orjson
import pytest

from annotator.video.frames import FrameTable
from annotator.video.probe import Limits
from annotator.video.proxy import make_proxy
from model.data.conversations import render
from server.db import new_id
from server.releases.card import _shown, card, datasets_yaml
from server.releases.load import SourceVideo
from server.releases.media import Maker, Wanted, _cut_grid, even_pictures
from server.releases.plots import bars
from server.releases.rows import Faulty, Released, _boxes, _released
from server.releases.rule import language_of
from server.releases.split import Group, draw, give_out
from server.releases.stage import FileChanged, wanted_files
from server.storage import LocalStorage, read_bytes
from server.storage.named import blob_key
from server.tables.releases import Split
from tests.server.workflow import GRID, HEIGHT, WIDTH

CAPTION = {
    "uid": 3, "video": "v.mp4", "masklet_id": 1, "total_frames": 2, "caption": "It turns.", "start_frame": 0,
    "end_frame": 1,
}  # fmt: skip


def table(pts, base):
    points = np.array(pts, dtype=np.int64)
    keys = np.zeros(len(points), dtype=np.bool_)
    keys[0] = True
    return FrameTable(points, base, points, base, keys, 64, 48, 64, 48)


def test_even_pictures_are_taken_one_by_one():
    constant = table([k * 512 for k in range(40)], Fraction(1, 12288))
    assert even_pictures(constant, 10, 33) == (list(range(10, 34)), Fraction(24))
    ntsc = table([k * 1001 for k in range(40)], Fraction(1, 30000))
    assert even_pictures(ntsc, 0, 39) == (list(range(40)), Fraction(30000, 1001))
    jitter = table([round(k * 1000 / 30) for k in range(40)], Fraction(1, 1000))
    pictures, rate = even_pictures(jitter, 0, 39)
    assert pictures == list(range(40))
    assert abs(rate - 30) < Fraction(1, 10)
    assert even_pictures(constant, 7, 7) == ([7], Fraction(6))


def test_uneven_pictures_are_resampled_by_time():
    """Ten pictures a second, then one stands for a whole second: it is repeated, and none comes early."""
    uneven = table([*range(0, 1000, 100), *range(2000, 3000, 100)], Fraction(1, 1000))
    pictures, rate = even_pictures(uneven, 0, 19)
    assert rate == 10
    assert pictures == [*range(9), *[9] * 11, *range(10, 20)]
    for place, picture in enumerate(pictures):
        assert uneven.seconds(picture) <= place / rate


def test_the_lot_of_a_video_is_fair_and_fixed():
    lots = [draw(format(k, "064x")) for k in range(2000)]
    assert draw(format(7, "064x")) == lots[7]
    assert 0.15 < sum(lot < 0.2 for lot in lots) / 2000 < 0.25


def test_names_that_people_chose_do_nothing_in_the_card():
    project = {"id": "1", "name": "<script>`x`[y](z)\n# Dogs & cats", "kind": "stc"}
    assert card(project, {"videos": 1}, {"train": 2}).startswith("# script  x  y (z) # Dogs & cats\n")
    assert datasets_yaml(project, ["train"]).startswith('"script_x_y_z_dogs_cats_train":\n')


@pytest.mark.parametrize("path", ["../up", "/etc/passwd", "a/../../b"])
def test_a_manifest_cannot_write_outside_its_folder(path):
    with pytest.raises(FileChanged, match="inside its own folder"):
        wanted_files({"files": [{"path": path, "sha256": "0", "bytes": 1}]})


def maker(tmp_path):
    """What makes media, with a video of the given proxy; and the rows that it keeps."""
    storage, rows = LocalStorage(tmp_path / "objects"), {}
    return Maker(storage, tmp_path, lambda row: rows.update({row.key: row})), storage, rows


def source(storage, proxy, table):
    """The video of a proxy."""
    storage.put("videos/proxy.mp4", proxy)
    storage.put("videos/frames.json", orjson.dumps(table.to_json()))
    return SourceVideo(
        new_id(), "clip", "0" * 64, "train", 2.0, len(table), len(table.grid()), WIDTH, HEIGHT, WIDTH, HEIGHT,
        "videos/proxy.mp4", "videos/frames.json", "",
    )  # fmt: skip


def test_media_are_made_once_and_again_where_they_are_not_whole(clips, tmp_path):
    """What a store lost, or keeps half of, is never taken for the clip; what is there is not made again."""
    proxy = tmp_path / "proxy.mp4"
    table = make_proxy(clips[0], proxy, limits=Limits())
    make, storage, rows = maker(tmp_path)
    video = source(storage, proxy, table)
    want = Wanted("videos/grid/clip.mp4", "k" * 64, _cut_grid)
    [first] = make.media(video, [want], {})
    assert first.facts == {"pictures": GRID, "width": WIDTH, "height": HEIGHT}
    whole = read_bytes(storage, blob_key(first.sha256))
    storage.delete("videos/proxy.mp4")
    assert list(make.media(video, [want], make.whole(rows))) == [first], "the proxy is not even looked at"
    storage.put("videos/proxy.mp4", proxy)
    for size in (0, 100, len(whole) - 1):
        storage.put(blob_key(first.sha256), whole[:size])
        assert make.whole(rows) == {}
        assert list(make.media(video, [want], make.whole(rows))) == [first]
        assert read_bytes(storage, blob_key(first.sha256)) == whole
    storage.delete("videos/proxy.mp4")
    [(path, why)] = make.media(video, [want], {})
    assert path == want.path
    assert "not in the storage" in why


def test_videos_that_look_alike_are_found_and_others_are_not(clips, tmp_path):
    """The same clip smaller and worse, and a part of it, hang together; another one does not."""
    from server.releases.likeness import groups, hashes_of, pairs, print_of
    from tests.server.world import write_disc_clip

    plain = write_disc_clip(tmp_path / "plain.mp4", pictures=60, seed=1)
    other = write_disc_clip(tmp_path / "other.mp4", pictures=60, seed=2)
    small = tmp_path / "small.mp4"
    with av.open(str(plain)) as container, av.open(str(small), "w") as output:
        stream = output.add_stream("libx264", rate=15, options={"preset": "ultrafast", "crf": "30", "g": "5"})
        stream.width, stream.height, stream.pix_fmt = 120, 72, "yuv420p"
        for place, frame in enumerate(container.decode(video=0)):
            if 10 <= place < 45:
                image = frame.reformat(width=120, height=72).to_ndarray(format="rgb24")
                output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        output.mux(stream.encode(None))
    proxies = []
    for clip in (plain, other, small, *clips):
        make_proxy(clip, tmp_path / f"proxy-{clip.name}", limits=Limits())
        proxies.append(hashes_of(print_of(tmp_path / f"proxy-{clip.name}")))
    assert groups(len(proxies), pairs(proxies, range(len(proxies)))) == [[0, 2], [1], [3], [4]]
    assert pairs(proxies, [1, 3]) == {}, "only pairs with a new one"
    assert pairs([hashes_of(""), hashes_of("")], [0, 1]) == {}, "a black video is like no other"


def test_near_duplicates_are_found_in_a_crowd(monkeypatch):
    """Where more pictures share each stretch of 16 bits than are looked at one by one."""
    from server.releases import likeness

    monkeypatch.setattr(likeness, "_CROWD", 20)
    rng = np.random.default_rng(1)
    one = rng.integers(0, 2**63, (3, 2), dtype=np.uint64)
    crowd = rng.integers(0, 2**63, (3, 4, 30, 2), dtype=np.uint64)
    for picture in range(3):
        for stretch in range(4):
            mask = np.uint64(0xFFFF << (16 * stretch))
            crowd[picture, stretch, :, 0] = (crowd[picture, stretch, :, 0] & ~mask) | (one[picture, 0] & mask)
    assert likeness.pairs([one, crowd.reshape(-1, 2), one.copy()], [0]) == {(0, 2): 1.0}
    assert likeness.pairs([one, np.repeat(one, 30, axis=0)], [0]) == {}, "what is everywhere tells nothing"


def test_what_cannot_be_read_is_told(tmp_path):
    from server.releases.likeness import Unreadable, print_of

    (tmp_path / "broken.mp4").write_bytes(b"no film" * 100)
    with pytest.raises(Unreadable):
        print_of(tmp_path / "broken.mp4")


def test_groups_are_given_out_in_balance_and_what_is_fixed_stays():
    """A fifth is held out of all and of each stratum, near enough; fixed groups stay, and the others make up for it."""

    def group(place, **strata):
        return Group([new_id()], draw(format(place, "064x")), {"items": 1.0, **strata})

    many = [group(k, **{f"type:{k % 4}": 3.0}) for k in range(100)]
    splits = give_out(many, 0.2)
    assert splits.count(Split.TEST) == 20
    for kind in range(4):
        assert sum(s is Split.TEST for k, s in enumerate(splits) if k % 4 == kind) == 5
    assert give_out(many, 0.2) == splits
    for each in many[:30]:
        each.fixed = Split.TRAIN
    again = give_out(many, 0.2)
    assert again[:30] == [Split.TRAIN] * 30
    assert again.count(Split.TEST) == 20
    assert give_out(many[30:31], 0.9) == [Split.TRAIN], "alone, a video trains"
    assert sorted(give_out(many[30:32], 0.1)) == [Split.TEST, Split.TRAIN]
    assert give_out(many[30:60], 0.0) == [Split.TRAIN] * 30


def test_boxes_outside_the_picture_and_rows_that_a_trainer_would_skip_are_refused():
    clip = {"pictures": 2, "width": 10, "height": 8}
    written = _boxes([[0.0, 0.0, 10.0, 8.0], None], clip)
    assert orjson.loads(written) == {"0": [0.0, 0.0, 10.0, 8.0], "1": None}
    for boxes in ([None], [[0, 0, 11, 8], None], [[5, 0, 5, 8], None], [None, [0, -1, 5, 8]]):
        with pytest.raises(Faulty, match=r"boxes|inside a picture"):
            _boxes(boxes, clip)
    row = render("rcap", CAPTION, "clip.mp4", {0: [0.0, 0.0, 10.0, 8.0], 1: None})
    plain = render("rcap", CAPTION, "clip.mp4")
    told = orjson.dumps(plain)
    assert Released("rcap", CAPTION, "rcap:3", told, written).line() == orjson.dumps(row), "as it is rendered"
    assert Released("rcap", CAPTION, "rcap:3", told).line() == told
    record = {
        "qa_id": "s.q", "segment_id": "s", "question": "Why <image>?", "answer": "So.",
        "metadata": {"source_video_id": "v", "q_type": "Pose"},
    }  # fmt: skip
    with pytest.raises(Faulty, match="trainer would skip"):
        _released("fgqa", record, "clip.mp4")


def test_what_many_documents_have_in_common_is_told_in_a_plot():
    plot = bars("Words & more", {"< 5": 3, "<b>": 7})
    assert "&amp;" in plot and "&lt;b&gt;" in plot and ">7<" in plot
    assert plot == bars("Words & more", {"< 5": 3, "<b>": 7})
    assert list(_shown({"≥ 50": 1, "< 5": 2, "< 10": 3})) == ["< 5", "< 10", "≥ 50"]
    assert len(_shown({f"name {n}": n for n in range(40)})) == 25


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (["A dog runs."], "en"),
        (["개가 달린다."], "ko"),
        (["개가 ball을 물었다."], "ko"),
        (["犬が走る"], "other"),
        (["12"], "en"),
    ],
)
def test_the_language_of_a_text_is_told_by_its_letters(texts, language):
    assert language_of(*texts).value == language
