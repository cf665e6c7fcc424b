"""A picture of what a camera shows after its masks, with its zones and lines, for whoever has to verify them."""

from pathlib import Path

from analytics.errors import RecordingError
from analytics.perception.video import first_frame
from analytics.sites import Site


def preview(path: Path, site: Site, camera_id: str) -> bytes:
    """Return the first picture of a recording as a JPEG: upright, masks applied, zones and lines drawn by name.

    A line has an arrow to where a crossing is "in". Nothing of what a mask hides is in the picture.

    Raises:
        RecordingError: the file has no picture, or one of another shape than the masks are drawn on.
    """
    import cv2

    from analytics.drawing.outlines import draw_names, draw_outlines, outlines

    pixels = first_frame(path, site.camera(camera_id), 0).pixels.copy()
    height_px, width_px = pixels.shape[:2]
    drawn = outlines(site, camera_id, width_px, height_px)
    draw_outlines(pixels, drawn)
    draw_names(pixels, drawn)
    is_encoded, jpeg = cv2.imencode(".jpg", pixels)
    if not is_encoded:
        raise RecordingError(f"has a picture of {width_px} x {height_px} px that no JPEG can hold")
    return bytes(jpeg.tobytes())
