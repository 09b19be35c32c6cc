"""What a forward pass reads, to the token: trees, positions, labels; and which samples share one."""

from __future__ import annotations

import random
import time

import pytest
import torch

from model import plm
from model.data.packing import Tree, pack
from model.data.plan import Measured, plan
from model.data.tokens import NO_LABEL
from model.loss import PackedPlm
from tests.model.packed import examples, tiny

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def network() -> plm.Plm:
    return tiny()


def test_a_tree_is_the_pictures_once_and_each_question_behind_them(network: plm.Plm) -> None:
    chosen = examples(network, "ab")
    packed = pack(chosen, "shared", picture_ids=[network.video_token_id], pad_id=network.pad_id)
    assert packed.samples == ("a0", "b0", "a1", "a2") and packed.ids.shape[0] == 1
    trunk = chosen[0].tokens.trunk
    lengths = {example.sample.id: len(example.tokens.ids) for example in chosen}
    branches = tuple(lengths[name] - trunk for name in ("a0", "a1", "a2"))
    assert packed.trees == (Tree(0, trunk, branches), Tree(trunk + sum(branches), lengths["b0"]))
    assert packed.tokens == packed.ids.numel() == sum(lengths.values()) - 2 * trunk
    assert packed.sample_tokens == sum(lengths.values())
    assert [len(shown) for shown in packed.pictures] == [len(chosen[0].frames), len(chosen[1].frames)]
    assert (packed.ids.flatten()[packed.picture_places] == network.video_token_id).all()
    assert len(packed.picture_places) == sum(map(len, packed.pictures)) * network.tokens_per_frame
    # Read back along its own branch, a sample is what it was alone: its ids in place, its labels one place before.
    for number, name in enumerate(packed.samples):
        example = next(example for example in chosen if example.sample.id == name)
        tree = packed.trees[0] if name.startswith("a") else packed.trees[1]
        spans = tree.spans()
        own = spans[1 + ["a0", "a1", "a2"].index(name)] if name.startswith("a") else (0, 0)
        places = [*range(*spans[0]), *range(*own)]
        assert packed.ids[0, places].tolist() == example.tokens.ids
        assert packed.positions[0, places].tolist() == list(range(len(places)))
        mine = packed.label_samples == number
        read = [places.index(place) for place in packed.label_places[mine].tolist()]
        assert read == [at - 1 for at, label in enumerate(example.tokens.labels) if label != NO_LABEL]
        assert packed.label_targets[mine].tolist() == [label for label in example.tokens.labels if label != NO_LABEL]


def test_texts_alone_reach_the_encoder_with_nothing(network: plm.Plm) -> None:
    """Ranks that share the encoder's weights wait for each other there."""
    from dataclasses import replace

    first = examples(network, "b")[0]
    text = [token for token in first.tokens.ids if token != network.video_token_id]
    labels = first.tokens.labels[len(first.tokens.ids) - len(text) :]
    tokens = replace(first.tokens, ids=text, labels=labels, trunk=0)
    example = replace(first, tokens=tokens, frames=first.frames[:0])
    packed = pack([example], "shared", picture_ids=[network.video_token_id], pad_id=network.pad_id)
    assert packed.pictures == ()
    network.network.zero_grad()
    found = PackedPlm(network.network)(packed).sums.sum()
    found.backward()
    stock = network.network(input_ids=torch.tensor([text]), labels=torch.tensor([labels])).loss * packed.labels
    torch.testing.assert_close(found.float(), stock, rtol=1e-5, atol=1e-5)
    grads = [parameter.grad for parameter in network.network.model.vision_tower.parameters()]
    assert all(grad is not None and not grad.any() for grad in grads)


def test_batches_keep_their_budget_and_ranks_their_balance() -> None:
    chance = random.Random(3)
    units = [
        [Measured(index, f"clip{index // 3}", 800 + index // 3, 800 + index // 3 + chance.randint(30, 120))]
        for index in range(60)
    ]
    by_index = {unit[0].index: unit[0] for unit in units}
    for ranks in (1, 3):
        planned = plan(units, "shared", budget=4000, ranks=ranks)
        assert len({len(batches) for batches in planned}) == 1, "every rank has as many"
        everything = [batch for batches in planned for batch in batches]
        assert sorted(index for batch in everything for index in batch) == list(range(60))
        sizes = []
        for batch in everything:
            clips = {by_index[index].clip: by_index[index].trunk for index in batch}
            branches = sum(by_index[index].tokens - by_index[index].trunk for index in batch)
            sizes.append(sum(clips.values()) + branches)
        assert max(sizes) <= 4000 and min(sizes) > 2000
        where = {index: number for number, batch in enumerate(everything) for index in batch}
        assert all(where[index] == where[index + 1] == where[index + 2] for index in range(0, 60, 3))
    apart = plan(units, "separate", budget=4000, ranks=1)[0]
    assert all(sum(by_index[index].tokens for index in batch) <= 4000 for batch in apart)
    padded = plan(units, "padded", budget=4000, ranks=1)[0]
    assert all(len(batch) * max(one.tokens for one in by_index.values()) <= 4000 for batch in padded)
    assert plan(units[:1], "shared", budget=10, ranks=2) == [[[0]], [[]]], "a sample over the budget is a batch alone"


def test_a_plan_of_a_whole_published_step_takes_no_time() -> None:
    """1,024 samples that do not fit in twos: some hundred numbers of bins are tried."""
    units = [[Measured(index, f"clip{index}", 8200, 8300 + index % 90)] for index in range(1024)]
    began = time.process_time()
    batches = plan(units, "separate", budget=12_288, ranks=1)[0]
    assert sorted(batches) == [[index] for index in range(1024)]
    assert time.process_time() - began < 5, "it takes twenty seconds where each bin is looked at for each piece"


def test_a_clip_with_more_questions_than_a_batch_holds_is_read_again() -> None:
    units = [[Measured(index, "clip", 500, 600)] for index in range(9)]
    planned = plan(units, "shared", budget=1000, ranks=1)[0]
    assert sorted(map(len, planned)) == [4, 5], "five branches fill it"


def test_pairs_stay_together_in_every_layout() -> None:
    units = [[Measured(2 * n, f"c{n // 2}", 50, 90), Measured(2 * n + 1, f"c{n // 2}", 50, 80)] for n in range(8)]
    for layout in ("shared", "separate", "padded"):
        for batches in plan(units, layout, budget=200, ranks=2):
            for batch in batches:
                assert {index ^ 1 for index in batch} == set(batch)
