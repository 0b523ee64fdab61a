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
from transformers import (
    DeepseekV2Config,
    DeepseekV3Config,
    LlamaConfig,
    MistralConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen3Config,
    Qwen3MoeConfig,
)

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
_YARN = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 32}
_LINEAR = {"rope_theta": 10000.0, "factor": 3.0}
_EXPERTS = {"moe_intermediate_size": 24, "num_experts_per_tok": 2}
_LATENT = {
    "num_key_value_heads": 4,
    "kv_lora_rank": 16,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 8,
    "v_head_dim": 12,
    "n_routed_experts": 8,
    "n_shared_experts": 2,
    "n_group": 4,
    "topk_group": 2,
    "first_k_dense_replace": 1,
    "routed_scaling_factor": 1.5,
}
_DEEPSEEK = {**_SIZE, **_EXPERTS, **_LATENT}
_STRETCHED = {**_YARN, "mscale": 0.7, "mscale_all_dim": 1.0, "beta_fast": 16, "beta_slow": 2}
CONFIGS: dict[str, Any] = {
    "llama": lambda: LlamaConfig(**_SIZE, rope_parameters=_LLAMA3),
    "llama-tied": lambda: LlamaConfig(**_SIZE, tie_word_embeddings=True, attention_bias=True, mlp_bias=True),
    "mistral": lambda: MistralConfig(**_SIZE, sliding_window=6),
    "qwen2": lambda: Qwen2Config(**_SIZE),
    "qwen2-window": lambda: Qwen2Config(**_SIZE, use_sliding_window=True, sliding_window=6, max_window_layers=1),
    "qwen3": lambda: Qwen3Config(**_SIZE, head_dim=16, tie_word_embeddings=True),
    "qwen3-moe": lambda: Qwen3MoeConfig(
        **_SIZE, **_EXPERTS, head_dim=16, num_experts=8, mlp_only_layers=[1], norm_topk_prob=True
    ),
    "deepseek-v2": lambda: DeepseekV2Config(**_DEEPSEEK, q_lora_rank=None, topk_method="group_limited_greedy"),
    "deepseek-v3": lambda: DeepseekV3Config(**_DEEPSEEK, q_lora_rank=20, rope_parameters=_STRETCHED),
    "llama-linear": lambda: LlamaConfig(**_SIZE, rope_parameters={**_LINEAR, "rope_type": "linear"}),
    "llama-dynamic": lambda: LlamaConfig(**_SIZE, rope_parameters={**_LINEAR, "rope_type": "dynamic"}),
    "llama-yarn": lambda: LlamaConfig(**_SIZE, rope_parameters=_YARN),
    "mistral-plain": lambda: MistralConfig(**_SIZE, sliding_window=None),
    "qwen3-moe-every-other": lambda: Qwen3MoeConfig(
        **_SIZE, **_EXPERTS, head_dim=16, num_experts=8, decoder_sparse_step=2, norm_topk_prob=False
    ),
    "deepseek-v2-greedy": lambda: DeepseekV2Config(
        **_DEEPSEEK, q_lora_rank=20, topk_method="greedy", rope_parameters=_STRETCHED, attention_bias=True
    ),
    "deepseek-v3-plain": lambda: DeepseekV3Config(
        **_DEEPSEEK, q_lora_rank=None, rope_interleave=False, norm_topk_prob=False
    ),
}
FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "qwen3-moe", "deepseek-v2", "deepseek-v3")
"""One of each architecture; the others vary a setting of one of these."""


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
        for name, buffer in model.named_buffers():
            if name.endswith("e_score_correction_bias"):
                buffer.copy_(torch.rand_like(buffer) * 0.3)
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
