"""Compiled layers compute what plain ones do, and are not compiled anew for every batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch

from model import attention
from model.attention import FOREST, Forest, block_mask
from model.build import recompute_and_compile
from model.config import override
from model.data.packing import Tree, pack
from model.loss import PackedPlm
from model.recipes import resolve
from tests.model.packed import examples, tiny

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def compiled_graphs() -> Iterator[list[object]]:
    """What is compiled meanwhile: traced as always, but run by torch and not by a C++ compiler."""
    graphs: list[object] = []

    def counted(graph: Any, inputs: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    torch.compiler.reset()
    torch.compiler.set_default_backend(counted)
    yield graphs
    torch.compiler.set_default_backend(None)
    torch.compiler.reset()


def test_compiled_layers_give_the_same_step_and_serve_every_forest(compiled_graphs: list[object]) -> None:
    plain, ours = tiny(vision_depth=1), tiny(vision_depth=1)
    chosen = override(resolve("smoke_cpu"), {"compile": True, "recompute": ["text"]})
    recompute_and_compile(ours.network, chosen)
    assert [name for name, _ in ours.network.named_parameters()] == [n for n, _ in plain.network.named_parameters()]
    sizes = []
    for clips in ("b", "abc", "a", "bc", "ac"):
        found = []
        for network in (plain, ours):
            network.network.zero_grad()
            batch = pack(
                examples(network, clips), "shared", picture_ids=[network.video_token_id], pad_id=network.pad_id
            )
            sums = PackedPlm(network.network)(batch).sums
            sums.sum().backward()
            found.append([sums.detach(), *(p.grad for p in network.network.parameters() if p.grad is not None)])
        for theirs, own in zip(*found, strict=True):
            torch.testing.assert_close(own, theirs, rtol=1e-9, atol=1e-11)
        sizes.append(len(compiled_graphs))
    assert sizes[0] > 0 and sizes[2:] == [sizes[2]] * 3, f"other lengths and other trees need no other code: {sizes}"


def test_flex_attention_is_compiled_once_for_every_forest(compiled_graphs: list[object]) -> None:
    """Reached as on CUDA, by the name that transformers' layers know it by; uncompiled it would hold every score."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    attention.register()
    reached, generator, sizes = ALL_ATTENTION_FUNCTIONS[FOREST], torch.Generator().manual_seed(1), []
    for shapes in (
        [(130, (7, 40, 3))],
        [(64, ()), (100, (5, 6))],
        [(300, (9, 9, 9, 9))],
        [(20, (200, 1)), (33, (2, 2)), (5, ())],
        [(500, (5, 5))],
    ):
        trees = forest(shapes)
        query, key, value = (torch.randn(1, heads, trees[-1].end, 16, generator=generator) for heads in (4, 2, 2))
        module = torch.nn.Module().train()
        found, _ = reached(module, query, key, value, block_mask(trees, trees[-1].end, query.device), scaling=None)
        plain, _ = attention.forest_attention(module, query, key, value, None, forest=Forest(trees))
        torch.testing.assert_close(found, plain)
        sizes.append(len(compiled_graphs))
    assert sizes[0] > 0 and sizes[2:] == [sizes[2]] * 3, f"other lengths and other trees need no other code: {sizes}"


def forest(shapes: Sequence[tuple[int, tuple[int, ...]]]) -> list[Tree]:
    """Trees one after the other, of these trunks and branches."""
    trees: list[Tree] = []
    for trunk, branches in shapes:
        trees.append(Tree(trees[-1].end if trees else 0, trunk, branches))
    return trees
