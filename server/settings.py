"""One frozen Settings, read from VIDGRAIN_* variables; built by app, worker and cli, never on import."""

from __future__ import annotations

import os
import secrets
from importlib.metadata import PackageNotFoundError, version
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MIN_SECRET = 32
KNOWN_SECRETS = ("secret", "changeme", "change-me", "default", "vidgrain", "please-change", "password", "insecure")
"""Beginnings that show that an example value was left in place."""

LANES = ("clicks", "track", "ingest", "release", "train", "light")
"""Queues of background work. Clicks never wait behind the others; `light` is quick housekeeping."""

Lane = Literal["clicks", "track", "ingest", "release", "train", "light"]


def program_version() -> str:
    """The installed version."""
    try:
        return version("vidgrain")
    except PackageNotFoundError:
        return "0.0.0"


def _parse_networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


class UnsafeSettings(ValueError):
    """The settings would start a server that anybody can break into, or that loses work."""


def _origin(name: str, text: str) -> tuple[str, str, int]:
    """(scheme, host, port) of the address of a store; UnsafeSettings when it is something else."""
    try:
        parts = urlsplit(text)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = urlsplit(""), 0
    plain = parts.path in ("", "/") and not parts.query and not parts.fragment and "@" not in parts.netloc
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        # The text is not told: it may carry a password.
        raise UnsafeSettings(f"VIDGRAIN_{name.upper()} must be http(s)://host or http(s)://host:port, and no more")
    return parts.scheme, parts.hostname, port


