"""Type-checks the pages with TypeScript, installed once from its lock into the cache folder.

python -m tests.pagecheck
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from deploy.local.environments import MARKER, CannotPrepare, cache_dir, fingerprint, locked, run

FOLDER = Path(__file__).parent
FILES = ("package.json", "package-lock.json")


def compiler(cache: Path) -> Path:
    """The TypeScript compiler's script. Raises CannotPrepare when npm cannot install it."""
    home = cache / "envs" / f"pagecheck-{fingerprint(*((FOLDER / name).read_bytes() for name in FILES))}"
    if not (home / MARKER).exists():
        with locked(home.with_suffix(".lock"), "另一个进程正在安装页面检查工具，请稍候……"):
            if not (home / MARKER).exists():
                shutil.rmtree(home, ignore_errors=True)
                home.mkdir(parents=True)
                for name in FILES:
                    shutil.copy(FOLDER / name, home)
                npm = ["npm", "ci", "--prefix", str(home), "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
                run(npm, "安装页面检查工具失败：请检查网络后重试。")
                (home / MARKER).touch()
    return home / "node_modules" / "typescript" / "bin" / "tsc"


def main() -> int:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        print("page types: skipped, because Node.js and npm are not installed")
        return 0
    try:
        script = compiler(cache_dir())
    except CannotPrepare as error:
        print(error, file=sys.stderr)
        return 1
    result = subprocess.run([node, str(script), "--project", str(FOLDER)], check=False)
    print("page types: " + ("no errors" if result.returncode == 0 else "errors"))
    return result.returncode


if __name__ == "__main__":
    sys.exit(main())
