"""The three things that are asked of SAM 2's network, one picture each: a click's masks, a keyframe, the next picture.

They are written against `sam2.sam2_video_predictor.SAM2VideoPredictor`, whose own loop takes a whole video at a time.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from annotator.propagate.protocol import BoolMask, Picture, PictureSource
from annotator.propagate.sam2_memory import Memory, compact
from annotator.records import PromptRecord

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Frames:
    """The video as the network wants it: float tensors [3, S, S], made when asked for; one picture is held."""

    def __init__(self, reader: PictureSource, count: int, side: int, device: Any) -> None:
        self._reader, self._count, self._side, self._device = reader, count, side, device
        self._held: tuple[int, Picture] | None = None
        self._scale: tuple[Any, Any] | None = None

    def fetch(self, picture: int) -> None:
        """Decodes a picture and makes it the network's size, on the host, before anybody holds the accelerator."""
        if self._held is None or self._held[0] != picture:
            pixels = self._reader.picture(picture)
            self._held = picture, cv2.resize(pixels, (self._side, self._side), interpolation=cv2.INTER_AREA)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, picture: int) -> Any:
        """The picture as float32[3, S, S], normalised on the device: a quarter of the bytes travel there."""
        import torch

        self.fetch(picture)
        assert self._held is not None
        if self._scale is None:
            mean, std = (torch.tensor(x, device=self._device)[:, None, None] for x in (_MEAN, _STD))
            self._scale = mean, std
        pixels = torch.from_numpy(self._held[1]).to(self._device).permute(2, 0, 1).float() / 255
        return (pixels - self._scale[0]) / self._scale[1]


def reach_of(model: Any) -> int:
    """Pictures back from which the memory still reads feature maps, at most."""
    return int(model.num_maskmem * max(1, model.memory_temporal_stride_for_eval))


def propose(
    model: Any, state: dict[str, Any], picture: int, prompt: PromptRecord
) -> tuple[list[BoolMask], list[float]]:
    """Masks [height, width] in proxy pixels and their predicted IoU, best first, for clicks or a box; no memory.

    The decoder is asked directly: its own doubt whether there is an object does not count against a person.
    """
    import torch

    _, _, features, positions, sizes = model._get_image_feature(state, picture, 1)
    embedding = model._prepare_memory_conditioned_features(
        frame_idx=picture,
        is_init_cond_frame=True,
        current_vision_feats=features[-1:],
        current_vision_pos_embeds=positions[-1:],
        feat_sizes=sizes[-1:],
        output_dict={},
        num_frames=state["num_frames"],
    )
    fine = [x.permute(1, 2, 0).view(1, x.size(2), *size) for x, size in zip(features[:-1], sizes[:-1], strict=True)]
    places: list[tuple[float, float]] = [(point.x, point.y) for point in prompt.points]
    labels = [int(point.positive) for point in prompt.points]
    if prompt.box is not None:
        places = [(prompt.box.x1, prompt.box.y1), (prompt.box.x2, prompt.box.y2), *places]
        labels = [2, 3, *labels]
    side = model.image_size
    coordinates = torch.tensor([places], dtype=torch.float32) * torch.tensor(
        [side / state["video_width"], side / state["video_height"]], dtype=torch.float32
    )
    sparse, dense = model.sam_prompt_encoder(
        points=(coordinates.to(model.device), torch.tensor([labels], dtype=torch.int32, device=model.device)),
        boxes=None,
        masks=None,
    )
    logits, scores, _, _ = model.sam_mask_decoder(
        image_embeddings=embedding,
        image_pe=model.sam_prompt_encoder.get_dense_pe(),
        sparse_prompt_embeddings=sparse,
        dense_prompt_embeddings=dense,
        multimask_output=len(labels) == 1,
        repeat_image=False,
        high_res_features=fine or None,
    )
    masks = _to_video(logits, state)[0]
    scores = scores[0].float()
    order = [int(i) for i in scores.argsort(descending=True)]
    return [masks[i] for i in order], [float(scores[i].clamp(0, 1)) for i in order]


def condition(model: Any, memory: Memory, picture: int, mask: BoolMask) -> None:
    """Gives the network a keyframe: what a person said is what it remembers of that picture."""
    state = memory.state
    model.add_new_mask(state, picture, 0, mask)
    model.propagate_in_video_preflight(state)
    memory.condition(picture, compact(memory.conditioning[picture]))


def advance(model: Any, memory: Memory, picture: int, *, reverse: bool) -> tuple[BoolMask, float]:
    """A picture without a prompt: its mask [height, width] and presence logit. Nothing is stored when it fails."""
    state = memory.state
    output, logits = model._run_single_frame_inference(
        inference_state=state,
        output_dict=state["output_dict_per_obj"][0],
        frame_idx=picture,
        batch_size=1,
        is_init_cond_frame=False,
        point_inputs=None,
        mask_inputs=None,
        reverse=reverse,
        run_mem_encoder=True,
    )
    mask = _to_video(logits, state)[0][0]
    presence = float(output["object_score_logits"].float().reshape(-1)[0])
    memory.tracked[picture] = compact(output)
    return mask, presence


def _to_video(logits: Any, state: dict[str, Any]) -> Any:
    """Logits of any size as bool[N, M, height, width] in proxy pixels, on the host."""
    import torch

    size = (state["video_height"], state["video_width"])
    large = torch.nn.functional.interpolate(logits.float(), size=size, mode="bilinear", align_corners=False)
    return np.ascontiguousarray((large > 0).cpu().numpy())
