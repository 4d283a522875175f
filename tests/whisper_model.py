"""A tiny Whisper in CTranslate2's format, made in a second: it hears nothing, and says what it was made to say.

Its layers hold small random weights, which prove the plumbing. What comes next is decided by position alone: each
position's encoding points at the token that follows there, and at the moment when it is said, which attention finds.
So every window of 30 s says the same.
"""

from pathlib import Path
from typing import Any, NamedTuple

import ctranslate2
import numpy as np
import tokenizers
from numpy.typing import NDArray

CLOCK_WIDTH = 16
FRAMES = 1500
POSITIONS = 448
MELS = 80
VOCABULARY = 2_600
FRAMES_PER_S = 50
# Start of transcript, language, task: the third of them is followed by the first timestamp.
PROMPT = 3

_LANGUAGES = ("en", "de", "fr", "ru")
_POINTING = 12.0
_CLOCK = 2.0
_SHARP = 4.0
_NOISE = 0.002


class Size(NamedTuple):
    """How much work a model is."""

    width: int
    layers: int

    @property
    def token_width(self) -> int:
        """Return what is left for tokens beside the clock."""
        return self.width - CLOCK_WIDTH


TINIEST = Size(64, 1)
WHISPER_BASE = Size(512, 6)
"""As the second smallest of those that people use."""

Said = list[tuple[float, float, str]]
"""What is said in each window: from when, until when, in seconds of the window, and the words."""


def make_model(folder: Path, said: Said, *, language: str = "en", doubts: float = 0.0, size: Size = TINIEST) -> Path:
    """Write a model that hears ``language`` and says ``said`` in every window; return its folder.

    ``doubts`` is how strongly it believes that nobody speaks.
    """
    folder.mkdir(parents=True)
    texts = [text for _, _, text in said]
    tokenizer = _tokenizer(texts)
    tokenizer.save(str(folder / "tokenizer.json"))
    rng = np.random.default_rng(7)
    embeddings = np.zeros((VOCABULARY, size.width), np.float32)
    embeddings[:, : size.token_width] = rng.standard_normal((VOCABULARY, size.token_width))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    tokens, times_s = _script(tokenizer, said)
    positions = np.zeros((POSITIONS, size.width), np.float32)
    for position in range(POSITIONS):
        place = min(max(0, position - PROMPT + 1), len(tokens) - 1)
        positions[position] = _POINTING * embeddings[tokens[place]]
        positions[position, size.token_width :] = _CLOCK * _clock(times_s[place] * FRAMES_PER_S)
    # At the first position the model tells the language, and whether anybody speaks.
    nobody = _id(tokenizer, "<|nospeech|>")
    positions[0] = _POINTING * embeddings[_id(tokenizer, f"<|{language}|>")] + doubts * embeddings[nobody]
    spec = _spec(rng, size, embeddings, positions)
    _config(spec, tokenizer)
    spec.register_vocabulary(_vocabulary(tokenizer))
    spec.validate()
    spec.save(str(folder))
    return folder


