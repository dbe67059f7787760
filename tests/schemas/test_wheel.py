"""An installed wheel carries the schemas and reads them, with no checkout beside it."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

from events.wire.schemas import load_schemas
from tests.support.patience import AMPLE_S

REPOSITORY = Path(__file__).parents[2]
# The editable install of this checkout also stands on the path, so ours is put before it.
READ = """
import json, sys
sys.path.insert(0, sys.argv[1])
import events, events.wire.schemas as schemas
listed = [[entry.id, entry.record, entry.text] for entry in schemas.load_schemas()]
json.dump([events.__file__, str(schemas.schema_folder()), listed], sys.stdout)
"""


def test_a_wheel_reads_every_schema_from_inside_itself(tmp_path: Path) -> None:
    built, site = tmp_path / "built", tmp_path / "site"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True, timeout=AMPLE_S)
    [wheel] = built.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)

    read = [sys.executable, "-I", "-c", READ, str(site)]
    answer = subprocess.run(read, cwd=tmp_path, check=True, capture_output=True, timeout=AMPLE_S)

    module, folder, listed = json.loads(answer.stdout)
    assert Path(module) == site / "events" / "__init__.py"
    assert Path(folder) == site / "events" / "avro"
    assert listed == [[entry.id, entry.record, entry.text] for entry in load_schemas()]
    assert not (site / "avro").exists()
