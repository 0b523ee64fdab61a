"""Encoders of every shape against sentence-transformers, from directories that it wrote itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from tokenizers import Tokenizer, processors
from transformers import BertConfig, BertModel, BertTokenizerFast, XLMRobertaConfig, XLMRobertaModel

from inference.embedding_service import EmbeddingService
from inference.embeddings import Embedder
from inference.errors import BadRequest, ModelLoadError
from inference.server.assemble import bundled_embedding
from tests.inference.inside import serving
from tests.inference.tiny import CHAT_TEMPLATE

TEXTS = [
    "short",
    "Weft runs workflows on workers that cannot lose a run.",
    "Words beyond the longest text are cut. " * 40,
    "Another sentence of middling length, so that batches are padded.",
    "x",
]
PROMPTS = {"query": "Represent this sentence for searching: ", "document": ""}
_SIZE: dict[str, Any] = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48,
    "initializer_range": 0.3,
}  # fmt: skip
Tiny = Callable[[str], tuple[Path, Any]]


def save_bert(directory: Path) -> None:
    torch.manual_seed(5)
    BertModel(BertConfig(**_SIZE, vocab_size=30522, max_position_embeddings=64)).save_pretrained(directory)
    BertTokenizerFast.from_pretrained(bundled_embedding()).save_pretrained(directory)


def save_xlm_roberta(directory: Path) -> None:
    torch.manual_seed(6)
    config = XLMRobertaConfig(
        **_SIZE, vocab_size=30522, max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5
    )
    XLMRobertaModel(config).save_pretrained(directory)
    BertTokenizerFast.from_pretrained(bundled_embedding()).save_pretrained(directory)


def end_texts(directory: Path) -> None:
    """Make the tokenizer put the end token behind each text, as Qwen3-Embedding's does."""
    path = str(directory / "tokenizer.json")
    tokenizer = Tokenizer.from_file(path)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 256)])
    tokenizer.save(path)


