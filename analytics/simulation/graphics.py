"""The way to OpenGL: a context without a window, and the shader sources of this package."""

from contextlib import suppress
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.errors import ResourceError

if TYPE_CHECKING:
    import moderngl

_VERSION = "#version 330\n"


def open_context() -> "moderngl.Context":
    """Open an OpenGL 3.3 context on EGL, on a GPU or, without one, on Mesa's llvmpipe.

    What is made on it is freed when Python forgets it. Use it in the thread that opened it.

    Raises:
        ResourceError: the extra is not installed, or the system has no EGL that works.
    """
    try:
        import moderngl
    except ImportError as missing:
        raise ResourceError(
            "drawing simulated people needs moderngl, which is not installed: pip install 'crosscam[simulation]'"
        ) from missing
    with suppress(ImportError):
        # torch's Triton and Mesa each bring an LLVM: the process crashes when Triton's is loaded second
        import_module("triton")
    backend: Any = {"backend": "egl"}  # moderngl types its keywords as dictionaries
    try:
        context = moderngl.create_context(require=330, standalone=True, **backend)
    except Exception as failed:
        raise ResourceError(
            f"drawing simulated people needs OpenGL 3.3 through EGL, and opening it failed: {failed}. "
            "On Debian and Ubuntu: apt-get install libegl1 libgl1-mesa-dri"
        ) from failed
    context.gc_mode = "auto"
    return context


def shader_source(*names: str, **constants: int) -> str:
    """Return the named sources of `shaders/`, one after the other, after the language's version and constants."""
    folder = files("analytics.simulation") / "shaders"
    defined = "".join(f"#define {name} {value}\n" for name, value in constants.items())
    return _VERSION + defined + "\n".join((folder / f"{name}.glsl").read_text(encoding="utf-8") for name in names)


def assign(program: "moderngl.Program", **values: Any) -> None:
    """Set uniforms by name: numbers, tuples, or matrices for column vectors; those that the program lacks are left out.

    A compiler drops what a shader declares and does not need, so that a missing name is no error.
    """
    for name, value in values.items():
        if name in program:
            uniform: Any = program[name]
            if isinstance(value, np.ndarray):
                uniform.write(np.ascontiguousarray(value.T, np.float32).tobytes())
            else:
                uniform.value = value
