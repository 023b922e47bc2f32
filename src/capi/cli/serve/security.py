"""Who may ask for what: the key, the signature over the exact bytes sent, and the time window.

Source: facts, section 1.4. The payload is query and body joined without `&`, less the signature, which must come last.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import unquote

from capi.cli.serve.errors import WireError
from capi.cli.serve.params import Params
from capi.core.value import record

Access = Literal["open", "key", "signed"]

KEY_HEADER: Final = "X-MBX-APIKEY"
RECV_WINDOW_MS: Final = 5_000
RECV_WINDOW_MS_MAX: Final = 60_000
AHEAD_MS_MAX: Final = 1_000
_SIGNATURE: Final = "signature="


@record
class Credentials:
    """The one account's key and secret; with an RSA public key (PEM), signatures are checked against that instead."""

    key: str = "paper"
    secret: str = "paper"  # noqa: S105 -- well known on purpose: it opens a simulated account on this machine
    rsa_public_pem: str | None = None


def authorise(
    access: Access, headers: Mapping[str, str], query: str, body: str, params: Params, credentials: Credentials
) -> None:
    """Refuse what the key or the signature does not allow. Raises WireError -2014, -2015, -1102, -1022."""
    if access == "open":
        return
    key = headers.get(KEY_HEADER)
    if not key:
        raise WireError(-2014, "API-key format invalid.", 401)
    if not hmac.compare_digest(
        key.encode(errors="surrogateescape"), credentials.key.encode()
    ):  # a header holds any bytes
        raise WireError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
    if access == "key":
        return
    params.needed_integer("timestamp")
    params.text("signature")
    if not _signed_rightly(query, body, credentials):
        raise WireError(-1022, "Signature for this request is not valid.")


def check_time(params: Params, now_ms: int) -> None:
    """Refuse a signed request that is too old or from the future. Raises WireError -1021, -1131."""
    timestamp, window = params.needed_integer("timestamp"), params.integer("recvWindow")
    if window is None:
        window = RECV_WINDOW_MS
    if window > RECV_WINDOW_MS_MAX:
        raise WireError(-1131, f"recvWindow must be less than {RECV_WINDOW_MS_MAX}.")
    if timestamp >= now_ms + AHEAD_MS_MAX:
        raise WireError(-1021, f"Timestamp for this request was {AHEAD_MS_MAX}ms ahead of the server's time.")
    if now_ms - timestamp > window:
        raise WireError(-1021, "Timestamp for this request is outside of the recvWindow.")


def _signed_rightly(query: str, body: str, credentials: Credentials) -> bool:
    (query, in_query), (body, in_body) = _split(query), _split(body)
    signature = in_query if in_query is not None else in_body
    if signature is None:
        return False
    payload = f"{query}{body}".encode()
    if credentials.rsa_public_pem is not None:
        return _rsa(payload, signature, credentials.rsa_public_pem)
    wanted = hmac.new(credentials.secret.encode(), payload, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.lower().encode())


def _split(part: str) -> tuple[str, str | None]:
    """Return a query or body without the signature at its end, and the signature."""
    before, _, last = part.rpartition("&")
    return (before, unquote(last.removeprefix(_SIGNATURE))) if last.startswith(_SIGNATURE) else (part, None)


def _rsa(payload: bytes, signature: str, public_pem: str) -> bool:
    from Crypto.Hash import SHA256
    from Crypto.PublicKey import RSA
    from Crypto.Signature import pkcs1_15

    try:
        pkcs1_15.new(RSA.import_key(public_pem)).verify(SHA256.new(payload), base64.b64decode(signature, validate=True))
    except (ValueError, binascii.Error):
        return False
    return True
