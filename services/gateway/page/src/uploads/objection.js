// What is not worth sending.

/** What may have pictures; browsers tell by the name alone, and call some videos sound. */
const VIDEO = /^video\/|^audio\/(ogg|mp4|3gpp)$|^application\/(mxf|ogg|vnd\.apple\.mpegurl|x-matroska|octet-stream)$/;

/** Return why a file cannot be uploaded, empty when it may be. @param {File} file */
export function objection(file) {
  if (file.size === 0) return "The file is empty.";
  if (file.type && !VIDEO.test(file.type)) return `This is ${file.type}, and no video. Nothing was sent.`;
  return "";
}
