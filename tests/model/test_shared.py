"""Shared clips are exact: as branches behind one clip, samples have the losses and gradients that they have alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
import torch
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

from model import attention, plm
from model.attention import FOREST, Forest, block_mask, mask_rule
from model.data.packing import Example, Layout, PackedBatch, Tree, pack
from model.loss import PackedPlm
from tests.model.packed import examples, tiny

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def network() -> Iterator[plm.Plm]:
    """Its tests change nothing but gradients."""
    yield tiny()


def batch(network: plm.Plm, chosen: Sequence[Example], layout: Layout) -> PackedBatch:
    return pack(chosen, layout, picture_ids=[network.video_token_id], pad_id=network.pad_id)


Found = tuple[dict[str, float], dict[str, torch.Tensor]]


def gradients(network: plm.Plm, chosen: Sequence[Example], layout: Layout) -> Found:
    """Loss of each sample, and the gradient of their mean over all labels, by parameter."""
    network.network.zero_grad()
    packed = batch(network, chosen, layout)
    found = PackedPlm(network.network)(packed)
    (found.sums.sum() / packed.labels).backward()
    assert int(found.counts.sum()) == packed.labels
    grads = {name: p.grad.clone() for name, p in network.network.named_parameters() if p.grad is not None}
    return dict(zip(packed.samples, found.sums.tolist(), strict=True)), grads


def alone(network: plm.Plm, chosen: Sequence[Example]) -> Found:
    """The same by transformers' own forward and loss, one sample at a time, attention and all."""
    network.network.zero_grad()
    labels = sum(sum(label >= 0 for label in example.tokens.labels) for example in chosen)
    losses = {}
    network.network.set_attn_implementation("eager")
    for example in chosen:
        stock = network.network(
            input_ids=torch.tensor([example.tokens.ids]),
            pixel_values_videos=plm.normalise(example.frames)[None].double(),
            labels=torch.tensor([example.tokens.labels]),
        )
        own = stock.loss * sum(label >= 0 for label in example.tokens.labels)
        (own / labels).backward()
        losses[example.sample.id] = own.item()
    network.network.model.language_model.set_attn_implementation(FOREST)
    return losses, {name: p.grad.clone() for name, p in network.network.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("layout", ["shared", "separate", "padded"])
def test_each_layout_gives_the_loss_and_the_gradients_of_transformers_own_forward(
    network: plm.Plm, layout: Layout
) -> None:
    chosen = examples(network)
    losses, grads = alone(network, chosen)
    ours, our_grads = gradients(network, chosen, layout)
    assert ours.keys() == losses.keys() and our_grads.keys() == grads.keys()
    for name, loss in losses.items():
        assert ours[name] == pytest.approx(loss, rel=1e-6), name  # the stock loss is taken in fp32
    for name, grad in grads.items():
        torch.testing.assert_close(our_grads[name], grad, rtol=1e-5, atol=1e-7, msg=name)


def test_the_losses_are_those_of_the_stock_network_in_single_precision() -> None:
    network = tiny(seed=1)
    network.network.float()
    chosen = examples(network)
    losses = {layout: gradients(network, chosen, layout)[0] for layout in ("shared", "separate", "padded")}
    for name, loss in losses["padded"].items():
        assert losses["shared"][name] == pytest.approx(loss, rel=1e-5) == losses["separate"][name]


def test_a_branch_cannot_tell_its_siblings_from_nothing(network: plm.Plm) -> None:
    """Another answer beside it, or none, changes no bit of a sample's outputs beyond rounding."""
    first, *others = examples(network, "a")
    with torch.no_grad():
        hidden = PackedPlm(network.network).hidden
        whole = batch(network, [first, *others], "shared")
        tree = (whole.trees or ())[0]
        (_, own) = tree.spans()[:2]
        beside = hidden(whole)[0, : own[1]]
        by_itself = hidden(batch(network, [first], "shared"))[0]
    torch.testing.assert_close(beside, by_itself, rtol=1e-12, atol=1e-12)


def test_the_mask_shows_a_token_its_trunk_and_its_own_branch_only() -> None:
    trees = [Tree(0, 2, (2, 1)), Tree(5, 1, (1,))]
    rule = mask_rule(trees, 8, torch.device("cpu"))  # the last token is padding
    places = torch.arange(8)
    seen = rule(places, places, places[:, None], places[None, :])
    assert ["".join("x" if cell else "." for cell in row) for row in seen[:7].tolist()] == [
        "x.......",
        "xx......",
        "xxx.....",
        "xxxx....",
        "xx..x...",
        ".....x..",
        ".....xx.",
    ]


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
def test_flex_attention_and_attention_by_trees_are_the_same() -> None:
    """What runs on CUDA, here uncompiled: its block mask and our two calls a tree, on random forests."""
    generator = torch.Generator().manual_seed(5)
    trees, start = [], 0
    for trunk, branches in [(130, (7, 40, 3)), (1, (1,)), (64, ()), (0, (9,)), (700, (200, 1))]:
        trees.append(Tree(start, trunk, branches))
        start = trees[-1].end
    assert all(before.end == after.start for before, after in pairwise(trees))
    query = torch.randn(1, 4, start, 16, generator=generator)
    key, value = (torch.randn(1, 2, start, 16, generator=generator) for _ in range(2))
    ours, _ = attention.forest_attention(torch.nn.Module(), query, key, value, None, forest=Forest(trees))
    mask = block_mask(trees, start, query.device)
    theirs = create_block_mask(mask_rule(trees, start, query.device), 1, None, start, start, device="cpu")
    for name in ("kv_num_blocks", "kv_indices", "full_kv_num_blocks", "full_kv_indices", "q_num_blocks", "q_indices"):
        assert torch.equal(getattr(mask, name), getattr(theirs, name)), name
    assert mask.shape == theirs.shape and theirs.full_kv_num_blocks is not None and theirs.full_kv_num_blocks.any()
    flex = flex_attention(query, key, value, block_mask=mask, enable_gqa=True)
    torch.testing.assert_close(ours, flex.transpose(1, 2))


def test_a_rank_without_samples_reaches_every_weight_with_zero() -> None:
    """FSDP and DDP wait for everybody: a forward pass without labels still has a gradient for all.

    Also for a head of its own, as 8B has: ranks reduce the gradients of the same weights, or none.
    """
    network = tiny()
    network.network.lm_head.weight = torch.nn.Parameter(network.network.lm_head.weight.detach().clone())
    PackedPlm(network.network)(batch(network, examples(network, "b"), "shared").without_labels()).sums.sum().backward()
    grads = dict(network.network.named_parameters())
    assert "lm_head.weight" in grads
    assert all(found.grad is not None and not found.grad.any() for found in grads.values())
