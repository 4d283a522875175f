"""Gateway: HTTP for apps. Uploads are presigned, queries answered from the catalog; media bytes never pass through."""
