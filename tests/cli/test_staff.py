"""`regulars staff …`"""

from __future__ import annotations

from tests.cli.conftest import Run


def test_invites_lists_and_lets_go(run: Run) -> None:
    run("db", "upgrade")
    invited = run("staff", "invite", "ann", "--role", "admin")
    assert invited.exit_code == 0
    assert invited.stdout.startswith("/start staff-")
    listed = run("staff", "list")
    assert "ann" in listed.stdout
    assert "not linked yet" in listed.stdout
    assert run("staff", "revoke", "ann").exit_code == 0
    again = run("staff", "revoke", "ann")
    assert (again.exit_code, "Nobody called 'ann'" in again.stderr) == (2, True)


def test_a_bad_role_is_refused(run: Run) -> None:
    run("db", "upgrade")
    refused = run("staff", "invite", "ann", "--role", "boss")
    assert refused.exit_code == 2
    assert "till, staff, admin" in refused.stderr
    assert "Nobody works" in run("staff", "list").stdout
