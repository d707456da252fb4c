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
import unicodedata
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

import ed25519

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
DAY = timedelta(days=1)


class NotProven(Exception):
    """What is not proven is worth nothing: treat it as no answer at all.

    `code` says why: not_signed or not_mine of an answer; not_a_license_file, wrong_signature, other_machine,
    clock_behind or expired of a file.
    """

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Refused(Exception):
    """The service refused the request itself; `retry_after` is in seconds when it asks to wait."""

    def __init__(self, status, code, message, retry_after=None):
        super().__init__(message)
        self.status, self.code, self.retry_after = status, code, retry_after


def canonical_key(typed):
    """The key as it was mailed, however it was typed; None when it cannot be one."""
    key = re.sub("[^0-9A-Za-z]", "", unicodedata.normalize("NFKC", typed)).upper()
    values = [ALPHABET.find(character) for character in key]
    if len(values) != 25 or -1 in values:
        return None
    check = sum(value * (index + 1) for index, value in enumerate(values[:24])) % 31
    return "-".join(re.findall(".{5}", key)) if check == values[24] else None


UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]"
)
BLANKS = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
AROUND = "".join(map(chr, [*range(0x21), *range(0x7F, 0xA0), 0x2028, 0x2029]))
QUOTES = '"\u00ab\u00bb\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a'
HYPHENS = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")


def canonical_hwid(raw):
    """The identifier as the service keeps and compares it, and as a file is sealed for it."""
    hwid = BLANKS.sub(" ", UNSEEN.sub("", raw)).strip(AROUND)
    if len(hwid) > 1 and hwid[0] in QUOTES and hwid[-1] in QUOTES:
        hwid = hwid.strip(QUOTES + AROUND)
    bare = HYPHENS.sub("-", hwid).upper()
    if bare[:1] + bare[-1:] in ("{}", "()"):
        bare = bare[1:-1]
    return bare if re.fullmatch("[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", bare) else hwid


def text_of(raw):
    """The text of a file, whatever an editor or a shell saved it as: UTF-8, with a byte order mark or not, or UTF-16."""
    if raw[:2] == b"\xfe\xff" or (raw[:1] == b"\0" and raw[1:2] != b"\0"):
        encoding = "utf-16-be"
    elif raw[:2] == b"\xff\xfe" or (raw[:1] != b"\0" and raw[1:2] == b"\0"):
        encoding = "utf-16-le"
    else:
        encoding = "utf-8"
    return raw.decode(encoding, errors="replace").lstrip("\ufeff")


def _read(path):
    with open(path, "rb") as file:
        return text_of(file.read())


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


