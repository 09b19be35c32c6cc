"""A training on a small release: it learns, resumes bit-equal, refuses what is wrong, and exports a loadable folder."""

from __future__ import annotations

import json
import os
import resource
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from model import plm
from model.config import ConfigError, Run
from model.data.release import ReleaseError
from model.data.tokens import ChatEncoder
from model.export import export
from model.optimizer import learning_rate
from model.progress import Progress
from model.recipes import plm_3b_sft, resolve
from model.stopping import stop_on_sigterm
from model.train import main, train
from model.trainer import NonFiniteError
from tests.model.conftest import Trained
from tests.model.release_factory import append_rows

SHORT = {"steps": 6, "checkpoint_every": 3, "validation_samples": 0, "optimizer.warmup_steps": 2}

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.xdist_group("trained")]


def metrics(out: Path) -> list[dict[str, Any]]:
    path = out / "metrics.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def status(out: Path) -> dict[str, Any]:
    return json.loads((out / "status.json").read_text())


def drawn(out: Path, name: str) -> list[tuple[int, float]]:
    """A curve, by step, as TensorBoard's own reader finds it."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(out / "tensorboard"))
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars(name)]


def test_the_smoke_recipe_learns(trained: Trained) -> None:
    lines = metrics(trained.out)
    assert [line["step"] for line in lines] == list(range(1, 61))
    assert lines[0]["loss"] > 5 and sum(line["loss"] for line in lines[-5:]) / 5 < 0.5
    assert {"lr", "tokens_per_s", "grad_norm", "labels"} <= lines[0].keys()
    validated = [line for line in lines if "val_loss" in line]
    assert [line["step"] for line in validated] == [20, 40, 60]
    assert validated[-1]["val_loss"] < validated[0]["val_loss"]
    weighted = [line for line in lines if len([key for key in line if key.startswith("loss/")]) > 1]
    assert all(min(by_task(line)) <= line["loss"] <= max(by_task(line)) for line in weighted)
    assert status(trained.out) == {"state": "done", "step": 60, "steps": 60, "message": "done"}


def by_task(line: dict[str, Any]) -> list[float]:
    return [value for key, value in line.items() if key.startswith("loss/")]


def test_a_run_leaves_its_configuration_and_first_batch(trained: Trained) -> None:
    saved = json.loads((trained.out / "config.json").read_text())
    assert saved["run_id"] == "r1" and saved["code_version"] == "test" and len(saved["release_sha256"]) == 64
    assert saved["config"]["optimizer"]["lr"] == 3e-3 and saved["config"]["recipe"] == "smoke_cpu"
    text = (trained.out / "first_batch.txt").read_text()
    assert text.count("=== ") == 4 and "<|video|>×128" in text and "--- taught (" in text
    sheet = np.asarray(Image.open(trained.out / "first_batch.png")).astype(int)
    assert sheet.shape == (4 * 112, 8 * 112, 3)
    marked = sum("=== rtloc" in line or "=== rcap" in line or "=== rdcap" in line for line in text.splitlines())
    red = (sheet[..., 0] > 230) & (sheet[..., 1] < 40) & (sheet[..., 2] < 40)
    assert marked and red.reshape(4, 112, -1).any(axis=(1, 2)).sum() >= marked
    assert json.loads((trained.out / "rejects.json").read_text())["counts"] == {}
    curve = drawn(trained.out, "val_loss")
    assert curve == [pytest.approx((n["step"], n["val_loss"])) for n in metrics(trained.out) if "val_loss" in n]


def test_the_export_loads_by_from_pretrained_and_answers(trained: Trained) -> None:
    plm.declare_torchvision_operators()
    from transformers import AutoTokenizer, PerceptionLMForConditionalGeneration

    export = trained.out / "export"
    assert not [path for path in export.rglob("*") if path.suffix in {".bin", ".pt", ".pkl"}]
    network, loading = PerceptionLMForConditionalGeneration.from_pretrained(export, output_loading_info=True)
    assert not loading["missing_keys"] and not loading["unexpected_keys"]
    tokenizer = AutoTokenizer.from_pretrained(export)
    encoder = ChatEncoder(tokenizer, network.config.video_token_id)
    ids = torch.tensor([encoder.prompt("Which colour is it?", 32 * 4)])
    out = network.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        pixel_values_videos=torch.zeros(1, 32, 3, 56, 56),
        max_new_tokens=16,
        do_sample=False,
        eos_token_id=[encoder.end_of_turn],
    )
    assert encoder.decode(out[0, ids.shape[1] :].tolist()).startswith(("It is ", "To the "))


def test_the_export_has_a_processor_that_agrees_with_ours(trained: Trained) -> None:
    plm.declare_torchvision_operators()
    from transformers.models.perception_lm.processing_perception_lm import PerceptionLMProcessor

    processor = PerceptionLMProcessor.from_pretrained(trained.out / "export")
    frames = np.random.default_rng(0).integers(0, 256, (32, 56, 56, 3), dtype=np.uint8)
    read = processor(
        text="<|video|>Which colour?",
        videos=[frames.transpose(0, 3, 1, 2)],
        do_sample_frames=False,
        add_special_tokens=False,
        return_tensors="pt",
    )
    torch.testing.assert_close(read["pixel_values_videos"][0], plm.normalise(torch.from_numpy(frames)))
    assert (read["input_ids"] == processor.video_token_id).sum() == 32 * 4


def test_accumulation_does_not_change_the_step(release: Path, tmp_path: Path) -> None:
    """The loss is weighted by tokens over the whole batch, however it is cut."""
    losses = {}
    for name, tokens, layout in (("once", 4096, "shared"), ("many", 300, "separate"), ("rows", 900, "padded")):
        changes = {**SHORT, "steps": 2, "data.batch_tokens": tokens, "data.layout": layout}
        train(Run(release=release, recipe="smoke_cpu", out=tmp_path / name, overrides=changes))
        losses[name] = [(line["loss"], line["grad_norm"]) for line in metrics(tmp_path / name)]
    np.testing.assert_allclose(losses["many"], losses["once"], rtol=2e-4)
    np.testing.assert_allclose(losses["rows"], losses["once"], rtol=2e-4)


def test_a_stopped_run_goes_on_bit_equal(release: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(Run(release=release, recipe="smoke_cpu", out=whole, overrides=SHORT))
    with stop_on_sigterm() as asked:
        stopped = train(
            Run(release=release, recipe="smoke_cpu", out=parts, overrides=SHORT),
            should_stop=lambda: (len(metrics(parts)) == 2 and os.kill(os.getpid(), signal.SIGTERM)) or asked(),
        )
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert stopped.state == "stopped" and stopped.step in (2, 3) and status(parts)["state"] == "stopped"
    assert [path.name for path in (parts / "checkpoints").iterdir()] == [f"step-{stopped.step}"]
    with (parts / "metrics.jsonl").open("a") as file:  # what a crash may leave behind
        file.write('{"step": 9, "loss": 0}\n{"ste')
    (parts / "checkpoints" / ".step-5.partial").mkdir()
    other_ways = {**SHORT, "checkpoint_every": 6, "data.max_reject_share": 0.5}
    finished = train(Run(release=release, recipe="smoke_cpu", out=parts, overrides=other_ways))
    assert finished.state == "done" and finished.step == 6
    for file in ("export/model.safetensors", "export/tokenizer.json"):
        assert (parts / file).read_bytes() == (whole / file).read_bytes(), file
    states = [load_file(next((out / "checkpoints/step-6").glob("*.safetensors"))) for out in (parts, whole)]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())
    assert [line["loss"] for line in metrics(parts)] == [line["loss"] for line in metrics(whole)]
    assert drawn(parts, "loss") == [pytest.approx((line["step"], line["loss"])) for line in metrics(parts)]
    with pytest.raises(plm.CheckpointError, match="another configuration"):
        train(Run(release=release, recipe="smoke_cpu", out=parts, overrides={**SHORT, "seed": 1}))


def test_a_stop_in_the_middle_of_a_step_leaves_it_undone(release: Path, tmp_path: Path) -> None:
    """Asked between two batches of the third step: two are kept, and it goes on bit-equal, random numbers and all."""
    changes = {**SHORT, "steps": 4, "checkpoint_every": 9, "data.batch_tokens": 300, "model.drop_path": 0.2}
    whole = Run(release=release, recipe="smoke_cpu", out=tmp_path / "whole", overrides=changes)
    train(whole)
    parts, asked = whole.model_copy(update={"out": tmp_path / "parts"}), []

    def in_the_third_step() -> bool:
        asked.append(len(metrics(parts.out)))
        return asked.count(2) > 1

    stopped = train(parts, should_stop=in_the_third_step)
    assert (stopped.state, stopped.step) == ("stopped", 2) and asked.count(1) > 1, "several batches a step"
    assert train(parts).state == "done"
    assert [line["loss"] for line in metrics(parts.out)] == [line["loss"] for line in metrics(whole.out)]
    file = "export/model.safetensors"
    assert (parts.out / file).read_bytes() == (whole.out / file).read_bytes()


def test_half_precision_and_recomputed_activations_give_nearly_the_same_step(release: Path, tmp_path: Path) -> None:
    """What the real recipes switch on, on a CPU."""
    found = {}
    for name, changes in {
        "plain": {},
        "recomputed": {"recompute": ["vision", "text"]},
        "bf16": {"recompute": ["vision", "text"], "precision": "bf16"},
    }.items():
        out = tmp_path / name
        train(Run(release=release, recipe="smoke_cpu", out=out, overrides={**SHORT, "steps": 1, **changes}))
        found[name] = metrics(out)[0]
    assert found["recomputed"]["loss"] == pytest.approx(found["plain"]["loss"], rel=1e-6)
    assert found["recomputed"]["grad_norm"] == pytest.approx(found["plain"]["grad_norm"], rel=1e-4)
    assert found["bf16"]["loss"] == pytest.approx(found["plain"]["loss"], rel=0.02)


def test_a_real_recipe_goes_on_from_a_local_checkpoint(trained: Trained, release: Path, tmp_path: Path) -> None:
    """The way of the real sizes, with the tiny network's export in the place of the published weights."""
    changes = {
        "model.checkpoint": str(trained.out / "export"),
        "steps": 2,
        "batch_samples": 3,
        "device": "cpu",
        "validation_samples": 4,
    }
    result = train(Run(release=release, recipe="plm_1b_sft", out=tmp_path, overrides=changes))
    assert result.export is not None and result.step == 2
    lines = metrics(tmp_path)
    assert lines[0]["loss"] < 1 and lines[0]["lr"] == pytest.approx(4e-5 / 120) and lines[1]["val_loss"] < 1
    assert plm.load(result.export).tokenizer.get_vocab() == plm.load(trained.out / "export").tokenizer.get_vocab()


