"""What a sentence-transformers directory says beside its weights: pooling, normalisation, prompts, longest text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inference.errors import ModelLoadError
from inference.kernels.reference.pool import Pooling
from inference.loader import read_json, read_json_list

_POOLINGS: dict[str, Pooling] = {
    "mean": "mean", "cls": "first", "lasttoken": "last",
    "pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "first", "pooling_mode_lasttoken": "last",
}  # fmt: skip
"""By `pooling_mode`, and by the switches of older directories."""


@dataclass(frozen=True, slots=True)
class SentenceFormat:
    pooling: Pooling
    normalise: bool
    prompts: dict[str, str]
    """Words put before a text, by the name of its use, such as `query`."""
    default_prompt: str | None
    max_tokens: int | None
    """None: as many as the model has positions."""


def sentence_format(directory: Path) -> SentenceFormat:
    """Read the directory; a bare encoder is pooled by mean and normalised. Raises ModelLoadError for what would be
    computed wrongly.
    """
    prompts = read_json(directory, "config_sentence_transformers.json", required=False)
    model = read_json(directory, "sentence_bert_config.json", required=False)
    if "message" in (model.get("modality_config") or {}):
        raise ModelLoadError(
            "unsupported_model",
            f"{directory}/sentence_bert_config.json puts texts into chat messages; choose a model for plain text.",
        )
    tokenizer = read_json(directory, "tokenizer_config.json", required=False)
    longest = model.get("max_seq_length") or tokenizer.get("model_max_length")
    pooling, normalise = _heads(directory)
    return SentenceFormat(
        pooling=pooling,
        normalise=normalise,
        prompts=prompts.get("prompts") or {},
        default_prompt=prompts.get("default_prompt_name"),
        max_tokens=int(longest) if longest else None,
    )


def module_names(directory: Path) -> dict[str, Path]:
    """The directories of the modules that `modules.json` lists, by the last word of their types; {} without one."""
    if not (directory / "modules.json").is_file():
        return {}
    modules = read_json_list(directory, "modules.json")
    return {str(module["type"]).rpartition(".")[2]: directory / str(module["path"]) for module in modules}


def _heads(directory: Path) -> tuple[Pooling, bool]:
    modules = module_names(directory)
    if not modules:
        return "mean", True
    unknown = [name for name in modules if name not in ("Transformer", "Pooling", "Normalize")]
    if unknown:
        raise ModelLoadError(
            "unsupported_model",
            f"{directory}/modules.json uses {unknown[0]!r}; known: Transformer, Pooling, Normalize.",
        )
    return _pooling(modules.get("Pooling", directory / "1_Pooling")), "Normalize" in modules


def _pooling(directory: Path) -> Pooling:
    config = read_json(directory, "config.json", required=False)
    if config.get("include_prompt") is False:
        raise ModelLoadError(
            "unsupported_model", f"{directory}/config.json pools without the prompt's tokens; choose another model."
        )
    named = config.get("pooling_mode")
    switched = [key for key, on in config.items() if key.startswith("pooling_mode_") and on is True]
    chosen = [str(named)] if named else switched
    if not chosen:
        return "mean"
    if len(chosen) > 1 or chosen[0] not in _POOLINGS:
        raise ModelLoadError(
            "unsupported_model",
            f"{directory}/config.json pools by {', '.join(chosen)}; known: mean, cls and lasttoken.",
        )
    return _POOLINGS[chosen[0]]
