"""Print, as JSON, what repo2docker makes of a folder: run with the Python of an environment that has repo2docker.

    python tests/binder_choice.py FOLDER

Only `binder_replay.py` calls this. No container engine is needed: the build packs write the recipe.
"""

import importlib.metadata
import json
import os
import sys
from pathlib import Path

import repo2docker.buildpacks
from repo2docker.app import Repo2Docker


def choice(folder: str) -> dict:
    """Return the build pack that repo2docker chooses for a folder, and what that one would do."""
    os.chdir(folder)
    app = Repo2Docker(user_id=1000, user_name="jovyan")
    packs = [pack(app.base_image) for pack in app.buildpacks]
    pack = next((it for it in packs if it.detect()), None) or app.default_buildpack(app.base_image)
    pack.platform, pack.appendix = "linux/amd64", app.appendix
    recipe = pack.render()
    files = pack.get_build_script_files()
    lock = next(source for source, target in files.items() if target.endswith("environment.lock"))
    return {
        "repo2docker": importlib.metadata.version("jupyter-repo2docker"),
        "pack": type(pack).__name__,
        "folder": pack.binder_dir,
        "python": pack.python_version,
        "packages": sorted(set(pack.get_packages()) - set(pack.get_base_packages())),
        "copied_first": sorted(pack.get_preassemble_script_files()),
        "before_the_copy": [script for _, script in pack.get_preassemble_scripts()],
        "after_the_copy": [script for _, script in pack.get_assemble_scripts()],
        "post_build": pack.get_post_build_scripts(),
        "start": pack.get_start_script(),
        "recipe": recipe,
        "image": (Path(repo2docker.buildpacks.__file__).parent / lock).read_text(encoding="utf-8"),
    }


if __name__ == "__main__":
    print(json.dumps(choice(sys.argv[1])))
