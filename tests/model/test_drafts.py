"""Drafts: what a network answers to rows, written as it goes, and learnt from as the other side of preferences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model import plm
from model.config import ConfigError, Run
from model.data.pictures import Pictures, View
from model.data.rejects import Rejects
from model.data.release import ReleaseError, open_release
from model.data.samples import read_samples
from model.evaluate import draft as drafting
from model.evaluate.benchmark import Item
from model.evaluate.draft import Drafting, draft, main
from model.evaluate.generate import answer
from model.stopping import StopRequestedError
from model.train import train
from tests.model.conftest import Trained
from tests.model.release_factory import write_manifest

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.xdist_group("trained")]


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "drafts.jsonl").read_text().splitlines()]


def test_drafts_are_the_networks_answers_and_go_on_where_they_stopped(
    trained: Trained, own_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = own_release / "videos/grid/vid004.mp4"
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size * 2 // 3])  # it opens, and ends too early
    write_manifest(own_release, json.loads((own_release / "manifest.json").read_text())["splits"])
    monkeypatch.setattr(drafting, "_AT_ONCE", 4)
    asked = Drafting(
        checkpoint=trained.out / "export", release=own_release, out=tmp_path, split="test", max_new_tokens=24
    )
    stops = iter([False, True])
    with pytest.raises(StopRequestedError, match="start again to go on"):
        draft(asked, should_stop=lambda: next(stops))
    first = lines(tmp_path)
    assert len(first) <= 4 and json.loads((tmp_path / "status.json").read_text())["state"] == "stopped"
    with (tmp_path / "drafts.jsonl").open("a") as file:  # what a kill may leave behind
        file.write('{"id": "fgqa:cut sh')
    assert draft(asked) == 9 == draft(asked), "the five rows of one clip are left out"
    assert "broken_clip × 5" in json.loads((tmp_path / "status.json").read_text())["message"]
    found = lines(tmp_path)
    assert found[: len(first)] == first and not list(tmp_path.glob("pictures*"))

    samples = {one.id: one for one in read_samples(open_release(own_release), "test", ["fgqa", "rtloc"], Rejects(0))}
    chosen = [one for one in found if one["id"] in samples]
    items = [Item(one["id"], samples[one["id"]], one["prompt"], 24, {}) for one in chosen]
    with Pictures(View(56), processes=0) as pictures:
        told = answer(plm.load(trained.out / "export"), items, pictures, batch=1)
    assert len(chosen) == 6 and [one["draft"] for one in chosen] == told
    assert [one["answer"] for one in chosen] == [samples[one["id"]].answer for one in chosen]


def test_what_cannot_be_drafted_is_refused_by_name(
    trained: Trained, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = Drafting(checkpoint=trained.out / "export", release=release, out=tmp_path, limit=1, max_new_tokens=1)
    assert draft(asked) == 1
    with pytest.raises(ConfigError, match=r"out: .* holds drafts of another network, release or split"):
        draft(asked.model_copy(update={"checkpoint": trained.out / "checkpoints/step-60"}))
    with pytest.raises(ConfigError, match="tasks: text rows are about no video"):
        draft(asked.model_copy(update={"tasks": ("fgqa", "text")}))
    request = tmp_path / "draft.json"
    request.write_text(asked.model_copy(update={"release": tmp_path}).model_dump_json())
    assert main([str(request)]) == 2
    assert "no release folder" in capsys.readouterr().err


def test_a_network_learns_to_prefer_people_to_its_own_drafts(trained: Trained, release: Path, tmp_path: Path) -> None:
    samples = read_samples(open_release(release), "train", ["fgqa"], Rejects(0))
    drafts = tmp_path / "drafts.jsonl"
    run = Run(
        release=release,
        recipe="smoke_dpo_cpu",
        out=tmp_path / "run",
        overrides={
            "model.checkpoint": str(trained.out / "export"),
            "dpo.drafts": str(drafts),
            "data.tasks": ["fgqa"],
            "steps": 1,
        },
    )
    with pytest.raises(ConfigError, match=r"dpo\.drafts: .*drafts\.jsonl cannot be read"):
        train(run)
    drafts.write_text('{"draft": "No id."}\n')
    with pytest.raises(ConfigError, match=r"dpo\.drafts: .* is no file of drafts"):
        train(run)
    told = [{"id": one.id, "draft": one.answer if number else "Nobody knows."} for number, one in enumerate(samples)]
    drafts.write_text("".join(json.dumps(one) + "\n" for one in told[1:]))
    with pytest.raises(ReleaseError, match=r"nor does dpo\.drafts"):
        train(run)
    drafts.write_text("".join(json.dumps(one) + "\n" for one in told))
    assert train(run).state == "done"
    assert {f"{samples[0].id}#chosen", f"{samples[0].id}#draft"} == {
        line.split()[1] for line in (run.out / "first_batch.txt").read_text().splitlines() if line.startswith("=== ")
    }
    drafts.write_text(json.dumps({"id": samples[0].id, "draft": "Who knows?"}) + "\n")
    with pytest.raises(plm.CheckpointError, match="another configuration or release"):
        train(run)
