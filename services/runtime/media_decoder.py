"""The decoder for a stream of pictures."""

from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream


def decoder_of(stream: VideoStream) -> VideoCodecContext:
    """Return a decoder with one thread: the stream's own, or for transparent pictures one that keeps their alpha."""
    decoder = stream.codec_context
    if stream.metadata.get("alpha_mode") == "1":
        # FFmpeg's own decoders of VP8 and VP9 leave the alpha plane out.
        own = CodecContext.create("libvpx" if decoder.name == "vp8" else "libvpx-vp9", "r")
        assert isinstance(own, VideoCodecContext)
        decoder = own
    # Deterministic encoding wants one thread for each process; the decoder follows.
    decoder.thread_count = 1
    return decoder
