"""Tests of the explorables; `moves` moves their controls."""
