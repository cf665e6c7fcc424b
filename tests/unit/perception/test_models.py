"""Models by name: found, checked, fetched, and said how to get."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from analytics.errors import ModelError
from analytics.perception.embedders import onnx_reid
from analytics.perception.models import SHIPPED_FOLDER, ModelFolder, list_models
from analytics.perception.registry import read_registry

WEIGHTS, GRAPH = b"weights" * 1000, b"<net/>"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """Where the registry's addresses point."""
    folder = tmp_path / "origin"
    folder.mkdir()
    (folder / "pair.xml").write_bytes(GRAPH)
    (folder / "pair.bin").write_bytes(WEIGHTS)
    return folder


@pytest.fixture
def models(tmp_path: Path, origin: Path) -> ModelFolder:
    """An empty model folder, an empty cache, a registry of three models, and another one that is shipped."""
    size = {"height_px": 4, "width_px": 2, "colour": "bgr"}
    pair = [
        {"name": "pair.xml", "url": (origin / "pair.xml").as_uri(), "sha256": sha256(GRAPH), "size_bytes": len(GRAPH)},
        {"name": "pair.bin", "url": (origin / "pair.bin").as_uri(), "sha256": sha256(WEIGHTS)},
    ]
    single = {"name": "single.pt", "sha256": sha256(WEIGHTS), "also_sha256": [sha256(b"other build")]}
    entries = [
        {"name": "pair", "kind": "embedder", "licence": "MIT", "files": pair, "input": size, "dimension": 3},
        {"name": "single", "kind": "detector", "licence": "MIT", "files": [single], "input": size},
        {"name": "unstated", "kind": "detector", "licence": "MIT", "files": [{"name": "unstated.pt"}], "input": size},
        {
            "name": "ours",
            "kind": "detector",
            "licence": "AGPL-3.0",
            "files": [{"name": "ours.xml", "sha256": sha256(GRAPH)}, {"name": "ours.bin", "sha256": sha256(WEIGHTS)}],
            "input": size,
            "is_shipped": True,
        },
    ]
    registry = tmp_path / "registry.yaml"
    registry.write_text(yaml.safe_dump({"models": entries}), encoding="utf-8")
    folder = tmp_path / "models"
    folder.mkdir()
    shipped = tmp_path / "weights"
    shipped.mkdir()
    (shipped / "ours.xml").write_bytes(GRAPH)
    (shipped / "ours.bin").write_bytes(WEIGHTS)
    return ModelFolder(folder, tmp_path / "cache", registry, shipped)


def own(models: ModelFolder, name: str, content: bytes = WEIGHTS) -> Path:
    """Put a file into the model folder."""
    assert models.folder is not None
    path = models.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("place", ["", "pair/", "pair/FP16/", "intel/pair/FP16/"])
def test_a_registered_model_is_found_where_people_put_it(models: ModelFolder, place: str) -> None:
    """Flat, in a folder of its name, or as Open Model Zoo's downloader leaves it."""
    paths = (own(models, f"{place}pair.xml", GRAPH), own(models, f"{place}pair.bin"))
    assert models.find("pair").paths == paths
    assert models.find("pair").path == paths[0]


def test_half_a_model_is_not_found(models: ModelFolder) -> None:
    """The graph without its weights is no model."""
    own(models, "pair.xml", GRAPH)
    with pytest.raises(ModelError, match="neither in the model folder"):
        models.find("pair")


def test_the_file_name_means_the_registered_model_too(models: ModelFolder) -> None:
    """yolo26n.pt is checked like yolo26n."""
    own(models, "single.pt", b"something else")
    with pytest.raises(ModelError, match=f"expected SHA-256 {sha256(WEIGHTS)}, found {sha256(b'something else')}"):
        models.find("single.pt")


def test_another_published_build_is_accepted(models: ModelFolder) -> None:
    """The digest then is the file's own."""
    own(models, "single.pt", b"other build")
    assert models.find("single").digest == sha256(b"other build")


def test_a_model_of_unknown_digest_is_used_from_the_folder(models: ModelFolder) -> None:
    """Without a stated digest there is nothing to check."""
    own(models, "unstated.pt", b"anything")
    assert models.find("unstated").digest == sha256(b"anything")


