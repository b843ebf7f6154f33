// Reads codes with ZXing-C++ away from the page, so that buttons answer while a frame is searched.
import { prepareZXingModule, readBarcodes } from "./zxing.js";

const ready = prepareZXingModule({ overrides: { locateFile: () => new URL("./zxing.wasm", import.meta.url).href }, fireImmediately: true });

// Everything that tickets carry; what is not asked for costs no time.
const WANTED = { formats: ["QRCode", "Code128", "Aztec", "PDF417", "DataMatrix", "EAN13", "EAN8", "ITF", "Code39", "Codabar", "UPCA", "UPCE"], maxNumberOfSymbols: 4, tryHarder: true, textMode: "Plain" };

self.onmessage = async ({ data: { data, width, height } }) => {
  try {
    await ready;
    const image = new ImageData(new Uint8ClampedArray(data), width, height);
    const codes = await readBarcodes(image, WANTED);
    const found = codes.filter((c) => c.isValid).map((c) => ({ text: c.text, points: Object.values(c.position) }));
    self.postMessage({ found });
  } catch (e) {
    self.postMessage({ error: String(e?.message ?? e) });
  }
};
