"""Tiles of images against Perception LM's own image processor in transformers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.data.tiles import ImageError, canvas, image_size, picture_count, read_image
from model.plm import declare_torchvision_operators


def test_the_canvas_is_that_of_transformers_processor() -> None:
    declare_torchvision_operators()
    from transformers.models.perception_lm.image_processing_perception_lm import PerceptionLMImageProcessor

    sides = [20, 56, 57, 100, 150, 333, 900]
    for max_tiles in (4, 5, 36):
        processor = PerceptionLMImageProcessor(max_num_tiles=max_tiles, tile_size=56)
        for width in sides:
            for height in sides:
                theirs = processor._fit_image_to_canvas(width, height, 56)
                theirs = theirs or processor._find_closest_aspect_ratio(width, height, 56)
                assert canvas(width, height, tile=56, max_tiles=max_tiles) == theirs, (width, height, max_tiles)


def test_an_image_is_a_thumbnail_and_its_tiles_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    pixels = np.random.default_rng(0).integers(0, 256, (60, 150, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    across, down = canvas(*image_size(path), tile=56, max_tiles=6)
    pictures = read_image(path, size=56, max_tiles=6)
    assert len(pictures) == 1 + across * down == picture_count(150, 60, tile=56, max_tiles=6)
    whole = np.asarray(Image.fromarray(pixels).resize((across * 56, down * 56), Image.Resampling.BICUBIC))
    for number, tile in enumerate(pictures[1:]):
        row, column = divmod(number, across)
        assert (tile == whole[row * 56 : row * 56 + 56, column * 56 : column * 56 + 56]).all()
    plain = read_image(path, size=56, max_tiles=1)
    assert plain.shape == (1, 56, 56, 3) and (plain[0] == pictures[0]).all()


def test_what_is_no_image_is_named(tmp_path: Path) -> None:
    (tmp_path / "image.png").write_text("no image")
    for read in (image_size, lambda path: read_image(path, size=56, max_tiles=1)):
        with pytest.raises(ImageError, match=r"image\.png: cannot be read"):
            read(tmp_path / "image.png")
