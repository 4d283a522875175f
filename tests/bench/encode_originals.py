"""Originals for the encode benchmark: zooming detail under film grain, made once and made longer by copying packets."""

import subprocess
from pathlib import Path

import imageio_ffmpeg

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
RATE = 25
LOOP_S = 20

_GROUP = ("-g", str(2 * RATE))
_CAPPED = ("-maxrate", "2M", "-bufsize", "4M")
_X264 = ("-c:v", "libx264", "-preset", "superfast", "-crf")
# By kind: ``film`` is what quality is measured on; ``standard`` can be delivered as it is; of the others, no long one
# can, and none is large, so that hours fit on a disk.
_ENCODERS = {
    "film": (*_X264, "25", *_GROUP),
    "standard": (*_X264, "32", *_CAPPED, *_GROUP),
    "long-groups": (*_X264, "32", *_CAPPED, "-g", str(10 * RATE), "-keyint_min", str(10 * RATE)),
    "hevc": ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "36", *_GROUP, "-x265-params", "log-level=none"),
}


def ffmpeg(*arguments: str) -> None:
    """Run FFmpeg's command line, of another build than the one that Headrace uses."""
    subprocess.run([FFMPEG, "-v", "error", "-nostdin", "-y", *arguments], check=True)


def make_loop(path: Path, *, height: int = 1080, kind: str = "film", duration_s: int = LOOP_S) -> Path:
    """Write a short original of 16:9, 25 frames a second, with sound."""
    picture = (
        f"mandelbrot=size={height * 16 // 9}x{height}:rate={RATE}:maxiter=400:end_pts=300"
        ":start_scale=1.5:end_scale=0.05,noise=c0s=2:c0f=t,format=yuv420p"
    )
    sound = "anoisesrc=amplitude=0.1:color=pink:sample_rate=48000:seed=1,aformat=channel_layouts=stereo"
    ffmpeg(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-t", str(duration_s)),
        *(*_ENCODERS[kind], "-c:a", "aac", "-b:a", "128k", str(path)),
    )  # fmt: skip
    return path


def looped(loop: Path, path: Path, duration_s: int) -> Path:
    """Write a longer original, in the container that its name says, with the packets of a short one."""
    # Each by itself: its sound outlasts a loop's pictures by a little, and would delay the next ones.
    again = ("-stream_loop", "-1", "-i", str(loop))
    ffmpeg(*again, *again, "-map", "0:v", "-map", "1:a", "-t", str(duration_s), "-c", "copy", str(path))
    return path
