"""Why a backup was not made or not restored: stable codes for programs, a Chinese sentence for who runs them."""

from __future__ import annotations

from app.errors import AppError


class BackupFailed(AppError):
    """Nothing was replaced. The note, where there is one, has the detail."""

    status = 409


class NotEmpty(BackupFailed):
    code, title = (
        "not_empty",
        "目标文件夹不是空的。备份请换一个新文件夹；恢复请确认后加 FORCE=1（旧数据会保留在一旁）。",
    )


class ServiceRunning(BackupFailed):
    code, title = "service_running", "服务正在运行，恢复前请先停止所有服务进程。"


class NoBackup(BackupFailed):
    code, title = "no_backup", "这里没有完整的备份（缺少可读的 manifest.json），请检查 FROM= 给出的路径。"


class Damaged(BackupFailed):
    code, title = "damaged", "备份已损坏或被改动，没有恢复任何内容，请换一份备份。"


class WrongPassphrase(BackupFailed):
    code = "wrong_passphrase"
    title = "备份口令不对，或清单被改动：请检查 WENDA_BACKUP__PASSPHRASE 后重试。"


class PassphraseNeeded(BackupFailed):
    code, title = "passphrase_needed", "这份备份是加密的，请用 WENDA_BACKUP__PASSPHRASE 给出备份口令。"


class WeakPassphrase(BackupFailed):
    code, title = "weak_passphrase", "备份口令太短，请至少用 12 个字符。"


class NewerBackup(BackupFailed):
    code, title = "newer_backup", "这份备份来自更新的版本，请先升级稳答再恢复。"


class OtherDatabase(BackupFailed):
    code = "other_database"
    title = "备份的数据库种类（SQLite 或 PostgreSQL）与当前设置不同，请修改 WENDA_DATABASE__URL 后重试。"


class OtherIndex(BackupFailed):
    code = "other_index"
    title = "备份里没有 Qdrant 服务能直接使用的索引，请先不设 WENDA_QDRANT__URL 恢复，再重新收录文件。"


class BrokenChain(BackupFailed):
    code, title = "broken_chain", "备份中的审计记录无法通过校验，没有恢复任何内容，请换一份备份并通知审计负责人。"


class RecordsNotRestored(BackupFailed):
    code = "records_not_restored"
    title = "数据库无法恢复，原有数据未改动：请检查数据库、权限（需要能建库）和 pg_restore 后重试。"


class ServiceRefused(BackupFailed):
    code, title = "service_refused", "运行中的服务没有完成备份，请检查 WENDA_URL 和管理员令牌 WENDA_TOKEN 后重试。"


def because(failure: AppError, cause: str) -> AppError:
    failure.add_note(cause)
    return failure
