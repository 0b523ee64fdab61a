"""The lexical index: segments of chunks, each with its postings in pages. `lexical/` knows what the bytes mean."""

from __future__ import annotations

from django.db import models

from apps.knowledge.models.dataset import Dataset


class LexicalSegment(models.Model):
    """Up to 65,536 chunks that were indexed, or merged, together. Nothing of it changes but `deleted`."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="lexical_segments")
    # chunks, and of them those that are not deleted
    size = models.PositiveIntegerField()
    live = models.PositiveIntegerField()
    # a term lies in the page which the first `bits` of its hash name
    bits = models.PositiveSmallIntegerField()
    chunks = models.BinaryField()
    # one bit a chunk; null while there is none
    deleted = models.BinaryField(null=True)


class LexicalPage(models.Model):
    """The terms of a segment whose hashes begin alike, and which chunks have them."""

    pk = models.CompositePrimaryKey("segment_id", "number")
    segment = models.ForeignKey(LexicalSegment, on_delete=models.CASCADE, related_name="pages", db_index=False)
    number = models.IntegerField()
    postings = models.BinaryField()
