// A player of our own, without any library: it reads our playlists and manifests, and feeds Media Source Extensions.

// A bound for what is broken, not a measure of what works.
const PATIENCE_S = 60;

const resolved = (uri, from) => new URL(uri, from).href;

const read = async url => {
  const answer = await fetch(url, {cache: "no-store"});
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer;
};

const within = (seconds, what, promise) => Promise.race([
  promise,
  new Promise((_, reject) => setTimeout(() => reject(new Error(`after ${seconds} s: ${what}`)), 1000 * seconds)),
]);

const attributes = line => Object.fromEntries(
  [...line.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^",]*)/g)].map(([, name, value]) => [name, value.replaceAll('"', "")]));

// A rung or track: {codecs, width, init, offset, segments: [{url, start, end}]}. Times count from the asset's first
// picture, `offset` seconds are added to what the segments state. HLS does not say where its segments begin; players
// take it from the first one.
const hlsTrack = async (url, codecs, width) => {
  const text = await (await read(url)).text();
  if (!text.includes("#EXT-X-ENDLIST")) throw new Error(`${url} does not end`);
  const init = resolved(text.match(/#EXT-X-MAP:URI="([^"]*)"/)[1], url), segments = [];
  let start = 0;
  for (const [, duration, name] of text.matchAll(/#EXTINF:([\d.]+),\n(.*)/g)) {
    segments.push({url: resolved(name, url), start, end: start += Number(duration)});
  }
  return {codecs, width, init, segments, offset: -10};
};

const readHls = async url => {
  const text = await (await read(url)).text();
  const variants = [...text.matchAll(/#EXT-X-STREAM-INF:(.*)\n(.*)/g)].map(([, line, uri]) => [attributes(line), uri]);
  const isSound = codec => codec.startsWith("mp4a");
  const video = await Promise.all(variants.map(([own, uri]) => hlsTrack(
    resolved(uri, url), own.CODECS.split(",").find(codec => !isSound(codec)), Number(own.RESOLUTION.split("x")[0]))));
  const media = [...text.matchAll(/#EXT-X-MEDIA:(.*)/g)].map(([, line]) => attributes(line));
  const group = type => media.filter(own => own.TYPE === type);
  const codec = variants[0][0].CODECS.split(",").find(isSound);
  const audio = await Promise.all(group("AUDIO").map(async own => (
    {...await hlsTrack(resolved(own.URI, url), codec), name: own.NAME, language: own.LANGUAGE})));
  const texts = group("SUBTITLES").map(own => ({name: own.NAME, language: own.LANGUAGE, url: resolved(own.URI, url)}));
  return {video, audio, texts, duration: Math.max(...video.map(track => track.segments.at(-1).end))};
};

const dashTrack = (representation, url) => {
  const id = representation.getAttribute("id"), template = representation.querySelector("SegmentTemplate");
  const number = name => Number(template.getAttribute(name));
  const filled = (name, n) => resolved(
    template.getAttribute(name).replace("$RepresentationID$", id)
      .replace(/\$Number%0(\d+)d\$/, (_, digits) => String(n).padStart(Number(digits), "0")), url);
  const offset = -number("presentationTimeOffset") / number("timescale"), segments = [];
  let tick = 0, n = number("startNumber");
  for (const s of template.querySelectorAll("S")) {
    if (s.hasAttribute("t")) tick = Number(s.getAttribute("t"));
    for (let again = Number(s.getAttribute("r") ?? 0); again >= 0; again--, n++) {
      const start = tick / number("timescale") + offset;
      tick += Number(s.getAttribute("d"));
      segments.push({url: filled("media", n), start, end: tick / number("timescale") + offset});
    }
  }
  const codecs = representation.getAttribute("codecs"), width = Number(representation.getAttribute("width"));
  return {codecs, width, init: filled("initialization"), segments, offset};
};

const readDash = async url => {
  const mpd = new DOMParser().parseFromString(await (await read(url)).text(), "application/xml");
  const tracks = kind => [...mpd.querySelectorAll(`AdaptationSet[contentType=${kind}] > Representation`)]
    .map(representation => dashTrack(representation, url));
  const [, seconds] = mpd.documentElement.getAttribute("mediaPresentationDuration").match(/^PT([\d.]+)S$/);
  const texts = [...mpd.querySelectorAll("AdaptationSet[contentType=text]")].map(own => (
    {language: own.getAttribute("lang"), url: resolved(own.querySelector("BaseURL").textContent, url)}));
  return {video: tracks("video"), audio: tracks("audio"), texts, duration: Number(seconds)};
};

// The picture that is shown, when it is: its time, and the number that its blocks spell (tests/media.py).
const numberIn = video => {
  const canvas = new OffscreenCanvas(160, 40), context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
  let number = 0;
  for (let block = 0; block < 16; block++) {
    const x = 10 + 20 * (block % 8), y = 10 + 20 * Math.floor(block / 8);
    if (data[4 * (y * canvas.width + x)] > 128) number |= 1 << block;
  }
  return number;
};

const newVideo = () => {
  const video = document.createElement("video");
  video.muted = true;
  video.crossOrigin = "anonymous";
  document.body.replaceChildren(video);
  return video;
};

class Player {
  constructor(video) {
    this.video = video;
    this.waits = 0;
  }

  // Play an HLS playlist as the browser does by itself.
  static async native(url) {
    const player = new Player(newVideo());
    player.video.src = url;
    await player.heard("loadeddata");
    return player;
  }

  // Open an asset of HLS or DASH with Media Source Extensions; nothing is appended yet.
  static async open(url) {
    const asset = await (url.endsWith(".mpd") ? readDash : readHls)(url);
    const player = new Player(newVideo()), source = new MediaSource();
    player.video.src = URL.createObjectURL(source);
    const opened = new Promise(done => source.addEventListener("sourceopen", done, {once: true}));
    await within(PATIENCE_S, "no sourceopen", opened);
    source.duration = asset.duration;
    Object.assign(player, {asset, source, initOf: new Map(), buffers: {}});
    for (const kind of ["video", "audio"]) {
      const [track] = asset[kind] ? [asset[kind]].flat() : [];
      if (track) player.buffers[kind] = source.addSourceBuffer(`${kind}/mp4; codecs="${track.codecs}"`);
    }
    return player;
  }

  heard(event, seconds = PATIENCE_S) {
    return within(seconds, `no ${event}, ${JSON.stringify(this.state())}`, new Promise((resolve, reject) => {
      this.video.addEventListener(event, resolve, {once: true});
      this.video.addEventListener("error", () => reject(new Error(this.video.error.message)), {once: true});
    }));
  }

  async give(buffer, url) {
    const data = await (await read(url)).arrayBuffer();
    await within(PATIENCE_S, `${url} is not taken`, new Promise((resolve, reject) => {
      buffer.onupdateend = resolve;
      buffer.onerror = () => reject(new Error(`${url}: ${this.video.error?.message}`));
      buffer.appendBuffer(data);
    }));
  }

  // Append every segment of a track that overlaps a time range; return the range that they cover.
  async append(kind, track, from, to) {
    const buffer = this.buffers[kind], own = [this.asset[kind]].flat()[track];
    if (this.initOf.get(buffer) !== own.init) {
      if (this.initOf.has(buffer)) buffer.changeType(`${kind}/mp4; codecs="${own.codecs}"`);
      buffer.timestampOffset = own.offset;
      await this.give(buffer, own.init);
      this.initOf.set(buffer, own.init);
    }
    const chosen = own.segments.filter(segment => segment.start < to - 0.001 && segment.end > from + 0.001);
    for (const segment of chosen) await this.give(buffer, segment.url);
    return [chosen[0].start, chosen.at(-1).end];
  }

  // Show a text track, or chapters; return its cues as the browser reads them, and which of them stand at a time.
  async show(url, time, kind = "subtitles") {
    const track = document.createElement("track");
    Object.assign(track, {kind, src: url, default: true});
    const loaded = new Promise((resolve, reject) => { track.onload = resolve; track.onerror = reject; });
    this.video.replaceChildren(track);
    track.track.mode = "showing";
    await within(PATIENCE_S, `${url} is not read`, loaded);
    await this.seek(time);
    const texts = cues => [...cues].map(cue => cue.text);
    return {cues: texts(track.track.cues), active: texts(track.track.activeCues)};
  }

  async seek(time) {
    const shown = new Promise(done => {
      // The picture before may still be on its way.
      const look = (_, {mediaTime}) => {
        if (Math.abs(mediaTime - time) < 0.1) done(mediaTime); else this.video.requestVideoFrameCallback(look);
      };
      this.video.requestVideoFrameCallback(look);
    });
    const sought = this.heard("seeked");
    this.video.currentTime = time;
    await sought;
    const picture_s = await within(PATIENCE_S, `no picture after ${time}`, shown);
    return {...this.state(), picture_s, number: numberIn(this.video)};
  }

  // Play from one time to another; return how wide the pictures were and how often playing had to wait.
  async play(from, to) {
    await this.seek(from);
    const widths = new Set(), onWaiting = () => this.waits++;
    this.waits = 0;
    this.video.addEventListener("waiting", onWaiting);
    await this.video.play();
    await within(PATIENCE_S, `not at ${to}`, new Promise(done => {
      const look = (_, picture) => {
        widths.add(this.video.videoWidth);
        if (picture.mediaTime >= to) done(); else this.video.requestVideoFrameCallback(look);
      };
      this.video.requestVideoFrameCallback(look);
    }));
    this.video.pause();
    this.video.removeEventListener("waiting", onWaiting);
    return {...this.state(), widths: [...widths], waits: this.waits};
  }

  async playToEnd(from) {
    this.source?.endOfStream();
    await this.seek(from);
    const ended = this.heard("ended");
    await this.video.play();
    await ended;
    return this.state();
  }

  state() {
    const {video} = this, {buffered} = video;
    return {
      time: video.currentTime, duration: video.duration, width: video.videoWidth, height: video.videoHeight,
      error: video.error?.message ?? null, ended: video.ended,
      ranges: [...Array(buffered.length).keys()].map(n => [buffered.start(n), buffered.end(n)]),
    };
  }
}
