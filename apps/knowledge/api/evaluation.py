"""A dataset's test set, its evaluations and its query log over HTTP. Translates; decides nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.knowledge import selectors
from apps.knowledge.api import evaluation_serializers as shapes_in
from apps.knowledge.evaluation import cases, importing, services
from apps.knowledge.evaluation.shapes import case_shape, evaluation_shape, names_in, outcome_shape, query_shape
from apps.knowledge.evaluation.transfer import MAX_BYTES
from apps.knowledge.models import Case, Evaluation
from weft.http.errors import invalid
from weft.http.pagination import paginate


class CasesView(APIView):
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = selectors.dataset_by_id(actor_of(request), dataset_id)
        filters = valid(shapes_in.CasesIn, request.query_params)
        rows = cases.cases_of(dataset)
        if filters.get("source"):
            rows = rows.filter(source=filters["source"])
        if filters.get("enabled") is not None:
            rows = rows.filter(is_enabled=filters["enabled"])
        if filters.get("text"):
            rows = rows.filter(question__icontains=filters["text"])
        page = paginate(rows, request.query_params)
        names = names_in(case.expected for case in page.items)
        last = services.last_outcomes(dataset, [case.id for case in page.items])
        return Response(page.render(lambda case: case_shape(case, names, last.get(case.id))))

    def post(self, request: Request, dataset_id: UUID) -> Response:
        data = valid(shapes_in.CaseIn, request.data)
        return Response(_case(cases.create_case(actor_of(request), dataset_id, **data)), status=201)


class CasesDeleteView(APIView):
    def post(self, request: Request, dataset_id: UUID) -> Response:
        ids = valid(shapes_in.IdsIn, request.data)["ids"]
        return Response({"deleted": cases.delete_cases(actor_of(request), dataset_id, ids)})


class CasesExpectView(APIView):
    def post(self, request: Request, dataset_id: UUID) -> Response:
        data = valid(shapes_in.ExpectIn, request.data)
        return Response(_case(cases.expect_also(actor_of(request), dataset_id, **data)))


class CasesFromLogView(APIView):
    def post(self, request: Request, dataset_id: UUID) -> Response:
        ids = valid(shapes_in.IdsIn, request.data)["ids"]
        made = cases.cases_from_log(actor_of(request), dataset_id, ids)
        return Response({"items": [_case(each) for each in made]}, status=201)


class CasesImportView(APIView):
    parser_classes = [MultiPartParser]

    def post(self, request: Request, dataset_id: UUID) -> Response:
        uploads = request.FILES.getlist("file")
        if not 1 <= len(uploads) <= 2:
            raise invalid("file", "Choose one file, or queries.jsonl together with qrels.tsv.", "file_missing")
        files: dict[str, bytes] = {}
        for upload in uploads:
            # one byte more than is read, so that the reader can tell that it is too long
            files[upload.name or ""] = upload.read(MAX_BYTES + 1)
        report = importing.import_cases(actor_of(request), dataset_id, files)
        return Response(shapes_in.report_out(report))


class CasesExportView(APIView):
    def get(self, request: Request, dataset_id: UUID) -> HttpResponse:
        form = valid(shapes_in.ExportIn, request.query_params)["form"]
        name, kind, content = importing.export_cases(actor_of(request), dataset_id, form)
        return HttpResponse(
            content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )


class CasesGenerateView(APIView):
    def post(self, request: Request, dataset_id: UUID) -> Response:
        data = valid(shapes_in.GenerateIn, request.data)
        return Response(evaluation_shape(services.start_generation(actor_of(request), dataset_id, **data)), status=202)


class CaseView(APIView):
    def get(self, request: Request, case_id: UUID) -> Response:
        return Response(_case(cases.case_by_id(actor_of(request), case_id)))

    def patch(self, request: Request, case_id: UUID) -> Response:
        data = valid(shapes_in.CaseIn, request.data, partial=True)
        return Response(_case(cases.update_case(actor_of(request), case_id, **data)))

    def delete(self, request: Request, case_id: UUID) -> Response:
        actor = actor_of(request)
        cases.delete_cases(actor, cases.case_by_id(actor, case_id).dataset_id, [case_id])
        return Response(status=204)


class EvaluationsView(APIView):
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = selectors.dataset_by_id(actor_of(request), dataset_id)
        return Response(paginate(services.evaluations_of(dataset), request.query_params).render(evaluation_shape))

    def post(self, request: Request, dataset_id: UUID) -> Response:
        return Response(evaluation_shape(_start(request, dataset_id)), status=202)


class EvaluationHistoryView(APIView):
    def get(self, request: Request, dataset_id: UUID) -> Response:
        return Response({"items": services.history(actor_of(request), dataset_id)})


class EvaluationView(APIView):
    def get(self, request: Request, evaluation_id: UUID) -> Response:
        row = services.evaluation_by_id(actor_of(request), evaluation_id)
        return Response(evaluation_shape(row, with_result=True))

    def delete(self, request: Request, evaluation_id: UUID) -> Response:
        services.delete_evaluation(actor_of(request), evaluation_id)
        return Response(status=204)


class EvaluationCancelView(APIView):
    def post(self, request: Request, evaluation_id: UUID) -> Response:
        return Response(evaluation_shape(services.cancel(actor_of(request), evaluation_id)))


class EvaluationResumeView(APIView):
    def post(self, request: Request, evaluation_id: UUID) -> Response:
        return Response(evaluation_shape(services.resume(actor_of(request), evaluation_id)))


class EvaluationApplyView(APIView):
    def post(self, request: Request, evaluation_id: UUID) -> Response:
        data = valid(shapes_in.ApplyIn, request.data)
        dataset = services.apply(actor_of(request), evaluation_id, **data)
        return Response({"dataset_id": str(dataset.id), "retrieval": dataset.retrieval, "revision": dataset.revision})


class EvaluationOutcomesView(APIView):
    def get(self, request: Request, evaluation_id: UUID) -> Response:
        row = services.evaluation_by_id(actor_of(request), evaluation_id)
        data = valid(shapes_in.OutcomesIn, request.query_params)
        rows = services.outcomes_of(row, data["variant"])
        page = paginate(rows, request.query_params, order=("id",))
        names = names_in(outcome.found for outcome in page.items)
        return Response(page.render(lambda outcome: outcome_shape(outcome, names)))


class EvaluationComparisonView(APIView):
    def get(self, request: Request, evaluation_id: UUID) -> Response:
        other = valid(shapes_in.ComparisonIn, request.query_params)["other"]
        return Response(services.compare_runs(actor_of(request), evaluation_id, other))


class QueriesView(APIView):
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = selectors.dataset_by_id(actor_of(request), dataset_id)
        filters = valid(shapes_in.QueriesIn, request.query_params)
        rows = services.queries_of(dataset)
        if filters.get("origin"):
            rows = rows.filter(origin=filters["origin"])
        if filters.get("unanswered"):
            rows = rows.filter(hit_count=0)
        if filters.get("text"):
            rows = rows.filter(text__icontains=filters["text"])
        page = paginate(rows, request.query_params)
        texts = [query.text.strip() for query in page.items]
        known = set(cases.cases_of(dataset).filter(question__in=texts).values_list("question", flat=True))
        return Response(page.render(lambda query: query_shape(query, known)))

    def delete(self, request: Request, dataset_id: UUID) -> Response:
        return Response({"deleted": services.forget_queries(actor_of(request), dataset_id)})


def _start(request: Request, dataset_id: UUID) -> Evaluation:
    data = valid(shapes_in.EvaluationIn, request.data)
    actor, retrieval, second = actor_of(request), data.get("retrieval"), data.get("second")
    match data["kind"]:
        case "compare":
            if second is None:
                raise invalid("second", "Say which settings to compare with: {} for the dataset's own.")
            return services.start_comparison(actor, dataset_id, retrieval, second)
        case "search":
            return services.start_search(actor, dataset_id)
    return services.start_run(actor, dataset_id, retrieval)


def _case(case: Case) -> dict[str, Any]:
    last = services.last_outcomes(case.dataset, [case.id])
    return case_shape(case, names_in([case.expected]), last.get(case.id))


def valid(serializer: Any, data: Any, *, partial: bool = False) -> dict[str, Any]:
    checked = serializer(data=data, partial=partial)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)
