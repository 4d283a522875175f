// The player's own icons, drawn on 24 × 24.

const PATHS = {
  play: "M7 4.5v15l13-7.5z",
  pause: "M6.5 5h4v14h-4zm7 0h4v14h-4z",
  again: "M12 5V1L6.5 6 12 11V7a5.5 5.5 0 1 1-5.5 5.5h-2A7.5 7.5 0 1 0 12 5z",
  loud: "M4 9v6h4l5 5V4L8 9zm11.5-.8v7.6a4.5 4.5 0 0 0 0-7.6zm0-4.1v2.1a6.4 6.4 0 0 1 0 11.6v2.1a8.4 8.4 0 0 0 0-15.8z",
  mute: "M4 9v6h4l5 5V4L8 9zm17.5.9-1.4-1.4-2.1 2.1-2.1-2.1-1.4 1.4 2.1 2.1-2.1 2.1 1.4 1.4 2.1-2.1 2.1 2.1 1.4-1.4-2.1-2.1z",
  captions: "M4 5h16a1.5 1.5 0 0 1 1.5 1.5v11A1.5 1.5 0 0 1 20 19H4a1.5 1.5 0 0 1-1.5-1.5v-11A1.5 1.5 0 0 1 4 5zm7 6.2V10H6v4h5v-1.2H7.6v-1.6zm7 0V10h-5v4h5v-1.2h-3.4v-1.6z",
  tracks: "M9 18a3 3 0 1 1-3-3c1 0 2 .3 3 1V5l11-2v12a3 3 0 1 1-3-3c.7 0 1.4.2 2 .5V7L9 9z",
  inset: "M3.5 5h17A1.5 1.5 0 0 1 22 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-17A1.5 1.5 0 0 1 2 17.5v-11A1.5 1.5 0 0 1 3.5 5zM4 7v10h16V7zm8 4.5h6.5V16H12z",
  wide: "M4 9.5V4h5.5v2H6v3.5zM14.5 4H20v5.5h-2V6h-3.5zM4 14.5h2V18h3.5v2H4zm14 0h2V20h-5.5v-2H18z",
  narrow: "M7.5 4h2v5.5H4v-2h3.5zm7 0h2v3.5H20v2h-5.5zM4 14.5h5.5V20h-2v-3.5H4zm10.5 0H20v2h-3.5V20h-2z",
};

/** Draw an icon; it says nothing to screen readers. @param {keyof typeof PATHS} name */
export function drawn(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(namespace, "svg"), path = document.createElementNS(namespace, "path");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  drawing.append(path);
  return drawing;
}
