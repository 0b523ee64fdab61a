"""Routes of test sets and evaluations, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.knowledge.api import evaluation

urlpatterns: list[URLPattern] = [
    path("datasets/<uuid:dataset_id>/cases", evaluation.CasesView.as_view()),
    path("datasets/<uuid:dataset_id>/cases/delete", evaluation.CasesDeleteView.as_view()),
    path("datasets/<uuid:dataset_id>/cases/expect", evaluation.CasesExpectView.as_view()),
    path("datasets/<uuid:dataset_id>/cases/from-log", evaluation.CasesFromLogView.as_view()),
    path("datasets/<uuid:dataset_id>/cases/import", evaluation.CasesImportView.as_view()),
    path("datasets/<uuid:dataset_id>/cases/export", evaluation.CasesExportView.as_view()),
    path("datasets/<uuid:dataset_id>/cases/generate", evaluation.CasesGenerateView.as_view()),
    path("cases/<uuid:case_id>", evaluation.CaseView.as_view()),
    path("datasets/<uuid:dataset_id>/evaluations", evaluation.EvaluationsView.as_view()),
    path("datasets/<uuid:dataset_id>/evaluations/history", evaluation.EvaluationHistoryView.as_view()),
    path("evaluations/<uuid:evaluation_id>", evaluation.EvaluationView.as_view()),
    path("evaluations/<uuid:evaluation_id>/cancel", evaluation.EvaluationCancelView.as_view()),
    path("evaluations/<uuid:evaluation_id>/resume", evaluation.EvaluationResumeView.as_view()),
    path("evaluations/<uuid:evaluation_id>/apply", evaluation.EvaluationApplyView.as_view()),
    path("evaluations/<uuid:evaluation_id>/outcomes", evaluation.EvaluationOutcomesView.as_view()),
    path("evaluations/<uuid:evaluation_id>/comparison", evaluation.EvaluationComparisonView.as_view()),
    path("datasets/<uuid:dataset_id>/queries", evaluation.QueriesView.as_view()),
]
