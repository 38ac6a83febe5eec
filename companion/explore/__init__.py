"""Explorables: move a control, and see the idea at once; one module each.

    from companion.explore import neuron
    neuron.show()

Each module has a plain function first, which computes without any widget; then `view`, which makes a
picture and a sentence of one setting of the controls; then `make` and `show`.
"""
