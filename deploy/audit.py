"""Known vulnerabilities in what is locked: `make audit`, or python -m deploy.audit [LOCK …] for some of the locks.

pip-audit asks the package index about every locked release. An advisory that does not concern us is named in
requirements/audit_known.txt with the reason; exit 1 for every other one, and for an audit that could not be made.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements"
KNOWN = REQUIREMENTS / "audit_known.txt"
LOCKS = ("service", "ocr", "ray", "eval", "dev", "bootstrap")


@dataclass(frozen=True)
class Advisory:
    """ids: all its names (PYSEC, CVE, GHSA). fixed: releases that have it no more."""

    lock: str
    package: str
    version: str
    ids: Sequence[str]
    fixed: Sequence[str]


class NotAudited(Exception):
    """The tool gave no answer; the message is its own."""


def main(names: Sequence[str]) -> int:
    known = read_known(KNOWN.read_text(encoding="utf-8"))
    open_, failed = 0, False
    for name in names or LOCKS:
        try:
            packages, advisories = read_report(name, _ask(REQUIREMENTS / f"{name}.lock"))
        except NotAudited as failure:
            sys.stderr.write(f"{name}.lock 没有查成：{failure}\n请检查网络后重试。\n")
            failed = True
            continue
        sys.stdout.write(f"{name}.lock: {packages} packages, {len(advisories)} advisories\n")
        for advisory in advisories:
            reason = next((known[one] for one in advisory.ids if one in known), "")
            open_ += not reason
            fixed = f"fixed in {', '.join(advisory.fixed)}" if advisory.fixed else "no fix yet"
            sys.stdout.write(
                f"  {advisory.package} {advisory.version}: {' '.join(advisory.ids)} ({fixed}) {reason or '<-- open'}\n"
            )
    return 1 if open_ or failed else 0


def read_known(text: str) -> Mapping[str, str]:
    """Lines of `ID reason`; lines that begin with # and empty ones say nothing. Raises ValueError without a reason."""
    known: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, reason = line.partition(" ")
        if not reason.strip():
            raise ValueError(f"{name}: an advisory is set aside only with a reason")
        known[name] = reason.strip()
    return known


def read_report(lock: str, report: Mapping[str, Any]) -> tuple[int, list[Advisory]]:
    """How many packages were looked up, and what was found. Raises NotAudited when some were skipped."""
    packages: Iterable[Mapping[str, Any]] = report["dependencies"]
    skipped = [str(one["name"]) for one in packages if "skip_reason" in one]
    if skipped:
        raise NotAudited(f"skipped: {', '.join(skipped)}")
    found = [
        Advisory(lock, one["name"], one["version"], [two["id"], *two.get("aliases", ())], two["fix_versions"])
        for one in packages
        for two in one["vulns"]
    ]
    return len(list(packages)), found


def _ask(lock: Path) -> dict[str, Any]:
    """--disable-pip: the lock is whole and pinned, so nothing is resolved or installed to look it up."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    done = subprocess.run([*command, "--format", "json", "-r", str(lock)], capture_output=True, text=True, check=False)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise NotAudited(done.stderr.strip()[-500:]) from error
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