@pytest.mark.parametrize(("name", "file"), [("mine.onnx", "mine.onnx"), ("mine", "mine.onnx"), ("mine", "mine/a.pt")])
def test_own_models_are_found_by_name(models: ModelFolder, name: str, file: str) -> None:
    """A file with or without its extension, or a folder that holds one."""
    path = own(models, file)
    assert models.find(name).path == path
    assert models.find(name).digest == sha256(WEIGHTS)


def test_an_own_graph_brings_its_weights(models: ModelFolder) -> None:
    """Changing the .bin changes the digest of the pair."""
    own(models, "mine.xml", GRAPH)
    own(models, "mine.bin", b"old")
    before = models.find("mine")
    own(models, "mine.bin", b"newer")
    assert [path.name for path in before.paths] == ["mine.xml", "mine.bin"]
    assert models.find("mine").digest != before.digest


def test_a_name_that_means_two_files_is_refused(models: ModelFolder) -> None:
    """Nothing is guessed."""
    own(models, "mine.onnx")
    own(models, "mine.pt")
    with pytest.raises(ModelError, match=r"mine\.onnx, mine\.pt"):
        models.find("mine")


def test_a_folder_without_one_model_is_refused(models: ModelFolder) -> None:
    """The message says what the folder should hold."""
    own(models, "mine/readme.txt")
    with pytest.raises(ModelError, match="expected one file that ends in"):
        models.find("mine")


@pytest.mark.parametrize("name", ["../secret.pt", "/etc/hosts", ""])
def test_names_cannot_leave_the_folder(models: ModelFolder, name: str) -> None:
    """A model is named, not pointed at."""
    with pytest.raises(ModelError, match="expected the name of a file"):
        models.find(name)


def test_a_changed_file_is_noticed(models: ModelFolder) -> None:
    """The digest is remembered, but not beyond a change of size or time."""
    path = own(models, "mine.onnx", b"first")
    first = models.find("mine").digest
    assert models.find("mine").digest == first
    path.write_bytes(b"later")
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    assert models.find("mine").digest == sha256(b"later")


def test_a_digest_is_computed_once(models: ModelFolder) -> None:
    """An unchanged file is not read again: one whose bytes change behind size and time keeps its digest."""
    path = own(models, "mine.onnx", b"first")
    status = path.stat()
    first = models.find("mine").digest
    path.write_bytes(b"other")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert models.find("mine").digest == first


def test_a_cache_that_cannot_be_written_costs_only_time(models: ModelFolder) -> None:
    """A file where the cache should be does not stop a model from being found."""
    models.cache.write_bytes(b"in the way")
    own(models, "mine.onnx")
    assert models.find("mine").digest == sha256(WEIGHTS)


def test_what_is_missing_is_said_with_the_way_to_get_it(models: ModelFolder) -> None:
    """Name, places, command, digest and setting are all in the message."""
    with pytest.raises(ModelError) as error:
        models.find("pair")
    for part in (
        "pair",
        str(models.folder),
        str(models.cache),
        "crosscam models fetch pair",
        sha256(GRAPH),
        "settings",
    ):
        assert part in str(error.value)


def test_without_a_folder_the_message_says_how_to_set_one(models: ModelFolder) -> None:
    """Nothing is looked for in the current directory."""
    with pytest.raises(ModelError, match="--models or CROSSCAM_MODELS"):
        ModelFolder(None, models.cache, models.registry_file).find("mine")


def test_fetching_puts_every_file_into_the_cache(models: ModelFolder) -> None:
    """Bytes are reported as they come, the files are where `find` looks, and no temporary file is left."""
    seen: list[tuple[str, int, int | None]] = []
    located = models.fetch("pair", lambda name, done, total: seen.append((name, done, total)))
    assert [path.read_bytes() for path in located.paths] == [GRAPH, WEIGHTS]
    assert models.find("pair") == located
    assert seen == [("pair.xml", len(GRAPH), len(GRAPH)), ("pair.bin", len(WEIGHTS), len(WEIGHTS))]
    assert sorted(path.name for path in located.path.parent.iterdir()) == ["pair.bin", "pair.xml"]


