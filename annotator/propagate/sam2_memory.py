"""What SAM 2 remembers of one subject: the package's state dict, kept to what later pictures can look at.

The package keeps every output of every picture for ever. A step looks at the last 6 outputs' feature maps and the last
15 object pointers (and at the conditioning pictures), so the rest is dropped, with no change of a single bit.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from annotator.propagate.presence import Presence

KEPT = 16
"""Outputs kept behind the picture under work. No published configuration looks further back than 15."""
_KINDS = ("cond_frame_outputs", "non_cond_frame_outputs")
_TENSORS = ("maskmem_features", "obj_ptr")


@dataclass
class Memory:
    """State of one subject. `end` is the picture and step (1 or -1) after which a track may go on exactly."""

    state: dict[str, Any]
    end: tuple[int, int] | None = None
    presence: Presence = field(default_factory=Presence)
    parked: bool = False
    """In host memory: to be brought back before the next step."""

    @property
    def conditioning(self) -> dict[int, dict[str, Any]]:
        """Outputs of keyframes, by picture, in order."""
        outputs: dict[int, dict[str, Any]] = self.state["output_dict_per_obj"][0][_KINDS[0]]
        return outputs

    @property
    def tracked(self) -> dict[int, dict[str, Any]]:
        """Outputs of the other pictures that are still in reach."""
        outputs: dict[int, dict[str, Any]] = self.state["output_dict_per_obj"][0][_KINDS[1]]
        return outputs

    def condition(self, picture: int, output: dict[str, Any]) -> None:
        """Takes the output of a keyframe. Kept in order: sums over pictures come out the same in any session."""
        outputs = {**self.conditioning, picture: output}
        self.conditioning.clear()
        self.conditioning.update(sorted(outputs.items()))

    def restart(self) -> None:
        """Drops what was tracked: it followed from prompts that changed, or from another keyframe."""
        self.tracked.clear()
        self.end = None

    def prune(self, picture: int, step: int, reach: int) -> None:
        """Drops what no later picture looks at; feature maps go after `reach` pictures, pointers after KEPT."""
        for old in list(self.tracked):
            distance = (picture - old) * step
            if distance > KEPT:
                del self.tracked[old]
            elif distance >= reach:
                self.tracked[old]["maskmem_features"] = None

    def move(self, device: Any) -> None:
        """Brings every tensor to a device, exactly."""
        constants = self.state["constants"]
        if "maskmem_pos_enc" in constants:
            constants["maskmem_pos_enc"] = [x.to(device) for x in constants["maskmem_pos_enc"]]
        for output in [*self.conditioning.values(), *self.tracked.values()]:
            for name in _TENSORS:
                if output[name] is not None:
                    output[name] = output[name].to(device)
            output["maskmem_pos_enc"] = constants["maskmem_pos_enc"]

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors."""
        outputs = [*self.conditioning.values(), *self.tracked.values()]
        tensors = [output[name] for output in outputs for name in _TENSORS]
        tensors += self.state["constants"].get("maskmem_pos_enc", [])
        return sum(t.numel() * t.element_size() for t in tensors if t is not None)

    def tensors(self, prefix: str) -> dict[str, Any]:
        """Every tensor under a name: `prefix/kind/picture/name`."""
        found = {
            f"{prefix}/{kind}/{picture}/{name}": output[name].cpu().contiguous()
            for kind, outputs in enumerate((self.conditioning, self.tracked))
            for picture, output in outputs.items()
            for name in _TENSORS
            if output[name] is not None
        }
        for place, tensor in enumerate(self.state["constants"].get("maskmem_pos_enc", [])):
            found[f"{prefix}/position/{place}/maskmem_pos_enc"] = tensor.cpu().contiguous()
        return found

    def load(self, tensors: dict[str, Any]) -> None:
        """What `tensors` gave, without the prefix."""
        positions = {name: value for name, value in tensors.items() if name.startswith("position/")}
        if positions:
            self.state["constants"]["maskmem_pos_enc"] = [positions[name] for name in sorted(positions)]
        for name in sorted(set(tensors) - set(positions), key=lambda name: int(name.split("/")[1])):
            kind, picture, part = name.split("/")
            outputs = (self.conditioning, self.tracked)[int(kind)]
            output = outputs.setdefault(int(picture), dict.fromkeys(_TENSORS))
            output[part] = tensors[name]
            output["maskmem_pos_enc"] = self.state["constants"]["maskmem_pos_enc"]


def compact(output: dict[str, Any]) -> dict[str, Any]:
    """An output without its mask logits, which no later picture looks at."""
    return {name: output[name] for name in ("maskmem_features", "maskmem_pos_enc", "obj_ptr")}


def new_state(frames: Any, count: int, width: int, height: int, device: Any) -> dict[str, Any]:
    """The dict that `SAM2VideoPredictor.init_state` would make, for one object over lazy frames."""
    return {
        "images": frames,
        "num_frames": count,
        "offload_video_to_cpu": False,
        "offload_state_to_cpu": False,
        "video_height": height,
        "video_width": width,
        "device": device,
        "storage_device": device,
        "point_inputs_per_obj": {0: _Nothing()},
        "mask_inputs_per_obj": {0: _Nothing()},
        "cached_features": {},
        "constants": {},
        "obj_id_to_idx": OrderedDict([(0, 0)]),
        "obj_idx_to_id": OrderedDict([(0, 0)]),
        "obj_ids": [0],
        "output_dict_per_obj": {0: {kind: {} for kind in _KINDS}},
        "temp_output_dict_per_obj": {0: {kind: {} for kind in _KINDS}},
        "frames_tracked_per_obj": {0: {}},
    }


class _Nothing(dict[int, Any]):
    """Takes the network's copies of inputs and keeps none: the keyframes are kept by the session, once."""

    def __setitem__(self, key: int, value: Any) -> None:
        """Drops the value."""
