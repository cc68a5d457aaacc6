"""Verify audit chains offline, against checkpoints that were exported before.

    python -m app.audit verify RECORDS --checkpoints FOLDER --key PUBLIC_KEY

RECORDS: a copy of the records (wenda.db, as in a backup) or an SQLAlchemy URL. PUBLIC_KEY: what
`GET /v1/audit/checkpoint` gave as `key`, kept apart from the checkpoints. Exit 1 when anything does not fit.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import create_engine, select
from sqlalchemy.exc import SQLAlchemyError

from app.audit.checkpoints import Checkpoint, Forged, read_checkpoint, verify_against
from app.store.schema import AuditHeadRow, AuditRow


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m app.audit")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify")
    verify.add_argument("records", metavar="RECORDS")
    verify.add_argument("--checkpoints", type=Path, required=True, metavar="FOLDER")
    verify.add_argument("--key", required=True, metavar="PUBLIC_KEY")
    given = parser.parse_args(arguments)
    checkpoints: list[Checkpoint] = []
    for path in sorted(given.checkpoints.glob("*.json")):
        try:
            checkpoints.append(read_checkpoint(path.read_bytes(), given.key))
        except Forged:
            return _say(1, f"检查点 {path.name} 的签名不对，或不是用这把公钥对应的密钥签的。请核对公钥和文件来源。")
    if not checkpoints:
        return _say(1, "没有找到检查点文件（*.json），请检查文件夹。没有检查点时，记录末尾被截断看不出来。")
    try:
        return _verify(given.records, checkpoints)
    except SQLAlchemyError as error:
        return _say(1, f"读不了记录（{type(error).__name__}），请检查路径或数据库地址。")


def _verify(records: str, checkpoints: Sequence[Checkpoint]) -> int:
    if "://" not in records:
        if not Path(records).is_file():
            return _say(1, "没有这个记录文件，请检查路径。")
        records = f"sqlite:///file:{Path(records).absolute()}?mode=ro&uri=true"
    records = records.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(records)
    failed = False
    try:
        with engine.connect() as connection:
            tenants = set(connection.execute(select(AuditHeadRow.tenant).union(select(AuditRow.tenant))).scalars())
            for tenant in sorted(tenants | {checkpoint.tenant for checkpoint in checkpoints}):
                found = verify_against(connection, tenant, checkpoints)
                own = [checkpoint.sequence for checkpoint in checkpoints if checkpoint.tenant == tenant]
                against = f"对照 {len(own)} 个检查点，最后一个在第 {max(own)} 条" if own else "没有它的检查点"
                failed |= not found.ok
                state = "完整" if found.ok else f"不完整：第 {found.first_bad} 条起与当时不符"
                _say(0, f"{tenant}：{found.records} 条，{state}（{against}）")
    finally:
        engine.dispose()
    return int(failed)


def _say(code: int, text: str) -> int:
    (sys.stderr if code else sys.stdout).write(f"{text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
