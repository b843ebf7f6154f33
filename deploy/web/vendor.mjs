// Copies what the pages take from npm into cloud/internal/web/static, so that building needs neither npm nor a
// network. Run `npm ci --ignore-scripts && node vendor.mjs` after changing a version in package.json.
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const inter = join(here, "node_modules/@fontsource-variable/inter");
const target = join(here, "../../cloud/internal/web/static");

mkdirSync(target, { recursive: true });
for (const subset of ["latin", "latin-ext", "cyrillic"]) {
  copyFileSync(join(inter, `files/inter-${subset}-wght-normal.woff2`), join(target, `inter-${subset}.woff2`));
}
copyFileSync(join(inter, "LICENSE"), join(target, "inter-LICENSE.txt"));
