"""How good a detector is on a data set: what `crosscam train-detector` and `evaluate-detector` say."""

from collections.abc import Sequence

import numpy as np

from analytics.evaluation.detection import Found, Rules, Verdicts, judge
from analytics.evaluation.motchallenge import PERSON, Annotations
from analytics.geometry import FloatArray, ImageArray
from analytics.perception.detectors.ultralytics import letterbox
from analytics.perception.frame import Frame
from analytics.perception.plugins import Detector
from analytics.training.detector_data import Example

_BATCH = 8


def check_detector(detector: Detector, examples: Sequence[Example], rules: Rules) -> Verdicts:
    """Detect people on every frame of a data set and judge what was found.

    Args:
        detector: of people; its own least score bounds what can be found.
        examples: the frames; people who are no targets are neither wanted nor false.
        rules: what counts besides that; heights are those in the frames.
    """
    parts = []
    for start in range(0, len(examples), _BATCH):
        some = examples[start : start + _BATCH]
        frames = [Frame("check", 0, _bgr(example)) for example in some]
        for example, frame, answer in zip(some, frames, detector.detect(frames), strict=True):
            found = Found(np.ones(len(answer), np.int64), answer.boxes.astype(np.float64), answer.scores)
            parts.append(judge(_truth(example, frame.width_px, frame.height_px), found, rules))
    return Verdicts.together(parts)


def pictures_of(examples: Sequence[Example], image_size_px: int, count: int = 16) -> list[ImageArray]:
    """Return the first frames with people as a detector's network sees them: BGR, scaled, padded to multiples of 32."""
    shown = [example for example in examples if len(example.boxes)][:count]
    return [letterbox(_bgr(example), image_size_px)[0] for example in shown]


def _bgr(example: Example) -> ImageArray:
    return np.ascontiguousarray(example.pixels()[..., ::-1])


def _truth(example: Example, width_px: int, height_px: int) -> Annotations:
    shares = np.concatenate([example.boxes, example.ignored])
    boxes: FloatArray = shares * [width_px, height_px, width_px, height_px]
    count, wanted = len(boxes), len(example.boxes)
    return Annotations(
        frames=np.ones(count, np.int64),
        ids=np.arange(count),
        boxes=boxes,
        is_considered=np.arange(count) < wanted,
        class_nos=np.full(count, PERSON),
        visibility=np.concatenate([example.visibility, np.zeros(count - wanted)]),
    )
