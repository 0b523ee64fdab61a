"""Routes of metadata, tags and access, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.knowledge.api import metadata

urlpatterns: list[URLPattern] = [
    path("datasets/<uuid:dataset_id>/metadata", metadata.FieldsView.as_view()),
    path("datasets/<uuid:dataset_id>/metadata/built-in", metadata.BuiltInView.as_view()),
    path("datasets/<uuid:dataset_id>/metadata/values", metadata.ValuesView.as_view()),
    path("datasets/<uuid:dataset_id>/metadata/<uuid:field_id>", metadata.FieldView.as_view()),
    path("datasets/<uuid:dataset_id>/metadata/<uuid:field_id>/values", metadata.FieldValuesView.as_view()),
    path("dataset-tags", metadata.TagsView.as_view()),
    path("dataset-tags/<uuid:tag_id>", metadata.TagView.as_view()),
    path("datasets/<uuid:dataset_id>/tags", metadata.DatasetTagsView.as_view()),
    path("datasets/<uuid:dataset_id>/access", metadata.AccessView.as_view()),
]
