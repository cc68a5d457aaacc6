"""Wenda on this machine: private environments, packaged models, vLLM, and what `make run` starts."""
