// What the camera sees, and which of it is a new code to be judged. Pure: the time comes in.

const AWAY = 1200; // ms without a code before it may have left: a trembling hand loses it for less
const AGAIN = 3000; // ms before the same code is asked again at all

export class Sight {
  #code = "";
  #asked = 0; // when it was last given out, ms
  #seen = 0; // when it was last in view, ms

  // look takes the code nearest to the middle of one frame, "" = none, and says whether it is to be judged. A code that
  // stays in view is judged once: its guest must not see red after green. It is judged again when it has been away and
  // the first time was a while ago, or when another code came between: then it surely left.
  look(code, now) {
    if (!code) return false;
    const stayed = now - this.#seen < AWAY || now - this.#asked < AGAIN;
    if (code === this.#code && stayed) {
      this.#seen = now;
      return false;
    }
    [this.#code, this.#asked, this.#seen] = [code, now, now];
    return true;
  }

  // forget lets the code in view be judged at once: the next person of a group, or a second try.
  forget() {
    this.#code = "";
  }
}

// nearest is the text of the code whose middle is nearest to the middle of the frame: two tickets on one sheet are never
// both taken. Found has text and points.
export function nearest(found, width, height) {
  let best = "";
  let least = Infinity;
  for (const { text, points } of found) {
    const x = points.reduce((sum, p) => sum + p.x, 0) / points.length - width / 2;
    const y = points.reduce((sum, p) => sum + p.y, 0) / points.length - height / 2;
    if (text && Math.hypot(x, y) < least) [best, least] = [text, Math.hypot(x, y)];
  }
  return best;
}
