"""Compares answers of `todo api` and of the peer, then walks to a far page: same.py API_PORT PEER_PORT TOKEN_FILE TASKS.

Prints the number of the far page and its cursor. Status 1 when an answer is wrong."""

import datetime as dt
import http.client
import json
import re
import sys
import urllib.parse

INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
VOLATILE = {"id", "created_at", "updated_at", "completed_at", "next_cursor", "warnings"}
DRAFT = {
    "title": "Prepare the budget report", "description": "For the meeting", "priority": "P2", "tags": ["tag02", "tag01"],
    "due": {"local": "2027-02-10T09:00:00", "zone": "Europe/Berlin"}, "reminders": [{"minutes_before": 30}]}


class Service:
    def __init__(self, port: str, token: str):
        self.connection = http.client.HTTPConnection("127.0.0.1", int(port))
        self.headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    def ask(self, method: str, path: str, body=None):
        self.connection.request(method, path, body and json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text)


def plain(value, dropped=frozenset()):
    """The value without what differs between two runs of the same request, and instants in one form."""
    if isinstance(value, dict):
        return {key: plain(item, dropped) for key, item in value.items() if key not in dropped}
    if isinstance(value, list):
        return [plain(item, dropped) for item in value]
    if isinstance(value, str) and INSTANT.match(value):
        return dt.datetime.fromisoformat(value).timestamp()
    return value


def equal(what: str, ours, peers, dropped=frozenset()):
    ours, peers = plain(ours, dropped), plain(peers, dropped)
    if ours != peers:
        sys.exit(f"{what} differs:\nours:  {json.dumps(ours)[:3000]}\npeer:  {json.dumps(peers)[:3000]}")


def far_page(service: Service, tasks: int) -> tuple[int, str]:
    """Page 5,000 of 10 tasks each, or the last but one."""
    wanted = min(5000, tasks // 100 - 1)
    cursor, rows = "", 0
    while rows < (wanted - 1) * 10:
        limit = min(100, (wanted - 1) * 10 - rows)
        parameters = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = service.ask("GET", "/v1/tasks?" + urllib.parse.urlencode(parameters))
        cursor, rows = page["next_cursor"], rows + limit
    return wanted, cursor


def main():
    api_port, peer_port, token_file, tasks = sys.argv[1:]
    token = open(token_file).read().strip()
    api, peer = Service(api_port, token), Service(peer_port, token)
    for path in ["/v1/tasks?limit=20", "/v1/tasks?limit=10&search=budget+review"]:
        ours, peers = api.ask("GET", path), peer.ask("GET", path)
        if len(ours["items"]) < 10:
            sys.exit(f"{path} has only {len(ours['items'])} tasks")
        equal(path, ours, peers, {"next_cursor"})
    one = f"/v1/tasks/{ours['items'][0]['id']}"
    equal(one, api.ask("GET", one), peer.ask("GET", one))
    equal("create", api.ask("POST", "/v1/tasks", DRAFT), peer.ask("POST", "/v1/tasks", DRAFT), VOLATILE)
    created = [api.ask("POST", "/v1/tasks", DRAFT)["id"] for _ in range(2)]
    done = [service.ask("POST", f"/v1/tasks/{id}/complete") for service, id in zip([api, peer], created)]
    equal("complete", *done, VOLATILE)
    print(*far_page(api, int(tasks)), sep="\n")


main()
