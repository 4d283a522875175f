"""The embedded object store and its feed of bucket notifications."""
