"""What the outcomes of an evaluation come to. Reads rows, writes none."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.knowledge.evaluation import comparison, cutoffs, metrics, selection, statistics
from apps.knowledge.evaluation.comparison import Measured
from apps.knowledge.models import Evaluation, EvaluationKind, Outcome, Reason


def of(evaluation_id: UUID) -> dict[str, Any]:
    row = Evaluation.objects.get(id=evaluation_id)
    notes = [{"code": code, "message": message} for code, message in row.settings.get("notes", {}).items()]
    match row.kind:
        case EvaluationKind.GENERATE:
            return {"made": row.done, **row.settings.get("tally", {})}
        case EvaluationKind.SEARCH:
            return {**_search(row), "notes": notes}
        case EvaluationKind.COMPARE:
            first, second = (_outcomes(row, variant) for variant in (0, 1))
            return {
                "variants": [_summary(first), _summary(second)],
                "comparison": comparison.compare(_measured(first), _measured(second)),
                "notes": notes,
            }
    outcomes = _outcomes(row, 0)
    return {**_summary(outcomes), **_against(row, outcomes), "notes": notes}


def previous_run(row: Evaluation) -> Evaluation | None:
    """The last run before this one, with the settings that the dataset itself had, that ended well."""
    runs = Evaluation.objects.filter(
        dataset_id=row.dataset_id, kind=EvaluationKind.RUN, settings__variants__0__changes={}, result__isnull=False
    )
    return runs.filter(created_at__lt=row.created_at).order_by("-created_at").first()


def compared(before: Evaluation, after: Evaluation) -> dict[str, Any]:
    """Two runs, each with the first of its variants."""
    return comparison.compare(_measured(_outcomes(before, 0)), _measured(_outcomes(after, 0)))


def _against(row: Evaluation, outcomes: list[Outcome]) -> dict[str, Any]:
    """How this run stands beside the last one; an alarm when the dataset's change made it surely worse."""
    before = previous_run(row)
    if before is None:
        return {"against": None, "alarm": None}
    beside = comparison.compare(_measured(_outcomes(before, 0)), _measured(outcomes))
    against = {"evaluation_id": str(before.id), **beside}
    fallen = [name for name in (metrics.NDCG, metrics.RECALL) if comparison.is_loss(beside["metrics"][name])]
    if row.reason != Reason.CHANGE or not fallen:
        return {"against": against, "alarm": None}
    alarm = {
        "metrics": {name: beside["metrics"][name] for name in fallen},
        "cases": beside["worse"],
        "case_count": beside["worse_count"],
        "before": {"evaluation_id": str(before.id), "revision": before.revision},
        "settings_changed": _key(before) != _key(row),
    }
    return {"against": against, "alarm": alarm}


def _search(row: Evaluation) -> dict[str, Any]:
    variants = row.settings["variants"]
    by_variant = [{each.case_id: each for each in _outcomes(row, index)} for index in range(len(variants))]
    # a case that was deleted or changed meanwhile has not been asked of all
    shared = [
        case_id
        for case_id, outcome in by_variant[0].items()
        if all(case_id in each and each[case_id].digest == outcome.digest for each in by_variant)
    ]
    table = [[each[case_id] for case_id in shared] for each in by_variant]
    scores = [metrics.column([outcome.scores for outcome in column], metrics.NDCG) for column in table]
    costs = [statistics.mean([outcome.n_chars for outcome in column]) for column in table]
    groups = [outcome.found[0]["document_id"] for outcome in table[0]]
    choice = selection.choose(scores, costs, groups)
    about = len(set(groups))
    enough = len(shared) >= selection.MIN_CASES and about >= selection.MIN_DOCUMENTS
    advised = choice.best if enough and choice.is_worth_it else 0
    rows = [{"found": each.found, "hits": each.hits} for each in table[advised]]
    return {
        "cases": len(shared),
        "documents": about,
        "needed": {"cases": selection.MIN_CASES, "documents": selection.MIN_DOCUMENTS},
        "variants": [
            {**_summary(column), "beside_first": comparison.difference_shape(statistics.compare(scores[0], scores[i]))}
            for i, column in enumerate(table)
        ],
        "best": choice.best,
        "advised": advised,
        "verdict": _verdict(choice, enough),
        "gain": comparison.difference_shape(choice.gain),
        "folds": choice.folds,
        "depths": _advising(cutoffs.depths(rows), enough),
        "thresholds": _advising(cutoffs.thresholds(rows), enough),
    }


def _advising(cut: dict[str, Any], enough: bool) -> dict[str, Any]:
    """A handful of questions that lose nothing says next to nothing about others."""
    return cut if enough else {**cut, "advised": None}


def _verdict(choice: selection.Choice, enough: bool) -> str:
    """gain | not_significant | already_best | too_few_cases"""
    if not enough:
        return "too_few_cases"
    if choice.best == 0:
        return "already_best"
    return "gain" if choice.is_worth_it else "not_significant"


def _summary(outcomes: list[Outcome]) -> dict[str, Any]:
    times = [float(each.elapsed_ms) for each in outcomes]
    return {
        "cases": len(outcomes),
        "metrics": comparison.summary([each.scores for each in outcomes]),
        "chars": round(statistics.mean([each.n_chars for each in outcomes])),
        "elapsed_ms": {"p50": statistics.percentile(times, 0.5), "p95": statistics.percentile(times, 0.95)},
    }


def _outcomes(row: Evaluation, variant: int) -> list[Outcome]:
    return list(Outcome.objects.filter(evaluation=row, variant=variant).order_by("case_id"))


def _measured(outcomes: list[Outcome]) -> list[Measured]:
    return [
        Measured(each.case_id, each.digest, each.question, each.scores, [found["rank"] for found in each.found])
        for each in outcomes
    ]


def _key(row: Evaluation) -> str:
    return str(row.settings["variants"][0]["key"])
