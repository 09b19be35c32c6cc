"""SAM 2 (the `sam2` package) behind the propagator protocol: lazy pictures, bounded memory, corrections that hold.

The package's own session would read a folder of JPEGs and keep every frame and every output; here its state is a plain
dict over the video's reader, outputs are dropped as soon as no later picture can look at them, and one lock per network
is held for one picture at a time, so that a click never waits for somebody else's whole track. torch is imported only
inside functions: this module may be imported without it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import cv2
import numpy as np

from annotator.masklet import edit
from annotator.propagate.protocol import (
    BoolMask,
    Direction,
    MaskFrame,
    Picture,
    PictureSource,
    PromptError,
    PropagatorOptions,
    Proposal,
    Span,
    check_picture,
    check_prompt,
    mask_of,
)
from annotator.propagate.sam2_weights import Sam2Unavailable, load_model
from annotator.records import PromptRecord

KEPT = 16
"""Outputs kept behind the picture under work: the memory attends to 6 of them, object pointers to 15."""
RETURN = 3
"""Pictures in a row that a subject must be seen again before it counts as present."""
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Sam2Propagator:
    """One network on one device, shared by all sessions; it keeps nothing between them."""

    def __init__(self, options: PropagatorOptions) -> None:
        self.model = load_model(options)
        self.lock = threading.Lock()

    def open(self, reader: PictureSource, width: int, height: int, count: int) -> Sam2Session:
        """A session over a video; nothing is decoded yet."""
        return Sam2Session(self, reader, width, height, count)

    def close(self) -> None:
        """Frees the network."""
        self.model = None

    @contextmanager
    def step(self) -> Iterator[Any]:
        """The network for one picture's work: locked, without gradients, in bfloat16 on CUDA only."""
        import torch

        with self.lock, torch.inference_mode():
            if self.model is None:
                raise Sam2Unavailable("this propagator was closed")
            kind = self.model.device.type
            with torch.autocast("cuda", dtype=torch.bfloat16) if kind == "cuda" else nullcontext():
                yield self.model


