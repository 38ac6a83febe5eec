"""Answers to the exercises: right ones, and wrong ones with the diagnosis that each must get."""
