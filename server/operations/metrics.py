"""What a monitoring system scrapes: counters of this process, and how the jobs stand, read from the database.

Labels have few values by design: route templates, kinds and lanes; never an id, an address or a name of a person.
"""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from server.db import Database, after_commit, now
from server.jobs import roster
from server.tables.jobs import Job, JobState, Worker

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which the processes of one server add up their counters."""
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
KEPT_SECONDS = 5.0
"""The database is asked at most this often, whoever scrapes."""
WINDOW = timedelta(minutes=15)
"""Waits and durations are those of the jobs that ended within it."""
MOST_JOBS = 2000
"""The newest of these are looked at."""

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
REQUESTS = Counter("vidgrain_requests", "Answered requests.", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "vidgrain_request_seconds",
    "Time until the answer begins.",
    ["method", "route"],
    buckets=BUCKETS,
    registry=REGISTRY,
)
LEASES = Counter("vidgrain_leases", "Tasks that were given to a person.", ["kind"], registry=REGISTRY)
OPERATIONS = Counter("vidgrain_saved_operations", "Operations stored in documents.", ["kind"], registry=REGISTRY)
CONFLICTS = Counter("vidgrain_save_conflicts", "Saves on an older revision, refused.", ["kind"], registry=REGISTRY)
LISTENERS = Gauge(
    "vidgrain_event_listeners",
    "Open streams of server-sent events.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)


def template(scope: Mapping[str, Any]) -> str:
    """The route of a request as it stands in the code, such as `/api/tasks/{task_id}`."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    if not isinstance(path, str):
        return "(none)"
    if path.startswith("/{path"):
        return "(web app)"
    return path if path.startswith("/api") else "/api" + path


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """One request was answered; `seconds` passed until its answer began."""
    method = method if method in METHODS else "OTHER"
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(method, route).observe(seconds)


def count_lease(session: Session, kind: str) -> None:
    """A task of this kind is given to a person when this transaction is durable."""
    after_commit(session, LEASES.labels(kind).inc)


def count_save(session: Session, kind: str, operations: int) -> None:
    """So many operations are stored when this transaction is durable."""
    counter = OPERATIONS.labels(kind)
    after_commit(session, lambda: counter.inc(operations))


def count_conflict(kind: str) -> None:
    """A save was refused because its author had seen an older revision."""
    CONFLICTS.labels(kind).inc()


class Scrape:
    """The answer to a scrape: this server's counters, and the database's standing, kept for a moment."""

    def __init__(self, database: Database, version: str) -> None:
        self._database = database
        self._version = version
        self._lock = threading.Lock()
        self._kept = b""
        self._until = 0.0

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(_own()) + self._standing()

    def _standing(self) -> bytes:
        with self._lock:
            if time.monotonic() >= self._until:
                registry = CollectorRegistry(auto_describe=False)
                registry.register(_Given(self._read()))
                self._kept = generate_latest(registry)
                self._until = time.monotonic() + KEPT_SECONDS
            return self._kept

    def _read(self) -> list[Metric]:
        build = GaugeMetricFamily("vidgrain_build", "This version.", labels=["version"])
        build.add_metric([self._version], 1)
        up = GaugeMetricFamily("vidgrain_database_up", "1 when the database answered this scrape.")
        try:
            with self._database.read() as session:
                found = [*_waiting(session), *_ended(session), *_workers(session)]
        except SQLAlchemyError:
            up.add_metric([], 0)
            return [build, up]
        up.add_metric([], 1)
        return [build, up, *found]


class _Given(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _own() -> CollectorRegistry:
    folder = os.environ.get(SHARED)
    if not folder:
        return REGISTRY
    for left in Path(folder).glob("gauge_live*_*.db"):
        process = left.stem.rpartition("_")[2]
        if process.isdigit() and not Path(f"/proc/{process}").exists():
            mark_process_dead(int(process), folder)  # type: ignore[no-untyped-call]  # the library has no types there
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]  # nor here
    return registry


# The state stands as a literal in the SQL, so that the partial indexes are used.
_DUE = select(Job.lane, func.count(), func.min(Job.run_after)).where(text("jobs.state = 'queued'")).group_by(Job.lane)
_RUNNING = select(Job.lane, func.count()).where(text("jobs.state = 'running'")).group_by(Job.lane)
_ENDED = (
    select(Job.lane, Job.kind, Job.state, Job.attempts, Job.created_at, Job.run_after, Job.started_at, Job.finished_at)
    .order_by(Job.finished_at.desc())
    .limit(MOST_JOBS)
)


