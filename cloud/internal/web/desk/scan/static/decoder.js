// Finds codes in frames of the camera: by the browser's own detector where it has one, else by ZXing in a worker.

const NATIVE = ["qr_code", "code_128", "aztec", "pdf417", "data_matrix", "ean_13", "ean_8", "itf", "code_39", "codabar", "upc_a", "upc_e"];

// makeDecoder gives something with a name and find(video), which answers {found, width, height} for the frame that is
// shown now. The browser's detector is used only where it knows QR: some have one that knows nothing.
export async function makeDecoder(scope = globalThis) {
  const detector = await native(scope);
  return detector ?? new Remote(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
}

async function native(scope) {
  if (!scope.BarcodeDetector) return null;
  try {
    const known = await scope.BarcodeDetector.getSupportedFormats();
    const formats = NATIVE.filter((f) => known.includes(f));
    return formats.includes("qr_code") ? new Native(new scope.BarcodeDetector({ formats })) : null;
  } catch {
    return null;
  }
}

export class Native {
  name = "native";
  #detector;

  constructor(detector) {
    this.#detector = detector;
  }

  async find(video) {
    const codes = await this.#detector.detect(video);
    const found = codes.map((c) => ({ text: c.rawValue, points: c.cornerPoints }));
    return { found, width: video.videoWidth, height: video.videoHeight };
  }
}

const LONGEST = 960; // px of a frame's longer side: a ticket's code is read at arm's length, and a cheap phone keeps up

export class Remote {
  name = "wasm";
  #worker;
  #canvas = document.createElement("canvas");
  #broken = null;
  #waiting = null;

  constructor(worker) {
    this.#worker = worker;
    worker.onmessage = (e) => this.#answer(e.data);
    worker.onerror = () => {
      this.#broken = new Error("the reader of codes did not start");
      this.#waiting?.reject(this.#broken);
    };
  }

  // find is called for one frame after another, never for two at once.
  find(video) {
    if (this.#broken) return Promise.reject(this.#broken);
    const scale = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
    const width = Math.round(video.videoWidth * scale);
    const height = Math.round(video.videoHeight * scale);
    Object.assign(this.#canvas, { width, height });
    const pen = this.#canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, 0, 0, width, height);
    const image = pen.getImageData(0, 0, width, height);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject, width, height };
      this.#worker.postMessage({ data: image.data.buffer, width, height }, [image.data.buffer]);
    });
  }

  #answer({ found, error }) {
    const { resolve, reject, width, height } = this.#waiting;
    this.#waiting = null;
    if (error) reject(new Error(error));
    else resolve({ found, width, height });
  }
}