def _clock(frame: float) -> NDArray[np.float32]:
    """Return a code of a moment, which is like that of no other moment."""
    turns = frame * 2 * np.pi / np.geomspace(12, 3000, CLOCK_WIDTH // 2)
    return np.concatenate([np.cos(turns), np.sin(turns)]).astype(np.float32)


def _tokenizer(texts: list[str]) -> tokenizers.Tokenizer:
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=900, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([f" {text}" for text in texts], trainer)
    marks = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{language}|>" for language in _LANGUAGES)]
    marks += [f"<|{mark}|>" for mark in ("translate", "transcribe", "startoflm", "startofprev", "nospeech")]
    stamps = ["<|notimestamps|>", *(f"<|{at * 0.02:.2f}|>" for at in range(FRAMES + 1))]
    # The timestamps come last, and what is before them fills the vocabulary.
    fill = VOCABULARY - tokenizer.get_vocab_size() - len(marks) - len(stamps)
    tokenizer.add_special_tokens([*(f"<|fill{number}|>" for number in range(fill)), *marks, *stamps])
    return tokenizer


def _id(tokenizer: tokenizers.Tokenizer, token: str) -> int:
    found = tokenizer.token_to_id(token)
    assert found is not None, token
    return int(found)


def _script(tokenizer: tokenizers.Tokenizer, said: Said) -> tuple[list[int], list[float]]:
    """Return tokens, and when each is said, in seconds; timestamps stand around them all."""
    tokens, times_s = [_id(tokenizer, f"<|{said[0][0]:.2f}|>")], [said[0][0]]
    for start_s, end_s, text in said:
        words = tokenizer.encode(f" {text}", add_special_tokens=False).ids
        tokens += words
        times_s += [start_s + (end_s - start_s) * place / len(words) for place in range(len(words))]
    end = _id(tokenizer, f"<|{said[-1][1]:.2f}|>")
    return [*tokens, end, _id(tokenizer, "<|endoftext|>")], [*times_s, said[-1][1], said[-1][1]]


def _vocabulary(tokenizer: tokenizers.Tokenizer) -> list[str]:
    # By its empty token CTranslate2 knows a model of several languages.
    by_id = {number: "" if token == "<|fill0|>" else token for token, number in tokenizer.get_vocab().items()}
    return [by_id[number] for number in range(VOCABULARY)]


def _config(spec: Any, tokenizer: tokenizers.Tokenizer) -> None:
    spec.config.lang_ids = [_id(tokenizer, f"<|{language}|>") for language in _LANGUAGES]
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.alignment_heads = [(0, 0)]


def _spec(rng: np.random.Generator, size: Size, embeddings: NDArray[np.float32], positions: NDArray[np.float32]) -> Any:
    width = size.width
    spec = ctranslate2.specs.WhisperSpec(size.layers, 1, size.layers, 1)
    encoder, decoder = spec.encoder, spec.decoder
    encoder.position_encodings.encodings = _small(rng, FRAMES, width)
    encoder.position_encodings.encodings[:, size.token_width :] += [_clock(frame) for frame in range(FRAMES)]
    decoder.embeddings.weight = embeddings
    decoder.projection.weight = embeddings
    decoder.position_encodings.encodings = positions
    for convolution, inputs in ((encoder.conv1, MELS), (encoder.conv2, width)):
        convolution.weight = _small(rng, width, inputs, 3)
        convolution.bias = np.zeros(width, np.float32)
    norms = [encoder.layer_norm, decoder.layer_norm]
    for layer in (*encoder.layer, *decoder.layer):
        _linear(rng, layer.self_attention.linear[0], 3 * width, width)
        _linear(rng, layer.self_attention.linear[1], width, width)
        _linear(rng, layer.ffn.linear_0, 4 * width, width)
        _linear(rng, layer.ffn.linear_1, width, 4 * width)
        norms += [layer.self_attention.layer_norm, layer.ffn.layer_norm]
    for layer in decoder.layer:
        _linear(rng, layer.attention.linear[0], width, width)
        _linear(rng, layer.attention.linear[1], 2 * width, width)
        _linear(rng, layer.attention.linear[2], width, width)
        norms.append(layer.attention.layer_norm)
        # It asks for a moment; moments answer, and have nothing to say.
        for asking in (layer.attention.linear[0].weight, layer.attention.linear[1].weight):
            asking[size.token_width : width, size.token_width :] = _SHARP * np.eye(CLOCK_WIDTH)
    for norm in norms:
        norm.gamma, norm.beta = np.ones(width, np.float32), np.zeros(width, np.float32)
    # What the last one lets through decides how sure the model is.
    decoder.layer_norm.gamma = np.full(width, 3.0, np.float32)
    return spec


def _linear(rng: np.random.Generator, layer: Any, outputs: int, inputs: int) -> None:
    layer.weight = _small(rng, outputs, inputs)
    layer.bias = np.zeros(outputs, np.float32)


def _small(rng: np.random.Generator, *shape: int) -> NDArray[np.float32]:
    return (_NOISE * rng.standard_normal(shape)).astype(np.float32)
