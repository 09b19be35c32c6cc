"""Attention over forests of tokens (model.data.packing): FlexAttention on CUDA, plain SDPA tree by tree elsewhere.

Registered with transformers under `FOREST`, so that its own layers run unchanged: they hand every keyword of the
language model's call on to the attention function. Without those keywords the call is transformers' own SDPA.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import torch
import torch.nn.functional as F
from torch.nn.attention.flex_attention import BlockMask

from model.data.packing import Tree

FOREST: Final = "vidgrain_forest"
_BLOCK: Final = 128
"""Tokens of a side of FlexAttention's blocks."""
_STRIP: Final = 8
"""Rows of blocks that are looked at at once when a block mask is made."""


class Forest:
    """The trees of one row as one thing.

    Compiled layers hand it on without looking into it; a tuple's length would be a reason to compile them again.
    """

    def __init__(self, trees: Sequence[Tree]) -> None:
        self.trees = trees


MaskRule = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


def register() -> None:
    """Make `FOREST` an attention implementation that transformers' networks can be set to.

    It stands outside of what is compiled: every batch is another forest, and would be compiled anew. FlexAttention
    compiles itself.
    """
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, sdpa_mask
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    uncompiled = torch.compiler.disable(forest_attention)  # type: ignore[no-untyped-call]  # torch has no types here
    ALL_ATTENTION_FUNCTIONS.register(FOREST, uncompiled)
    ALL_MASK_ATTENTION_FUNCTIONS.register(FOREST, sdpa_mask)


def mask_argument(trees: Sequence[Tree] | None, tokens: int, device: torch.device) -> Any:
    """What the language model is to be given as `attention_mask` for one row of `trees`.

    On CUDA FlexAttention's block mask. Elsewhere a tensor that says nothing and is never read: of four dimensions, so
    that transformers neither looks for packed sequences itself nor makes a mask of tokens × tokens.
    """
    if trees is not None and device.type == "cuda":
        return block_mask(trees, tokens, device)
    return torch.ones((1, 1, 1, 1), dtype=torch.bool, device=device)


def forest_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | BlockMask | None,
    *,
    scaling: float | None = None,
    forest: Forest | None = None,
    causal_rows: bool = False,
    **kwargs: Any,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """transformers' interface of an attention: [R, heads, S, width] in, [R, S, heads, width] out."""
    if isinstance(attention_mask, BlockMask):
        from transformers.integrations.flex_attention import flex_attention_forward

        return cast(
            tuple[torch.Tensor, torch.Tensor | None],
            flex_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **kwargs),
        )
    if forest is None and not causal_rows:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        return cast(
            tuple[torch.Tensor, torch.Tensor | None],
            sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **kwargs),
        )
    key, value = (_every_head(states, query.shape[1]) for states in (key, value))
    if forest is None:
        found = F.scaled_dot_product_attention(query, key, value, is_causal=True, scale=scaling)
    else:
        parts = [part for tree in forest.trees for part in _tree_attention(tree, query, key, value, scaling)]
        found = torch.cat(parts, dim=2)
    return found.transpose(1, 2).contiguous(), None


def _tree_attention(
    tree: Tree, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float | None
) -> list[torch.Tensor]:
    """[1, heads, tokens of the tree, width] in two parts: the trunk, plainly causal, then all branches at once.

    The branches are few tokens against a long trunk, so their mask is small and nothing of the trunk is computed twice.
    """
    fork, end = tree.start + tree.trunk, tree.end
    parts = []
    if tree.trunk:
        own = slice(tree.start, fork)
        parts.append(
            F.scaled_dot_product_attention(
                query[:, :, own], key[:, :, own], value[:, :, own], is_causal=True, scale=scaling
            )
        )
    if tree.branches:
        mask = torch.ones((end - fork, end - tree.start), dtype=torch.bool, device=query.device)
        mask[:, tree.trunk :] = _own_branch(tree.branches, query.device)
        seen = slice(tree.start, end)
        parts.append(
            F.scaled_dot_product_attention(
                query[:, :, fork:end], key[:, :, seen], value[:, :, seen], attn_mask=mask, scale=scaling
            )
        )
    return parts


def _own_branch(branches: Sequence[int], device: torch.device) -> torch.Tensor:
    """bool[tokens, tokens]: which token of the branches sees which of them."""
    lengths = torch.tensor(branches, device=device)
    branch = torch.repeat_interleave(torch.arange(len(branches), device=device), lengths)
    return (branch[:, None] == branch[None, :]).tril()


def _every_head(states: torch.Tensor, heads: int) -> torch.Tensor:
    """Keys or values repeated for the query heads that share them."""
    return states.repeat_interleave(heads // states.shape[1], dim=1) if states.shape[1] != heads else states


def tokens_of(trees: Sequence[Tree], tokens: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """The number of each token's tree and of its branch (0: trunk), int32[tokens] each; −1 behind the last tree."""
    tree_of, branch_of = ([-1] * tokens for _ in range(2))
    for number, tree in enumerate(trees):
        for branch, (start, end) in enumerate(tree.spans()):
            tree_of[start:end] = [number] * (end - start)
            branch_of[start:end] = [branch] * (end - start)
    return (
        torch.tensor(tree_of, dtype=torch.int32, device=device),
        torch.tensor(branch_of, dtype=torch.int32, device=device),
    )


def mask_rule(trees: Sequence[Tree], tokens: int, device: torch.device) -> MaskRule:
    """The rule of a forest as FlexAttention asks for it: may token `q` see token `k`?"""
    tree_of, branch_of = tokens_of(trees, tokens, device)

    def sees(_row: torch.Tensor, _head: torch.Tensor, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        same_tree = tree_of[q] == tree_of[k]
        on_the_way = (branch_of[k] == 0) | (branch_of[k] == branch_of[q])
        return (k <= q) & same_tree & on_the_way

    return sees


def block_mask(trees: Sequence[Tree], tokens: int, device: torch.device) -> BlockMask:
    """FlexAttention's block mask of one row: blocks that no token may see are not computed.

    The same that torch's `create_block_mask` makes of `mask_rule`, but a strip at a time: that one holds tokens
    × tokens, several times over.
    """
    rule = mask_rule(trees, tokens, device)
    blocks = -(-tokens // _BLOCK)
    places = torch.arange(blocks * _BLOCK, device=device)
    inside, known = places < tokens, places.clamp(max=tokens - 1)
    seen = torch.empty((blocks, blocks), dtype=torch.int64, device=device)
    for first in range(0, blocks, _STRIP):
        rows = slice(first * _BLOCK, (first + _STRIP) * _BLOCK)
        strip = rule(known, known, known[rows, None], known[None, :]) & inside[rows, None] & inside[None, :]
        seen[first : first + _STRIP] = strip.view(-1, _BLOCK, blocks, _BLOCK).sum(dim=(1, 3))
    whole = seen == _BLOCK * _BLOCK
    return BlockMask.from_kv_blocks(
        *_in_order((seen > 0) & ~whole), *_in_order(whole), _BLOCK, mask_mod=rule, seq_lengths=(tokens, tokens)
    )


def _in_order(chosen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """How many blocks of each row are chosen, int32[1, 1, rows], and which, first of all: int32[1, 1, rows, blocks]."""
    first = torch.argsort(chosen.to(torch.int8), dim=-1, descending=True, stable=True)
    return chosen.sum(dim=-1, dtype=torch.int32)[None, None], first.to(torch.int32)[None, None]
