"""A thousand moves leave nothing behind: no memory, no figure, no widget. (By browser: benchmarks/soak.py.)"""

import gc
import importlib
import pkgutil
import random
import tracemalloc

import ipywidgets
import matplotlib.pyplot as plt
import pytest
from benchmarks.stand_ins import ARGUMENTS
from explore import moves

import companion.explore
from companion.explore.explorable import Explorable

MODULES = {each.name for each in pkgutil.iter_modules(companion.explore.__path__)} - {"chances", "explorable", "picture"}
WARM_UP, MOVES = 50, 150
MOST_KILOBYTES = 5 * MOVES  # a picture that stays takes over 20; what was trained may be kept


@pytest.fixture(params=sorted(ARGUMENTS))
def make(request):
    """A function that makes an explorable out of small stand-ins."""
    module = importlib.import_module(f"companion.explore.{request.param}")
    arguments = ARGUMENTS[request.param]()
    return lambda: module.make(*arguments)


@pytest.fixture
def shown(make):
    explorable = make()
    yield explorable
    explorable.close()


def alive(kind):
    gc.collect()
    return sum(issubclass(type(each), kind) for each in gc.get_objects())


def move_about(explorable, times, chance):
    """Put random controls to random positions."""
    positions = {control.name: control.positions() for control in explorable.controls}
    for _ in range(times):
        name = chance.choice(list(positions))
        explorable.values = explorable.values | {name: chance.choice(positions[name])}
        assert "could not be drawn" not in explorable.words


def test_every_explorable_has_stand_ins():
    assert set(ARGUMENTS) == MODULES, "add the new one to tests/benchmarks/stand_ins.py"


def test_moves_leave_nothing_behind(shown):
    chance = random.Random(0)
    move_about(shown, WARM_UP, chance)
    widgets, figures = alive(ipywidgets.Widget), plt.get_fignums()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        move_about(shown, MOVES, chance)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / 1000 < MOST_KILOBYTES
    assert alive(ipywidgets.Widget) == widgets
    assert plt.get_fignums() == figures == []


def test_a_closed_explorable_is_gone(make):
    make().close()
    before = alive(Explorable)
    for _ in range(3):
        explorable = make()
        moves.move(explorable, moves.every_position(explorable)[0])
        explorable.close()
        del explorable
    assert alive(Explorable) == before
