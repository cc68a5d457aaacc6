"""Answer text from evidence: vLLM on the hot path, verbatim quotes when it cannot."""
