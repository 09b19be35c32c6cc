"""Tokens and loss mask of a sample: the Llama-3 chat form, to the id."""

from __future__ import annotations

from typing import Any

import pytest

from model.data.conversations import SYSTEM_PROMPT
from model.data.tokens import NO_LABEL, ChatEncoder
from model.tokenizer import LLAMA3_SPECIAL_TOKENS, build_tokenizer

TEXTS = [SYSTEM_PROMPT, "When does it happen? Use the format [start, end].", "[3, 17]", "[13, 31]", "A boy enters."]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return build_tokenizer(TEXTS, 400)


@pytest.fixture(scope="module")
def encoder(tokenizer: Any) -> ChatEncoder:
    return ChatEncoder(tokenizer, tokenizer.convert_tokens_to_ids("<|video|>"))


def test_special_tokens_stand_behind_the_text_in_llamas_order(tokenizer: Any) -> None:
    first = len(tokenizer) - len(LLAMA3_SPECIAL_TOKENS)
    offsets = {name: tokenizer.convert_tokens_to_ids(name) - first for name in LLAMA3_SPECIAL_TOKENS}
    assert (offsets["<|begin_of_text|>"], offsets["<|end_of_text|>"], offsets["<|image|>"]) == (0, 1, 2)
    assert (offsets["<|start_header_id|>"], offsets["<|end_header_id|>"], offsets["<|eot_id|>"]) == (6, 7, 9)


def test_the_same_texts_give_the_same_tokenizer_and_no_byte_is_unknown(tokenizer: Any) -> None:
    assert build_tokenizer(TEXTS, 400).get_vocab() == tokenizer.get_vocab()
    strange = "한국어 – \t\x00 🎬"
    assert tokenizer.decode(tokenizer.encode(strange, add_special_tokens=False)) == strange


def test_a_sample_is_the_chat_form_with_the_loss_on_the_answer(encoder: ChatEncoder, tokenizer: Any) -> None:
    question = "When does it happen?"
    tokens = encoder.sample(question, "[3, 17]", video_tokens=8)
    assert tokenizer.decode(tokens.ids) == (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n"
        + SYSTEM_PROMPT
        + "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n"
        + "<|video|>" * 8
        + question
        + "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n[3, 17]<|eot_id|><|end_of_text|>"
    )
    taught = [label for label in tokens.labels if label != NO_LABEL]
    assert tokenizer.decode(taught) == (
        "<|start_header_id|>assistant<|end_header_id|>\n\n[3, 17]<|eot_id|><|end_of_text|>"
    )
    first = len(tokens.ids) - len(taught)
    assert tokens.labels == [NO_LABEL] * first + tokens.ids[first:]
    assert encoder.decode(tokens.ids[len(encoder.prompt(question, 8)) :]) == "[3, 17]"
    assert "<|video|>×8When" in encoder.show(tokens.ids)


def test_the_prompt_is_what_transformers_chat_template_makes(encoder: ChatEncoder, tokenizer: Any) -> None:
    video, question = {"type": "video"}, {"type": "text", "text": "When does it happen?"}
    messages = [{"role": "system", "content": SYSTEM_PROMPT}, {"role": "user", "content": [video, question]}]
    templated = tokenizer.apply_chat_template(messages, add_generation_prompt=True)["input_ids"]
    assert encoder.prompt("When does it happen?", video_tokens=1) == templated


@pytest.mark.parametrize("text", ["a <|eot_id|> b", "<image>", "see <video> here", "<|image|>"])
def test_control_tokens_in_a_text_are_refused(encoder: ChatEncoder, text: str) -> None:
    with pytest.raises(ValueError, match="control token"):
        encoder.sample("Q?", text, 1)


def test_images_stand_where_the_text_says_or_before_it(encoder: ChatEncoder, tokenizer: Any) -> None:
    def asked(prompt: str, images: list[int]) -> str:
        tokens = encoder.conversation([(prompt, "A.")], image_tokens=images)
        ids = tokens.ids[: tokens.trunk]
        assert tokens.ids[tokens.trunk - 1] == tokenizer.convert_tokens_to_ids("<|image|>")
        assert encoder.show(ids).endswith("×" + str(images[-1]))
        return encoder.show(tokens.ids).split("user<|end_header_id|>\n\n")[1].split("<|eot_id|>")[0]

    assert asked("When is it?", [4]) == "<|image|>×4When is it?"
    assert asked("Is <image> like <image>?", [4, 8]) == "Is<|image|>×4like<|image|>×8?"
    with pytest.raises(ValueError, match="zip"):
        encoder.conversation([("Is <image> it?", "A.")], image_tokens=[4, 8])


def test_every_answer_of_a_conversation_is_taught(encoder: ChatEncoder, tokenizer: Any) -> None:
    tokens = encoder.conversation([("One?", "First."), ("Two?", "Second.")])
    taught = [label for label in tokens.labels if label != NO_LABEL]
    header = "<|start_header_id|>assistant<|end_header_id|>\n\n"
    assert tokenizer.decode(taught) == f"{header}First.<|eot_id|>{header}Second.<|eot_id|><|end_of_text|>"
    assert tokens.trunk == 0, "a text sample shares nothing"
    warm_up = encoder.conversation([("One?", "First.")], image_tokens=[2], text_format="answer_only")
    assert encoder.show(warm_up.ids) == "<|begin_of_text|><|image|>×2First.<|end_of_text|>"
    assert sum(label == NO_LABEL for label in warm_up.labels) == warm_up.trunk == 3
