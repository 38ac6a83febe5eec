"""The examples of notebooks/on_a_cluster.md hold together: who starts what, under which name and number."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from companion.exercises import step9

PAGE = (Path(__file__).resolve().parent.parent / "notebooks" / "on_a_cluster.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path):
    """make_tf_config.py of the page, and a worker that says what it was told."""
    (tmp_path / "make_tf_config.py").write_text(blocks("python")[0], encoding="utf-8")
    (tmp_path / "safe_worker.py").write_text(
        "import os, sys\nprint(os.environ['TF_CONFIG'], *sys.argv[1:], sep='|')", encoding="utf-8"
    )
    return tmp_path


def programs(folder, **scripts):
    """A PATH with stand-ins for a cluster's programs, and this Python."""
    place = folder / "bin"
    place.mkdir()
    for name, text in {"python": f'exec "{sys.executable}" "$@"', **scripts}.items():
        (place / name).write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
        (place / name).chmod(0o755)
    return f"{place}{os.pathsep}{os.environ['PATH']}"


def run(source, folder, path, **variables):
    done = subprocess.run(
        ["bash", "-eu", "-c", source], cwd=folder, env={**os.environ, "PATH": path, **variables}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line.split("|") for line in done.stdout.splitlines()]


def test_the_script_writes_what_the_exercise_asks_for(folder):
    arguments = ["10.0.0.1,10.0.0.2,10.0.0.3", "2222", "2"]
    done = subprocess.run([sys.executable, folder / "make_tf_config.py", *arguments], capture_output=True, text=True)
    assert step9.write_the_cluster.judge(done.stdout.strip()).state == "right"


@pytest.mark.skipif(sys.platform == "win32", reason="a page for Linux")
def test_by_hand_the_worker_gets_its_place(folder):
    by_hand, *_ = blocks("bash")
    [(config, *arguments)] = run(by_hand, folder, programs(folder))
    assert json.loads(config)["task"] == {"type": "worker", "index": 0}
    assert arguments == ["600", "/shared/checkpoints", "0"]


@pytest.mark.skipif(sys.platform == "win32", reason="a page for Linux")
def test_slurm_gives_each_machine_the_same_list_and_its_own_number(folder):
    (job,) = [block for block in blocks("bash") if "#SBATCH" in block]
    path = programs(
        folder,
        scontrol='[ "$1 $2" = "show hostnames" ] && printf "node1\\nnode2\\n"',
        srun='shift; for n in 0 1; do SLURM_PROCID=$n "$@"; done',
    )
    told = run(job, folder, path, SLURM_JOB_NODELIST="node[1-2]")
    configs = [json.loads(config) for config, *_ in told]
    assert [config["task"]["index"] for config in configs] == [0, 1]
    assert configs[0]["cluster"] == configs[1]["cluster"] == {"worker": ["node1:2222", "node2:2222"]}
    assert "#SBATCH --nodes=2" in job


@pytest.mark.skipif(sys.platform == "win32", reason="a page for Linux")
def test_kubernetes_gives_each_pod_the_names_that_the_service_makes(folder):
    service, job, policy = yaml.safe_load_all(blocks("yaml")[0])
    pod, name = job["spec"]["template"], job["metadata"]["name"]
    many = job["spec"]["completions"]
    assert job["spec"]["parallelism"] == many, "all must run at once, because they wait for one another"
    assert pod["spec"]["subdomain"] == service["metadata"]["name"] and service["spec"]["clusterIP"] == "None"
    assert service["spec"]["selector"] == policy["spec"]["podSelector"]["matchLabels"] == pod["metadata"]["labels"]
    container = pod["spec"]["containers"][0]
    path = programs(folder)
    for index in range(many):
        [(config, *_)] = run(container["args"][0], folder, path, JOB_COMPLETION_INDEX=str(index))
        config = json.loads(config)
        port = service["spec"]["ports"][0]["port"]
        assert config["cluster"]["worker"] == [f"{name}-{n}.{pod['spec']['subdomain']}:{port}" for n in range(many)]
        assert config["task"]["index"] == index
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert set(mounts) == {volume["name"] for volume in pod["spec"]["volumes"]}
    assert f"{mounts['shared']}/checkpoints" in container["args"][0]


def test_the_python_of_the_page_is_python_and_names_what_there_is():
    import keras
    import tensorflow as tf

    for block in blocks("python"):
        compile(block, "on_a_cluster.md", "exec")
        for module, dotted in re.findall(r"\b(tf|keras)((?:\.\w+)+)", block):
            value = {"tf": tf, "keras": keras}[module]
            for part in dotted[1:].split("."):
                value = getattr(value, part)