class Settings(BaseSettings):
    """Everything that differs between machines. The field `x` is read from `VIDGRAIN_X`."""

    model_config = SettingsConfigDict(env_prefix="VIDGRAIN_", frozen=True, extra="ignore", env_ignore_empty=True)

    production: bool = False
    """Refuse unsafe settings, mark cookies secure."""
    demo: bool = False
    """Show the demo people's log-ins on the log-in page. Refused in production."""
    data_folder: Path = Path("data")
    """Everything embedded mode keeps: database, objects, secret, worker lock. Also scratch space of jobs."""
    secret: SecretStr | None = None
    """Key of the stored hashes of sessions and tokens. Unset: made once and kept in the data folder."""
    public_url: str = ""
    """Address that browsers use, as `https://annotate.example.org`; cookies are secure when it is https."""

    database_url: str = ""
    """SQLAlchemy address, as `postgresql+psycopg://user:pass@host/name`; empty: SQLite in the data folder."""
    database_pool: int = Field(default=10, ge=1, le=200)
    redis_url: str = ""
    """Empty: jobs run in a child process and events stay in this process. Set: Celery and Redis Streams."""

    s3_bucket: str = ""
    """Empty: objects lie in the data folder."""
    s3_prefix: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
    s3_public_endpoint: str = ""
    """Address of the store that people's browsers reach, as `https://objects.example.org`. Set: files that are
    downloaded come straight from the store, by a signed address; empty: everything goes through this server."""
    s3_allowed_endpoints: str = ""
    """With commas: the only endpoints that the settings may name. Empty: no further check."""

    import_buckets: str = ""
    """With commas: buckets that leads may import from by `s3://bucket/…`. Empty: none."""
    import_s3_endpoint: str = ""
    """Of the store with those buckets; this and the next three empty: the site's own store and keys."""
    import_s3_region: str = "us-east-1"
    import_s3_access_key: SecretStr | None = None
    import_s3_secret_key: SecretStr | None = None
    import_private_hosts: str = ""
    """With commas: `host` or `host:port` that videos may be fetched from although they lie in a private network."""
    webhook_private_hosts: str = ""
    """With commas: `host` or `host:port` that webhooks may be sent to although they lie in a private network, and by
    http too."""
    import_seconds: int = Field(default=6 * 3600, ge=1)
    """Longest fetch of one video from an address."""

    quota_bytes: int | None = Field(default=None, ge=0)
    """Most bytes of source files that the videos of all projects may have together; unset: no limit."""
    project_quota_bytes: int | None = Field(default=None, ge=0)
    """The same for each project that has no limit of its own."""
    collect_after_hours: int = Field(default=48, ge=1)
    """A stored object that no row names is deleted when it was found so for so long. Longer than any job takes."""

    session_hours: int = Field(default=24 * 14, ge=1)
    login_limit: str = "10/minute"
    """Attempts per name and per address, in the notation of the `limits` package."""
    invitation_hours: int = Field(default=72, ge=1)

    max_body_bytes: int = Field(default=8 * 2**20, ge=1024)
    """Largest body of one request: JSON, or one piece of an upload."""
    max_upload_bytes: int = Field(default=20 * 2**30, ge=1024)
    max_pictures: int = Field(default=400_000, ge=1)
    max_side: int = Field(default=8192, ge=16)
    max_seconds: int = Field(default=4 * 3600, ge=1)

    lease_minutes: int = Field(default=30, ge=1)
    """A task comes back to the queue when its holder has not been heard for so long."""

    propagator: Literal["flow", "sam2"] = "flow"
    """What turns prompts into masks: optical flow without weights, or SAM 2."""
    sam2_checkpoint: Path | None = None
    """A checkpoint of SAM 2.1: .pt that holds tensors only, or .safetensors."""
    sam2_config: str = ""
    """The checkpoint's size: tiny, small (when empty), base_plus or large."""
    sam2_image_size: int = 1024
    """Side of the square that SAM 2 sees: 1024, 512 or 256. The smaller, the quicker and the coarser."""
    sam2_compile: bool = False
    """Compile propagation on a GPU: minutes at the first track of a worker, then more frames a second."""
    sam2_session_bytes: int = Field(default=4 * 2**30, ge=0)
    """What idle sessions may hold on the GPU together; the least used go to host memory."""
    device: str = "auto"
    """Where neural parts run: auto, cpu, cuda, cuda:1, mps."""

    metrics_token: SecretStr | None = None
    """Whoever shows it (`Authorization: Bearer …`) may read /api/metrics. Neither this nor the next: nobody may."""
    metrics_from: str = ""
    """With commas: addresses or networks, as `10.0.0.0/8`, that may read /api/metrics without a token. Behind a proxy
    the browser's address counts, so name no network that people come from."""
    start_seconds: float = Field(default=60.0, ge=0)
    """How long a start waits for a database, store or broker that does not answer yet."""

    job_heartbeat_seconds: float = Field(default=5.0, gt=0)
    job_lost_seconds: float = Field(default=30.0, gt=0)
    """A running job whose worker was silent for so long is given to another one."""
    job_backoff_seconds: float = Field(default=5.0, gt=0)
    """Wait before a second attempt; doubled for each further one."""
    job_ring_again_seconds: float = Field(default=15.0, gt=0)
    """A waiting job whose ring no worker came for is rung for again after so long."""
    job_keep_days: float = Field(default=14.0, gt=0)
    """Rows of jobs that ended so long ago are deleted, unless a video, track, release or run still names them."""
    job_keep_failed_days: float = Field(default=90.0, gt=0)
    """The same for jobs that failed."""
    job_stop_seconds: float = Field(default=20.0, ge=0)
    """What the running jobs of a worker that is asked to stop get to end by themselves; then others go on with them."""
    job_modules: str = ""
    """Further Python modules that register kinds of jobs, with commas."""
    embedded_worker: bool = True
    """Without Redis, start the child process that runs jobs. Off where another process does it, and in tests."""
    web_folder: Path = Path(__file__).resolve().parent.parent / "annotator" / "web" / "dist"

    @model_validator(mode="after")
    def _whole_pairs(self) -> Self:
        if (self.s3_access_key is None) != (self.s3_secret_key is None):
            raise ValueError("VIDGRAIN_S3_ACCESS_KEY and VIDGRAIN_S3_SECRET_KEY go together: set both or neither")
        if (self.import_s3_access_key is None) != (self.import_s3_secret_key is None):
            raise ValueError("VIDGRAIN_IMPORT_S3_ACCESS_KEY and VIDGRAIN_IMPORT_S3_SECRET_KEY go together")
        return self

    @field_validator("metrics_from")
    @classmethod
    def _networks(cls, text: str) -> str:
        _parse_networks(text)
        return text

    @property
    def metrics_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks that may read the metrics without a token."""
        return _parse_networks(self.metrics_from)

    @property
    def database(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite:///{self.data_folder.absolute() / 'vidgrain.db'}"

    @property
    def is_sqlite(self) -> bool:
        """True when one file is the database."""
        return self.database.startswith("sqlite")

    @property
    def cookie_secure(self) -> bool:
        """True when browsers only ever see this server over TLS."""
        return self.production or self.public_url.startswith("https://")

    def key(self) -> bytes:
        """The secret's bytes. Makes and keeps one in the data folder when none is set and this is not production."""
        if self.secret is not None:
            return self.secret.get_secret_value().encode()
        if self.production:
            raise UnsafeSettings("VIDGRAIN_SECRET is not set")
        self.data_folder.mkdir(parents=True, exist_ok=True)
        path = self.data_folder / "secret"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_urlsafe(48).encode())
        return path.read_bytes()

    def listed(self, name: str) -> frozenset[str]:
        """The parts of a setting that is a list with commas."""
        return frozenset(part.strip() for part in getattr(self, name).split(",") if part.strip())

    def _check_endpoints(self) -> None:
        allowed = {_origin("s3_allowed_endpoints", text) for text in self.listed("s3_allowed_endpoints")}
        for name in ("s3_endpoint", "s3_public_endpoint", "import_s3_endpoint"):
            text = getattr(self, name)
            if text and _origin(name, text) not in allowed and allowed:
                raise UnsafeSettings(
                    f"VIDGRAIN_{name.upper()} is {text}, which is not in VIDGRAIN_S3_ALLOWED_ENDPOINTS"
                )

        if self.s3_bucket in self.listed("import_buckets") and not self.import_s3_endpoint:
            raise UnsafeSettings(
                "VIDGRAIN_IMPORT_BUCKETS names VIDGRAIN_S3_BUCKET: every lead could read the files of all projects"
            )

    def check(self) -> None:
        """Raise UnsafeSettings where a start would be dangerous. Called by everything that serves or works."""
        self._check_endpoints()
        from server.operations.safety import refuse_unsafe

        refuse_unsafe(self)

    def environment(self) -> dict[str, str]:
        """These settings as VIDGRAIN_* variables, for child processes."""
        values: dict[str, str] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value is None:
                continue
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            if isinstance(value, Path):
                value = value.absolute()
            values[f"VIDGRAIN_{name.upper()}"] = str(value)
        return values
