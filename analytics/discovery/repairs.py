"""What an operator can do about a recording that was not used, or not as it should be."""

from analytics.discovery.claims import NO_OFFSET, SIDECAR_UNUSED
from analytics.discovery.rotation import GONE

_NOTHING = "nothing"
_REPAIRS = {
    "partial": "nothing, it is used as far as it goes; a whole copy in its place is analysed anew",
    "quarantined": "put a whole copy in its place and run again; the same file is only tried again with --retry",
    "unparsed": "rename or move it to fit the site's name template, or put a sidecar <file>.json with starts_at "
    "beside it; add its camera to site.yaml if it is new",
    "complete": "nothing, it was used",
}
_OFFSET = "add an offset such as +01:00 to starts_at in the sidecar"
_SIDECAR = "correct the sidecar as the reason says, or remove it"
_RETRY = "run again: segments whose worker died are tried again; if it repeats, give workers more memory or time"
_CLOCK = "nothing, no second is lost or counted twice; if the camera's clock is off, state clock_offset_s in site.yaml"
_TOLD_REPAIRS = (
    (GONE, "nothing: the recorder deleted it; its results are kept"),
    ("the worker d", _RETRY),
    ("site file", "change site.yaml as the reason says and run again"),
    ("still being written", "nothing: a later run takes it"),
    ("is a copy of ", "nothing: the other file is used in its place; this one can be removed"),
    ("under another time", "correct the time in the name of the file that is wrong, or remove that file"),
    ("lies within ", _CLOCK),
    ("overlaps ", _CLOCK),
)
"""What a reason says, and what to do about it whatever the status; the first one that fits."""


def repair_of(status: str, reason: str) -> str:
    """Return what the operator can do about a file; it begins with "nothing" when the file needs no hand."""
    told = next((repair for told, repair in _TOLD_REPAIRS if told in reason), _REPAIRS[status])
    if GONE in reason or SIDECAR_UNUSED not in reason:
        return told
    sidecar = _OFFSET if NO_OFFSET in reason else _SIDECAR
    is_all = is_nothing(told) or "has no start time" in reason
    return sidecar if is_all else f"{told}; {sidecar}"


def is_nothing(repair: str) -> bool:
    """Tell whether a repair is that nothing has to be done."""
    return repair.startswith(_NOTHING)
