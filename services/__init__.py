"""The services of Headrace, one package each; they share only ``services.runtime``."""
