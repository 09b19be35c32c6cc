"""DPO: the loss by hand, and a run that learns to prefer what a person wrote over the draft."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from model import plm
from model.adapters import without_adapter
from model.build import base_network, prepare
from model.checkpoint import trained as what_trains
from model.config import Run, override
from model.data.packing import Example, pack
from model.data.release import ReleaseError
from model.data.samples import Sample
from model.data.tokens import ChatEncoder
from model.loss import PackedPlm
from model.objective import PreferenceLoss, Sums, preference_samples
from model.recipes import resolve
from model.train import train
from tests.model.conftest import Trained
from tests.model.release_factory import write_manifest

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.xdist_group("trained")]


def sample(number: int, answer: str, draft: str | None) -> Sample:
    meta: dict[str, Any] = {} if draft is None else {"draft": draft}
    return Sample(f"fgqa:{number}", "fgqa", Path("v.mp4"), "Which way?", answer, None, None, None, meta)


def test_only_drafts_that_were_changed_are_preferences() -> None:
    found = preference_samples([sample(1, "Left.", "Right."), sample(2, "Left.", " Left."), sample(3, "Left.", None)])
    assert [(one.id, one.answer) for one in found] == [("fgqa:1#chosen", "Left."), ("fgqa:1#draft", "Right.")]
    assert found[0].clip_key == found[1].clip_key, "both are branches of one clip"


def test_the_loss_is_the_published_one_on_branches_of_one_clip(trained: Trained) -> None:
    config = override(resolve("smoke_dpo_cpu"), {"model.checkpoint": str(trained.out / "export")})
    network = base_network(config.model, (), 0)
    prepare(network, config)
    network.network.eval()
    with torch.no_grad():
        for name, parameter in what_trains(network).items():
            if "lora_B" in name:
                parameter.normal_(0, 0.02)
    encoder = ChatEncoder(network.tokenizer, network.video_token_id, network.image_token_id)
    frames = torch.randint(0, 256, (2, 56, 56, 3), dtype=torch.uint8)
    pair = preference_samples([sample(1, "To the left.", "It is red.")])
    examples = [Example(one, encoder.sample(one.prompt, one.answer, 8), frames) for one in pair]

    def packed(chosen: list[Example], layout: Any) -> Any:
        return pack(chosen, layout, picture_ids=encoder.picture_ids, pad_id=network.pad_id)

    module, found = PackedPlm(network.network), Sums()
    loss = PreferenceLoss(0.1).measure(module, packed(examples, "shared"), found)
    with torch.no_grad():
        now = [-module(packed([one], "separate")).sums[0] for one in examples]
        with without_adapter(network.network):
            before = [-module(packed([one], "separate")).sums[0] for one in examples]
    margin = 0.1 * ((now[0] - before[0]) - (now[1] - before[1]))
    torch.testing.assert_close(loss, -F.logsigmoid(margin), rtol=1e-4, atol=1e-5)
    assert found.means()["reward_margin"] == pytest.approx(float(margin), rel=1e-3, abs=1e-5)
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None for name, parameter in what_trains(network).items() if "lora_A" in name)


def test_a_run_learns_to_prefer_what_a_person_wrote(trained: Trained, own_release: Path, tmp_path: Path) -> None:
    run = Run(
        release=own_release,
        recipe="smoke_dpo_cpu",
        out=tmp_path / "run",
        overrides={
            "model.checkpoint": str(trained.out / "export"),
            "data.tasks": ["fgqa"],
            "steps": 8,
            "optimizer.lr": 2e-3,
            "optimizer.warmup_steps": 1,
            "validation_samples": 4,
            "validate_every": 8,
        },
    )
    with pytest.raises(ReleaseError, match=r"no row tells a draft \(meta\.draft\)"):
        train(run)
    for split in ("train", "test"):
        path = own_release / f"conversations/{split}.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for row in rows:
            row["meta"]["draft"] = "Nothing can be seen."
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    write_manifest(own_release, json.loads((own_release / "manifest.json").read_text())["splits"])
    assert train(run).state == "done"
    lines = [json.loads(line) for line in (run.out / "metrics.jsonl").read_text().splitlines()]
    assert lines[0]["loss"] == pytest.approx(0.6931, abs=1e-3) and lines[0]["reward_margin"] == pytest.approx(0)
    assert lines[-1]["loss"] < 0.5 and lines[-1]["reward_accuracy"] == 1 and lines[-1]["reward_margin"] > 0.5
    assert lines[-1]["val_reward_accuracy"] == 1
    assert plm.load(run.out / "export").tokens_per_frame == 4 and (run.out / "adapter/adapter_config.json").is_file()
