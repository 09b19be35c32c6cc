"""Objects in a bucket, by boto3."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from json import JSONDecodeError
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from server.errors import Unavailable
from server.storage import (
    CHUNK,
    Hashing,
    ObjectMissing,
    StorageFull,
    StorageRefused,
    Stored,
    anybody,
    attachment,
    check_key,
    full_disk,
    opened_source,
)

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LINK_SECONDS = 15 * 60
"""How long a signed address works."""
PART = 16 * 2**20
"""Bytes of one part of a large object: ten thousand parts are 160 GiB."""


def s3_client(*, endpoint: str, region: str, keys: tuple[str, str] | None) -> S3Client:
    """A client: Signature v4, path addressing, checksums only where required, which works on every store we tried.

    Without keys it uses the identity that the machine has.
    """
    import boto3
    from botocore.config import Config

    client: S3Client = boto3.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region,
        aws_access_key_id=keys[0] if keys else None,
        aws_secret_access_key=keys[1] if keys else None,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"max_attempts": 4, "mode": "standard"},
            connect_timeout=5,
            read_timeout=60,
        ),
    )
    return client


class S3Storage:
    """Objects of one bucket. `public_endpoint` is where browsers reach the same store; empty: nowhere."""

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str = "",
        endpoint: str = "",
        public_endpoint: str = "",
        region: str = "us-east-1",
        keys: tuple[str, str] | None = None,
        cache: Path,
    ) -> None:
        self.bucket = bucket
        self.prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self.cache = cache
        self.wanted: Callable[[str], None] = anybody
        self._client = s3_client(endpoint=endpoint, region=region, keys=keys)
        # The host is part of a signature: an address for browsers is signed for the host that they reach.
        self._public = s3_client(endpoint=public_endpoint, region=region, keys=keys) if public_endpoint else None

    def _name(self, key: str) -> str:
        return self.prefix + check_key(key)

    def put(self, key: str, source: Path | IO[bytes] | bytes) -> Stored:
        from boto3.s3.transfer import TransferConfig

        name = self._name(key)
        self.wanted(key)
        parts = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4)
        with opened_source(source) as opened, s3_errors(key):
            hashing = Hashing(opened)
            # boto3 sends large bodies in parts and gives them up on an error, so no partial object appears.
            self._client.upload_fileobj(hashing, self.bucket, name, Config=parts)  # type: ignore[arg-type]
        return Stored(key, hashing.size, datetime.now(UTC), hashing.sha256)

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        name = self._name(key)
        if stop is not None and stop <= start:
            self.stat(key)
            return iter(())
        with s3_errors(key):
            if start == 0 and stop is None:
                answer = self._client.get_object(Bucket=self.bucket, Key=name)
                return self._pieces(key, answer["Body"], 0, None)
            asked = f"bytes={start}-" + ("" if stop is None else str(stop - 1))
            answer = self._client.get_object(Bucket=self.bucket, Key=name, Range=asked)
        # A server that ignores the range sends everything, without Content-Range when it sends the whole object.
        whole = "ContentRange" not in answer and answer["ContentLength"] != (stop or -1) - start
        skip = start if whole else 0
        return self._pieces(key, answer["Body"], skip, None if stop is None else stop - start)

    @staticmethod
    def _pieces(key: str, body: Any, skip: int, length: int | None) -> Iterator[bytes]:
        left = length
        try:
            with s3_errors(key):
                while left is None or left > 0:
                    piece = body.read(CHUNK)
                    if not piece:
                        return
                    if skip:
                        cut = min(skip, len(piece))
                        skip -= cut
                        piece = piece[cut:]
                    if left is not None:
                        piece = piece[:left]
                        left -= len(piece)
                    if piece:
                        yield piece
        finally:
            body.close()

    def stat(self, key: str) -> Stored:
        with s3_errors(key):
            head = self._client.head_object(Bucket=self.bucket, Key=self._name(key))
        return Stored(key, head["ContentLength"], head["LastModified"])

    def delete(self, key: str) -> None:
        with s3_errors(key):
            self._client.delete_object(Bucket=self.bucket, Key=self._name(key))

    def list(self, prefix: str = "") -> Iterator[Stored]:
        with s3_errors(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self.prefix + prefix
            )
            for answer in pages:
                for found in answer.get("Contents", []):
                    yield Stored(found["Key"].removeprefix(self.prefix), found["Size"], found["LastModified"])

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        self.cache.mkdir(parents=True, exist_ok=True)
        # The suffix is kept because decoders look at it.
        path = self.cache / (secrets.token_hex(12) + Path(key).suffix)
        try:
            with full_disk(key), path.open("xb") as file:
                for piece in self.read(key):
                    file.write(piece)
            yield path
        finally:
            path.unlink(missing_ok=True)

    def link(self, key: str, *, media_type: str, download_as: str | None = None) -> str | None:
        if self._public is None:
            return None
        asked = {"Bucket": self.bucket, "Key": self._name(key), "ResponseContentType": media_type}
        if download_as is not None:
            asked["ResponseContentDisposition"] = attachment(download_as)
        return self._public.generate_presigned_url("get_object", Params=asked, ExpiresIn=LINK_SECONDS)

    def check(self) -> None:
        try:
            with s3_errors("the bucket"):
                # Not head_bucket: its answer has no body, so it can not say what is wrong.
                told = self._client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)
            if not told.keys() & {"Name", "IsTruncated", "KeyCount"}:
                raise StorageRefused(_NO_STORE.format("VIDGRAIN_S3"))  # a page of something else
        except ObjectMissing as error:
            raise StorageRefused(_NO_STORE.format("VIDGRAIN_S3")) from error

    def sweep(self, before: datetime) -> int:
        swept = 0
        # Some servers answer "no such upload" where there is none.
        with suppress(ObjectMissing), s3_errors("unfinished upload"):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket, Prefix=self.prefix
            )
            begun = [upload for answer in pages for upload in answer.get("Uploads", [])]
            for upload in begun:
                # Some do not filter by the prefix.
                if upload["Key"].startswith(self.prefix) and upload["Initiated"] < before:
                    self._client.abort_multipart_upload(
                        Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
                    swept += 1
        return swept + self._sweep_cache(before)

    def _sweep_cache(self, before: datetime) -> int:
        """Copies that a killed process left on this machine."""
        swept = 0
        for path in self.cache.glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    swept += 1
        return swept


@contextmanager
def s3_errors(key: str, settings: str = "VIDGRAIN_S3") -> Iterator[None]:
    """Turn the library's errors into ours. `settings` is how the names begin of those that may be wrong.

    Never the store's own text: it may carry what the other side chose to say.
    """
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except S3UploadFailedError as error:
        cause = error.__context__
        raise (_said(key, cause, settings) if isinstance(cause, ClientError) else _silent(cause, settings)) from error
    except ClientError as error:
        raise _said(key, error, settings) from error
    except ResponseParserError as error:
        raise StorageRefused(_NO_STORE.format(settings)) from error
    except BotoCoreError as error:
        raise _silent(error, settings) from error
    except JSONDecodeError as error:
        # Stores speak XML: this is the machine's own agent, which should have given out keys.
        raise StorageRefused(_NO_KEYS.format(settings)) from error
    except RuntimeError as error:
        # The library's own word for keys of this machine that were fetched anew and are old all the same.
        if "credentials are still expired" not in str(error):
            raise
        raise StorageRefused(_EXPIRED.format(settings)) from error


_NO_STORE = "What answers is no S3 store: check {0}_ENDPOINT."
_NO_KEYS = "There are no credentials for the object store: set {0}_ACCESS_KEY."
_EXPIRED = "The credentials for the object store have expired: renew {0}_ACCESS_KEY and its secret."
_REGION = "The bucket lies in another region: check {0}_REGION."
_REFUSALS = {
    "AccessDenied": "The object store refused the credentials: check {0}_ACCESS_KEY, its secret, and what it may do.",
    "AuthorizationHeaderMalformed": _REGION,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "IllegalLocationConstraintException": _REGION,
    "NoSuchBucket": "The object store has no such bucket: check {0}_BUCKET.",
    "PermanentRedirect": _REGION,
    "RequestTimeTooSkewed": "This machine's clock differs from the object store's: set it right.",
    "TokenRefreshRequired": _EXPIRED,
}
"""What to do about the codes of S3's error answers."""


def _silent(error: BaseException | None, settings: str) -> Exception:
    from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

    if isinstance(error, NoCredentialsError | CredentialRetrievalError):
        return StorageRefused(_NO_KEYS.format(settings))
    return Unavailable(f"The object store did not answer: try again. Where it never does, check {settings}_ENDPOINT.")


def _said(key: str, error: Any, settings: str) -> Exception:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in ("NoSuchKey", "NotFound", "404") or (status == 404 and code != "NoSuchBucket"):
        return ObjectMissing(f"{key} is not in the storage.")
    if code in _REFUSALS:
        return StorageRefused(_REFUSALS[code].format(settings))
    if status in (401, 403):
        return StorageRefused(_REFUSALS["AccessDenied"].format(settings))
    if status == 507 or code in ("QuotaExceeded", "StorageFull", "XMinioStorageFull"):
        return StorageFull(f"The object store has no space left to store {key}. Nothing was stored.", field="file")
    return _silent(None, settings)
