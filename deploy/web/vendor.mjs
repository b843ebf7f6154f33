// Copies what the pages take from npm into cloud/internal/web/asset/static, so that building needs neither npm nor a
// network. Run `npm ci --ignore-scripts && node vendor.mjs` after changing a version in package.json.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const inter = join(here, "node_modules/@fontsource-variable/inter");
const target = join(here, "../../cloud/internal/web/asset/static");

mkdirSync(target, { recursive: true });
for (const subset of ["latin", "latin-ext", "cyrillic"]) {
  copyFileSync(join(inter, `files/inter-${subset}-wght-normal.woff2`), join(target, `inter-${subset}.woff2`));
}
copyFileSync(join(inter, "LICENSE"), join(target, "inter-LICENSE.txt"));

const htmx = join(here, "node_modules/htmx.org");
copyFileSync(join(htmx, "dist/htmx.min.js"), join(target, "htmx.js"));
copyFileSync(join(htmx, "LICENSE"), join(target, "htmx-LICENSE.txt"));

// The reader of codes for phones whose browser has none. Its own address for the WASM is another host: it is taken out, and
// the scripts then name each other as they lie here. The WASM is packed: it is sent so, and git keeps no large files.
const zxing = join(here, "node_modules/zxing-wasm");
const scan = join(here, "../../cloud/internal/web/desk/scan/static");
mkdirSync(scan, { recursive: true });
writeFileSync(join(scan, "zxing.js"), swap(readFileSync(join(zxing, "dist/es/reader/index.js"), "utf8"), "../share.js", "./zxing-share.js"));
writeFileSync(join(scan, "zxing-share.js"), swap(readFileSync(join(zxing, "dist/es/share.js"), "utf8"), /https:\/\/fastly[^`]*/, "./${e}"));
writeFileSync(join(scan, "zxing.wasm.gz"), gzipSync(readFileSync(join(zxing, "dist/reader/zxing_reader.wasm")), { level: 9 }));
copyFileSync(join(zxing, "LICENSE"), join(scan, "zxing-LICENSE.txt"));

function swap(text, from, to) {
  const out = text.replace(from, to);
  if (out === text || out.includes("https://")) throw new Error(`zxing-wasm has changed: look for ${from} and for addresses of other hosts`);
  return out;
}

// For tests only; packed, since git keeps no large files here.
const tests = join(here, "../../cloud/internal/web/desk/desktest");
mkdirSync(tests, { recursive: true });
writeFileSync(join(tests, "axe.min.js.gz"), gzipSync(readFileSync(join(here, "node_modules/axe-core/axe.min.js")), { level: 9 }));