class Sam2Session:
    """Keyframes, absent spans and network state of the subjects of one video; see `protocol.Session`."""

    def __init__(self, owner: Sam2Propagator, reader: PictureSource, width: int, height: int, count: int) -> None:
        self._owner, self._reader = owner, reader
        self._width, self._height, self._count = width, height, count
        self._frames = _Frames(reader, count, owner.model.image_size, owner.model.device)
        self._features: dict[int, Any] = {}  # of the picture seen last: the encoder is shared by all subjects
        self._states: dict[str, dict[str, Any]] = {}
        self._keyframes: dict[str, dict[int, BoolMask]] = {}
        self._absent: dict[str, tuple[Span, ...]] = {}
        # Where the last track of a subject stopped: picture, step, and for how long it was seen or missed.
        self._ends: dict[str, tuple[int, int, int, int]] = {}

    def propose(self, picture: int, prompt: PromptRecord) -> list[Proposal]:
        """Three candidates for one click, one for a box or several clicks; best first by predicted IoU."""
        check_picture(picture, self._count)
        accepted = mask_of(prompt, self._width, self._height)
        if accepted is not None:
            return [Proposal(accepted, 1.0)]
        check_prompt(prompt, self._width, self._height)
        with self._owner.step() as model:
            logits, scores = self._decode(model, picture, prompt)
            masks = [_tidy(mask) for mask in self._to_video(logits)[0]]
            order = [int(i) for i in scores.argsort(descending=True)]
            found = [Proposal(masks[i], round(float(scores[i].clamp(0, 1)), 4)) for i in order]
        return [proposal for proposal in found if proposal.mask.any()] or found[:1]

    def set_keyframe(self, subject: str, picture: int, prompt: PromptRecord | BoolMask | None) -> None:
        """Sets, replaces or (None) takes back what the subject is on a picture."""
        check_picture(picture, self._count)
        frames = self._keyframes.setdefault(subject, {})
        self._ends.pop(subject, None)
        if prompt is None:
            if frames.pop(picture, None) is not None:
                # What was remembered followed from that keyframe: the state is built anew from the others.
                self._states.pop(subject, None)
                for other, kept in frames.items():
                    self._condition(subject, other, kept)
            return
        mask = self.propose(picture, prompt)[0].mask if isinstance(prompt, PromptRecord) else prompt
        if mask.shape != (self._height, self._width):
            raise PromptError(f"the mask has {mask.shape[::-1]} pixels, the video {(self._width, self._height)}")
        if not mask.any():
            raise PromptError("the mask is empty: say that the subject is absent instead")
        frames[picture] = np.ascontiguousarray(mask, dtype=np.bool_)
        self._condition(subject, picture, frames[picture])

    def set_absent(self, subject: str, ranges: Sequence[Span]) -> None:
        """Replaces the absent spans of a subject."""
        self._absent[subject] = tuple(ranges)
        self._ends.pop(subject, None)

    def forget(self, subject: str) -> None:
        """Forgets a subject with all its memory."""
        for held in (self._states, self._keyframes, self._absent, self._ends):
            held.pop(subject, None)

    def track(self, subject: str, start: int, stop: int, direction: Direction) -> Generator[MaskFrame]:
        """Masks of the pictures start … stop, both included, one network step for each `next()`."""
        check_picture(start, self._count)
        check_picture(stop, self._count)
        step = 1 if direction == "forward" else -1
        behind = [p for p in self._keyframes.get(subject, {}) if (start - p) * step >= 0]
        if not behind:
            raise PromptError(f"{subject} has no keyframe from which picture {start} can be tracked {direction}")
        if (stop - start) * step < 0:
            raise PromptError(f"tracking {direction} from picture {start} never comes to picture {stop}")
        origin = max(behind) if step > 0 else min(behind)
        return self._run(subject, origin, (start, stop), step)

    def memory(self, subject: str) -> int:
        """Number of stored outputs of a subject, keyframes included."""
        state = self._states.get(subject)
        return sum(len(kind) for kind in state["output_dict_per_obj"][0].values()) if state else 0

    def close(self) -> None:
        """Frees all states."""
        for held in (self._states, self._keyframes, self._absent, self._ends, self._features):
            held.clear()

    def _run(self, subject: str, origin: int, span: Span, step: int) -> Generator[MaskFrame]:
        start, stop = span
        state = self._states[subject]
        outputs = state["output_dict_per_obj"][0]["non_cond_frame_outputs"]
        last = self._ends.get(subject)
        if last is not None and last[:2] == (start - step, step):
            begin, seen_for, absent_for = start, *last[2:]  # goes on exactly where the last track was closed
        else:
            begin, seen_for, absent_for = origin, RETURN, 0
            outputs.clear()
        for picture, pixels in self._reader.pictures(begin, stop + step, step):
            known = self._keyframes[subject].get(picture)
            if known is not None:
                frame = MaskFrame(picture, known, 1.0)
                seen_for, absent_for = RETURN, 0
            elif any(first <= picture <= final for first, final in self._absent.get(subject, ())):
                frame = MaskFrame(picture, None, 1.0)
                seen_for = 0
            else:
                mask, presence = self._advance(state, picture, pixels, step < 0)
                seen = presence > 0 and bool(mask.any())
                seen_for, absent_for = (seen_for + 1, 0) if seen else (seen_for, absent_for + 1)
                if absent_for >= RETURN:
                    seen_for = 0
                sure = 1 / (1 + float(np.exp(-abs(presence))))
                shown = seen and seen_for >= RETURN
                frame = MaskFrame(picture, mask if shown else None, round(sure if shown == seen else 0.5 * sure, 4))
            for old in [p for p in outputs if (picture - p) * step > KEPT]:
                del outputs[old]
            self._ends[subject] = (picture, step, seen_for, absent_for)
            if (picture - start) * step >= 0:
                yield frame

    def _advance(self, state: dict[str, Any], picture: int, pixels: Picture, reverse: bool) -> tuple[BoolMask, float]:
        """One step of the network on a picture without a prompt: its mask and its presence logit."""
        self._frames.hold(picture, pixels)
        with self._owner.step() as model:
            self._preflight(model, state)
            state["cached_features"] = self._features
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
            self._features = state["cached_features"]
            state["output_dict_per_obj"][0]["non_cond_frame_outputs"][picture] = output
            presence = float(output["object_score_logits"].float().reshape(-1)[0])
            return _tidy(self._to_video(logits)[0][0]), presence

    def _condition(self, subject: str, picture: int, mask: BoolMask) -> None:
        """Gives the network a mask as a conditioning picture and drops what it thought of the pictures around it."""
        with self._owner.step() as model:
            state = self._states.get(subject)
            if state is None:
                state = self._states[subject] = self._new_state(model)
            state["cached_features"] = self._features
            model.add_new_mask(state, picture, 0, mask)
            self._preflight(model, state)
            self._features = state["cached_features"]
            outputs = state["output_dict_per_obj"][0]["non_cond_frame_outputs"]
            for near in [p for p in outputs if abs(p - picture) <= KEPT]:
                del outputs[near]

    def _preflight(self, model: Any, state: dict[str, Any]) -> None:
        """Encodes new conditioning pictures into memory; nothing to do when there are none."""
        if any(state["temp_output_dict_per_obj"][0].values()):
            model.propagate_in_video_preflight(state)

    def _decode(self, model: Any, picture: int, prompt: PromptRecord) -> tuple[Any, Any]:
        """Mask logits [1, M, h, w] and predicted IoU [M] for clicks or a box, without any memory.

        The decoder is asked directly: its own doubt whether there is an object does not count against a person.
        """
        import torch

        state = {"images": self._frames, "device": model.device, "cached_features": self._features}
        _, _, features, positions, sizes = model._get_image_feature(state, picture, 1)
        self._features = state["cached_features"]
        embedding = model._prepare_memory_conditioned_features(
            frame_idx=picture,
            is_init_cond_frame=True,
            current_vision_feats=features[-1:],
            current_vision_pos_embeds=positions[-1:],
            feat_sizes=sizes[-1:],
            output_dict={},
            num_frames=self._count,
        )
        fine = [x.permute(1, 2, 0).view(1, x.size(2), *size) for x, size in zip(features[:-1], sizes[:-1], strict=True)]
        places: list[tuple[float, float]] = [(point.x, point.y) for point in prompt.points]
        labels = [int(point.positive) for point in prompt.points]
        if prompt.box is not None:
            places = [(prompt.box.x1, prompt.box.y1), (prompt.box.x2, prompt.box.y2), *places]
            labels = [2, 3, *labels]
        side = model.image_size
        coordinates = torch.tensor([places], dtype=torch.float32) * torch.tensor(
            [side / self._width, side / self._height], dtype=torch.float32
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
        return logits.float(), scores[0].float()

    def _to_video(self, logits: Any) -> Any:
        """Logits of any size as bool[N, M, height, width] in proxy pixels."""
        import torch

        size = (self._height, self._width)
        large = torch.nn.functional.interpolate(logits.float(), size=size, mode="bilinear", align_corners=False)
        return (large > 0).cpu().numpy()

    def _new_state(self, model: Any) -> dict[str, Any]:
        """The dict that `SAM2VideoPredictor.init_state` would make, for one object over lazy frames."""
        kinds = ("cond_frame_outputs", "non_cond_frame_outputs")
        return {
            "images": self._frames,
            "num_frames": self._count,
            "offload_video_to_cpu": False,
            "offload_state_to_cpu": False,
            "video_height": self._height,
            "video_width": self._width,
            "device": model.device,
            "storage_device": model.device,
            "point_inputs_per_obj": {0: _Nothing()},
            "mask_inputs_per_obj": {0: _Nothing()},
            "cached_features": {},
            "constants": {},
            "obj_id_to_idx": OrderedDict([(0, 0)]),
            "obj_idx_to_id": OrderedDict([(0, 0)]),
            "obj_ids": [0],
            "output_dict_per_obj": {0: {kind: {} for kind in kinds}},
            "temp_output_dict_per_obj": {0: {kind: {} for kind in kinds}},
            "frames_tracked_per_obj": {0: {}},
        }


class _Nothing(dict[int, Any]):
    """Takes the network's copies of inputs and keeps none: the keyframes are kept by the session, once."""

    def __setitem__(self, key: int, value: Any) -> None:
        """Drops the value."""


class _Frames:
    """The video as the network wants it: float tensors [3, S, S], made when asked for, none kept but the current."""

    def __init__(self, reader: PictureSource, count: int, side: int, device: Any) -> None:
        self._reader, self._count, self._side, self._device = reader, count, side, device
        self._held: tuple[int, Picture] | None = None

    def hold(self, picture: int, pixels: Picture) -> None:
        """Gives a picture that was decoded already."""
        self._held = picture, pixels

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, picture: int) -> Any:
        import torch

        held = self._held
        pixels = held[1] if held is not None and held[0] == picture else self._reader.picture(picture)
        square = cv2.resize(pixels, (self._side, self._side), interpolation=cv2.INTER_AREA)
        tensor = torch.from_numpy(square).to(self._device).permute(2, 0, 1).float() / 255
        mean = torch.tensor(_MEAN, device=self._device)[:, None, None]
        return (tensor - mean) / torch.tensor(_STD, device=self._device)[:, None, None]


def _tidy(mask: Any) -> BoolMask:
    """Without the pinholes that a low-resolution decoder leaves."""
    return edit.fill_holes(np.ascontiguousarray(mask, dtype=np.bool_), max_area=64)
