"""The ``ladder_encode`` service: decodes a chunk once and encodes every rung of its task; audio over the timeline."""
