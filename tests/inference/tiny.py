"""Tiny random models saved as Hugging Face directories, by transformers itself: what our loader must read and
agree with.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM as Auto
from transformers import LlamaConfig, MistralConfig, PreTrainedModel, Qwen2Config, Qwen3Config

EOS, USER, ASSISTANT = 256, 257, 258
VOCAB = 272

CHAT_TEMPLATE = (
    "{% for message in messages %}{% if message.role == 'user' %}<user>{% else %}<assistant>{% endif %}"
    "{{ message.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)

_SIZE: dict[str, Any] = {
    "vocab_size": VOCAB,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "bos_token_id": EOS,
    "eos_token_id": EOS,
    "pad_token_id": EOS,
}
_LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
CONFIGS: dict[str, Any] = {
    "llama": lambda: LlamaConfig(**_SIZE, rope_parameters=_LLAMA3),
    "llama-tied": lambda: LlamaConfig(**_SIZE, tie_word_embeddings=True, attention_bias=True, mlp_bias=True),
    "mistral": lambda: MistralConfig(**_SIZE, sliding_window=6),
    "qwen2": lambda: Qwen2Config(**_SIZE),
    "qwen2-window": lambda: Qwen2Config(**_SIZE, use_sliding_window=True, sliding_window=6, max_window_layers=1),
    "qwen3": lambda: Qwen3Config(**_SIZE, head_dim=16, tie_word_embeddings=True),
}


def save_tiny(name: str, directory: Path, *, shard: bool = False) -> PreTrainedModel:
    """Make a model of that family, write it with tokenizer and template, and return it for comparison."""
    torch.manual_seed(sum(name.encode()))
    model: PreTrainedModel = Auto.from_config(CONFIGS[name](), dtype=torch.float32).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            # Biases and norms start as constants; random ones show a bias forgotten or a norm misplaced.
            if parameter.dim() == 1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
            else:
                parameter.mul_(6.0)
    model.save_pretrained(directory, max_shard_size="20KB" if shard else "1GB")
    _save_tokenizer(directory)
    return model


def _save_tokenizer(directory: Path) -> None:
    """One token a byte: every character outside ASCII is split over tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={char: at for at, char in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<eos>", "<user>", "<assistant>"])
    tokenizer.save(str(directory / "tokenizer.json"))
    config = {"eos_token": "<eos>", "chat_template": CHAT_TEMPLATE}
    (directory / "tokenizer_config.json").write_text(json.dumps(config))