def test_what_is_there_is_not_fetched_again(models: ModelFolder, origin: Path) -> None:
    """The second call needs no network; neither does a model of the user's folder."""
    models.fetch("pair")
    (origin / "pair.bin").unlink()
    assert models.fetch("pair") == models.find("pair")


def test_an_interrupted_fetch_goes_on_with_what_is_missing(models: ModelFolder, origin: Path) -> None:
    """A file that had arrived stays; the other follows."""
    (origin / "pair.bin").rename(origin / "away")
    with pytest.raises(ModelError, match=r"pair\.bin cannot be fetched"):
        models.fetch("pair")
    (origin / "away").rename(origin / "pair.bin")
    (origin / "pair.xml").unlink()
    assert len(models.fetch("pair").paths) == 2


def test_what_arrives_with_another_digest_is_thrown_away(models: ModelFolder, origin: Path) -> None:
    """An altered or cut file never gets the model's name."""
    (origin / "pair.bin").write_bytes(WEIGHTS[:-1])
    with pytest.raises(ModelError, match=f"expected SHA-256 {sha256(WEIGHTS)}, found {sha256(WEIGHTS[:-1])}"):
        models.fetch("pair")
    assert [path.name for path in models.cache.rglob("pair*") if path.is_file()] == ["pair.xml"]


@pytest.mark.parametrize("name", ["single", "unstated"])
def test_without_an_address_or_a_digest_nothing_is_fetched(models: ModelFolder, name: str) -> None:
    """The message says which file to put there by hand."""
    with pytest.raises(ModelError, match=rf"{name}\.pt cannot be fetched: its address or digest is not known"):
        models.fetch(name)


def test_an_unknown_name_cannot_be_fetched(models: ModelFolder) -> None:
    """The known ones are listed."""
    with pytest.raises(ModelError, match="Known: ours, pair, single, unstated"):
        models.fetch("nothing")


def test_the_list_has_registered_and_own_models(models: ModelFolder) -> None:
    """Where each was found, how large it is, and what is wrong with it."""
    own(models, "single.pt", b"altered")
    own(models, "mine.onnx", b"123")
    own(models, "readme.txt")
    models.fetch("pair")
    rows = {row.name: row for row in list_models(models)}
    assert list(rows) == ["ours", "pair", "single", "unstated", "mine.onnx"]
    assert [row.source for row in rows.values()] == ["shipped", "fetched", "", "", "own"]
    assert rows["ours"].found_at == models.shipped / "ours.xml"
    assert rows["pair"].found_at == models.find("pair").path
    assert rows["pair"].size_bytes == len(GRAPH) + len(WEIGHTS)
    assert "expected SHA-256" in rows["single"].problem
    assert "digest is not known" in rows["unstated"].problem
    assert (rows["mine.onnx"].kind, rows["mine.onnx"].size_bytes) == ("own", 3)


def test_the_list_of_a_missing_folder_has_the_registered_models(models: ModelFolder) -> None:
    """A folder that does not exist holds nothing and is no error."""
    rows = list_models(ModelFolder(models.cache / "nowhere", models.cache, models.registry_file))
    assert [row.name for row in rows] == ["ours", "pair", "single", "unstated"]


def test_a_shipped_model_needs_neither_folder_nor_network(models: ModelFolder) -> None:
    """It lies in the package; fetching it finds it there."""
    alone = ModelFolder(None, models.cache, models.registry_file, models.shipped)
    assert alone.find("ours").paths == (models.shipped / "ours.xml", models.shipped / "ours.bin")
    assert alone.fetch("ours").paths == alone.find("ours.xml").paths == alone.find("ours").paths
    assert not (models.cache / "models").exists()


def test_the_users_own_build_of_a_shipped_model_comes_first(models: ModelFolder) -> None:
    """The model folder is looked at before the package."""
    paths = (own(models, "ours.xml", GRAPH), own(models, "ours.bin"))
    assert models.find("ours").paths == paths
    assert next(row.source for row in list_models(models) if row.name == "ours") == "own"


