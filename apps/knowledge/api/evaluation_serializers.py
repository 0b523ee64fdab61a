"""What the evaluation API takes in. What it gives is in `evaluation.shapes`:

case        {id, dataset_id, question, expected: [{document_id, document_name|null, quote, grade}],
             source: hand|log|model|feedback, is_enabled,
             last: {evaluation_id, ranks: [n|null], scores: {metric: value}} | null, created_at, updated_at}
evaluation  {id, dataset_id, kind: run|compare|search|generate, reason: hand|change,
             status: waiting|running|done|failed|cancelled, done, total, revision,
             settings: {variants: [{retrieval, changes, key}]}, error|null, alarm|null, created_at, started_at,
             finished_at, eta_s}; the detail has `result` too
result      run:      {cases, metrics: {name: {mean, low, high}}, chars, elapsed_ms: {p50, p95},
                      against: {evaluation_id, … comparison} | null,
                      alarm: {metrics, cases, case_count, before, settings_changed} | null, notes}
            compare:  {variants: [run, run], comparison, notes}
            search:   {cases, documents: that they are about, needed: {cases, documents}: for a verdict,
                      variants: [run + beside_first], best, advised: 0 where there is no gain,
                      verdict: gain|not_significant|already_best|too_few_cases, gain: {difference, low, high, p},
                      folds, depths: {lines: [{top_k, recall, precision, chars}], advised|null},
                      thresholds: {lines: [{threshold, …}], advised|null}, notes}
            generate: {made, and why passages gave no case: none, unreadable, too_long, about_the_text, copied,
                      quote_not_found}
comparison  {cases, metrics: {name: {before, after, difference, low, high, p}}, worse, worse_count, better,
             better_count}, a changed case being {case_id, question, before: {ranks, ndcg@10}, after: {…}}
outcome     {case_id, variant, question, found: [expected + rank|null],
             hits: [{score, relevant, chars, chunk_id?, document_id?, document_name?, text?}], scores, chars,
             elapsed_ms}
history     {items: [{key, retrieval, is_current,
             points: [{evaluation_id, at, revision, reason, cases, metrics, has_alarm}]}]}
query       {id, text, origin: test|app|api|tool, top_score|null, hit_count, elapsed_ms, has_case, created_at}

Metrics are ndcg@10, recall@5, recall@10, precision@5, mrr@10 and hit@1; intervals are 95 %. On the dataset's topic come
{"type": "evaluation", "evaluation"}, {"type": "evaluation_removed", "evaluation_id"} and {"type": "evaluation_alarm",
"evaluation_id", "alarm"}.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.knowledge.evaluation.cases import MAX_QUESTION, MAX_QUOTE
from apps.knowledge.evaluation.generation import MAX_COUNT
from apps.knowledge.evaluation.importing import Report
from apps.knowledge.models import CaseSource, EvaluationKind


class ExpectedIn(serializers.Serializer[Any]):
    """A chunk, whose text becomes the quote; or a document, and a quote of it or "" for any of its passages."""

    chunk_id = serializers.UUIDField(required=False, allow_null=True)
    document_id = serializers.UUIDField(required=False, allow_null=True)
    quote = serializers.CharField(max_length=MAX_QUOTE, required=False, allow_blank=True)
    grade = serializers.IntegerField(min_value=1, max_value=100, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("chunk_id") and not attrs.get("document_id"):
            raise serializers.ValidationError("Name a chunk or a document.")
        return attrs


class CaseIn(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=MAX_QUESTION)
    expected = ExpectedIn(many=True, required=False)
    is_enabled = serializers.BooleanField(required=False)


class CasesIn(serializers.Serializer[Any]):
    # declared fields leave the class, so this hides no attribute of it
    source = serializers.ChoiceField(CaseSource.choices, required=False)  # type: ignore[assignment]
    enabled = serializers.BooleanField(required=False, allow_null=True, default=None)
    text = serializers.CharField(max_length=200, required=False)


class IdsIn(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=5000)


class ExpectIn(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=MAX_QUESTION)
    chunk_id = serializers.UUIDField()


class ExportIn(serializers.Serializer[Any]):
    """`qrels` is a zip of queries.jsonl and qrels.tsv."""

    form = serializers.ChoiceField(["csv", "questions", "qrels"], default="csv")


class GenerateIn(serializers.Serializer[Any]):
    provider = serializers.CharField(max_length=60)
    model = serializers.CharField(max_length=200)
    count = serializers.IntegerField(min_value=1, max_value=MAX_COUNT, default=20)


class EvaluationIn(serializers.Serializer[Any]):
    """`retrieval` changes the dataset's settings for this evaluation; `second` is the other side of a comparison."""

    kind = serializers.ChoiceField(
        [EvaluationKind.RUN, EvaluationKind.COMPARE, EvaluationKind.SEARCH], default=EvaluationKind.RUN
    )
    retrieval = serializers.DictField(required=False, allow_null=True)
    second = serializers.DictField(required=False, allow_null=True)


class ApplyIn(serializers.Serializer[Any]):
    """Without `variant` what a search advises; `changes` are settings on top, such as an advised `top_k`."""

    variant = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)
    changes = serializers.DictField(required=False, allow_null=True, default=None)


class OutcomesIn(serializers.Serializer[Any]):
    variant = serializers.IntegerField(min_value=0, max_value=1000, default=0)


class ComparisonIn(serializers.Serializer[Any]):
    other = serializers.UUIDField()


class QueriesIn(serializers.Serializer[Any]):
    origin = serializers.ChoiceField(["test", "app", "api", "tool"], required=False)
    unanswered = serializers.BooleanField(required=False, default=False)
    text = serializers.CharField(max_length=200, required=False)


def report_out(report: Report) -> dict[str, Any]:
    skipped = [
        {"line": each.line, "question": each.question, "code": each.code, "message": each.message}
        for each in report.skipped_rows
    ]
    return {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "skipped": report.skipped,
        "skipped_rows": skipped,
    }