def test_the_first_stage_teaches_the_projector_alone_on_finer_pictures(
    trained: Trained, release: Path, tmp_path: Path
) -> None:
    base = trained.out / "export"
    changes = {"model.checkpoint": str(base), "steps": 1, "batch_samples": 2, "device": "cpu", "validation_samples": 0}
    result = train(Run(release=release, recipe="plm_1b_warmup", out=tmp_path, overrides=changes))
    assert result.export is not None
    after, before = plm.load(result.export), plm.load(base)
    assert (before.tokens_per_frame, after.tokens_per_frame) == (4, 16)
    assert "<|video|>×128" in (tmp_path / "first_batch.txt").read_text(), "8 frames of 16 tokens"
    moved = {
        name.split(".")[1]
        for (name, new), old in zip(after.network.named_parameters(), before.network.parameters(), strict=True)
        if not torch.equal(new, old)
    }
    assert moved == {"multi_modal_projector"}


def test_a_full_disk_leaves_the_last_good_checkpoint(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operating system refuses large files of this process, as a full disk does."""
    out = tmp_path / "run"
    run = Run(release=release, recipe="smoke_cpu", out=out, overrides={**SHORT, "checkpoint_every": 2})

    def disk_fills() -> bool:
        if len(metrics(out)) == 3:  # the second step's checkpoint is on the disk
            full()
        return False

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))

    def export_onto_it(*arguments: Any) -> Path:
        full()
        return export(*arguments)

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(plm.CheckpointError, match=r"step-4: cannot be written .*File too large"):
            train(run, should_stop=disk_fills)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert status(out)["state"] == "failed" and "File too large" in status(out)["message"]
    assert [path.name for path in (out / "checkpoints").iterdir()] == ["step-2"]
    try:
        with monkeypatch.context() as patched, pytest.raises(plm.CheckpointError, match="export: cannot be written"):
            patched.setattr("model.train.export", export_onto_it)
            train(run)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (out / "export").exists() and not (out / ".export.partial").exists()
    assert train(run).state == "done" and len(metrics(out)) == 6


def test_only_the_named_parts_train(release: Path, tmp_path: Path) -> None:
    overrides = {**SHORT, "steps": 1, "trains": ["projector"]}
    result = train(Run(release=release, recipe="smoke_cpu", out=tmp_path, overrides=overrides))
    assert result.export is not None
    after = plm.load(result.export)
    shape = resolve("smoke_cpu").model.tiny
    assert shape is not None
    fresh = plm.build_tiny(shape, after.tokenizer, seed=0)
    moved = {
        name.split(".")[1]
        for (name, new), old in zip(after.network.named_parameters(), fresh.network.parameters(), strict=True)
        if not torch.equal(new, old)
    }
    assert moved == {"multi_modal_projector"}


def test_a_loss_that_is_not_finite_stops_before_the_optimizer(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the checkpoint of the step before, which is still being written, is kept."""
    build, built = plm.build_tiny, []

    def remembered(*arguments: Any) -> plm.Plm:
        built.append(build(*arguments))
        return built[-1]

    def poisoned_after_the_first_step() -> bool:
        if metrics(tmp_path):
            with torch.no_grad():
                built[0].network.model.multi_modal_projector.linear_1.bias[0] = float("nan")
        return False

    monkeypatch.setattr(plm, "build_tiny", remembered)
    run = Run(release=release, recipe="smoke_cpu", out=tmp_path, overrides={**SHORT, "checkpoint_every": 1})
    with pytest.raises(NonFiniteError, match=r"step 2: loss nan.*samples: "):
        train(run, should_stop=poisoned_after_the_first_step)
    assert status(tmp_path)["state"] == "failed" and "loss nan" in status(tmp_path)["message"]
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-1"]
    stored = load_file(next((tmp_path / "checkpoints/step-1").glob("*.safetensors")))
    assert all(value.isfinite().all() for value in stored.values())


def test_what_is_wrong_elsewhere_stops_no_run(own_release: Path, tmp_path: Path) -> None:
    """Bad rows of other tasks are no share of this one's samples; nothing of the held-out split ends a training."""
    append_rows(own_release, "train", ["{"] * 2)
    broken = own_release / "videos/grid/vid004.mp4"
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size * 2 // 3])  # it opens, and ends too early
    append_rows(own_release, "test", ["{"] * 30)
    changes = {"data.tasks": ["rdcap", "rtloc"], "validation_samples": 8, "benchmarks.every": 1, "steps": 1}
    run = Run(release=own_release, recipe="smoke_cpu", out=tmp_path / "out", overrides={**SHORT, **changes})
    assert train(run).state == "done"
    [line] = metrics(run.out)
    assert line["val_loss"] > 0 and 0 <= line["score/rtloc.mean_recall"] <= 1
    assert json.loads((run.out / "rejects.json").read_text())["counts"] == {"not_json": 2}
    assert not list(run.out.glob("pictures-*")), "what was decoded goes with the run"


def test_what_cannot_be_told_stops_no_run_and_hides_no_error(tmp_path: Path) -> None:
    progress = Progress(tmp_path)
    progress.metric({"step": 1, "loss": 0.5, "val_loss": float("nan")})
    assert metrics(tmp_path) == [{"step": 1, "loss": 0.5, "val_loss": None}], "no JSON reader knows NaN"
    progress.status("running", 1, 9, "loss 0.5")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))  # as on a full disk
    try:
        progress.failed("step-4: cannot be written")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert status(tmp_path)["state"] == "running" and not list(tmp_path.glob(".*")), "and no half file stays"


