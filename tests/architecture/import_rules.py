"""Who may import whom. Each rule takes modules and returns one sentence for each violation."""

import re
from collections.abc import Iterable, Mapping, Sequence

from tests.architecture.source import Import, Module

LAYERS: Mapping[str, frozenset[str]] = {
    "analytics": frozenset(),
    "jobs": frozenset({"analytics"}),
    "dashboard": frozenset({"analytics"}),
}
"""Which of the project's packages each package may import besides itself; nobody imports the tests."""

_MODELS = (
    "analytics/perception/detectors/",
    "analytics/perception/trackers/",
    "analytics/perception/embedders/",
    "analytics/perception/_ultralytics.py",
    "analytics/training/",
)

ADDRESSES: Mapping[str, tuple[str, ...]] = {
    "ray": ("jobs/ray_executor.py",),
    "typer": ("jobs/",),
    "faiss": ("analytics/linking/neighbours", "analytics/search/"),
    "duckdb": ("analytics/warehouse/",),
    "numba": ("analytics/linking/",),
    "obstore": ("analytics/lake/",),
    "streamlit": ("dashboard/",),
    "altair": ("dashboard/",),
    "av": ("analytics/perception/video.py", "analytics/discovery/", "analytics/encoding.py"),
    "trackeval": ("analytics/evaluation/",),
    "reportlab": ("analytics/documents/",),
    "xlsxwriter": ("analytics/exporting/",),
    "matplotlib": (
        *("analytics/documents/", "analytics/evaluation/report/", "analytics/exporting/report/"),
        "analytics/heatmaps/",
    ),
    "sklearn": ("analytics/evaluation/report/", "analytics/linking/", "analytics/search/"),
    "torch": (*_MODELS, "analytics/simulation/people/bodies.py"),
    "torchvision": _MODELS,
    "ultralytics": _MODELS,
    "openvino": _MODELS,
    "onnxruntime": _MODELS,
    "trackers": ("analytics/perception/trackers/",),
    "supervision": ("analytics/perception/trackers/",),
    "anny": ("analytics/simulation/people/bodies.py",),
    "warp": ("analytics/simulation/people/bodies.py",),
    "rfdetr": ("analytics/perception/detectors/",),
    "moderngl": ("analytics/simulation/",),
    "rasterio": ("analytics/heatmaps/maps.py",),
}
"""The one address of each heavy dependency: the beginning of the paths that may import it."""

LAZY = frozenset(
    {
        *("torch", "torchvision", "ultralytics", "openvino", "onnxruntime", "trackers", "supervision", "rfdetr"),
        *("trackeval", "moderngl", "matplotlib", "sklearn", "anny", "warp", "reportlab", "xlsxwriter", "rasterio"),
    }
)
"""What takes seconds to load: imported inside the function that needs it. Only a private module of a plug-in folder or
of the training may load it whole: its plug-in imports that module inside `build`, the training inside its function."""

_PLUGINS_OWN = re.compile(
    r"analytics/perception/(detectors|trackers|embedders)/_\w+\.py|analytics/(perception|training)/_\w+\.py"
)


def wrong_arrows(modules: Iterable[Module]) -> list[str]:
    """Find imports against dashboard -> analytics <- jobs."""
    return [
        f"{module.path}:{found.line} imports {found.module}: {layer} may import only itself"
        + "".join(f" and {allowed}" for allowed in sorted(LAYERS[layer]))
        for module in modules
        if (layer := module.path.split("/")[0]) in LAYERS
        for found in _once_per_line(module.imports)
        if (target := found.module.split(".")[0]) in {*LAYERS, "tests"} and target not in {layer, *LAYERS[layer]}
    ]


def misplaced(modules: Iterable[Module], addresses: Mapping[str, tuple[str, ...]] = ADDRESSES) -> list[str]:
    """Find heavy dependencies imported outside their address."""
    return [
        f"{module.path}:{found.line} imports {found.module}: only {', '.join(addresses[library])} may"
        for module in modules
        for found in _once_per_line(module.imports)
        if (library := found.module.split(".")[0]) in addresses and not module.path.startswith(addresses[library])
    ]


def eager(modules: Iterable[Module], lazy: frozenset[str] = LAZY) -> list[str]:
    """Find libraries that take seconds to load and are loaded with the module."""
    return [
        f"{module.path}:{found.line} imports {found.module} when loaded: import it where it is used"
        for module in modules
        if not is_private_to_plugins(module)
        for found in _once_per_line(module.imports)
        if found.is_eager and found.module.split(".")[0] in lazy
    ]


def is_private_to_plugins(module: Module) -> bool:
    """Tell whether only plug-ins may import a module, inside `build`."""
    return _PLUGINS_OWN.fullmatch(module.path) is not None and not module.path.endswith("__init__.py")


def cycles(modules: Sequence[Module]) -> list[str]:
    """Find modules that import themselves through others, by imports that run on loading."""
    known = {module.name for module in modules}
    graph = {
        module.name: sorted({found.module for found in module.imports if found.is_eager} & known - {module.name})
        for module in modules
    }
    found: list[str] = []
    finished: set[str] = set()
    for start in sorted(graph):
        _walk(start, graph, [], finished, found)
    return found


def _walk(name: str, graph: Mapping[str, list[str]], path: list[str], finished: set[str], found: list[str]) -> None:
    if name in path:
        found.append(" -> ".join([*path[path.index(name) :], name]))
    elif name not in finished:
        for target in graph[name]:
            _walk(target, graph, [*path, name], finished, found)
        finished.add(name)


def _once_per_line(imports: Iterable[Import]) -> list[Import]:
    # `from a import b` names a and a.b: one violation, not two
    by_place = {(found.line, found.module.split(".")[0]): found for found in reversed(list(imports))}
    return sorted(by_place.values(), key=lambda found: found.line)
