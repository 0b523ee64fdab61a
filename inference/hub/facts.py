"""How large a model is: parameters by what is done with them, and what its cache holds of a token.

Counted from its description alone; knows no files and no machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from inference.models.spec import DecoderSpec, LatentSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Numbers of parameters are exact, but for biases of experts' routers."""

    family: str
    context: int
    """Positions, prompt and answer together."""
    stored: str
    """How a checkpoint holds the layers' matrices: bf16, fp16, fp32, fp8, awq or gptq."""
    dense: int
    """Parameters of the matrices that every token passes, in all layers."""
    experts: int
    """Parameters of the experts that a router chooses from; 0: none."""
    chosen: int
    """Of `experts`, those that compute one token."""
    words: int
    """Parameters of the table of words."""
    head: int
    """Parameters of the head; 0 where the table of words is the head."""
    small: int
    """Norms and biases."""
    kv_numbers: int
    """What the cache holds of one token, in all layers."""

    @property
    def parameters(self) -> int:
        return self.dense + self.experts + self.words + self.head + self.small

    @property
    def active_parameters(self) -> int:
        return self.parameters - self.experts + self.chosen


def facts(spec: DecoderSpec) -> Facts:
    """Count what `spec` describes."""
    mixture = spec.experts
    n_sparse = sum(mixture.sparse) if mixture else 0
    dense = (
        spec.n_layers * _attention(spec) + (spec.n_layers - n_sparse) * 3 * spec.hidden_size * spec.intermediate_size
    )
    experts = chosen = 0
    if mixture is not None:
        one = 3 * spec.hidden_size * mixture.intermediate_size
        experts, chosen = n_sparse * mixture.n_experts * one, n_sparse * mixture.n_chosen * one
        dense += n_sparse * spec.hidden_size * (mixture.n_experts + 3 * mixture.shared_size)
    words = spec.vocab_size * spec.hidden_size
    return Facts(
        family=spec.family,
        context=spec.max_positions,
        stored=spec.stored.method if spec.stored else _SHORT.get(spec.dtype, spec.dtype),
        dense=dense,
        experts=experts,
        chosen=chosen,
        words=words,
        head=0 if spec.tied else words,
        small=_small(spec),
        kv_numbers=spec.n_layers * (spec.latent.width if spec.latent else 2 * spec.n_kv_heads * spec.head_dim),
    )


_SHORT = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32"}


def _attention(spec: DecoderSpec) -> int:
    if spec.latent is not None:
        return _latent(spec, spec.latent)
    return 2 * spec.hidden_size * spec.head_dim * (spec.n_heads + spec.n_kv_heads)


def _latent(spec: DecoderSpec, latent: LatentSpec) -> int:
    n_queries = spec.n_heads * (latent.plain_dim + latent.rotary_dim)
    rank = latent.query_rank
    queries = rank * (spec.hidden_size + n_queries) if rank else spec.hidden_size * n_queries
    expanded = latent.rank * spec.n_heads * (latent.plain_dim + latent.value_dim)
    return queries + spec.hidden_size * latent.width + expanded + spec.n_heads * latent.value_dim * spec.hidden_size


def _small(spec: DecoderSpec) -> int:
    each = 2 * spec.hidden_size
    if spec.latent is not None:
        each += spec.latent.rank + (spec.latent.query_rank or 0)
    else:
        each += spec.head_dim * (spec.n_heads + 2 * spec.n_kv_heads) if spec.qkv_bias else 0
        each += 2 * spec.head_dim if spec.qk_norm else 0
    each += spec.hidden_size if spec.output_bias else 0
    each += 2 * spec.intermediate_size + spec.hidden_size if spec.mlp_bias else 0
    return spec.n_layers * each + spec.hidden_size
