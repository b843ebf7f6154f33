// The phone's camera: which one, its light, and frames one after another.

const PAUSE = 70; // ms between two looks: quick enough for a hand, and an evening long enough for a battery

export class Camera {
  #video;
  #stream = null;
  #facing = "environment";

  // ended is called when the phone takes the camera away.
  constructor(video, ended) {
    this.#video = video;
    this.ended = ended;
  }

  // start asks for the camera at the back, or whichever there is. It throws what getUserMedia throws: the name of the
  // error says whether it was refused (NotAllowedError), is missing or is taken by another app.
  async start() {
    this.stop();
    this.#stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: this.#facing }, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    this.#track.onended = this.ended;
    this.#video.srcObject = this.#stream;
    await this.#video.play();
    this.#focus();
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
  }

  get on() {
    return this.#track?.readyState === "live";
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  // Codes are held near, and move: a camera that focuses once for all would miss the second guest.
  #focus() {
    const modes = this.#track?.getCapabilities?.().focusMode ?? [];
    if (modes.includes("continuous")) this.#track.applyConstraints({ advanced: [{ focusMode: "continuous" }] }).catch(() => {});
  }

  get hasLight() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  light(on) {
    return this.#track.applyConstraints({ advanced: [{ torch: on }] });
  }

  async switch() {
    this.#facing = this.#facing === "environment" ? "user" : "environment";
    await this.start();
  }

  // frames calls look with the video for each frame that the page can keep up with, until stopped says so. A frame that
  // fails is passed over; trouble is told when ten fail in a row.
  async frames(look, trouble, stopped) {
    let failed = 0;
    while (!stopped()) {
      await new Promise((done) => setTimeout(done, PAUSE));
      if (!this.on || document.hidden || this.#video.videoWidth === 0) continue;
      try {
        await look(this.#video);
        failed = 0;
      } catch (e) {
        if (++failed === 10) trouble(e);
      }
    }
  }
}