def _send(url, question, session=None):
    headers = {"content-type": "application/json"}
    if session:
        headers["authorization"] = f"Bearer {session}"
    request = urllib.request.Request(url, json.dumps(question).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read(), response.headers
    except urllib.error.HTTPError as error:
        try:
            refusal = json.loads(error.read())
        except ValueError:
            refusal = {"code": f"http_{error.code}", "message": "No answer of the service"}
        wait = error.headers.get("retry-after")
        raise Refused(error.code, refusal["code"], refusal["message"], int(wait) if wait else None) from None


def check_license(url, keys, license_key=None, hwid=None, client_version=None, os=None, session=None):
    """Asks whether this machine may run and returns the answer, proven. Raises NotProven, Refused, or URLError.

    A `session` of our staff stands for key and machine.
    """
    nonce = secrets.token_urlsafe(16)
    question = {"license_key": license_key, "hwid": hwid, "client_version": client_version, "os": os, "nonce": nonce}
    body, headers = _send(url, {"nonce": nonce} if session else question, session)
    # The bytes as they came: parsing and writing them again would not give the same.
    if not _is_signed(body, headers.get("x-signature", ""), keys, headers.get("x-key-id", "")):
        raise NotProven("not_signed", "The answer is not signed by a key we know")
    answer = json.loads(body)
    if answer["nonce"] != nonce:
        raise NotProven("not_mine", "The answer belongs to another question")
    return answer


def open_session(url, address, hwid):
    """What opens `whatautosys://session#…` on the PC of our staff: redeems the address, once and within a minute.

    Returns {session, expires_at, banner}: keep the session in memory only, and show the banner as long as it lasts.
    """
    found = re.fullmatch(r"whatautosys://session/?#(wao_[0-9a-f]+)", address)
    if not found:
        raise ValueError("This is no address of a session")
    return json.loads(_send(url, {"token": found.group(1), "hwid": hwid})[0])


def _check_in_session(url, keys, address, hwid):
    opened = open_session(re.sub("license-check$", "client-session", url), address, hwid)
    return {**check_license(url, keys, session=opened["session"]), "banner": opened["banner"]}


def prove_license_file(text, keys):
    """The sealed part of a license.key, once its signature is proven."""
    found = re.search(r"-----BEGIN LICENSE FILE-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END LICENSE FILE-----", text)
    try:
        envelope = json.loads(base64.b64decode(found.group(1))) if found else {}
    except ValueError:
        envelope = {}
    if not isinstance(envelope, dict) or envelope.get("alg") != "aes-256-gcm+ed25519":
        raise NotProven("not_a_license_file", "The file is not a licence, or of a later kind")
    if not isinstance(envelope.get("enc"), str) or not isinstance(envelope.get("sig"), str):
        raise NotProven("not_a_license_file", "The file is not a licence")
    if not _is_signed(f"license/{envelope['enc']}".encode(), envelope["sig"], keys):
        raise NotProven("wrong_signature", "The file is not signed by a key we know")
    return envelope["enc"]


def open_license_file(text, keys, license_key, hwid, now=None):
    """Opens a license.key without network: {license, entitlements, meta}, proven and in force. Raises NotProven."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    ciphertext, iv, tag = (base64.b64decode(part) for part in prove_license_file(text, keys).split("."))
    key = hashlib.sha256((license_key + canonical_hwid(hwid)).encode()).digest()
    try:
        contents = json.loads(AESGCM(key).decrypt(iv, ciphertext + tag, None))
    except InvalidTag:
        raise NotProven("other_machine", "The file belongs to another licence or another machine") from None
    now = now or datetime.now(timezone.utc)
    if now < _instant(contents["meta"]["issued"]) - DAY:
        raise NotProven("clock_behind", "The clock of this machine is behind")
    if now >= _instant(contents["meta"]["expiry"]):
        raise NotProven("expired", "The file has expired")
    return contents


def main(command, target, keys_path, typed, hwid, at=None):
    """`check URL KEYS.json LICENCE HWID`, `session URL KEYS.json ADDRESS HWID` or `file license.key KEYS.json LICENCE HWID [INSTANT]`."""
    keys = json.loads(_read(keys_path))["keys"]
    license_key = canonical_key(typed)
    if not license_key and command != "session":
        return {"valid": False, "error": "not_a_key"}
    try:
        if command == "session":
            return _check_in_session(target, keys, typed, hwid)
        if command == "check":
            return check_license(target, keys, license_key, hwid)
        text = _read(target)
        return {"valid": True, **open_license_file(text, keys, license_key, hwid, _instant(at) if at else None)}
    except ModuleNotFoundError:
        prove_license_file(text, keys)
        return {"valid": False, "error": "cannot_open", "message": "Proven, but opening needs: pip install cryptography"}
    except NotProven as error:
        return {"valid": False, "error": "not_proven", "reason": error.code, "message": str(error)}
    except Refused as error:
        return {"valid": False, "error": error.code, "retry_after": error.retry_after}
    except OSError as error:
        return {"valid": False, "error": "unreachable", "message": str(error)}


if __name__ == "__main__":
    result = main(*sys.argv[1:])
    print(json.dumps(result, ensure_ascii=False))
    sys.exit(0 if result["valid"] else 1)
