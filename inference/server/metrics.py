"""What the server counts, in a registry of its own.

Knows the names of the metrics and nothing of where they are raised.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """One instance a server, so that two servers in one process keep separate books."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self.requests = Counter("weft_requests", "Requests answered", ["endpoint", "status"], registry=registry)
        self.request_seconds = Histogram(
            "weft_request_seconds",
            "Time from first byte in to last byte out",
            ["endpoint"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge("weft_requests_in_flight", "Requests being answered", registry=registry)
        self.disconnects = Counter(
            "weft_client_disconnects", "Requests whose client went away", ["endpoint"], registry=registry
        )
        self.prompt_tokens = Counter("weft_prompt_tokens", "Prompt tokens accepted", ["model"], registry=registry)
        self.generation_tokens = Counter("weft_generation_tokens", "Tokens generated", ["model"], registry=registry)
        self.first_token_seconds = Histogram(
            "weft_time_to_first_token_seconds", "Time to the first text", ["model"], buckets=_SECONDS, registry=registry
        )
        self.embedded_texts = Counter("weft_embedded_texts", "Texts embedded", ["model"], registry=registry)
        self.running = Gauge("weft_sequences_running", "Sequences that hold KV pages", registry=registry)
        self.waiting = Gauge("weft_sequences_waiting", "Sequences queued for KV pages", registry=registry)
        self.kv_usage = Gauge("weft_kv_usage_ratio", "KV pages held, of all", registry=registry)
        self.preemptions = Counter("weft_preemptions", "Sequences set back to free their pages", registry=registry)

    def render(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self._registry)
