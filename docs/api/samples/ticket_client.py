"""Writes to support and reads its answers: Python 3.9 or later, the standard library alone."""

import json
import os
import re
import sys
import unicodedata
import urllib.error
import urllib.request
import uuid

from license_client import Refused, canonical_key


def _ask(url, method="GET", headers=None, body=None):
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read()
    except urllib.error.HTTPError as error:
        try:
            refusal = json.loads(error.read())
        except ValueError:
            refusal = {"code": f"http_{error.code}", "message": "No answer of the service"}
        wait = error.headers.get("retry-after")
        raise Refused(error.code, refusal["code"], refusal["message"], int(wait) if wait else None) from None


def plain_name(path):
    """A name the service keeps as it is, so that its answer names our files."""
    name = unicodedata.normalize("NFC", os.path.basename(path))
    stem, ending = os.path.splitext(re.sub(r"[^\w. ()-]", "_", name).strip())
    return stem[:200] + ending[:20] or "file"


def send_message(client, message, files=()):
    """Sends {message, idempotency_key, subject?, ticket_number?} with files (name, bytes), each of a plain name of its
    own, and returns {ticket_number, status} once all of it is there. Raises Refused or OSError: send it again with the
    same key then; only the bytes that are missing travel.
    """
    attachments = [{"name": name, "size": len(content)} for name, content in files]
    body = {"license_key": client["license_key"], "hwid": client["hwid"], **message, "attachments": attachments}
    headers = {"content-type": "application/json"}
    answer = json.loads(_ask(client["url"], "POST", headers, json.dumps(body).encode()))
    uploads = answer.pop("uploads")
    for index, upload in enumerate(uploads):
        # All of them are in our order; of some the name says which.
        content = files[index][1] if len(uploads) == len(files) else dict(files)[upload["name"]]
        _ask(upload["url"], "PUT", {"content-type": "application/octet-stream"}, content)
    return answer


def read_messages(client, after):
    """Page after page of what was said since that cursor: keep `after` of each once you have dealt with it."""
    # A header is bytes: UTF-8, as one character each.
    headers = {"x-license-key": client["license_key"], "x-hwid": client["hwid"].encode().decode("latin-1")}
    has_more = True
    while has_more:
        page = json.loads(_ask(f"{client['url']}?after={after}" if after else client["url"], headers=headers))
        yield page
        after, has_more = page["after"], page["has_more"]


class State:
    """What waits to be sent and how far was read: it survives the program, and a half-written file does not."""

    def __init__(self, path):
        self.path, self.after, self.outbox = path, None, []
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                kept = json.load(file)
            self.after, self.outbox = kept["after"], kept["outbox"]

    def save(self):
        with open(os.open(f"{self.path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({"after": self.after, "outbox": self.outbox}, file)
        os.replace(f"{self.path}.new", self.path)


def _content(path):
    with open(path, "rb") as file:
        return file.read()


def _name_of(paths, index):
    """Two files of one name are told apart."""
    names = [plain_name(path) for path in paths]
    return names[index] if names.index(names[index]) == index else f"{index + 1}-{names[index]}"


def send_outbox(client, state):
    sent = []
    while state.outbox:
        message = dict(state.outbox[0])
        paths = message.pop("paths")
        try:
            files = [(_name_of(paths, index), _content(path)) for index, path in enumerate(paths)]
            sent.append(send_message(client, message, files))
        except Refused as error:
            # What is refused for what it says would be refused for ever, and hold up the rest.
            if error.status >= 500 or error.status == 429:
                raise
            sent.append({"error": error.code, "message": str(error)})
        except FileNotFoundError as error:
            sent.append({"error": "no_such_file", "message": str(error)})
        state.outbox.pop(0)
        state.save()
    return sent


def save_files(said, folder):
    """The files of an answer, saved under names nobody else chose, beside what they are called."""
    saved = []
    for index, attachment in enumerate(said["attachments"]):
        ending = re.search(r"\.[A-Za-z0-9]{1,10}$", attachment["name"])
        path = os.path.join(folder, f"{said['id']}-{index}{ending.group(0) if ending else ''}")
        os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as file:
            file.write(_ask(attachment["url"]))
        saved.append({"name": attachment["name"], "path": path})
    return saved


def read_answers(client, state, folder):
    answers = []
    for page in read_messages(client, state.after):
        for ticket in page["tickets"]:
            for said in (one for one in ticket["messages"] if one["author"] == "support"):
                files = save_files(said, folder)
                told = {"id": said["id"], "ticket_number": ticket["ticket_number"], "body": said["body"]}
                answers.append({**told, "files": files})
        state.after = page["after"]
        state.save()
    return answers


def main(command, url, state_path, typed, hwid, message=None, *paths):
    """`write URL STATE.json LICENCE HWID MESSAGE [FILE...]` or `poll URL STATE.json LICENCE HWID`: each sends what was
    written before and has not been taken yet; files of answers are saved beside STATE.json."""
    license_key = canonical_key(typed)
    if not license_key:
        return {"error": "not_a_key"}
    client = {"url": url, "license_key": license_key, "hwid": hwid}
    state = State(state_path)
    if command == "write":
        state.outbox.append({"message": message, "idempotency_key": str(uuid.uuid4()), "paths": list(paths)})
        state.save()
    try:
        sent = send_outbox(client, state)
        if command == "write":
            return {"sent": sent}
        return {"sent": sent, "answers": read_answers(client, state, os.path.join(os.path.dirname(state_path), "files"))}
    except Refused as error:
        return {"error": error.code, "retry_after": error.retry_after}
    except OSError as error:
        return {"error": "unreachable", "message": str(error)}


if __name__ == "__main__":
    result = main(*sys.argv[1:])
    print(json.dumps(result, ensure_ascii=False))
    sys.exit(1 if "error" in result else 0)