@pytest.mark.parametrize("ask", [ModelFolder.find, ModelFolder.fetch])
def test_a_package_without_its_weights_says_so(models: ModelFolder, ask: Callable[[ModelFolder, str], object]) -> None:
    """A broken installation is not mended by a download."""
    (models.shipped / "ours.bin").unlink()
    with pytest.raises(ModelError, match=r"part of crosscam, but is missing .* install crosscam again"):
        ask(models, "ours")
    assert "install crosscam again" in next(row.problem for row in list_models(models) if row.name == "ours")


def test_every_shipped_model_is_there_and_no_stray_one(tmp_path: Path) -> None:
    """The package has the files of its registry's shipped models, unchanged, with a card that tells of each."""
    registry = read_registry()
    shipped = [model for model in registry.models.values() if model.is_shipped]
    files = {file.name for model in shipped for file in model.files}
    there = {path.name for path in SHIPPED_FOLDER.iterdir()} if SHIPPED_FOLDER.is_dir() else set()
    assert there - {"MODEL_CARD.md"} == files
    nowhere = ModelFolder(None, tmp_path)
    for model in shipped:
        assert nowhere.find(model.name).path.parent == SHIPPED_FOLDER
        assert all(file.sha256 for file in model.files)
        assert model.name in (SHIPPED_FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_something_derived_is_made_once(models: ModelFolder) -> None:
    """The second call finds the first one's folder."""
    calls: list[Path] = []

    def make(folder: Path) -> None:
        calls.append(folder)
        (folder / "export.xml").write_bytes(GRAPH)

    first = models.derive("ab" * 32, "openvino-1", make)
    assert models.derive("ab" * 32, "openvino-1", make) == first == models.cache_dir("ab" * 32, "openvino-1")
    assert (first / "export.xml").read_bytes() == GRAPH
    assert len(calls) == 1


def test_a_failed_derivation_leaves_nothing(models: ModelFolder) -> None:
    """Half an export is never found by the next run."""

    def fail(folder: Path) -> None:
        (folder / "half").write_bytes(b"")
        raise ModelError("no room")

    with pytest.raises(ModelError, match="no room"):
        models.derive("ab" * 32, "x", fail)
    assert not list((models.cache / "derived").iterdir())


def test_of_two_derivations_at_once_the_first_stays(models: ModelFolder) -> None:
    """The slower process takes what the faster one made."""
    target = models.cache_dir("ab" * 32, "x")

    def overtaken(folder: Path) -> None:
        (folder / "late").write_bytes(b"")
        target.mkdir()
        (target / "early").write_bytes(b"")

    assert models.derive("ab" * 32, "x", overtaken) == target
    assert [path.name for path in target.iterdir()] == ["early"]


def test_the_packages_registry_is_well_formed() -> None:
    """Every model is shipped or can be fetched: address and digest are stated; OSNet's input is its embedder's."""
    registry = read_registry()
    assert {"yolo26n", "yolo11n", "person-reidentification-retail-0277", "osnet_x0_25_msmt17"} <= set(registry.names)
    assert all(model.fetchable or model.is_shipped for model in registry.models.values())
    assert all(model.dimension for model in registry.models.values() if model.kind == "embedder")
    osnet, params = registry.models["osnet_x0_25_msmt17"].input, onnx_reid.Params()
    assert (osnet.colour, osnet.mean, osnet.std) == (params.colour, params.mean, params.std)
    assert osnet.scale == pytest.approx(params.scale)


def test_a_typing_error_in_a_registry_is_found(models: ModelFolder) -> None:
    """A field that nobody knows, such as sha265, does not silently leave a model unchecked."""
    text = models.registry_file.read_text(encoding="utf-8").replace("sha256:", "sha265:")
    models.registry_file.write_text(text, encoding="utf-8")
    with pytest.raises(ValidationError, match="sha265"):
        models.find("pair")


@pytest.mark.shared
def test_the_shared_models_are_the_registered_ones(shared: Path, tmp_path: Path) -> None:
    """Real files pass the registry's digests."""
    models = ModelFolder(shared / "models", tmp_path)
    for name in ("person-reidentification-retail-0277", "osnet_x0_25_msmt17"):
        assert models.find(name).path.is_file()
