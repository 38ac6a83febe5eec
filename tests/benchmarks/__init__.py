"""Measurements that take minutes: how fast an explorable answers, and whether it stays small."""