def _waiting(session: Session) -> Iterator[Metric]:
    moment = now()
    depth = GaugeMetricFamily("vidgrain_jobs_waiting", "Jobs that are due and not taken.", labels=["lane"])
    oldest = GaugeMetricFamily("vidgrain_jobs_oldest_wait_seconds", "Wait of the oldest due job.", labels=["lane"])
    for lane, count, since in session.execute(_DUE.where(Job.run_after <= moment)):
        depth.add_metric([lane], count)
        oldest.add_metric([lane], max(0.0, (moment - since).total_seconds()))
    running = GaugeMetricFamily("vidgrain_jobs_running", "Jobs that a worker holds.", labels=["lane"])
    for lane, count in session.execute(_RUNNING):
        running.add_metric([lane], count)
    return iter((depth, oldest, running))


def _ended(session: Session) -> Iterator[Metric]:
    minutes = int(WINDOW.total_seconds() // 60)
    waits: dict[tuple[str, str], list[float]] = defaultdict(list)
    runs: dict[tuple[str, str], list[float]] = defaultdict(list)
    ends: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in session.execute(_ENDED.where(Job.finished_at > now() - WINDOW)):
        state: JobState = row.state
        ends[row.lane, row.kind, state.value] += 1
        if row.started_at is None or row.finished_at is None:
            continue
        runs[row.lane, row.kind].append(_span(row.started_at, row.finished_at))
        if row.attempts == 1:  # a later attempt has moved the moment from which it was due
            waits[row.lane, row.kind].append(_span(max(row.created_at, row.run_after), row.started_at))
    ended = GaugeMetricFamily(
        "vidgrain_jobs_ended", f"Jobs that ended in the last {minutes} minutes.", labels=["lane", "kind", "state"]
    )
    for labels, count in sorted(ends.items()):
        ended.add_metric(labels, count)
    return iter(
        (
            ended,
            _quantiles("vidgrain_job_wait_seconds", f"From due to begun, last {minutes} minutes.", waits),
            _quantiles("vidgrain_job_run_seconds", f"From begun to ended, last {minutes} minutes.", runs),
        )
    )


def _span(begin: datetime, end: datetime) -> float:
    return max(0.0, (end - begin).total_seconds())


def _quantiles(name: str, what: str, found: Mapping[tuple[str, str], Sequence[float]]) -> Metric:
    metric = GaugeMetricFamily(name, what, labels=["lane", "kind", "quantile"])
    for (lane, kind), unordered in sorted(found.items()):
        values = sorted(unordered)
        for quantile in (0.5, 0.95, 1.0):
            metric.add_metric([lane, kind, str(quantile)], values[min(len(values) - 1, int(quantile * len(values)))])
    return metric


def _workers(session: Session) -> Iterator[Metric]:
    heard = GaugeMetricFamily("vidgrain_workers", "Workers that were heard lately.", labels=["lane"])
    names = ("host", "gpu", "uuid")
    use = GaugeMetricFamily("vidgrain_gpu_use", "Share of time that the GPU computes, 0 to 1.", labels=names)
    used = GaugeMetricFamily("vidgrain_gpu_memory_used_bytes", "Memory in use of the GPU.", labels=names)
    whole = GaugeMetricFamily("vidgrain_gpu_memory_bytes", "Memory of the GPU.", labels=names)
    lanes: dict[str, int] = defaultdict(int)
    seen: set[tuple[str, str, str]] = set()
    for worker in session.scalars(select(Worker).where(roster.alive())):
        for lane in worker.lanes:
            lanes[lane] += 1
        for index, gpu in enumerate(worker.gpus):
            labels = (worker.host, str(gpu.get("index", index)), str(gpu.get("uuid", "")))
            if labels in seen:  # two workers of one machine tell of the same GPU
                continue
            seen.add(labels)
            for metric, name in ((use, "use"), (used, "memory_used_bytes"), (whole, "memory_bytes")):
                if isinstance(gpu.get(name), int | float):
                    metric.add_metric(labels, gpu[name])
    for lane, count in sorted(lanes.items()):
        heard.add_metric([lane], count)
    return iter((heard, use, used, whole))
