"""The oldest and the newest set of versions are what pyproject.toml says."""

import pytest
from packaging.requirements import Requirement

import versions


@pytest.mark.parametrize(
    ("line", "pinned"),
    [
        ("keras>=3.12", "keras==3.12"),
        ("numpy>=2.1,<2.5", "numpy==2.1"),
        ("tensorflow-cpu>=2.21 ; sys_platform == 'win32'", 'tensorflow-cpu==2.21 ; sys_platform == "win32"'),
    ],
)
def test_the_oldest_is_the_lower_bound(line, pinned):
    assert versions.at_its_lower_bound(line) == pinned


def test_every_dependency_has_a_lower_bound_and_stands_in_both_sets():
    oldest, newest = (versions.wanted(which) for which in versions.SETS)

    assert len(oldest) == len(newest) > 15
    assert "keras==3.12" in oldest and "keras>=3.12" in newest
    for old, new in zip(map(Requirement, oldest), map(Requirement, newest), strict=True):
        assert old.name == new.name
        assert all(pin.version in new.specifier for pin in old.specifier if pin.operator == "==")


@pytest.mark.parametrize(
    ("arguments", "runs"),
    [([], ["oldest", "newest"]), (["newest", "-k", "step4"], ["newest"]), (["-x"], ["oldest", "newest"])],
)
def test_one_set_or_both(arguments, runs, monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(versions, "run", lambda which, rest: seen.append((which, rest)) or (which == "newest"))

    assert versions.main(list(arguments)) == 1
    assert [which for which, _ in seen] == runs
    assert all(rest == [it for it in arguments if it not in versions.SETS] for _, rest in seen)
    assert "newest: FAILED" in capsys.readouterr().out
