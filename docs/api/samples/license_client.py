"""A client of the licence service for Python 3.9 or later.

Asking and proving need the standard library alone. Opening a license.key needs AES-256-GCM, which it lacks:
`pip install cryptography`.
"""

import base64
import hashlib
import json
import re
import secrets
import sys
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

import ed25519

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
DAY = timedelta(days=1)


class NotProven(Exception):
    """What is not proven is worth nothing: treat it as no answer at all."""


class Refused(Exception):
    """The service refused the request itself; `retry_after` is in seconds when it asks to wait."""

    def __init__(self, status, code, message, retry_after=None):
        super().__init__(message)
        self.status, self.code, self.retry_after = status, code, retry_after


def canonical_key(typed):
    """The key as it was mailed, however it was typed; None when it cannot be one."""
    key = re.sub(r"[\s\u00a0\-–—_.]", "", typed).upper()
    values = [ALPHABET.find(character) for character in key]
    if len(values) != 25 or -1 in values:
        return None
    check = sum(value * (index + 1) for index, value in enumerate(values[:24])) % 31
    return "-".join(re.findall(".{5}", key)) if check == values[24] else None


def _public_key(jwk):
    return base64.urlsafe_b64decode(jwk["x"] + "=" * (-len(jwk["x"]) % 4))


def _is_signed(message, signature, keys, kid=None):
    """Whether one of the public keys that the program carries made this signature of these bytes."""
    candidates = [jwk for jwk in keys if kid is None or jwk["kid"] == kid]
    try:
        raw = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    return any(ed25519.verify(_public_key(jwk), raw, message) for jwk in candidates)


def _instant(text):
    # Python before 3.11 does not read the Z.
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def check_license(url, keys, license_key, hwid, client_version=None, os=None):
    """Asks whether this machine may run and returns the answer, proven. Raises NotProven, Refused, or URLError."""
    nonce = secrets.token_urlsafe(16)
    question = {"license_key": license_key, "hwid": hwid, "client_version": client_version, "os": os, "nonce": nonce}
    request = urllib.request.Request(
        url, json.dumps(question).encode(), {"content-type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            body, headers = response.read(), response.headers
    except urllib.error.HTTPError as error:
        try:
            refusal = json.loads(error.read())
        except ValueError:
            refusal = {"code": f"http_{error.code}", "message": "No answer of the service"}
        wait = error.headers.get("retry-after")
        raise Refused(error.code, refusal["code"], refusal["message"], int(wait) if wait else None) from None
    # The bytes as they came: parsing and writing them again would not give the same.
    if not _is_signed(body, headers.get("x-signature", ""), keys, headers.get("x-key-id", "")):
        raise NotProven("The answer is not signed by a key we know")
    answer = json.loads(body)
    if answer["nonce"] != nonce:
        raise NotProven("The answer belongs to another question")
    return answer


def prove_license_file(text, keys):
    """The sealed part of a license.key, once its signature is proven."""
    found = re.search(r"-----BEGIN LICENSE FILE-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END LICENSE FILE-----", text)
    try:
        envelope = json.loads(base64.b64decode(found.group(1))) if found else {}
    except ValueError:
        envelope = {}
    if envelope.get("alg") != "aes-256-gcm+ed25519":
        raise NotProven("The file is not a licence, or of a later kind")
    if not _is_signed(f"license/{envelope['enc']}".encode(), envelope["sig"], keys):
        raise NotProven("The file is not signed by a key we know")
    return envelope["enc"]


def open_license_file(text, keys, license_key, hwid, now=None):
    """Opens a license.key without network: {license, entitlements, meta}, proven and in force. Raises NotProven."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    ciphertext, iv, tag = (base64.b64decode(part) for part in prove_license_file(text, keys).split("."))
    key = hashlib.sha256((license_key + hwid).encode()).digest()
    try:
        contents = json.loads(AESGCM(key).decrypt(iv, ciphertext + tag, None))
    except InvalidTag:
        raise NotProven("The file belongs to another licence or another machine") from None
    now = now or datetime.now(timezone.utc)
    if now < _instant(contents["meta"]["issued"]) - DAY:
        raise NotProven("The clock of this machine is behind")
    if now >= _instant(contents["meta"]["expiry"]):
        raise NotProven("The file has expired")
    return contents


def main(command, target, keys_path, typed, hwid, at=None):
    """`check URL KEYS.json LICENCE HWID` or `file license.key KEYS.json LICENCE HWID [INSTANT]`."""
    with open(keys_path, encoding="utf-8") as file:
        keys = json.load(file)["keys"]
    license_key = canonical_key(typed)
    if not license_key:
        return {"valid": False, "error": "not_a_key"}
    try:
        if command == "check":
            return check_license(target, keys, license_key, hwid)
        with open(target, encoding="utf-8") as file:
            text = file.read()
        return {"valid": True, **open_license_file(text, keys, license_key, hwid, _instant(at) if at else None)}
    except ModuleNotFoundError:
        prove_license_file(text, keys)
        return {"valid": False, "error": "cannot_open", "message": "Proven, but opening needs: pip install cryptography"}
    except NotProven as error:
        return {"valid": False, "error": "not_proven", "message": str(error)}
    except Refused as error:
        return {"valid": False, "error": error.code, "retry_after": error.retry_after}
    except OSError as error:
        return {"valid": False, "error": "unreachable", "message": str(error)}


if __name__ == "__main__":
    result = main(*sys.argv[1:])
    print(json.dumps(result, ensure_ascii=False))
    sys.exit(0 if result["valid"] else 1)
