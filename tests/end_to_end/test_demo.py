"""``interlock demo``, as a user runs it: everything happened, or the exit code says so."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from interlock.demo.peers import Peers, Reads
from interlock.demo.scenario import READS, Outcome, Scenario
from interlock.gateway.choices import Mode, Protection

TIME_LIMIT = 60


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command; the machine's own libraries decide about colours, so none."""
    return subprocess.run(
        [sys.executable, "-m", "interlock.cli.main", "demo", *arguments],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )


def run_of(*arguments: str) -> dict[str, Any]:
    """The one run of a demonstration in one mode."""
    done = demo("--json", *arguments)
    assert done.returncode == 0, done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    assert isinstance(run, dict)
    return run


@pytest.mark.requires("pyiec61850")
@pytest.mark.parametrize("protection", ["ae", "cbc", "clear"])
def test_native_mode_with_libiec61850(protection: str) -> None:
    run = run_of("--mode", "native", "--protection", protection, "--peers", "libiec61850")
    assert run["reads"] == {"expected": READS, "succeeded": READS}
    assert run["failures"] == []
    assert run["rekeys"] >= 1
    assert run["released"]
    assert run["tls"].startswith("TLSv1.3 ")
    check_envpdus(run["envpdus"], protection)


def check_envpdus(envpdus: list[dict[str, Any]], protection: str) -> None:
    """A handshake, transfers under the protection asked for, a release; clauses everywhere."""
    names = [envpdu["secpdu"] for envpdu in envpdus]
    transfer = "ClearTransfer" if protection == "clear" else "EncrTransfer"
    assert names[:2] == ["HandshakeReq", "HandshakeAcc"]
    assert names[-2:] == ["ReleaseReq", "ReleaseRsp"]
    assert set(names[2:-2]) == {transfer}
    suites = {envpdu["protection"] for envpdu in envpdus[2:-2]}
    assert suites == {
        {
            "ae": "aes128-GCM",
            "cbc": "aes128-CBC + hmacWithSHA256",
            "clear": "hmacWithSHA256",
        }[protection]
    }
    notes = {note for envpdu in envpdus for note in envpdu["notes"]}
    assert {"rekey", "changedKey"} <= notes
    for envpdu in envpdus:
        assert all(row["clause"] for row in envpdu["sent_by"] + envpdu["received_by"])
        assert envpdu["sent_by"]
        assert envpdu["received_by"]


@pytest.mark.requires("pyiec61850")
def test_compatibility_mode_with_libiec61850() -> None:
    run = run_of("--mode", "compat", "--peers", "libiec61850", "--no-tls")
    assert run["reads"] == {"expected": READS, "succeeded": READS}
    assert (run["failures"], run["released"], run["tls"]) == ([], True, None)
    assert run["added_octets_per_read"] == 0  # the A-profile does not protect data
    assert [e["carrier"] for e in run["envpdus"][:2]] == ["AARQ", "AARE"]
    assert run["envpdus"][0]["protection"] == "A-profile (time signed)"


def test_table_of_both_modes_with_the_built_in_peers() -> None:
    done = demo("--peers", "builtin")
    assert done.returncode == 0, done.stderr
    titles = [line for line in done.stdout.splitlines() if " mode, " in line]
    assert titles == [
        "compat mode, over TLS: built-in plain MMS client and server",
        "native mode, protection ae, over TLS: built-in plain MMS client and server",
    ]
    assert done.stdout.count(f"{READS} of {READS} reads") == 2
    assert "HandshakeReq" in done.stdout
    assert "NC-02 13.3.2" in done.stdout


def test_unknown_option_values_are_usage_errors() -> None:
    assert demo("--mode", "2007").returncode == 2


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"reads": Reads(READS, READS - 1)}, "1 reads failed"),
        ({"rekeys": 0}, "keys were not changed"),
        ({"is_released": False}, "the association was not released in order"),
    ],
)
def test_what_did_not_happen_is_a_failure(changes: dict[str, Any], failure: str) -> None:
    sound: dict[str, Any] = {
        "scenario": Scenario(Mode.NATIVE, Protection.AE, Peers.BUILTIN, True, True),
        "reads": Reads(READS, READS),
        "exchanges": (),
        "rekeys": 1,
        "is_released": True,
        "tls": "",
    }
    assert Outcome(**sound).failures == []
    assert Outcome(**(sound | changes)).failures == [failure]
