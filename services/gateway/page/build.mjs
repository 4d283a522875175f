// Bundle the page: src/ becomes dist/, every file but the documents named by what is in it.
import {build} from "esbuild";
import {mkdir, readFile, readdir, rm, writeFile} from "node:fs/promises";
import {basename, relative} from "node:path";

const DOCUMENTS = ["index", "embed"];

await rm("dist", {recursive: true, force: true});
const {metafile} = await build({
  entryPoints: ["src/main.js", "src/embed.js", "src/style.css", "src/icon.svg"],
  outdir: "dist",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  loader: {".svg": "copy"},
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  metafile: true,
  logLevel: "warning",
});
const named = Object.fromEntries(
  Object.entries(metafile.outputs)
    .filter(([, output]) => output.entryPoint)
    .map(([path, output]) => [basename(output.entryPoint), relative("dist", path)]));
await mkdir("dist", {recursive: true});
for (const document of DOCUMENTS) {
  const text = await readFile(`src/${document}.html`, "utf8");
  // A name that was not bundled would be a file that is not there.
  const bundled = text.replaceAll(/\/static\/([\w.-]+)/g, (_, name) => `/static/${named[name] ?? missing(name)}`);
  const scripts = [...bundled.matchAll(/\/static\/([\w-]+\.js)/g)].flatMap(([, name]) => [...importsOf(`dist/${name}`)]);
  await writeFile(`dist/${document}.html`, bundled.replace("  </head>", `${scripts.map(preloaded).join("")}  </head>`));
}

/** Files that a script cannot run without; a browser would find them one behind the other. */
function importsOf(path, found = new Set()) {
  for (const {path: imported, kind} of metafile.outputs[path].imports) {
    if (kind !== "import-statement" || found.has(imported)) continue;
    found.add(imported);
    importsOf(imported, found);
  }
  return found;
}

function preloaded(path) {
  return `    <link rel="modulepreload" href="/static/${relative("dist", path)}">\n`;
}

function missing(name) {
  throw new Error(`${name} is in a document, but no entry point of the bundle`);
}

console.log(`The page is bundled: ${(await readdir("dist")).length} files in services/gateway/page/dist.`);
