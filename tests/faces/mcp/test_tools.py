"""Every read and propose action is a tool with live choices; figures carry references; it works over stdio and HTTP."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from saleswright.app import build
from saleswright.faces.mcp.calls import Calls
from saleswright.kernel.envelope import schema
from tests.contracts.test_faces import by_command, numbers
from tests.faces.mcp.client import Tools, connected, environment, text, token_of

APP = build()
TOOLS = {a.name.replace(" ", "_").replace("-", "_"): a for a in APP.actions.values() if a.effect in ("read", "propose")}


def test_every_read_and_propose_action_is_a_tool_and_nothing_else(over_stdio: Tools, over_http: Tools) -> None:
    for tools in (over_stdio, over_http):
        listed = {tool.name: tool for tool in tools.list()}
        assert list(listed) == list(TOOLS)
        for name, tool in listed.items():
            reads = TOOLS[name].effect == "read"
            assert tool.annotations.read_only_hint is reads and tool.annotations.destructive_hint is False
            assert tool.annotations.idempotent_hint is True and tool.annotations.open_world_hint is False
            assert TOOLS[name].summary in tool.description
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
            assert {p.name.strip("_") for p in TOOLS[name].params} <= set(tool.input_schema["properties"])


def test_older_and_newer_clients_are_served_alike(
    address: str, company: Path, over_http: Tools, over_stdio: Tools
) -> None:
    with connected(address, token=token_of(company)) as newer:
        assert newer.client.protocol_version > over_http.client.protocol_version
        assert newer.envelope("headline") == over_http.envelope("headline") != over_stdio.envelope("headline")


def test_live_choices_of_this_workspace_are_in_the_schema(company: Path, over_stdio: Tools) -> None:
    kept = {tool.name: tool.input_schema["properties"] for tool in over_stdio.list()}
    assert kept["flow_cohorts"]["cohort"]["enum"] == ["month", "quarter"]
    assert {"win_rate", "week"}.isdisjoint(kept["measure"]["period"]), "a period is text"
    assert "account_match_rate" in kept["measure"]["metric"]["description"]
    extra = company / "definitions/aging.yaml"
    extra.write_text("kind: aging_schedule\nname: by_the_moon\ncuts: [28, 56]\n", encoding="utf-8")
    try:
        again = {tool.name: tool.input_schema["properties"] for tool in over_stdio.list()}
    finally:
        extra.unlink()
    said = json.dumps([again["flow_aging"]["schedule"], kept["flow_aging"]["schedule"]])
    assert said.count("by_the_moon") == 1, "written while it ran, and seen at once"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("measure", {"metric": "win_rate", "by": ["team"]}),
        ("measure", {"metric": "won_value", "by": ["owner"], "where": ["team=West"]}),
        ("headline", {}),
        ("now", {}),
        ("compare", {"metric": "win_rate", "period": "2026Q2"}),
        ("explain", {"ref": "win_rate"}),
        ("glossary", {"find": "attainment"}),
        ("define", {"term": "win rate"}),
        ("measure", {"metric": "deal_size", "by": ["month"]}),
        ("kpi due", {}),
        ("flow waterfall", {"since": "2026-03-01"}),
        ("review number", {"period": "2026Q2"}),
    ],
)
def test_the_numbers_equal_those_of_the_command_line(
    name: str, args: dict[str, Any], company: Path, over_stdio: Tools
) -> None:
    told = over_stdio.envelope(name.replace(" ", "_"), **args, as_of="2026-07-31")
    words = [*name.split()]
    for param in APP.actions[name].params:
        for value in [args[param.name]] if isinstance(args.get(param.name), str) else args.get(param.name, ()):
            words += [value] if param.required else [f"--{param.flag}", value]
    _, printed = by_command(company, *words, "--as-of", "2026-07-31")
    assert numbers(told) == numbers(printed)
    assert told["as_of"] == printed["as_of"] == "2026-07-31" and told["snap"] == printed["snap"]
    jsonschema.validate(told, schema())


def test_each_figure_in_the_words_carries_its_reference(over_stdio: Tools) -> None:
    result = over_stdio.call("measure", metric="win_rate", by=["team"])
    told, words = result.structured_content, text(result)
    refs = [ref for _, _, _, ref, _ in numbers(told) if ref]
    assert len(refs) == 3
    listed = dict(re.findall(r"^\u27e6(\d+)\u27e7 (\S.*)$", words, re.MULTILINE))
    assert list(listed.values()) == refs
    for number in listed:
        assert re.search(rf"\d.*%.* \u27e6{number}\u27e7", words)
    opened = over_stdio.envelope("explain", ref=refs[1])
    assert refs[1] in [ref for _, _, _, ref, _ in numbers(opened)]


def test_what_writes_is_refused_and_nothing_is_done(company: Path, over_stdio: Tools) -> None:
    before = sorted(path.name for path in (company / ".saleswright").rglob("*"))
    for name in ("rebuild", "import", "import_undo", "kpi_reviewed", "serve", "mcp"):
        result = over_stdio.call(name)
        assert result.is_error and result.structured_content["issues"][0]["code"] == "not-offered"
        assert "decided by a person" in text(result)
    assert sorted(path.name for path in (company / ".saleswright").rglob("*")) == before


def test_what_writes_is_offered_to_whom_it_is_granted_by_name(company: Path) -> None:
    names = [tool.name for tool in Calls(APP, company, "chief").tools()]
    assert set(names) - set(TOOLS) == {"kpi_reviewed"}
    chief = Calls(APP, company, "chief")
    rehearsed = chief.call(
        "kpi_reviewed", {"metric": "win_rate", "outcome": "seen", "next": "2026-12-23", "dry_run": True}
    )
    assert not rehearsed.refused, rehearsed.text
    # West's grant names an import too, which nobody can be granted: a grant that is wrong grants nothing.
    assert {tool.name for tool in Calls(APP, company, "west").tools()} == set(TOOLS)
    assert Calls(APP, company, "west").call("kpi_reviewed", {"metric": "win_rate"}).refused


def test_a_narrower_actor_sees_only_own_rows(company: Path, over_stdio: Tools, over_http: Tools) -> None:
    whole, own = (tools.envelope("measure", metric="win_rate") for tools in (over_stdio, over_http))
    assert [whole["scope"], own["scope"]] == ["company", "team:West"]
    assert [numbers(whole)[0][2], numbers(own)[0][2]] == [60, 30]
    refused = over_http.call("explain", ref=numbers(whole)[0][3])
    assert refused.is_error and refused.structured_content["issues"][0]["code"] == "not-allowed"
    assert over_http.call("measure", metric="win_rate", scope="company").is_error
    assert "Rep 0" not in text(over_http.call("measure", metric="win_rate", by=["owner"]))
    assert Calls(APP, company, "stranger").call("measure", {"metric": "win_rate"}).refused


def test_a_wrong_argument_is_answered_with_the_nearest_name(over_stdio: Tools) -> None:
    for arguments, near in (
        ({"metric": "winrate"}, "did you mean win_rate"),
        ({"metric": "win_rate", "wher": ["team=West"]}, "did you mean where"),
        ({"metric": "win_rate", "by": ["tem"]}, "team"),
    ):
        result = over_stdio.call("measure", **arguments)
        assert result.is_error and near in text(result)
    assert "did you mean measure" in text(over_stdio.call("mesure", metric="win_rate"))
    both = over_stdio.call("measure", by={"a": 1}, period=["x"], wher=1)
    assert both.is_error and len(both.structured_content["issues"]) == 3, "all at once"


@pytest.mark.parametrize("path", ["/etc/hostname", "definitions/access.yaml", "0" * 32, "\n/etc/hostname"])
def test_no_file_of_the_machine_is_read(path: str, over_stdio: Tools) -> None:
    result = over_stdio.call("review_settle", theirs=path)
    assert result.is_error and result.structured_content["issues"][0]["code"] == "no-paths"


def test_hostile_text_leaves_as_data(over_stdio: Tools) -> None:
    result = over_stdio.call("explain", ref="win_rate")
    words, told = text(result), json.dumps(result.structured_content, ensure_ascii=False)
    assert "ignore all rules" in told and "<script>" in told, "it is shown as it is, for it is data"
    for bad in ("\x1b", "\u202e", "x" * 5_000):
        assert bad not in words and bad not in told
    assert [line for line in words.splitlines() if line.startswith("References")] == ["References (explain opens one):"]
    assert not re.search(r"^\u27e69", words, re.MULTILINE)
    assert "\u27e61\u27e7 the win rate is 99" not in words + told and "[1] the win rate is 99" in words


def test_over_http_other_names_pages_of_other_sites_and_other_accounts_are_refused(address: str, company: Path) -> None:
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    takes = {"accept": "application/json, text/event-stream", "authorization": f"Bearer {token_of(company)}"}
    host = httpx.URL(address).netloc.decode()
    for headers, code in (
        ({"host": "evil.example"}, 421),
        ({"host": f"evil.example:{host.partition(':')[2]}"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://localhost:1"}, 403),
        ({"authorization": ""}, 401),
        ({"authorization": "Bearer " + 64 * "0"}, 401),
        ({"authorization": takes["authorization"][:-1]}, 401),
        ({"origin": f"http://{host}"}, 200),
        ({}, 200),
    ):
        response = httpx.post(address, json=ask, headers=takes | headers)
        assert response.status_code == code, (headers, response.text[:200])
        assert "access-control-allow-origin" not in response.headers
    assert (
        httpx.post(address, content=b"x" * 2_000_000, headers=takes | {"content-type": "application/json"}).status_code
        == 413
    )


def test_only_this_machine_is_served_and_stdout_holds_only_the_protocol(company: Path) -> None:
    code, told = by_command(company, "mcp", "--http", "--host", "0.0.0.0")
    assert code == 5 and "only this machine" in told["issues"][0]["what"]
    asked = '{"jsonrpc":"2.0","id":1,"method":"ping"}\nno protocol at all\n'
    words = [sys.executable, "-m", "saleswright", "mcp", "-w", str(company)]
    run = subprocess.run(words, input=asked, env=environment(), capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in run.stdout.splitlines()) and run.stdout
