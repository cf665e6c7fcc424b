"""A clip repeated without decoding it: packets are copied, times shifted."""

from pathlib import Path

import av


def loop(source: Path, target: Path, times: int) -> None:
    """Write a video that shows another one several times in a row, at the same rate."""
    with av.open(str(source)) as first, av.open(str(target), "w") as container:
        stream = container.add_stream_from_template(first.streams.video[0])
        shift = 0
        for _ in range(times):
            with av.open(str(source)) as again:
                video = again.streams.video[0]
                end = 0
                for packet in again.demux(video):
                    if packet.dts is None:
                        continue
                    end = max(end, packet.pts + packet.duration)
                    packet.pts += shift
                    packet.dts += shift
                    packet.stream = stream
                    container.mux(packet)
                shift += end - (video.start_time or 0)
