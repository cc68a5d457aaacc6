"""Ports for servers that bind them later: until then nobody else on this machine is given the same one by chance."""

from __future__ import annotations

import itertools
import os
import socket
from contextlib import suppress

# The kernel hands out ports from 32768 on to whoever asks for any; eval.bench.processes takes those below 22000.
_LOWEST, _SLICES, _SLICE = 22_000, 10, 1_000


def _untried() -> itertools.chain[int]:
    """Every port of this xdist worker's slice, once, from a place that depends on the process: runs may overlap."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = _LOWEST + worker % _SLICES * _SLICE
    start = first + os.getpid() * 61 % _SLICE
    return itertools.chain(range(start, first + _SLICE), range(first, start))


_ports = _untried()


def free_port() -> int:
    """A port of the loopback that nobody listens on; never the same twice in a process."""
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("every port of this process's slice has been handed out or is taken")
