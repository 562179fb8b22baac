"""AWS's signature (SigV4) as botocore makes it, and nothing else of botocore: no request is sent by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_SERVICE = "connect"


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs: an access key with its secret, and the token that such a key has which ends."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must appear in no text."""
        return tuple(filter(None, (self.secret_key, self.token)))


def signed(keys: Keys, method: str, url: str, body: bytes, *, region: str, at: datetime) -> dict[str, str]:
    """Give the headers that a request is sent with; `at` is in UTC, and the signature good for 5 minutes around it."""
    headers = {"X-Amz-Date": at.strftime("%Y%m%dT%H%M%SZ")}
    if body:
        headers["Content-Type"] = "application/json"
    if keys.token:
        headers["X-Amz-Security-Token"] = keys.token
    return {**headers, "Authorization": authorization(keys, method, url, body, headers, region=region)}


def authorization(keys: Keys, method: str, url: str, body: bytes, headers: Mapping[str, str], *, region: str) -> str:
    """Sign a request with these headers and its host; X-Amz-Date is one of them, and says when."""
    request = AWSRequest(method=method, url=url, data=body, headers=dict(headers))
    request.context["timestamp"] = request.headers["X-Amz-Date"]
    by = SigV4Auth(keys, _SERVICE, region)
    signature = by.signature(by.string_to_sign(request, by.canonical_request(request)), request)
    names = by.signed_headers(by.headers_to_sign(request))
    return f"AWS4-HMAC-SHA256 Credential={by.scope(request)}, SignedHeaders={names}, Signature={signature}"