@pytest.fixture(scope="module")
def directories(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A sentence-transformers directory of each shape."""
    root = tmp_path_factory.mktemp("sentences")

    def make(shape: str) -> Path:
        source, saved = root / f"{shape}-source", root / shape
        if saved.exists():
            return saved
        source.mkdir()
        if shape == "qwen3":
            for path in tiny("qwen3")[0].iterdir():
                (source / path.name).write_bytes(path.read_bytes())
            end_texts(source)
            (source / "tokenizer_config.json").write_text('{"eos_token": "<eos>", "pad_token": "<eos>"}')
        else:
            {"bge": save_bert, "minilm": save_bert, "xlm-roberta": save_xlm_roberta}[shape](source)
        longest = 128 if shape == "qwen3" else 64
        pooling = {"bge": "cls", "minilm": "mean", "xlm-roberta": "cls", "qwen3": "lasttoken"}[shape]
        modules = [Transformer(str(source), max_seq_length=longest), Pooling(32, pooling_mode=pooling)]
        if shape != "minilm":
            modules.append(Normalize())
        default = "query" if shape == "bge" else None
        SentenceTransformer(modules=modules, prompts=PROMPTS, default_prompt_name=default, device="cpu").save(
            str(saved)
        )
        return saved

    return make


@pytest.mark.parametrize("shape", ["bge", "minilm", "xlm-roberta", "qwen3"])
@pytest.mark.parametrize("prompt", [None, "query", "document"])
def test_vectors_equal_sentence_transformers(
    directories: Callable[[str], Path], shape: str, prompt: str | None
) -> None:
    directory = directories(shape)
    theirs = SentenceTransformer(str(directory), device="cpu").encode(TEXTS, prompt_name=prompt)

    embedder = Embedder(directory, model_id=shape, device=torch.device("cpu"))
    ours = embedder.encode(embedder.prompted(TEXTS, prompt)).vectors

    assert ours.shape == theirs.shape == (5, 32)
    assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()


async def test_callers_with_different_prompts_share_the_encoder(directories: Callable[[str], Path]) -> None:
    embedder = Embedder(directories("qwen3"), model_id="q", device=torch.device("cpu"))
    service = EmbeddingService(embedder)

    asked, plain = await service.embed(["a"], prompt_name="query"), await service.embed(["a", [97, 256]])
    with pytest.raises(BadRequest) as refused:
        await service.embed(["a"], prompt_name="passage")
    await service.close()

    assert asked.n_tokens == [len(PROMPTS["query"]) + 2]
    assert plain.n_tokens == [2, 2]
    assert np.abs(asked.vectors[0] - plain.vectors[0]).max() > 0.01
    assert refused.value.code == "prompt_unknown"
    assert refused.value.message == "q has no prompt 'passage'; it has: document, query."


async def test_a_request_names_what_its_texts_are_for(directories: Callable[[str], Path]) -> None:
    directory = directories("minilm")
    theirs = SentenceTransformer(str(directory), device="cpu").encode(TEXTS[:2], prompt_name="query")
    body = {"model": directory.name, "input": TEXTS[:2], "prompt_name": "query"}
    async with serving(embedding=directory) as inside:
        _, ours = await inside.post("/v1/embeddings", body)
        status, refusal = await inside.post("/v1/embeddings", {**body, "prompt_name": "questions"})

    np.testing.assert_allclose([each["embedding"] for each in ours["data"]], theirs, atol=2e-5)
    assert (status, refusal["error"]["code"], refusal["error"]["param"]) == (400, "prompt_unknown", "prompt_name")


async def test_a_conversation_is_embedded_as_the_template_writes_it(
    directories: Callable[[str], Path], tmp_path: Path
) -> None:
    plain, directory = directories("qwen3"), tmp_path
    for path in plain.iterdir():
        (directory / path.name).symlink_to(path)
    (directory / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Well."}]
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    ids = {
        ending: tokenizer.encode(f"<user>Hi<eos><assistant>Well.<eos>{ending}", add_special_tokens=False).ids
        for ending in ("", "<assistant>")
    }
    body: dict[str, Any] = {"model": directory.name}
    async with serving(embedding=directory) as inside:
        _, want = await inside.post("/v1/embeddings", {**body, "input": [ids[""], ids["<assistant>"], [*ids[""], 256]]})
        got = [
            (await inside.post("/v1/embeddings", {**body, "messages": said, **more}))[1]
            for more in ({}, {"add_generation_prompt": True}, {"add_special_tokens": True})
        ]
        long = [{"role": "user", "content": "x" * 2000}]
        wrong = ({"messages": long}, {"messages": []}, {"messages": said, "input": "x"}, {})
        refused = [await inside.post("/v1/embeddings", {**body, **each}) for each in wrong]
    async with serving(embedding=plain) as inside:
        refused.append(await inside.post("/v1/embeddings", {"model": plain.name, "messages": said}))

    assert [each["data"][0]["embedding"] for each in got] == [each["embedding"] for each in want["data"]]
    assert got[0]["usage"] == {"prompt_tokens": len(ids[""]), "total_tokens": len(ids[""])}
    assert [(status, answer["error"]["code"], answer["error"]["param"]) for status, answer in refused] == [
        (400, "context_length_exceeded", "input"),
        (400, "messages_empty", "messages"),
        (400, "invalid_field", "input"),
        (400, "invalid_field", "input"),
        (400, "no_chat_template", "messages"),
    ]
    assert refused[0][1]["error"]["message"].startswith("messages has ")


def test_a_vector_does_not_depend_on_its_batch(directories: Callable[[str], Path]) -> None:
    embedder = Embedder(directories("qwen3"), model_id="q", device=torch.device("cpu"))

    together = embedder.encode(TEXTS).vectors

    alone = np.concatenate([embedder.encode([text]).vectors for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5


def test_a_directory_that_wants_chat_messages_is_refused(directories: Callable[[str], Path], tmp_path: Path) -> None:
    for path in directories("qwen3").iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "sentence_bert_config.json").unlink()
    (tmp_path / "sentence_bert_config.json").write_text('{"modality_config": {"text": {}, "message": {}}}')

    with pytest.raises(ModelLoadError) as refused:
        Embedder(tmp_path, model_id="q", device=torch.device("cpu"))
    assert refused.value.message == (
        f"{tmp_path}/sentence_bert_config.json puts texts into chat messages; choose a model for plain text."
    )
