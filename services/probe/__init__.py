"""The ``probe`` service: reads an original by range and states what it contains."""
