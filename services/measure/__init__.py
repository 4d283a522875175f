"""``measure``: what a source will take, before most of it is encoded; what each rendition gives, once all is ready."""
