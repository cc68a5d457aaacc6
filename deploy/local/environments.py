"""Private Python environments in the cache folder, one per lock file: made once, whole, then reused.

Runs on a bare Python (standard library only), since everything else runs inside what it makes. An environment counts
only once its marker file is there; a half-made one is made again. Every package is checked against its pinned hash.

    python3 -m deploy.local.environments dev            prints the environment's python
    python3 -m deploy.local.environments service ocr    the service with its optional part for scans
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
OLDEST = (3, 11)
MARKER = ".complete"


class CannotPrepare(Exception):
    """Something this machine lacks; the message says, in Chinese, what to do about it."""


def cache_dir() -> Path:
    """`WENDA_CACHE_DIR`, else the user's cache folder: the same answer as app.settings, before it can be imported."""
    given = os.environ.get("WENDA_CACHE_DIR")
    return Path(given).expanduser().absolute() if given else Path.home() / ".cache" / "wenda"


@contextmanager
def locked(path: Path, waiting: str) -> Iterator[None]:
    """Holds an exclusive lock on `path`, so that two starts at once make a thing once. Says so when it waits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(waiting, file=sys.stderr, flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def fingerprint(*parts: bytes) -> str:
    """12 hex digits that change with the given bytes, the Python release and the platform."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}{sys.platform}{os.uname().machine}".encode())
    for part in parts:
        digest.update(b"\0")
        digest.update(part)
    return digest.hexdigest()[:12]


def bootstrap(cache: Path) -> Path:
    """The `bin` folder of the environment that holds uv and pip."""
    if sys.version_info < OLDEST:
        raise CannotPrepare(f"需要 Python {OLDEST[0]}.{OLDEST[1]} 或更高版本，当前是 {sys.version.split()[0]}。")
    lock = REQUIREMENTS / "bootstrap.lock"
    folder = cache / "envs" / f"bootstrap-{fingerprint(lock.read_bytes())}"
    if (folder / MARKER).exists():
        return folder / "bin"
    with locked(folder.with_suffix(".lock"), "另一个进程正在准备安装工具，请稍候……"):
        if not (folder / MARKER).exists():
            _say("准备安装工具（uv）……")
            shutil.rmtree(folder, ignore_errors=True)
            try:
                venv.create(folder, with_pip=True)
            except (subprocess.CalledProcessError, SystemExit) as error:
                raise CannotPrepare("无法创建 Python 环境：请先安装 python3-venv，再重试。") from error
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
            run([*pip, "--only-binary=:all:", "-r", str(lock)], "安装 uv 失败：请检查网络或 pip 的镜像设置后重试。")
            (folder / MARKER).touch()
    return folder / "bin"


def made(name: str, cache: Path) -> Path | None:
    """The python of the environment if it is there, whole; nothing is installed."""
    lock = REQUIREMENTS / f"{name}.lock"
    folder = cache / "envs" / f"{name}-{fingerprint(lock.read_bytes())}"
    return folder / "bin" / "python" if (folder / MARKER).exists() else None


def ensure(name: str, cache: Path, *parts: str) -> Path:
    """The python of the environment for `requirements/<name>.lock`; installs it first where it is not there yet.

    parts: further locks on top, pinned to agree with the first.
    """
    locks = [REQUIREMENTS / f"{one}.lock" for one in (name, *parts)]
    name = "-".join((name, *parts))
    folder = cache / "envs" / f"{name}-{fingerprint(*(lock.read_bytes() for lock in locks))}"
    python = folder / "bin" / "python"
    if (folder / MARKER).exists():
        return python
    uv = bootstrap(cache) / "uv"
    with locked(folder.with_suffix(".lock"), f"另一个进程正在安装 {name} 环境，请稍候……"):
        if not (folder / MARKER).exists():
            _say(f"安装 {name} 环境（只需一次）……")
            shutil.rmtree(folder, ignore_errors=True)
            run([str(uv), "venv", "--quiet", "--python", sys.executable, str(folder)], "无法创建 Python 环境。")
            for lock in locks:
                install(uv, python, ["--require-hashes", "-r", str(lock)])
            (folder / MARKER).touch()
    return python


def install(uv: Path, python: Path, what: list[str]) -> None:
    """Installs into an environment with uv, which shows its own progress."""
    failed = "安装依赖失败：请检查网络后重试；已下载的部分不会重复下载。"
    run([str(uv), "pip", "install", "--python", str(python), *what], failed)


def run(command: list[str], failed: str) -> None:
    """Runs to the end with everything it prints going to stderr; raises CannotPrepare with `failed`."""
    # A bank's network often has a certificate authority of its own, which only the system knows.
    environment = {"UV_SYSTEM_CERTS": "true"} | os.environ
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment, check=False)
    if done.returncode != 0:
        raise CannotPrepare(failed)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    try:
        print(ensure(sys.argv[1], cache_dir(), *sys.argv[2:]))
    except CannotPrepare as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