def test_the_schedule_warms_up_and_ends_at_its_floor() -> None:
    config = plm_3b_sft().optimizer
    rates = [learning_rate(config, step, 1000) for step in range(1001)]
    assert rates[0] == pytest.approx(config.lr / 120) and max(rates) == rates[119] == rates[120] == config.lr
    assert rates[120:] == sorted(rates[120:], reverse=True) and rates[1000] == pytest.approx(config.lr * 0.01)


def test_a_plateau_falls_over_its_last_part_in_a_straight_line() -> None:
    config = plm_3b_sft().optimizer.model_copy(update={"schedule": "wsd", "decay_share": 0.2, "min_lr_ratio": 0.1})
    rates = [learning_rate(config, step, 1000) / config.lr for step in range(1001)]
    assert rates[59] == pytest.approx(0.5) and set(rates[119:801]) == {1.0}
    assert [rates[step] for step in (850, 900, 1000)] == pytest.approx([0.775, 0.55, 0.1])


def test_what_cannot_be_run_is_refused_by_name(own_release: Path, tmp_path: Path) -> None:
    def refused(error: type[Exception], match: str, **fields: Any) -> None:
        out = tmp_path / "out"
        with pytest.raises(error, match=match):
            train(Run(**({"release": own_release, "recipe": "smoke_cpu", "out": out} | fields)))
        assert status(out)["state"] == "failed"

    refused(
        ConfigError,
        r"recipe 'plm_9b' does not exist; known recipes: overfit_cpu, .*plm_1b_sft, .*smoke_cpu",
        recipe="plm_9b",
    )
    refused(ConfigError, "override 'optimizer.rate'", overrides={"optimizer.rate": 1})
    refused(ConfigError, "batch_samples", overrides={"batch_samples": 0})
    refused(ReleaseError, "promised", release_sha256="0" * 64)
    refused(plm.CheckpointError, "no PerceptionLM", overrides={"model.checkpoint": str(tmp_path)})
    refused(ReleaseError, "no sample of the tasks", overrides={"data.tasks": []})
    append_rows(own_release, "train", ["{"] * 9)
    refused(Exception, r"9 of 37 rows cannot be used, 10% are allowed: not_json × 9 \(first: conversations/train")


def test_the_command_says_what_was_wrong(own_release: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (own_release / "videos/grid/vid000.mp4").write_bytes(b"changed")
    run = tmp_path / "run.json"
    run.write_text(json.dumps({"release": str(own_release), "recipe": "smoke_cpu", "out": str(tmp_path / "out")}))
    assert main([str(run)]) == 2
    assert "videos/grid/vid000.mp4: changed" in capsys.readouterr().err
    run.write_text('{"release": "x"}')
    assert main([str(run)]) == 2
    assert "recipe: Field required" in capsys.readouterr().err
