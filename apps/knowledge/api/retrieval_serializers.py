"""What the search views take in and give back.

A search answers {items, funnel, settings, elapsed_ms}; the last but one with every setting that applied, `funnel` null
unless `explain` is true.

An item: {chunk_id, document_id, document_name, dataset_id, dataset_name, position, headings, page, boxes, start, end,
content, answer, kind, score, score_method, scores, metadata, source, children, also}. `score` is 0 to 1; its
`score_method` is cosine, terms, fused, relevance or external. `scores` has {score, rank} by stage: vector (cosine),
lexical (BM25, no upper bound), external, fused (share of the best), rerank. `kind` is passage, pair or parent;
`children` are the parts of a parent that were found (places with content and score), `also` other places with the same
text. `boxes` are [{page, x0, y0, x1, y1}] as shares of the page.

The funnel: {steps: [{name, in, out, ms, details}], notes: [{code, message}], ms}. Steps, in order, where they took
part: choice, questions {question, variants, passages}, filter {given, by_model}, lexical and vector {depth, best,
cutoff, cached, query_vectors_cached, models, wordings}, external, live, fusion {method, in_both, strength: {terms,
vector, external}, weights: [{dataset_id, name, script, vector_weight, why: method|set|read|unknown, right, of}]},
merge, rerank {provider, model, cached}, threshold {least}, diversity {moved}, per_document {most}, neighbours {reach},
top_k {most}, budget {most}. `in` is null where passages begin. Notes tell what was done without.

A verdict (why-not): {stage, score, cutoff, rank, other_chunk_id, scores, details}. Stages: shown, document_disabled,
document_archived, disabled, filter {conditions: [{name, operator, value, found}]}, not_indexed, no_terms
{missing_words, weight}, depth {depth, cutoffs, similarity, weight: as in the funnel, with the model}, duplicate,
parent, neighbour (of `other_chunk_id`), threshold, per_document, top_k, budget, gone.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.knowledge.search.settings import MAX_TOP_K

MAX_DATASETS = 20


class RetrieveIn(serializers.Serializer[Any]):
    """`settings` go over the dataset's own for this search alone; `top_k` and `score_threshold` are short for two of
    them. `filter` is {logical: and|or, conditions: [{name, operator, value}]}. `history` is a conversation before the
    question, as [{role, content}]."""

    query = serializers.CharField(max_length=8000)
    top_k = serializers.IntegerField(min_value=1, max_value=MAX_TOP_K, required=False)
    score_threshold = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)
    settings = serializers.DictField(required=False)
    filter = serializers.DictField(required=False, allow_null=True)
    history = serializers.ListField(child=serializers.DictField(), required=False, max_length=50)
    explain = serializers.BooleanField(default=False)


class RetrieveManyIn(RetrieveIn):
    dataset_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MAX_DATASETS)


class WhyNotIn(RetrieveIn):
    """The same search as the retrieval test's, and the passage that is missed."""

    chunk_id = serializers.UUIDField()
