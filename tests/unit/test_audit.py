"""`make audit`: what counts as an open advisory, and that nothing is set aside without a reason."""

from __future__ import annotations

import pytest

from deploy.audit import KNOWN, LOCKS, REQUIREMENTS, NotAudited, read_known, read_report

_REPORT = {
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {
            "name": "holed",
            "version": "2.0",
            "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1", "GHSA-1"], "fix_versions": ["2.1"], "description": ""}],
        },
    ]
}


def test_an_advisory_is_told_with_all_its_names_and_what_fixes_it() -> None:
    count, (advisory,) = read_report("service", _REPORT)
    assert count == 2
    assert (advisory.package, advisory.version, advisory.fixed) == ("holed", "2.0", ["2.1"])
    assert advisory.ids == ["PYSEC-1", "CVE-1", "GHSA-1"]


def test_a_package_that_could_not_be_looked_up_is_no_clean_audit() -> None:
    with pytest.raises(NotAudited, match="lost"):
        read_report("service", {"dependencies": [{"name": "lost", "skip_reason": "not found"}]})


def test_an_advisory_is_set_aside_only_with_a_reason() -> None:
    assert read_known("# why\n\nCVE-1 only on Windows\n") == {"CVE-1": "only on Windows"}
    with pytest.raises(ValueError, match="reason"):
        read_known("CVE-1\n")
    read_known(KNOWN.read_text(encoding="utf-8"))


def test_every_lock_that_is_audited_is_there_and_pinned_by_hashes() -> None:
    for name in LOCKS:
        assert "--hash=sha256:" in (REQUIREMENTS / f"{name}.lock").read_text(encoding="utf-8"), name
