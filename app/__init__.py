"""Wenda: the service. One chat turn, its stores, its pages."""
